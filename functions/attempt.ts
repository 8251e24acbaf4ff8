import { FairleadError } from '../src/events/fairlead-error.ts';

/**
 * Does one act of several: what GitHub refuses for good is told among the problems and keeps nothing else from being done;
 * what may work later is thrown. Answers whether it was done.
 */
export async function attempt(problems: string[], what: string, act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (!(error instanceof FairleadError) || error.retryable) throw error;
    problems.push(`${what}: ${error.message}`);
    return false;
  }
}
