/**
 * Paces what an installation does over a token bucket of the store, so that all processes together keep to one rate. A short wait is
 * waited out here, in order of arrival; a longer one is thrown as `github.rate_limited` with `retryAfter`, for the caller's
 * durable timer.
 *
 * Tokens are taken in blocks, one commit for several. What is left of a block lapses as soon as the bucket would
 * have gained it anyway, so that a process that sits on one never lets an installation exceed its burst by more.
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

export interface Pace {
  readonly bucket: string;
  readonly perMinute: number;
  readonly burst: number;
  /** Taken at once; not less than any cost. */
  readonly block: number;
}

export interface Pacer {
  /** Resolves when the tenant may spend so much. @throws FairleadError `github.rate_limited` */
  admit(tenant: string, spending: { readonly cost: number; readonly signal: AbortSignal | undefined }): Promise<void>;
}

const LONGEST_WAIT_MS = 10_000;

interface Lane {
  tokens: number;
  lapsesAt: number;
  /** Costs of those who wait. */
  waiting: number;
  tail: Promise<void>;
}

export function createPacer(
  dependencies: { readonly budget: Budget; readonly clock: Clock },
  { bucket, perMinute, burst, block }: Pace,
): Pacer {
  const { budget, clock } = dependencies;
  const msPerToken = 60_000 / perMinute;
  const lanes = new Map<string, Lane>();

  /** Whoever comes back sooner than the longest wait finds those ahead still there. */
  function tooLong(waitMs: number): FairleadError {
    const retryAfter = Math.ceil(Math.max(waitMs, LONGEST_WAIT_MS + msPerToken));
    const message = `The installation may ask more of GitHub in ${Math.ceil(retryAfter / 1000)} s.`;
    return new FairleadError('github.rate_limited', message, { retryAfter });
  }

  async function take(
    tenant: string,
    lane: Lane,
    {
      cost,
      deadline,
      signal,
    }: { readonly cost: number; readonly deadline: number; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const now = clock.now();
      if (now >= lane.lapsesAt) lane.tokens = 0;
      if (lane.tokens >= cost) {
        lane.tokens -= cost;
        return;
      }
      const { granted, waitMs } = await budget.take(tenant, bucket, { count: block, burst, perMinute, now });
      if (granted > 0) {
        lane.tokens += granted;
        lane.lapsesAt = now + lane.tokens * msPerToken;
      } else if (now + waitMs > deadline) {
        throw tooLong(waitMs);
      } else {
        await pause(clock, Math.max(waitMs, 1), signal);
      }
    }
  }

  return {
    async admit(tenant, { cost, signal }) {
      const lane = lanes.get(tenant) ?? { tokens: 0, lapsesAt: 0, waiting: 0, tail: Promise.resolve() };
      lanes.set(tenant, lane);
      const ahead = Math.max(0, lane.waiting - burst) * msPerToken;
      if (ahead > LONGEST_WAIT_MS) throw tooLong(ahead);
      const deadline = clock.now() + LONGEST_WAIT_MS;
      lane.waiting += cost;
      const turn = lane.tail.then(() => take(tenant, lane, { cost, deadline, signal }));
      lane.tail = turn.catch(() => undefined);
      try {
        await turn;
      } finally {
        lane.waiting -= cost;
        if (lane.waiting === 0 && (lane.tokens === 0 || clock.now() >= lane.lapsesAt)) lanes.delete(tenant);
      }
    },
  };
}
