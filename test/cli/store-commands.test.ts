import { beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import type { DeadLetter, Outbox, Store } from '../../src/store/store.ts';
import type { Entry, Journal, RunQuery, RunRecord } from '../../src/workflow/journal.ts';
import { createContext } from './context.ts';

const CREATED = Date.UTC(2026, 0, 2, 3, 4, 5);

const record: RunRecord = {
  tenant: '11',
  id: '0198c0de-0001',
  definition: { namespace: 'fairlead', name: 'pull-request', version: '1.0.0', digest: 'd' },
  key: 'k',
  status: 'completed',
  lane: { name: '4711/12', order: 1 },
  parent: undefined,
  input: {},
  output: {},
  fault: undefined,
  createdAt: CREATED,
  startedAt: CREATED + 5,
  endedAt: CREATED + 1505,
  dueAt: undefined,
  claims: 1,
};

const entries: readonly Entry[] = [
  { position: '/do/0/readFacts', kind: 'completed', body: { title: '\u001b[31mred' }, at: CREATED + 105 },
  { position: '/do/1/decide', kind: 'completed', body: 'x'.repeat(300), at: CREATED + 1205 },
];

const letter: DeadLetter = {
  delivery: 7,
  tenant: '11',
  trigger: 'notify-slack',
  event: {
    specversion: '1.0',
    id: 'e-1',
    source: 'https://github.com/o/r',
    type: 'dev.fairlead.x',
    data: { a: '\u009b' },
  },
  attempts: 10,
  reason: 'chat.refused: no\nsuch channel',
  status: 404,
  at: CREATED,
};

let asked: unknown[];

beforeEach(() => {
  asked = [];
});

/** The part of a store that the commands use, over fixed rows; it keeps what it was asked. */
function createStore(runs: readonly RunRecord[], letters: readonly DeadLetter[]): Store<Journal> {
  const journal: Partial<Journal> = {
    list: async (query: RunQuery) => {
      asked.push(query);
      return runs.filter(({ id }) => query.before === undefined || id < query.before).slice(0, query.limit);
    },
    read: async (tenant, id) => {
      const found = runs.find((run) => run.tenant === tenant && run.id === id);
      return found && { record: found, entries };
    },
  };
  const outbox: Partial<Outbox> = {
    deadLetters: async (query) => {
      asked.push(query);
      return letters;
    },
    deadLetter: async (number) => letters.find(({ delivery }) => delivery === number),
    redeliver: async (number, now) => {
      asked.push([number, now]);
      return letters.some(({ delivery }) => delivery === number);
    },
  };
  return { journal, outbox, close: async () => void asked.push('closed') } as unknown as Store<Journal>;
}

async function run(argv: readonly string[], runs = [record], letters = [letter]) {
  const context = createContext(
    { FAIRLEAD_STORE: './of-this-machine.db' },
    {
      openStore: async (path) => {
        asked.push(path);
        return createStore(runs, letters);
      },
    },
  );
  const exitCode = await runCli(argv, context);
  return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text() };
}

describe('runs', () => {
  it.each([[['runs']], [['runs', 'list']]])('%j lists runs in columns and closes the store', async (argv) => {
    const { exitCode, stdout } = await run(argv);
    expect([exitCode, stdout]).toEqual([
      0,
      'ID             STATUS     WORKFLOW            TENANT  LANE     CREATED               TOOK\n' +
        '0198c0de-0001  completed  pull-request 1.0.0  11      4711/12  2026-01-02 03:04:05Z  1.5 s\n',
    ]);
    expect(asked).toEqual(['./of-this-machine.db', { limit: 20 }, 'closed']);
  });

  it('passes on what to list', async () => {
    await run(['runs', '--tenant', '11', '--status=faulted', '--before', 'b', '--limit', '3']);
    expect(asked[1]).toEqual({ tenant: '11', status: 'faulted', before: 'b', limit: 3 });
  });

  it('says when there are none', async () => {
    expect(await run(['runs'], [])).toEqual({ exitCode: 0, stdout: 'No runs.\n', stderr: '' });
  });

  it('prints one JSON object per run with --json', async () => {
    const { stdout } = await run(['runs', '--json'], [record, { ...record, id: 'second' }]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([record.id, 'second']);
  });

  it('shows one run as a timeline, with others’ words inert and long ones cut', async () => {
    const { exitCode, stdout } = await run(['runs', 'show', record.id]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('workflow  fairlead/pull-request 1.0.0\n');
    expect(stdout).toContain('+100 ms  completed /do/0/readFacts  {"title":"\\u001b[31mred"}\n');
    expect(stdout).toMatch(/\n \+1\.2 s {2}completed \/do\/1\/decide {2}"x{158}…\n/);
    expect(stdout).toMatch(/\n \+1\.5 s {2}completed\n$/);
    expect(stdout).not.toContain('\u001b');
  });

  it('shows the fault of a run that failed, and how often it was taken up', async () => {
    const faulted = { ...record, status: 'faulted' as const, claims: 3, fault: { status: 404, title: 'Not Found' } };
    const { stdout } = await run(['runs', 'show', record.id], [faulted]);
    expect(stdout).toContain('claims    3 (it was taken up again)');
    expect(stdout).toContain('"title": "Not Found"');
  });

  it('finds a run among later ones without being told its tenant', async () => {
    const later = { ...record, id: '0198c0de-0002', tenant: '12' };
    expect((await run(['runs', 'show', record.id, '--json'], [later, record])).exitCode).toBe(0);
  });

  it.each([
    ['that does not exist', ['runs', 'show', '0198c0de-0000']],
    ['of another tenant', ['runs', 'show', record.id, '--tenant', '12']],
  ])('exits with 1 for a run %s', async (_, argv) => {
    const { exitCode, stderr } = await run(argv);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('There is no run');
  });
});

describe('dead letters', () => {
  it('are listed with their reason on one line', async () => {
    const { exitCode, stdout } = await run(['dead-letters']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      '7       11      notify-slack  dev.fairlead.x  10     2026-01-02 03:04:05Z  chat.refused: no such channel\n',
    );
  });

  it('are shown with their event', async () => {
    const { stdout } = await run(['dead-letters', 'show', '7']);
    expect(stdout).toContain('reason  chat.refused: no such channel (HTTP 404)\n');
    expect(stdout).toContain('"a": "\\u009b"');
  });

  it('are delivered again, and one that does not exist fails the command alone', async () => {
    const { exitCode, stdout, stderr } = await run(['dead-letters', 'redeliver', '8', '7']);
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      '7 will be delivered again.\n',
      'fairlead: There is no dead letter 8.\n',
    ]);
    expect(asked.slice(1)).toEqual([[8, 1_700_000_000_000], [7, 1_700_000_000_000], 'closed']);
  });

  it.each([
    ['a number that is none', ['dead-letters', 'show', 'x'], 2, '“x” is no number of a dead letter'],
    ['a number that no letter has', ['dead-letters', 'show', '8'], 1, 'There is no dead letter 8.'],
  ])('%s is refused', async (_, argv, code, message) => {
    const { exitCode, stderr } = await run(argv);
    expect(exitCode).toBe(code);
    expect(stderr).toContain(message);
  });
});
