import type { DeadLetter } from '../store/store.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { plain, table, toJsonText } from './terminal.ts';
import { timestamp } from './time.ts';
import { withStore } from './with-store.ts';

const LONGEST_REASON = 100;

/** `fairlead dead-letters list`. */
export async function listDeadLetters({ context, option, count, flag }: Invocation): Promise<number> {
  const limit = count('limit') ?? 20;
  const tenant = option('tenant');
  const before = count('before');
  const letters = await withStore(context, ({ outbox }) =>
    outbox.deadLetters({
      limit,
      ...(tenant === undefined ? {} : { tenant }),
      ...(before === undefined ? {} : { before }),
    }),
  );
  const { stdout } = context;
  if (flag('json')) for (const letter of letters) stdout.write(`${toJsonText(letter)}\n`);
  else if (letters.length === 0) stdout.write('No dead letters.\n');
  else {
    stdout.write(table(['NUMBER', 'TENANT', 'TRIGGER', 'EVENT', 'TRIES', 'SINCE', 'REASON'], letters.map(toRow)));
    stdout.write('\n“fairlead dead-letters show <number>” says more; “… redeliver <number>” tries again.\n');
  }
  return EXIT_CODES.done;
}

function toRow(letter: DeadLetter): readonly string[] {
  const reason = plain(letter.reason);
  return [
    String(letter.delivery),
    plain(letter.tenant),
    plain(letter.trigger),
    plain(letter.event.type),
    String(letter.attempts),
    timestamp(letter.at),
    reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON - 1)}…` : reason,
  ];
}
