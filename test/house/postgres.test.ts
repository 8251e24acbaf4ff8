/** Two whole bots over one Postgres database: what one accepts either may do, and nothing is done twice. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openPostgresStore, type PostgresStore } from '../../src/store/postgres.ts';
import { openWorld, type World } from '../support/house.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';

const PULLS = 6;
const OPEN = ['pending', 'running', 'waiting'] as const;

let server: PostgresServer;
let url: string;
let world: World;

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  url = await server.createDatabase();
  world = await openWorld();
});
afterEach(() => world.close());

async function startHouse() {
  const store = await openPostgresStore({ url });
  const house = await world.start({
    wrapStore(unused) {
      void unused.close();
      return store;
    },
  });
  return { house, store };
}

async function isQuiet({ outbox, journal }: PostgresStore): Promise<boolean> {
  const unfinished = await Promise.all(OPEN.map((status) => journal.list({ status, limit: 1 })));
  return (await outbox.depth()).due === 0 && unfinished.flat().length === 0;
}

test('pull requests come out labelled, reviewed, verified and announced, each once', async () => {
  const [one, other] = [await startHouse(), await startHouse()];
  const before = one.store.commits() + other.store.commits();
  const pulls = Array.from({ length: PULLS }, () => world.pull());
  await Promise.all(pulls.map((pull) => world.tell(pull, 'opened')));

  await vi.waitFor(
    async () => {
      expect(world.slack.messages).toHaveLength(PULLS);
      expect(await isQuiet(one.store)).toBe(true);
    },
    { timeout: 15_000, interval: 50 },
  );

  for (const pull of pulls) expect(pull.labels).toEqual(['documentation']);
  expect(world.repository.checkRuns).toHaveLength(PULLS);
  expect(world.slack.messages.map(({ edits }) => edits)).toEqual(pulls.map(() => 0));
  const runs = await one.store.journal.list({ limit: 100 });
  expect(runs.map(({ status }) => status)).toEqual(pulls.map(() => 'completed'));
  expect((one.store.commits() + other.store.commits() - before) / PULLS).toBeLessThan(30);
}, 30_000);
