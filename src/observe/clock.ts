/** Time as a parameter: the system's in production, a simulated one in tests. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once after `ms`; the function returned cancels it. Does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
}

/** Resolves after `ms`, and at once when `signal` aborts. */
export function elapsed(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const cancel = clock.after(ms, end);
    signal?.addEventListener('abort', end);
    function end(): void {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    }
  });
}

/** Longest delay that `setTimeout` takes; a longer one fires at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: Date.now,
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), LONGEST_TIMEOUT_MS)).unref();
    return () => clearTimeout(timer);
  },
};
