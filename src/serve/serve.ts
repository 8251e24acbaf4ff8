/**
 * What an image runs: the bot or one role of it, and none of the other commands. Each file beside this one is the entry of a
 * bundle (`scripts/bundle.ts`), where each further module that a start touches costs time.
 */
import { FairleadError } from '../events/fairlead-error.ts';
import { runUntil, untilStopped } from '../house/lifecycle.ts';

/**
 * Runs until a signal. Never rejects: the bundle is CommonJS, which cannot wait at its top, so nobody would hear it.
 * @param command what is in the bundle, as arguments of `fairlead`; other arguments are refused, so that no manifest gets
 * another role than the one it names
 */
export async function serve(
  command: string,
  start: () => Promise<{ stop(): Promise<void>; readonly failed?: Promise<never> }>,
): Promise<void> {
  try {
    const asked = process.argv.slice(2).join(' ');
    if (asked !== '' && asked !== command) {
      throw new FairleadError('config.invalid', `This image does “${command}” and nothing else, and not “${asked}”.`);
    }
    const running = await start();
    await runUntil(running, untilStopped(process));
  } catch (error) {
    const isOurs = error instanceof FairleadError;
    process.stderr.write(`fairlead: ${isOurs ? error.message : (error as Error).stack}\n`);
    process.exitCode = isOurs && error.code === 'config.invalid' ? 2 : 1;
  }
}
