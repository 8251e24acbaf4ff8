/** The system's time, that a test can let leap forward: what is due then happens at once, everything else as ever. */
import { type Clock, systemClock } from '../../src/observe/clock.ts';

export interface LeapingClock extends Clock {
  leap(ms: number): void;
}

/** `ahead`: how far it is ahead of the system's from the beginning, milliseconds. */
export function createLeapingClock(ahead = 0): LeapingClock {
  const timers = new Set<{ readonly at: number; cancel: () => void; readonly fire: () => void }>();
  let offset = ahead;
  const now = () => systemClock.now() + offset;
  return {
    now,
    after(ms, callback) {
      const timer = {
        at: now() + ms,
        cancel: () => {},
        fire() {
          timer.cancel();
          timers.delete(timer);
          callback();
        },
      };
      timer.cancel = systemClock.after(ms, timer.fire);
      timers.add(timer);
      return () => {
        timer.cancel();
        timers.delete(timer);
      };
    },
    leap(ms) {
      offset += ms;
      const due = [...timers].filter(({ at }) => at <= now()).sort((one, other) => one.at - other.at);
      for (const timer of due) if (timers.has(timer)) timer.fire();
      // What is left is due sooner than its timer of the system's clock knows.
      for (const timer of timers) {
        timer.cancel();
        timer.cancel = systemClock.after(timer.at - now(), timer.fire);
      }
    },
  };
}
