import { afterEach, expect, it } from 'vitest';
import { createEmbeddedBroker } from '../../src/broker/embedded.ts';
import type { Event } from '../../src/events/event.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { laneOf } from '../../src/runner/lane.ts';
import { createRunner } from '../../src/runner/runner.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.ts';
import type { Engine, Stop } from '../../src/workflow/engine.ts';
import { createMemoryNotes } from '../support/memory-notes.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

let store: SqliteStore | undefined;

afterEach(async () => {
  await store?.close();
});

function head(id: string, sha: string, at: number): Event {
  const pull_request = { number: 12, updated_at: new Date(at).toISOString(), head: { sha: sha.repeat(40) } };
  const data = { repository: { id: 4711 }, pull_request };
  return { specversion: '1.0', id, source: '/r', type: 'pull_request', tenant: '7', data };
}

it('three heads of one pull request, published in any order, end as two superseded runs and one completed, at once', async () => {
  store = await openSqliteStore({ path: ':memory:', inTest: true });
  const { journal, outbox } = store;
  const clock = createSimulatedClock();
  const shared = { clock, log: createQuietLog() };
  const metrics = createMetrics();
  let isHolding = true;
  // Takes as long as it is let, or until it is told to stop.
  const engine: Engine = {
    async execute({ claim, cancel }, signal) {
      const asked = new Promise<string | undefined>((resolve) => {
        signal?.addEventListener('abort', () => resolve((signal.reason as Stop & { reason: string }).reason));
      });
      const reason = cancel ?? (isHolding ? await asked : undefined);
      const at = clock.now();
      if (reason === undefined) await journal.append(claim, [], { status: 'completed', output: null, at });
      else await journal.append(claim, [], { status: 'cancelled', fault: { reason }, at });
      return 'ended';
    },
  };
  const broker = createEmbeddedBroker({ outbox, metrics, ...shared });
  const definition = { namespace: 'fairlead', name: 'pull-request', version: '1.0.0', digest: 'd' };
  const runner = createRunner(
    { journal, engine, notes: createMemoryNotes(), laneOf, isOwn: () => false, ...shared },
    { owner: 'me', starters: [{ definition, starts: [{ exact: { type: 'pull_request' } }] }] },
  );
  for (const trigger of runner.triggers) broker.subscribe(trigger, runner.handle);
  await runner.start();
  await broker.start();

  const begun = clock.now();
  await broker.publish(head('second', 'b', 2_000));
  await clock.settle();
  await broker.publish(head('first', 'a', 1_000));
  isHolding = false;
  await broker.publish(head('third', 'c', 3_000));
  await clock.settle();
  await clock.settle();

  const runs = await journal.list({ limit: 10 });
  const statuses = runs.map(({ key, status }) => [JSON.parse(key)[3], status]);
  expect(Object.fromEntries(statuses)).toEqual({ first: 'cancelled', second: 'cancelled', third: 'completed' });
  expect(clock.now()).toBe(begun);
  await Promise.all([broker.drain(0), runner.drain(0)]);
});
