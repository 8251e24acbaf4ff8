import { EXIT_CODES, type Invocation } from './command.ts';
import { letterNumber } from './letter-number.ts';
import { withStore } from './with-store.ts';

/** `fairlead dead-letters redeliver <number>…`. */
export async function redeliver({ context, arguments: texts }: Invocation): Promise<number> {
  const numbers = texts.map(letterNumber);
  const { stdout, stderr } = context;
  return withStore(context, async ({ outbox }) => {
    let exitCode: number = EXIT_CODES.done;
    for (const number of numbers) {
      if (await outbox.redeliver(number, context.now())) stdout.write(`${number} will be delivered again.\n`);
      else {
        stderr.write(`fairlead: There is no dead letter ${number}.\n`);
        exitCode = EXIT_CODES.failed;
      }
    }
    return exitCode;
  });
}
