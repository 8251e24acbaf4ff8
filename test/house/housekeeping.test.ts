import { expect, it } from 'vitest';
import { createHousekeeping } from '../../src/house/housekeeping.ts';
import { createMemoryNotes } from '../support/memory-notes.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const DAY = 24 * 60 * 60 * 1000;

function world(prune: () => Promise<number>, { keepRunsMs = 60 * DAY } = {}) {
  const clock = createSimulatedClock();
  const notes = createMemoryNotes();
  const asked = { events: [] as number[], runs: [] as number[], definitions: [] as number[] };
  const begun = clock.now();
  const kept: string[] = [];
  const prunes = (ages: number[]) => (before: number) => {
    ages.push(clock.now() - before);
    return prune();
  };
  const create = () =>
    createHousekeeping(
      {
        outbox: { prune: prunes(asked.events) },
        journal: {
          prune: prunes(asked.runs),
          pruneDefinitions: prunes(asked.definitions),
          keepDefinition: async ({ name }, _, at) => void kept.push(`${name} ${at - begun}`),
        },
        definitions: [{ ref: { namespace: 'n', name: 'mine', version: '1.0.0', digest: 'd' }, text: 't' }],
        notes,
        clock,
        log: createQuietLog(),
      },
      { keepRunsMs },
    );
  return { clock, asked, kept, create, housekeeping: create() };
}

it('events settled for thirty days and runs ended for as long as is configured are forgotten, four times a day', async () => {
  const { clock, asked, housekeeping } = world(async () => 1);
  housekeeping.start();
  await clock.advance(DAY - 1);
  expect(asked).toEqual({
    events: Array(4).fill(30 * DAY),
    runs: Array(4).fill(60 * DAY),
    definitions: Array(4).fill(60 * DAY),
  });
});

it('runs that are to be kept for good are', async () => {
  const { clock, asked, housekeeping } = world(async () => 1, { keepRunsMs: 0 });
  housekeeping.start();
  await clock.advance(DAY - 1);
  expect([asked.events.length, asked.runs, asked.definitions]).toEqual([4, [], []]);
});

it('a process that is started in between, or beside another, leaves it until it is time', async () => {
  const { clock, asked, create, housekeeping } = world(async () => 1);
  housekeeping.start();
  await clock.advance(DAY / 8);
  await housekeeping.stop();
  create().start();
  await clock.advance(DAY / 8 - 1);
  expect(asked.events).toHaveLength(1);
  await clock.advance(2);
  expect(asked.events).toHaveLength(2);
});

it('a store that fails is asked again later', async () => {
  const { clock, asked, housekeeping } = world(() => Promise.reject(new Error('disk full')));
  housekeeping.start();
  await clock.advance(DAY / 4);
  expect(asked.events).toHaveLength(2);
});

it('nothing is forgotten after the stop', async () => {
  const { clock, asked, housekeeping } = world(async () => 0);
  housekeeping.start();
  await housekeeping.stop();
  await clock.advance(DAY);
  expect(asked.events).toHaveLength(1);
});

it('the definitions of each process stay in use, whoever forgets', async () => {
  const { clock, kept, create, housekeeping } = world(async () => 0);
  housekeeping.start();
  await clock.advance(DAY / 8);
  create().start();
  await clock.advance(DAY / 4);
  expect(kept).toEqual(['mine 0', `mine ${DAY / 8}`, `mine ${DAY / 4}`, `mine ${DAY / 4}`]);
});
