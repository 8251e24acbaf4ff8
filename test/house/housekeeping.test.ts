import { expect, it } from 'vitest';
import { createHousekeeping } from '../../src/house/housekeeping.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const DAY = 24 * 60 * 60 * 1000;

function world(prune: (before: number) => Promise<number>) {
  const clock = createSimulatedClock();
  const asked: number[] = [];
  const housekeeping = createHousekeeping({
    outbox: {
      prune: (before) => {
        asked.push(clock.now() - before);
        return prune(before);
      },
    },
    clock,
    log: createQuietLog(),
  });
  return { clock, asked, housekeeping };
}

it('events settled for thirty days are forgotten, four times a day', async () => {
  const { clock, asked, housekeeping } = world(async () => 1);
  housekeeping.start();
  await clock.advance(DAY - 1);
  expect(asked).toEqual(Array(4).fill(30 * DAY));
});

it('a store that fails is asked again later', async () => {
  const { clock, asked, housekeeping } = world(() => Promise.reject(new Error('disk full')));
  housekeeping.start();
  await clock.advance(DAY / 4);
  expect(asked).toHaveLength(2);
});

it('nothing is forgotten after the stop', async () => {
  const { clock, asked, housekeeping } = world(async () => 0);
  housekeeping.start();
  await housekeeping.stop();
  await clock.advance(DAY);
  expect(asked).toHaveLength(1);
});
