import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.ts';
import { createContext } from './context.ts';

/** The commands beside a bot that is running: its store is open while they read and write it. */
let folder: string;
let path: string;
let owner: SqliteStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-guest-'));
  path = join(folder, 'fairlead.db');
  owner = await openSqliteStore({ path });
});

afterEach(async () => {
  await owner.close();
  rmSync(folder, { recursive: true });
});

async function run(argv: readonly string[], storePath = path) {
  const context = createContext(
    { FAIRLEAD_STORE: storePath },
    { openStore: (at) => openSqliteStore({ path: at, as: 'guest' }) },
  );
  const exitCode = await runCli(argv, context);
  return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text() };
}

it('a dead letter is listed, shown, and due again once it is redelivered', async () => {
  const event = { specversion: '1.0', id: 'e-1', source: '/s', type: 'test', tenant: '11', data: { a: 1 } } as const;
  const published = await owner.outbox.publish({ event, triggers: ['notify'], now: 1000 });
  if (published.outcome !== 'accepted') throw new Error(published.outcome);
  const [delivery] = published.deliveries as [number];
  await owner.outbox.settle([{ delivery, outcome: 'dead', at: 2000, reason: 'no such channel', status: 404 }]);

  const listed = (await run(['dead-letters', '--json'])).stdout.trimEnd().split('\n');
  expect(listed.map((line) => JSON.parse(line))).toMatchObject([
    { delivery, trigger: 'notify', reason: 'no such channel' },
  ]);
  expect((await run(['dead-letters', 'show', String(delivery)])).stdout).toContain('no such channel (HTTP 404)');
  expect(await owner.outbox.tenantsDue(Date.now())).toEqual([]);
  expect(await run(['dead-letters', 'redeliver', String(delivery)])).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await owner.outbox.tenantsDue(Date.now())).toEqual(['11']);
  expect((await run(['dead-letters'])).stdout).toBe('No dead letters.\n');
});

it('a run is found by its id alone', async () => {
  const definition = { namespace: 'test', name: 'greet', version: '1.0.0', digest: 'd' };
  for (const id of ['01a1-1', '01a1-2']) {
    await owner.journal.create({ tenant: '11', id, definition, key: id, input: {}, createdAt: 1000 });
  }
  const { exitCode, stdout } = await run(['runs', 'show', '01a1-1', '--json']);
  expect([exitCode, JSON.parse(stdout).record]).toMatchObject([0, { id: '01a1-1', tenant: '11', status: 'pending' }]);
  expect((await run(['runs', 'show', '01a1'])).exitCode).toBe(1);
});

it('a store that is not there is not made, and the way to it is told', async () => {
  const { exitCode, stderr } = await run(['runs'], join(folder, 'none.db'));
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`There is no store at ${join(folder, 'none.db')}.`);
});
