import { describe, expect, it } from 'vitest';
import { createLeases } from '../../src/broker/leases.ts';
import { createMemoryOutbox } from '../support/memory-outbox.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

function open({ isShared = true, fails = false } = {}) {
  const clock = createSimulatedClock();
  const log = createQuietLog();
  const start = clock.now();
  const written: { at: number; deliveries: readonly number[]; until: number }[] = [];
  const lease = async (deliveries: readonly number[], until: number) => {
    written.push({ at: clock.now() - start, deliveries, until: until - start });
    if (fails) throw new Error('no');
  };
  const outbox = Object.assign(Object.create(createMemoryOutbox()), isShared ? { lease } : {});
  return { leases: createLeases({ outbox, clock, log }), clock, start, written, log };
}

describe('leases of deliveries', () => {
  it('are prolonged while the deliveries are kept, and no longer', async () => {
    const { leases, clock, written } = open();
    leases.keep(1);
    leases.keep(2);
    await clock.advance(3_000);
    leases.drop(1);
    await clock.advance(3_000);
    leases.drop(2);
    await clock.advance(9_000);

    expect(written).toEqual([
      { at: 3_000, deliveries: [1, 2], until: 12_000 },
      { at: 6_000, deliveries: [2], until: 15_000 },
    ]);
  });

  it('are given up when the process stops', async () => {
    const { leases, clock, written } = open();
    leases.keep(1);
    await leases.stop();
    await clock.advance(20_000);

    expect(written).toEqual([{ at: 0, deliveries: [1], until: 0 }]);
  });

  it('that cannot be written are told of and written again', async () => {
    const { leases, clock, written, log } = open({ fails: true });
    leases.keep(1);
    await clock.advance(6_000);

    expect(written).toHaveLength(2);
    expect(log.lines).toMatchObject([{ level: 'warn' }, { level: 'warn' }]);
  });

  it('are nothing to a store of one owner', async () => {
    const { leases, clock, log } = open({ isShared: false });
    expect(leases.until()).toBeUndefined();
    leases.keep(1);
    await clock.advance(20_000);
    await leases.stop();

    expect(log.lines).toEqual([]);
  });
});
