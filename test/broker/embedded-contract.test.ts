import { afterAll, describe, expect, it } from 'vitest';
import { createEmbeddedBroker } from '../../src/broker/embedded.ts';
import { withoutHops } from '../../src/broker/hops.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.ts';
import type { Outbox } from '../../src/store/store.ts';
import { type BrokerUnderTest, describeBroker } from '../contracts/broker-contract.ts';
import { describeDelivery } from '../contracts/broker-delivery.ts';
import { createMemoryOutbox } from '../support/memory-outbox.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

function openOver(outbox: Outbox): BrokerUnderTest {
  const clock = createSimulatedClock();
  const broker = createEmbeddedBroker({
    outbox,
    clock,
    log: createQuietLog(),
    metrics: createMetrics(),
    random: () => 0,
  });
  return {
    broker,
    now: clock.now,
    start: broker.start,
    until: clock.until,
    settle: () => clock.advance(60_000),
    async deadLetters() {
      const letters = await outbox.deadLetters({ limit: 100 });
      return letters.map(({ trigger, event, reason }) => ({ trigger, event: withoutHops(event), reason }));
    },
    close: () => broker.drain(0),
  };
}

const stores: SqliteStore[] = [];

async function openStore(): Promise<SqliteStore> {
  const store = await openSqliteStore({ path: ':memory:', inTest: true });
  stores.push(store);
  return store;
}

afterAll(async () => {
  for (const store of stores) await store.close();
});

describeBroker('embedded, over an outbox in memory', async () => openOver(createMemoryOutbox()));
describeBroker('embedded, over SQLite', async () => openOver((await openStore()).outbox));
describeDelivery('embedded', async () => openOver(createMemoryOutbox()));

describe('the embedded broker over SQLite', () => {
  it('handles a thousand events of ten tenants in far fewer commits than events', async () => {
    const store = await openStore();
    const clock = createSimulatedClock();
    const broker = createEmbeddedBroker({
      outbox: store.outbox,
      clock,
      log: createQuietLog(),
      metrics: createMetrics(),
    });
    const handled = new Set<string>();
    broker.subscribe({ name: 'all', filters: [] }, async ({ id }) => {
      handled.add(id);
      return undefined;
    });
    await broker.start();
    const before = store.commits();
    const ids = Array.from({ length: 1_000 }, (_, nth) => `${nth}`);
    await Promise.all(
      ids.map((id) =>
        broker.publish({
          specversion: '1.0',
          id,
          source: '/test',
          type: 'test.happened',
          tenant: `${Number(id) % 10}`,
        }),
      ),
    );
    await clock.until(async () => (await store.outbox.depth()).due === 0);
    expect(handled.size).toBe(1_000);
    expect(store.commits() - before).toBeLessThan(100);
    await broker.drain(0);
  });
});
