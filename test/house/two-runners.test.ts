/** Two runners over one Postgres, each with connections of its own, as two replicas of the runner service are. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { toStarter } from '../../src/house/definitions.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { createHeldRuns } from '../../src/runner/held-runs.ts';
import { createRunner, type Runner } from '../../src/runner/runner.ts';
import { openPostgresStore, type PostgresStore } from '../../src/store/postgres.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import { createDefinitions } from '../../src/workflow/definitions.ts';
import { createEngine } from '../../src/workflow/engine.ts';
import { until } from '../support/house.ts';
import { command, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { createQuietLog } from '../support/quiet.ts';
import { seeded } from '../workflow/stage.ts';

const WORKFLOW = `
document: { dsl: "1.0.3", namespace: test, name: race, version: "1.0.0" }
schedule: { on: { one: { with: { type: test.happened } } } }
do:
  - act: { call: act, with: { event: "\${ $workflow.input[0].id }" } }
  - tell: { emit: { event: { with: { type: test.done } } } }
`;
const SEEDS = Array.from({ length: 8 }, (_, nth) => nth + 1);
const EVENTS = 4;

let server: PostgresServer;
let url: string;
let replicas: Replica[] = [];
/** Events that the workflow acted on, in that order, by any runner; and the lanes that it is acting in. */
let acts: string[] = [];
const underWay = new Map<string, number>();
let overlaps = 0;

interface Replica {
  readonly store: PostgresStore;
  readonly runner: Runner;
  readonly emitted: string[];
  stop(): Promise<void>;
}

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  url = await server.createDatabase();
  acts = [];
  overlaps = 0;
  replicas = await Promise.all([openReplica('one'), openReplica('other')]);
});
afterEach(async () => {
  await Promise.all(replicas.map(({ stop }) => stop()));
});

async function openReplica(owner: string): Promise<Replica> {
  const store = await openPostgresStore({ url });
  const { journal, notes } = store;
  const definition = loadDefinition(WORKFLOW, { file: 'race.yaml', functions: ['act'] }).definition as Definition;
  const emitted: string[] = [];
  const shared = { clock: systemClock, log: createQuietLog() };
  const engine = createEngine({
    ...shared,
    journal,
    definitions: createDefinitions([definition]),
    bus: { publish: async ({ id }) => void emitted.push(id) },
    functions: { act: async (input) => act((input as { event: string }).event) },
  });
  const runner = createRunner(
    { ...shared, journal, engine, notes, laneOf, isOwn: () => false },
    { owner, starters: [toStarter(definition)], concurrency: 4 },
  );
  await journal.keepDefinition(definition.ref, definition.text, Date.now());
  await runner.start();
  const endWork = store.onWork?.((work) => work === 'runs' && runner.wake());
  return {
    store,
    runner,
    emitted,
    async stop() {
      endWork?.();
      await runner.drain(2_000);
      await store.close();
    },
  };
}

/** Long enough for another to begin meanwhile, if it could. */
async function act(id: string): Promise<null> {
  const lane = laneNameOf(id);
  overlaps += underWay.has(lane) ? 1 : 0;
  underWay.set(lane, (underWay.get(lane) ?? 0) + 1);
  acts.push(id);
  await wait(2);
  underWay.delete(lane);
  return null;
}

const eventOf = (id: string): Event => ({
  specversion: '1.0',
  id,
  source: '/test',
  type: 'test.happened',
  tenant: '7',
  data: {},
});
const laneNameOf = (id: string) => `${Number(id.split('-')[1]) % 2}`;
const laneOf = ({ id }: Event) => ({ name: laneNameOf(id), order: Number(id.split('-')[1]) });

