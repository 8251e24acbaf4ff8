/** Events that start a run together, brought by two processes over one Postgres at the same time. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { toStarter } from '../../src/house/definitions.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { createRunner, type Runner } from '../../src/runner/runner.ts';
import { openPostgresStore, type PostgresStore } from '../../src/store/postgres.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import { createDefinitions } from '../../src/workflow/definitions.ts';
import { createEngine } from '../../src/workflow/engine.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { createQuietLog } from '../support/quiet.ts';
import { seeded } from '../workflow/stage.ts';

const WORKFLOW = `
document: { dsl: "1.0.3", namespace: test, name: together, version: "1.0.0" }
schedule:
  on:
    all:
      - { with: { type: test.paid }, correlate: { order: { from: .data.order } } }
      - { with: { type: test.packed }, correlate: { order: { from: .data.order } } }
do:
  - nothing: { set: { n: 1 } }
`;
const SEEDS = Array.from({ length: 12 }, (_, nth) => nth + 1);
/** More than one of a kind belongs to the second: its runs queue up. */
const ORDERS = [
  ['a', 1],
  ['b', 3],
] as const;

let server: PostgresServer;
let stores: readonly PostgresStore[] = [];
let runners: readonly Runner[] = [];

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop());

beforeEach(async () => {
  const url = await server.createDatabase();
  stores = await Promise.all([openPostgresStore({ url }), openPostgresStore({ url })]);
  runners = stores.map(({ journal, notes }, nth) => {
    const definition = loadDefinition(WORKFLOW, { file: 'together.yaml' }).definition as Definition;
    const shared = { clock: systemClock, log: createQuietLog(), journal };
    const engine = createEngine({
      ...shared,
      definitions: createDefinitions([definition]),
      bus: { publish: async () => {} },
    });
    return createRunner(
      { ...shared, engine, notes, laneOf: () => undefined, isOwn: () => false },
      { owner: `${nth}`, starters: [toStarter(definition)] },
    );
  });
});

afterEach(async () => {
  await Promise.all(runners.map((runner) => runner.drain(0)));
  await Promise.all(stores.map((store) => store.close()));
});

function eventOf(kind: string, order: string, nth: number): Event {
  const id = `${kind} ${order} ${nth}`;
  return { specversion: '1.0', id, source: '/test', type: `test.${kind}`, tenant: '7', data: { order } };
}

/** Brings each event to one or both of the runners, all at once, in the order that the seed says. */
async function bring(seed: number): Promise<void> {
  const random = seeded(seed);
  const deliveries = ORDERS.flatMap(([order, count]) =>
    Array.from({ length: count }, (_, nth) => ['paid', 'packed'].map((kind) => eventOf(kind, `${order}-${seed}`, nth))),
  )
    .flat()
    .flatMap((event) => {
      const first = random() < 0.5 ? 0 : 1;
      const both = [first, 1 - first].map((to) => ({ event, to }));
      return random() < 0.5 ? both : both.slice(0, 1);
    })
    .map((delivery) => ({ ...delivery, turn: random() }))
    .sort((one, other) => one.turn - other.turn);
  await Promise.all(
    deliveries.map(({ event, to }) => runners[to]?.handle(event, { attempt: 1, signal: AbortSignal.timeout(10_000) })),
  );
}

describe('events that two processes take at the same time', () => {
  test('are neither lost nor used twice: each starts one run, with one of each other kind', async () => {
    const [store] = stores as [PostgresStore];
    for (const seed of SEEDS) {
      await bring(seed);
      const runs = (await store.journal.list({ limit: 1000 })).filter(({ key }) => key.includes(`-${seed} `));
      const used = runs.flatMap(({ input }) => (input as readonly { readonly id: string }[]).map(({ id }) => id));
      const expected = ORDERS.flatMap(([order, count]) =>
        Array.from({ length: count }, (_, nth) => [
          `packed ${order}-${seed} ${nth}`,
          `paid ${order}-${seed} ${nth}`,
        ]).flat(),
      );
      expect(used.toSorted(), `seed ${seed}`).toEqual(expected.toSorted());
    }
  });
});
