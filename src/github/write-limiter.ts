/**
 * Paces the writes of each installation over the store's token bucket, so that all processes together stay below GitHub's
 * secondary limit (80 content-creating requests a minute). A short wait is waited out here, in order of arrival; a longer
 * one is thrown as `github.rate_limited` with `retryAfter`, for the caller's durable timer.
 *
 * Tokens are taken in blocks, one commit for several writes. What is left of a block lapses as soon as the bucket would
 * have gained it anyway, so that a process that sits on one never lets an installation exceed its burst by more.
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 */
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import { pause } from './pause.ts';

/** The store's `Budget`, as far as it is used here. */
export interface Budget {
  take(
    tenant: string,
    bucket: string,
    request: { readonly count: number; readonly burst: number; readonly perMinute: number; readonly now: number },
  ): Promise<{ readonly granted: number; readonly waitMs: number }>;
}

export interface WriteLimiter {
  /** Resolves when the tenant may write once. */
  admit(tenant: string, signal: AbortSignal | undefined): Promise<void>;
}

const PER_MINUTE = 80;
const BURST = 20;
const BLOCK = 4;
const MS_PER_TOKEN = 60_000 / PER_MINUTE;
const LONGEST_WAIT_MS = 10_000;

interface Lane {
  tokens: number;
  lapsesAt: number;
  waiting: number;
  tail: Promise<void>;
}

export function createWriteLimiter(dependencies: { readonly budget: Budget; readonly clock: Clock }): WriteLimiter {
  const { budget, clock } = dependencies;
  const lanes = new Map<string, Lane>();

  async function take(tenant: string, lane: Lane, deadline: number, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const now = clock.now();
      if (lane.tokens > 0 && now < lane.lapsesAt) {
        lane.tokens -= 1;
        return;
      }
      const { granted, waitMs } = await budget.take(tenant, 'github-writes', {
        count: BLOCK,
        burst: BURST,
        perMinute: PER_MINUTE,
        now,
      });
      if (granted > 0) {
        lane.tokens = granted;
        lane.lapsesAt = now + granted * MS_PER_TOKEN;
      } else if (now + waitMs > deadline) {
        throw tooLong(waitMs);
      } else {
        await pause(clock, Math.max(waitMs, 1), signal);
      }
    }
  }

  return {
    async admit(tenant, signal) {
      const lane = lanes.get(tenant) ?? { tokens: 0, lapsesAt: 0, waiting: 0, tail: Promise.resolve() };
      lanes.set(tenant, lane);
      const ahead = Math.max(0, lane.waiting - BURST) * MS_PER_TOKEN;
      if (ahead > LONGEST_WAIT_MS) throw tooLong(ahead);
      const deadline = clock.now() + LONGEST_WAIT_MS;
      lane.waiting += 1;
      const turn = lane.tail.then(() => take(tenant, lane, deadline, signal));
      lane.tail = turn.catch(() => undefined);
      try {
        await turn;
      } finally {
        lane.waiting -= 1;
        if (lane.waiting === 0 && (lane.tokens === 0 || clock.now() >= lane.lapsesAt)) lanes.delete(tenant);
      }
    },
  };
}

/** Whoever comes back sooner than the longest wait finds those ahead still there. */
function tooLong(waitMs: number): FairleadError {
  const retryAfter = Math.ceil(Math.max(waitMs, LONGEST_WAIT_MS + MS_PER_TOKEN));
  return new FairleadError(
    'github.rate_limited',
    `The installation may write to GitHub again in ${Math.ceil(retryAfter / 1000)} s.`,
    { retryAfter },
  );
}
