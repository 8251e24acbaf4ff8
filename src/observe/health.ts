import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';

/**
 * Whether the process should get work: false while it starts or drains, and when a check of a dependency rejects. Whoever
 * asks costs no more than everybody who asks at the same time, and each change is logged once.
 */
export interface Health {
  /** Declares that start-up is over. */
  ready(): void;
  /** Declares that the process is stopping; it never gets ready again. */
  draining(): void;
  /** Undefined when ready, else why not, in words for an operator. */
  unready(): Promise<string | undefined>;
}

/** How long what a check found holds for whoever else asks: a check may be a commit, and anybody may ask. */
const SHARED_MS = 2_000;

export function createHealth({
  check,
  clock,
  log,
}: {
  readonly check: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}): Health {
  let phase: 'starting' | 'ready' | 'draining' = 'starting';
  let shared: Promise<string | undefined> | undefined;
  let known: string | undefined;

  async function look(): Promise<string | undefined> {
    let found: string | undefined;
    let cause: unknown;
    try {
      await check();
    } catch (error) {
      cause = error;
      found = error instanceof Error ? error.message : String(error);
    }
    clock.after(SHARED_MS, () => {
      shared = undefined;
    });
    if (found !== known) {
      if (found === undefined) log.info({}, 'ready again');
      else log.warn({ err: cause }, 'not ready');
    }
    known = found;
    return found;
  }

  return {
    ready: () => {
      if (phase === 'starting') phase = 'ready';
    },
    draining: () => {
      phase = 'draining';
    },
    unready: async () => {
      if (phase !== 'ready') return phase;
      shared ??= look();
      return shared;
    },
  };
}
