import { FairleadError } from '../events/fairlead-error.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { letterNumber } from './letter-number.ts';
import { plain, styleFor, toJsonText } from './terminal.ts';
import { timestamp } from './time.ts';
import { withStore } from './with-store.ts';

/** `fairlead dead-letters show <number>`. */
export async function showDeadLetter({ context, arguments: [text], flag }: Invocation): Promise<number> {
  const number = letterNumber(text as string);
  const letter = await withStore(context, ({ outbox }) => outbox.deadLetter(number));
  if (!letter) {
    throw new FairleadError('cli.not_found', `There is no dead letter ${number}. “fairlead dead-letters” lists them.`);
  }
  const { stdout, environment } = context;
  if (flag('json')) {
    stdout.write(`${toJsonText(letter)}\n`);
    return EXIT_CODES.done;
  }
  const style = styleFor(stdout, environment);
  const status = letter.status === undefined ? '' : ` (HTTP ${letter.status})`;
  const facts: readonly (readonly [string, string])[] = [
    ['number', String(letter.delivery)],
    ['tenant', letter.tenant],
    ['trigger', letter.trigger],
    ['tries', String(letter.attempts)],
    ['since', timestamp(letter.at)],
    ['reason', `${letter.reason}${status}`],
  ];
  for (const [name, value] of facts) stdout.write(`${style.dim(name.padEnd(7))} ${plain(value)}\n`);
  stdout.write(`\n${toJsonText(letter.event, 2)}\n`);
  return EXIT_CODES.done;
}
