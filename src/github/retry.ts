/**
 * Tries a request again where that is safe and soon enough. Safe: GitHub refused it unseen (rate limits), or it may run
 * twice (every method but POST; a POST that its caller marks `request: { idempotent: true }`). Soon enough: at most
 * {@link TRIES} tries and {@link LONGEST_WAIT_MS} of waiting in all; what GitHub wants later is left to the caller's
 * durable timer.
 */
import type { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import { toGitHubError } from './github-error.ts';
import { pause } from './pause.ts';

export interface RetriedCall {
  /** Method and path, for errors and the log. */
  readonly name: string;
  readonly idempotent: boolean;
  readonly signal: AbortSignal | undefined;
}

const TRIES = 3;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/** Rejects with the signal's reason once that is aborted, else with a `FairleadError` `github.*`. */
export async function retrying<Result>(
  dependencies: { readonly clock: Clock; readonly log: Logger },
  call: RetriedCall,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const { clock, log } = dependencies;
  let waited = 0;
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      call.signal?.throwIfAborted();
      const failure = toGitHubError(error, call.name, clock.now());
      const waitMs = failure.retryAfter ?? FIRST_WAIT_MS * 2 ** (tried - 1);
      if (tried >= TRIES || !isSafe(failure, call) || waited + waitMs > LONGEST_WAIT_MS) throw failure;
      log.info({ call: call.name, code: failure.code, status: failure.status, waitMs }, 'GitHub is asked again');
      await pause(clock, waitMs, call.signal);
      waited += waitMs;
    }
  }
}

function isSafe(failure: FairleadError, call: RetriedCall): boolean {
  if (!failure.retryable) return false;
  return failure.code === 'github.rate_limited' || call.idempotent;
}
