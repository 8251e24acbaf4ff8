/**
 * Room for so many at work at once. Who comes beyond waits for a turn in the order of arrival, for a bounded time: a burst is
 * worked off and not refused.
 */
import type { Clock } from '../observe/clock.ts';

export interface Slots {
  /**
   * True when the caller may work, until it calls `free`; false when its turn did not come in time, `signal` ended its
   * waiting, or `close` did.
   */
  take(signal: AbortSignal): Promise<boolean>;
  free(): void;
  /** Nobody waits any longer: there is room at once, or none. */
  close(): void;
}

export function createSlots(
  { clock }: { readonly clock: Clock },
  { count, waitMs }: { readonly count: number; readonly waitMs: number },
): Slots {
  // A set iterates in the order of insertion.
  const waiting = new Set<(isTurn: boolean) => void>();
  let left = count;
  let isClosed = false;

  function wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const giveUp = () => settle(false);
      const cancel = clock.after(waitMs, giveUp);
      signal.addEventListener('abort', giveUp, { once: true });
      waiting.add(settle);

      function settle(isTurn: boolean): void {
        waiting.delete(settle);
        cancel();
        signal.removeEventListener('abort', giveUp);
        resolve(isTurn);
      }
    });
  }

  return {
    async take(signal) {
      if (signal.aborted) return false;
      if (left === 0) return isClosed ? false : wait(signal);
      left -= 1;
      return true;
    },
    free() {
      const [next] = waiting;
      if (next === undefined) left += 1;
      else next(true);
    },
    close() {
      isClosed = true;
      for (const settle of waiting) settle(false);
    },
  };
}
