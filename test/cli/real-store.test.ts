import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.ts';
import type { Journal, NewRun } from '../../src/workflow/journal.ts';
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

describe('all faulted runs', () => {
  const definition = { namespace: 'test', name: 'greet', version: '1.0.0', digest: 'd' };
  const HOUR = 3_600_000;
  const NOON = Date.UTC(2026, 10, 21, 12);
  const idOf = (number: number) => `r-${String(number).padStart(3, '0')}`;
  const statusesOf = async (tenant = '11') =>
    (await owner.journal.list({ tenant, limit: 1000 })).map(({ id, status }) => `${id} ${status}`).sort();

  /** A run that faulted `hours` past noon; `tenant` has it. */
  async function faulted(number: number, hours = 0, changes: Partial<NewRun> = {}): Promise<void> {
    const id = idOf(number);
    const at = NOON + hours * HOUR;
    await owner.journal.create({ tenant: '11', id, definition, key: id, input: {}, createdAt: NOON, ...changes });
    for (const { claim } of await owner.journal.claim('one', at, at + 1000, 10)) {
      await owner.journal.append(claim, [], { status: 'faulted', fault: { status: 503 }, at });
    }
  }

  it('are retried, oldest first, however many there are; others are left alone', async () => {
    for (let number = 1; number <= 150; number += 1) await faulted(number);
    await owner.journal.create({ tenant: '11', id: 'r-999', definition, key: 'k', input: {}, createdAt: NOON });
    const { exitCode, stdout, stderr } = await run(['runs', 'retry', '--status', 'faulted']);
    expect([exitCode, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(151);
    expect(lines[0]).toBe(
      'The run r-001 (greet, faulted 2026-11-21 12:00:00Z) is tried again from the task that failed.',
    );
    expect(lines.slice(-2)).toEqual([expect.stringContaining('The run r-150 '), '150 runs retried.']);
    expect((await statusesOf()).filter((text) => text.endsWith(' waiting'))).toHaveLength(150);
    expect((await statusesOf()).at(-1)).toBe('r-999 pending');
  });

  it('are those of a tenant, and since a time, that are no part of another run', async () => {
    await faulted(1, 0);
    await faulted(2, 1);
    await faulted(3, 2, { tenant: '12' });
    await faulted(4, 2, { parent: { runId: 'r-001', position: '/do/0' } });
    const since = ['--status', 'faulted', '--tenant', '11', '--since', '2026-11-21T14:00+01:00'];
    expect((await run(['runs', 'retry', ...since])).stdout).toBe(
      'The run r-002 (greet, faulted 2026-11-21 13:00:00Z) is tried again from the task that failed.\n1 run retried.\n',
    );
    expect(await statusesOf()).toEqual(['r-001 faulted', 'r-002 waiting', 'r-004 faulted']);
    expect(await statusesOf('12')).toEqual(['r-003 faulted']);
  });

  it('are only told of in a dry run', async () => {
    await faulted(1);
    expect(await run(['runs', 'retry', '--status', 'faulted', '--dry-run', '--since', '2026-11-21'])).toEqual({
      exitCode: 0,
      stdout:
        'The run r-001 (greet, faulted 2026-11-21 12:00:00Z) would be tried again from the task that failed.\n1 run to retry.\n',
      stderr: '',
    });
    expect(await statusesOf()).toEqual(['r-001 faulted']);
    const later = ['--status', 'faulted', '--dry-run', '--since', '2026-11-22'];
    expect(await run(['runs', 'retry', ...later])).toMatchObject({ exitCode: 0, stdout: 'No runs to retry.\n' });
  });

  it('end the command with 1 where one of them was taken up by somebody else meanwhile', async () => {
    await faulted(1);
    await faulted(2);
    const context = createContext(
      { FAIRLEAD_STORE: path },
      {
        async openStore(at) {
          const store = await openSqliteStore({ path: at, as: 'guest' });
          const list: Journal['list'] = async (query) => {
            const found = await store.journal.list(query);
            await owner.journal.retry('11', 'r-001');
            return found;
          };
          return { ...store, journal: { ...store.journal, list } };
        },
      },
    );
    expect(await runCli(['runs', 'retry', '--status', 'faulted'], context)).toBe(1);
    expect(context.stderr.text()).toBe('fairlead: the run r-001 is not faulted any more.\n');
    expect(context.stdout.text()).toMatch(/^The run r-002 .*\n1 run retried\.\n$/);
  });

  it.each([
    [[], 'Name a run, or say --status faulted for all of those.'],
    [['--status', 'running'], 'Name a run, or say --status faulted for all of those.'],
    [['r-1', '--status', 'faulted'], '--status, --since and --dry-run are for many runs; leave the id out.'],
    [['r-1', '--dry-run'], '--status, --since and --dry-run are for many runs; leave the id out.'],
    [['--status', 'faulted', '--since', 'yesterday'], '--since is “yesterday”; write a day such as 2026-11-21'],
    [['--status', 'faulted', '--since', '2026-11-21T14:00'], '--since is “2026-11-21T14:00”; write a day'],
    [['--status', 'faulted', '--since', '2026-13-41'], '--since is “2026-13-41”; write a day'],
  ])('are not retried by %j, which says how it is written', async (words, message) => {
    const { exitCode, stdout, stderr } = await run(['runs', 'retry', ...words]);
    expect([exitCode, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)]);
  });
});
