/** What a person orders from another process (the command line, another replica), over one Postgres. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { toStarter } from '../../src/house/definitions.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { createRunner, type Runner } from '../../src/runner/runner.ts';
import { openPostgresStore, type PostgresStore } from '../../src/store/postgres.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import { createDefinitions } from '../../src/workflow/definitions.ts';
import { createEngine } from '../../src/workflow/engine.ts';
import type { RunRecord } from '../../src/workflow/journal.ts';
import { until } from '../support/house.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { createQuietLog } from '../support/quiet.ts';

const WORKFLOW = `
document: { dsl: "1.0.3", namespace: test, name: orders, version: "1.0.0" }
schedule: { on: { one: { with: { type: test.happened } } } }
do:
  - work: { call: work }
`;
const EVENT: Event = { specversion: '1.0', id: '1', source: '/test', type: 'test.happened', tenant: '7', data: {} };

let server: PostgresServer;
let store: PostgresStore;
let other: PostgresStore;
let runner: Runner;
let endWork: (() => void) | undefined;
let told: string[] = [];
let aborted = 0;

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop());

beforeEach(async () => {
  const url = await server.createDatabase();
  store = await openPostgresStore({ url });
  other = await openPostgresStore({ url });
  told = [];
  aborted = 0;
  const definition = loadDefinition(WORKFLOW, { file: 'orders.yaml', functions: ['work'] }).definition as Definition;
  const { journal, notes } = store;
  const shared = { clock: systemClock, log: createQuietLog(), journal };
  const engine = createEngine({
    ...shared,
    definitions: createDefinitions([definition]),
    bus: { publish: async ({ type }) => void told.push(type.replace('io.serverlessworkflow.', '')) },
    functions: {
      work: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted += 1;
            reject(new Error('stopped'));
          });
        }),
    },
    lifecycle: 'required',
  });
  runner = createRunner(
    { ...shared, engine, notes, laneOf: () => undefined, isOwn: () => false },
    // No renewal comes to its aid while the test lasts.
    { owner: 'one', starters: [toStarter(definition)], leaseMs: 3_600_000 },
  );
  endWork = store.onWork?.((work) => (work === 'orders' ? runner.recheck() : runner.wake()));
  await journal.keepDefinition(definition.ref, definition.text, Date.now());
  await runner.start();
  await runner.handle(EVENT, { attempt: 1, signal: AbortSignal.timeout(10_000) });
  await until(() => told.includes('task.started.v1'), 'the run does not begin');
});

afterEach(async () => {
  endWork?.();
  await runner.drain(0);
  await Promise.all([store.close(), other.close()]);
});

async function theRun(): Promise<RunRecord> {
  const [run] = await other.journal.list({ limit: 1 });
  return run as RunRecord;
}

describe('a run under way in one process', () => {
  test('that is suspended in another leaves its hand at once, and that is told at once', async () => {
    const { tenant, id } = await theRun();
    await other.journal.suspend(tenant, id, Date.now());
    await until(() => told.includes('workflow.suspended.v1'), 'the suspension is not told');
    expect(told.slice(-2)).toEqual(['task.suspended.v1', 'workflow.suspended.v1']);
    expect(aborted).toBe(1);
    expect((await theRun()).status).toBe('suspended');
  });

  test('that is cancelled in another ends at once', async () => {
    const { tenant, id } = await theRun();
    await other.journal.cancel(tenant, id, 'by hand');
    await until(async () => (await theRun()).status === 'cancelled', 'the run goes on');
    expect(told.slice(-2)).toEqual(['task.cancelled.v1', 'workflow.cancelled.v1']);
    expect(aborted).toBe(1);
  });
});
