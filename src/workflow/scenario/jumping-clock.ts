import type { Clock } from '../ports.ts';

/** Turns of the event loop without a timer being set that count as nothing going on. */
const QUIET_TURNS = 8;

/** A clock that jumps to the next timer as soon as nothing else goes on: a wait of a month takes no time. */
export function createJumpingClock(start: number): Clock & { stop(): void } {
  const timers = new Map<symbol, { readonly at: number; readonly callback: () => void }>();
  let now = start;
  let quiet = 0;
  let isStopped = false;
  let turning: NodeJS.Immediate | undefined;

  function turn(): void {
    turning = undefined;
    if (timers.size === 0 || isStopped) return;
    quiet += 1;
    if (quiet >= QUIET_TURNS) fireNext();
    schedule();
  }

  function schedule(): void {
    turning ??= setImmediate(turn);
  }

  function fireNext(): void {
    quiet = 0;
    let next: symbol | undefined;
    for (const [key, { at }] of timers) if (next === undefined || at < (timers.get(next)?.at ?? 0)) next = key;
    const timer = next === undefined ? undefined : timers.get(next);
    if (next === undefined || timer === undefined) return;
    timers.delete(next);
    now = Math.max(now, timer.at);
    timer.callback();
  }

  return {
    now: () => now,
    after(ms, callback) {
      const key = Symbol();
      timers.set(key, { at: now + Math.max(ms, 0), callback });
      quiet = 0;
      schedule();
      return () => timers.delete(key);
    },
    stop() {
      isStopped = true;
      timers.clear();
      clearImmediate(turning);
    },
  };
}
