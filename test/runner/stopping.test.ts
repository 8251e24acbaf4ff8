import { expect, test } from 'vitest';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { createExecutor } from '../../src/runner/executor.ts';
import type { Engine } from '../../src/workflow/engine.ts';
import type { ClaimedRun, Journal } from '../../src/workflow/journal.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const idle: Engine = { execute: async () => 'ended' };

/** An executor whose second look for runs is under way, and ends as the test says. */
async function looking() {
  const clock = createSimulatedClock();
  const log = createQuietLog();
  const answer = Promise.withResolvers<readonly ClaimedRun[]>();
  let looks = 0;
  const journal: Journal = {
    ...createMemoryJournal(),
    async claim() {
      looks += 1;
      return looks === 1 ? [] : answer.promise;
    },
  };
  const executor = createExecutor({ journal, engine: idle, clock, log }, { owner: 'one' });
  await executor.start();
  executor.wake();
  await clock.settle();
  return { clock, log, answer, executor };
}

const closed = new FairleadError('store.unavailable', 'The store is closed.');

test('a stop waits for the look that is under way, so that the store is not closed under it', async () => {
  const { clock, answer, executor } = await looking();
  let isDrained = false;
  const drained = executor.drain(1_000).then(() => {
    isDrained = true;
  });
  await clock.settle();
  expect(isDrained).toBe(false);
  answer.resolve([]);
  await drained;
});

test('a stop says nothing of a look that failed meanwhile', async () => {
  const { clock, log, answer, executor } = await looking();
  const drained = executor.drain(1_000);
  answer.reject(closed);
  await drained;
  await clock.settle();
  expect(log.lines).toEqual([]);
});

test('a look that fails while nobody stops is told once', async () => {
  const { clock, log, answer, executor } = await looking();
  answer.reject(closed);
  await clock.settle();
  await clock.advance(10_000);
  expect(log.lines.map(({ message }) => message)).toEqual(['runs cannot be claimed']);
  await executor.drain(0);
});
