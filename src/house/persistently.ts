import { type Clock, elapsed } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Does what start-up cannot go on without, again and again with longer pauses until it succeeds: the store or GitHub being
 * away for a while is no reason to end a process that accepts events. Undefined only when `signal` ends it; rejects with a failure that is final.
 */
export async function persistently<Result>(
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  options: {
    readonly what: string;
    readonly signal: AbortSignal;
    /** Which failure trying again cannot mend; by default none. */
    readonly isFinal?: (error: unknown) => boolean;
  },
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  const { what, signal, isFinal = () => false } = options;
  for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (isFinal(error)) throw error;
      log.error({ err: error, retryMs: pause }, `${what}; events are accepted and wait`);
      await elapsed(clock, pause, signal);
    }
  }
  return undefined;
}
