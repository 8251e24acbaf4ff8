import { type Clock, systemClock } from '../../src/observe/clock.ts';

/** How many seconds of a wait pass in one. */
const HURRY = 1000;

/** Passes by as much as was waited for, whenever that has been waited out; what is cancelled took no time. */
export function createHurriedClock(): Clock {
  let now = systemClock.now();
  return {
    now: () => now,
    after: (ms, callback) =>
      systemClock.after(ms / HURRY, () => {
        now += ms;
        callback();
      }),
  };
}
