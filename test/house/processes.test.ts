/** The bot as four processes over one Postgres, by the committed manifests. Slow: each process is started for real. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { VERIFIED } from '../../src/events/catalogue.ts';
import type { Event } from '../../src/events/event.ts';
import { type LocalCluster, startCluster } from '../../src/house/cluster.ts';
import { openPostgresStore, type PostgresStore } from '../../src/store/postgres.ts';
import { openWorld, SECRET, until, type World } from '../support/house.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { createQuietLog } from '../support/quiet.ts';

const ROOT = join(import.meta.dirname, '../..');
const KNATIVE = join(ROOT, 'knative/base');
const manifests = readdirSync(KNATIVE)
  .filter((name) => /^\d+-.*\.yaml$/.test(name))
  .map((name) => readFileSync(join(KNATIVE, name), 'utf8'));

let postgres: PostgresServer;
let world: World;
let cluster: LocalCluster;
let store: PostgresStore;
const events: Event[] = [];
const started: string[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres.stop());

async function open(): Promise<void> {
  world = await openWorld();
  const url = await postgres.createDatabase();
  const { github, channelsPath } = world.config();
  const bot = { token: { env: 'SLACK_TOKEN' }, channel: world.slack.channel, api: world.slack.apiUrl };
  // Under the name of the channel that the committed Trigger delivers to.
  writeFileSync(channelsPath as string, JSON.stringify({ channels: [{ name: 'console', platform: 'slack', bot }] }));
  events.length = 0;
  started.length = 0;
  cluster = await startCluster({
    program: join(ROOT, 'bin/fairlead.js'),
    manifests,
    environment: {
      APP_ID: github.appId,
      PRIVATE_KEY: github.privateKey,
      GITHUB_API_URL: github.apiUrl,
      WEBHOOK_SECRET: SECRET,
      DATABASE_URL: url,
      FAIRLEAD_INTERNAL_TOKEN: 'a token that services share'.replaceAll(' ', '-'),
      FAIRLEAD_WORKFLOWS: join(ROOT, 'workflows'),
      FAIRLEAD_CHANNELS: channelsPath as string,
      SLACK_TOKEN: world.slack.token,
    },
    log: createQuietLog(),
    observe: (event) => void events.push(event),
    onLine: (role, line) => {
      if (line.includes('"msg":"ready"')) started.push(role);
    },
  });
  world.github.connect({ url: `${await cluster.urlOf('source')}/api/github/webhooks`, secret: SECRET });
  store = await openPostgresStore({ url });
}

afterEach(async () => {
  await cluster.stop();
  await store.close();
  await world.close();
}, 60_000);

/** What is written to GitHub: all that must not happen twice. */
const writes = () => world.calls().filter((call) => !call.startsWith('GET'));

const WRITES = [
  'POST /repos/octo-org/hello/issues/1/labels',
  'PATCH /repos/octo-org/hello/labels/documentation',
  'POST /repos/octo-org/hello/pulls/1/requested_reviewers',
  'POST /repos/octo-org/hello/check-runs',
];

test('a pull request goes all the way, each process started by its first request', { timeout: 90_000 }, async () => {
  await open();
  const pull = world.pull();
  // There is no runner: the broker keeps the event until one has started.
  expect(started).toEqual(['source']);
  expect((await world.tell(pull, 'opened')).statusCode).toBe(202);
  await until(() => world.slack.messages.length === 1, 'no message');
  expect(started).toEqual(['source', 'runner', 'functions', 'notifier']);
  expect(writes()).toEqual(WRITES);
  expect(events.map(({ type }) => type)).toEqual(['dev.knative.source.github.pull_request', VERIFIED]);
  expect(await store.outbox.deadLetters({ limit: 10 })).toEqual([]);
});

test('a runner killed in the middle of a run is replaced, and nothing is done twice', { timeout: 90_000 }, async () => {
  await open();
  const pull = world.pull();
  await world.tell(pull, 'opened');
  await until(() => writes().length > 0, 'nothing was written yet');
  expect(cluster.kill('runner')).toBe(true);
  const killedAt = performance.now();
  await until(() => started.filter((role) => role === 'runner').length === 2, 'no other runner');
  while (world.slack.messages.length === 0 && performance.now() - killedAt < 40_000) {
    await new Promise((later) => setTimeout(later, 50));
  }
  // A label may be asked for again, which GitHub takes for done; what would show twice may not.
  expect([...new Set(writes())]).toEqual(WRITES);
  expect(pull.labels).toEqual(['documentation']);
  expect(pull.reviewers.map(({ login }) => login)).toEqual(['octocat']);
  expect(world.repository.checkRuns).toHaveLength(1);
  expect(world.slack.messages).toHaveLength(1);
  expect(new Set(events.filter(({ type }) => type === VERIFIED).map(({ id }) => id)).size).toBe(1);
  expect(await store.journal.list({ limit: 10 })).toMatchObject([{ status: 'completed', claims: 2 }]);
});