/** Gives each event to runners once or more often, at moments that the seed says. */
async function race(seed: number): Promise<readonly string[]> {
  const random = seeded(seed);
  const ids = Array.from({ length: EVENTS }, (_, nth) => `${seed}-${nth}`);
  const deliveries = ids.flatMap((id) => {
    const copies = 2 + Math.floor(random() * 3);
    return Array.from({ length: copies }, (_, copy) => ({
      id,
      to: (copy + (random() < 0.5 ? 0 : 1)) % replicas.length,
      at: random() < 0.5 ? 0 : random() * 12,
    }));
  });
  await Promise.all(
    deliveries.map(async ({ id, to, at }) => {
      if (at > 0) await wait(at);
      await replicas[to]?.runner.handle(eventOf(id), { attempt: 1, signal: AbortSignal.timeout(10_000) });
    }),
  );
  return ids;
}

async function ended(count: number): Promise<void> {
  const [{ store }] = replicas as [Replica];
  await until(async () => {
    const runs = await store.journal.list({ limit: 1000 });
    return runs.length === count && runs.every(({ endedAt }) => endedAt !== undefined);
  }, 'runs are left');
}

describe('two runners that are given the same events at once', () => {
  test('make one run of each, executed by one of them, one after the other in each lane', async () => {
    const told: string[] = [];
    for (const seed of SEEDS) {
      const ids = await race(seed);
      told.push(...ids);
      await ended(told.length);
      expect([...acts].sort(), `seed ${seed}`).toEqual([...told].sort());
      expect(overlaps, `seed ${seed}`).toBe(0);
    }
    const [{ store }] = replicas as [Replica];
    const runs = await store.journal.list({ limit: 1000 });
    expect(runs.filter(({ status, claims }) => status !== 'completed' || claims !== 1)).toEqual([]);
    const emitted = replicas.map((replica) => replica.emitted.length);
    expect(emitted.reduce((sum, count) => sum + count)).toBe(told.length);
    // A race that one of them always wins is none.
    expect(emitted.every((count) => count > 0)).toBe(true);
  });
});

describe('a rolling upgrade', () => {
  /** What the next release's first migration might do; what it adds is optional, as the rule for migrations has it. */
  const NEXT = [
    'alter table runs add column priority integer not null default 0',
    'alter table entries add column note text',
    'alter table waits add column note text',
    'create index runs_by_priority on runs (priority)',
    'create table extras (tenant text not null, id text not null, primary key (tenant, id))',
    'update fairlead_schema set version = version + 1',
  ];

  test('goes on over runs under way: the old runner works beside the new one, and each run is done once', async () => {
    const first = await race(101);
    const migrating = (async () => {
      for (const statement of NEXT) await command(url, statement);
    })();
    const second = await race(102);
    await migrating;
    const newer = await openReplica('newer');
    replicas = [...replicas, newer];
    const third = await race(103);
    const [old] = replicas as [Replica];
    await old.stop();
    replicas = replicas.slice(1);
    const fourth = await race(104);
    const all = [...first, ...second, ...third, ...fourth];
    await ended(all.length);

    expect([...acts].sort()).toEqual([...all].sort());
    expect(overlaps).toBe(0);
    const runs = await newer.store.journal.list({ limit: 1000 });
    expect(runs.filter(({ status }) => status !== 'completed')).toEqual([]);
  });
});

test('who holds a request for a run that another executes hears of its end from Postgres, not by looking now and then', async () => {
  const store = await openPostgresStore({ url });
  // No timer of its ever fires.
  const clock = { now: Date.now, after: () => () => {} };
  const held = createHeldRuns({ journal: store.journal, clock }, { holdMs: 10_000 });
  const heard: string[] = [];
  store.onWork?.((work, run) => {
    heard.push(work);
    if (work === 'rests') held.look(run);
  });
  await until(() => heard.includes('rests'), 'nobody listens');

  const { ref } = loadDefinition(WORKFLOW, { file: 'race.yaml', functions: ['act'] }).definition as Definition;
  const run = {
    tenant: '7',
    id: 'held',
    definition: ref,
    key: 'held',
    input: [{ id: 'held-0' }],
    createdAt: Date.now(),
  };
  await held.hold(() => held.journal.create(run), AbortSignal.timeout(10_000));

  expect((await store.journal.read('7', 'held'))?.record.status).toBe('completed');
  await store.close();
});
