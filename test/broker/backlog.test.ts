import { describe, expect, it } from 'vitest';
import { createBacklog, type Held } from '../../src/broker/backlog.ts';
import type { DueDelivery } from '../../src/store/store.ts';
import { createMemoryOutbox } from '../support/memory-outbox.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const event = { specversion: '1.0', id: '1', source: '/test', type: 'test.happened', tenant: '7' } as const;
const row = (delivery: number): DueDelivery => ({ delivery, tenant: '7', trigger: 'all', event, attempts: 0 });

function open() {
  const clock = createSimulatedClock();
  const taken: Held[] = [];
  const pages: ((page: readonly DueDelivery[]) => void)[] = [];
  const excepted: number[][] = [];
  const outbox = Object.assign(Object.create(createMemoryOutbox()), {
    tenantsDue: async () => ['7'],
    due(_tenant: string, _now: number, _limit: number, except: ReadonlySet<number>) {
      excepted.push([...except]);
      return new Promise<readonly DueDelivery[]>((resolve) => pages.push(resolve));
    },
  });
  const backlog = createBacklog({ outbox, clock, log: createQuietLog() }, (delivery) => taken.push(delivery));
  return { backlog, clock, taken, pages, excepted };
}

describe('the backlog', () => {
  it('does not take up again what was settled while the page that still shows it was being read', async () => {
    const { backlog, clock, taken, pages } = open();
    const scanned = backlog.scan();
    await clock.settle();
    backlog.hold({ ...row(1), weight: 0 });
    backlog.started(taken[0]!);
    backlog.release(1);
    pages[0]!([row(1), row(2)]);
    await scanned;
    expect(taken.map(({ delivery }) => delivery)).toEqual([1, 2]);
    backlog.stop();
  });

  it('asks the store to leave out what is in hand', async () => {
    const { backlog, clock, excepted, pages } = open();
    backlog.hold({ ...row(1), weight: 0 });
    backlog.hold({ ...row(2), weight: 0 });
    const scanned = backlog.scan();
    await clock.settle();
    expect(excepted).toEqual([[1, 2]]);
    pages[0]!([]);
    await scanned;
    backlog.stop();
  });

  it('takes up a delivery once, however often it is offered', () => {
    const { backlog, taken } = open();
    expect(backlog.hold({ ...row(1), weight: 0 })).toBe(true);
    expect(backlog.hold({ ...row(1), weight: 0 })).toBe(false);
    expect(taken).toHaveLength(1);
    backlog.stop();
  });

  it('keeps no more in memory than its bounds: by number for a tenant, by weight for all', () => {
    const { backlog } = open();
    const held = Array.from({ length: 300 }, (_, nth) => backlog.hold({ ...row(nth), weight: 0 }));
    expect(held.filter(Boolean)).toHaveLength(256);
    const heavy = { ...row(1_000), tenant: '8', weight: 40 * 1024 * 1024 };
    expect(backlog.hold(heavy)).toBe(true);
    expect(backlog.hold({ ...heavy, delivery: 1_001, tenant: '9' })).toBe(false);
    backlog.stop();
  });
});
