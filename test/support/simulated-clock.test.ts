import { describe, expect, it } from 'vitest';
import { createSimulatedClock } from './simulated-clock.ts';

describe('the simulated clock', () => {
  it('fires timers in the order they are due, each at its own time', async () => {
    const clock = createSimulatedClock(0);
    const fired: [string, number][] = [];
    clock.after(20, () => fired.push(['second', clock.now()]));
    clock.after(10, () => fired.push(['first', clock.now()]));
    clock.after(20, () => fired.push(['third', clock.now()]));
    await clock.advance(25);
    expect(fired).toEqual([
      ['first', 10],
      ['second', 20],
      ['third', 20],
    ]);
    expect(clock.now()).toBe(25);
  });

  it('fires a timer set by a promise that another timer resolved', async () => {
    const clock = createSimulatedClock(0);
    const times: number[] = [];
    const sleep = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
    const work = (async () => {
      for (let count = 0; count < 3; count += 1) {
        await sleep(10);
        times.push(clock.now());
      }
    })();
    await clock.advance(30);
    await work;
    expect(times).toEqual([10, 20, 30]);
  });

  it('does not fire what was cancelled', async () => {
    const clock = createSimulatedClock(0);
    let fired = false;
    const cancel = clock.after(5, () => {
      fired = true;
    });
    cancel();
    await clock.advance(10);
    expect(fired).toBe(false);
    expect(clock.timers()).toEqual([]);
  });

  it('moves to the moment a condition holds, and says when it never will', async () => {
    const clock = createSimulatedClock(0);
    let done = false;
    clock.after(5_000, () => {
      done = true;
    });
    await clock.until(() => done);
    expect(clock.now()).toBe(5_000);
    await expect(clock.until(() => false)).rejects.toThrow('no timer is set');
    clock.after(50, () => undefined);
    await expect(clock.until(() => false, 10)).rejects.toThrow('within 10 ms');
  });
});
