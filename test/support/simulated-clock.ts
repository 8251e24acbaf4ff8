/**
 * Time that stands still until the test moves it. Timers fire in the order they are due, each at exactly its own time, and
 * promises (and real input/output of a few event loop turns, such as a commit) settle between one timer and the next.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/observe/clock.ts';

export interface SimulatedClock extends Clock {
  /** Moves time forward by `ms`, firing what becomes due on the way, and lets everything started settle. */
  advance(ms: number): Promise<void>;
  /** Moves time from timer to timer until the condition holds. Throws when it does not within `withinMs` of simulated time (default: one day). */
  until(condition: () => boolean | Promise<boolean>, withinMs?: number): Promise<void>;
  /** Lets promises settle without moving time. */
  settle(): Promise<void>;
  /** When each timer that is set will fire, epoch milliseconds, soonest first. */
  timers(): readonly number[];
}

/** Saturday 21 November 2026, noon UTC. */
const START = Date.UTC(2026, 10, 21, 12);
const DAY_MS = 86_400_000;
/** Event loop turns that count as settled: enough for a commit that waits for others to share it. */
const TURNS = 8;

interface Timer {
  readonly at: number;
  readonly sequence: number;
  readonly callback: () => void;
}

export function createSimulatedClock(start: number = START): SimulatedClock {
  const timers = new Set<Timer>();
  let now = start;
  let sequence = 0;

  function soonest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.sequence < first.sequence)) {
        first = timer;
      }
    }
    return first;
  }

  function fire(timer: Timer): void {
    timers.delete(timer);
    now = Math.max(now, timer.at);
    timer.callback();
  }

  async function settle(): Promise<void> {
    for (let count = 0; count < TURNS; count += 1) await turn();
  }

  async function advance(ms: number): Promise<void> {
    const end = now + ms;
    await settle();
    for (let timer = soonest(); timer !== undefined && timer.at <= end; timer = soonest()) {
      fire(timer);
      await settle();
    }
    now = end;
  }

  async function until(condition: () => boolean | Promise<boolean>, withinMs: number = DAY_MS): Promise<void> {
    const end = now + withinMs;
    await settle();
    while (!(await condition())) {
      const timer = soonest();
      if (timer === undefined) throw new Error('The condition does not hold and no timer is set that could change it.');
      if (timer.at > end) throw new Error(`The condition did not hold within ${withinMs} ms of simulated time.`);
      fire(timer);
      await settle();
    }
  }

  return {
    now: () => now,
    after(ms, callback) {
      sequence += 1;
      const timer = { at: now + Math.max(ms, 0), sequence, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance,
    until,
    settle,
    timers: () => [...timers].map(({ at }) => at).sort((a, b) => a - b),
  };
}
