import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

describe('a run beside the bot', () => {
  const definition = { namespace: 'test', name: 'greet', version: '1.0.0', digest: 'd' };
  const statusOf = async () => (await owner.journal.read('11', 'r-1'))?.record.status;

  beforeEach(async () => {
    await owner.journal.create({ tenant: '11', id: 'r-1', definition, key: 'k', input: {}, createdAt: 1000 });
  });

  it('is suspended, resumed and asked to stop', async () => {
    expect(await run(['runs', 'suspend', 'r-1'])).toEqual({
      exitCode: 0,
      stdout: 'The run r-1 is suspended.\n',
      stderr: '',
    });
    expect(await statusOf()).toBe('suspended');
    expect((await run(['runs', 'resume', 'r-1', '--tenant', '11'])).stdout).toBe('The run r-1 goes on.\n');
    expect(await statusOf()).toBe('pending');
    expect((await run(['runs', 'cancel', 'r-1', '--reason', 'not wanted'])).stdout).toBe(
      'The run r-1 is asked to stop.\n',
    );
    expect(await owner.journal.claim('one', 2000, 3000, 1)).toMatchObject([{ cancel: 'not wanted' }]);
  });

  it('is tried again after a fault', async () => {
    const [claimed] = await owner.journal.claim('one', 2000, 3000, 1);
    if (claimed === undefined) throw new Error('The run cannot be claimed.');
    await owner.journal.append(claimed.claim, [], { status: 'faulted', fault: { status: 500 }, at: 2500 });
    expect((await run(['runs', 'retry', 'r-1'])).stdout).toBe(
      'The run r-1 is tried again from the task that failed.\n',
    );
    expect(await owner.journal.claim('one', 3000, 4000, 1)).toMatchObject([{ record: { id: 'r-1', claims: 2 } }]);
  });

  it.each([
    ['resume', 'The run r-1 is pending; a run can be resumed only while it is suspended.'],
    ['retry', 'The run r-1 is pending; a run can be retried only after it has faulted.'],
  ])('that is in no state to %s says so, and exits with 1', async (act, message) => {
    const { exitCode, stderr } = await run(['runs', act, 'r-1']);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  it.each(['cancel', 'suspend', 'resume', 'retry'])('that does not exist cannot be told to %s', async (act) => {
    const { exitCode, stderr } = await run(['runs', act, 'r-9']);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('There is no run r-9.')]);
  });
});
