import { describe, expect, test } from 'vitest';
import { createSlots } from '../../src/broker/slots.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

function given(count: number, waitMs = 1_000) {
  const clock = createSimulatedClock();
  const slots = createSlots({ clock }, { count, waitMs });
  const said: string[] = [];
  const come = (name: string, signal = new AbortController().signal) =>
    void slots.take(signal).then((isTurn) => said.push(`${name} ${isTurn ? 'works' : 'leaves'}`));
  return { clock, slots, said, come };
}

describe('a slot', () => {
  test('goes to whoever comes while there is one, then to those who wait, in the order in which they came', async () => {
    const { clock, slots, said, come } = given(2);
    for (const name of ['a', 'b', 'c', 'd']) come(name);
    await clock.settle();
    expect(said).toEqual(['a works', 'b works']);
    slots.free();
    await clock.settle();
    expect(said).toEqual(['a works', 'b works', 'c works']);
    for (let count = 0; count < 3; count += 1) slots.free();
    await clock.settle();
    expect(said).toEqual(['a works', 'b works', 'c works', 'd works']);
    expect(clock.timers()).toEqual([]);
    for (const name of ['e', 'f', 'g']) come(name);
    await clock.settle();
    expect(said.slice(4)).toEqual(['e works', 'f works']);
  });

  test('is waited for so long and no longer', async () => {
    const { clock, slots, said, come } = given(1);
    for (const name of ['a', 'b']) come(name);
    await clock.advance(999);
    come('c');
    expect(said).toEqual(['a works']);
    await clock.advance(1);
    expect(said).toEqual(['a works', 'b leaves']);
    slots.free();
    await clock.settle();
    expect(said).toEqual(['a works', 'b leaves', 'c works']);
  });

  test('is not kept for whoever no longer wants it', async () => {
    const { clock, slots, said, come } = given(1);
    const leaving = new AbortController();
    come('a');
    come('b', leaving.signal);
    come('c');
    leaving.abort();
    await clock.settle();
    come('d', leaving.signal);
    slots.free();
    await clock.settle();
    expect(said).toEqual(['a works', 'b leaves', 'd leaves', 'c works']);
  });

  test('is waited for by nobody after the end', async () => {
    const { clock, slots, said, come } = given(1);
    come('a');
    come('b');
    await clock.settle();
    slots.close();
    await clock.settle();
    come('c');
    await clock.settle();
    expect(said).toEqual(['a works', 'b leaves', 'c leaves']);
    slots.free();
    come('d');
    await clock.settle();
    expect(said.at(-1)).toBe('d works');
    expect(clock.timers()).toEqual([]);
  });
});
