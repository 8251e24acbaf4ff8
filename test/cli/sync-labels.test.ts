import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { type FakeGitHub, startFakeGitHub } from '../../src/demo/fake-github/fake-github.ts';
import type { Repository } from '../../src/demo/fake-github/world.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.ts';
import { createContext } from './context.ts';

const RULES = `labels:
  - { label: ruled, files: ["docs/**"] }
palette:
  - { name: bug, color: d73a4a, description: Something is wrong, was: [defect] }
  - { name: feature, color: "00ff00" }
  - { name: kept, color: "123456" }
`;

let github: FakeGitHub;
let repository: Repository;
/** The bot's, which runs beside the command. */
let store: SqliteStore;

beforeEach(async () => {
  store = await openSqliteStore({ path: ':memory:', inTest: true });
  github = await startFakeGitHub({ appId: '1' });
  github.addInstallation({ id: 7, account: 'octo-org' });
  repository = github.addRepository({
    installation: 7,
    fullName: 'octo-org/hello',
    contents: { '.github/fairlead.yml': RULES },
    labels: [{ name: 'defect' }, { name: 'Kept', color: '123456' }, { name: 'ruled' }, { name: 'old' }],
  });
});

afterEach(async () => {
  await github.close();
  await store.close();
});

async function run(
  argv: readonly string[],
  environment = {},
  openStore = async () => ({ ...store, close: async () => {} }),
) {
  const context = createContext(
    {
      APP_ID: '1',
      PRIVATE_KEY: github.privateKey,
      WEBHOOK_SECRET: 'it is a secret',
      GITHUB_API_URL: github.url,
      ...environment,
    },
    { openStore },
  );
  const before = github.requests.length;
  const exitCode = await runCli(['labels', 'sync', 'octo-org/hello', ...argv], context);
  const asked = github.requests.slice(before).filter(({ path }) => !/access_tokens|installation$/.test(path));
  // A query of GraphQL is a POST that reads.
  const writes = asked.flatMap(({ method, path, body }) =>
    method === 'GET' || path === '/graphql' ? [] : [[method, path, body]],
  );
  return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text(), writes };
}

const LABELS = '/repos/octo-org/hello/labels';

it('renames, paints, makes and spells labels, in this order, and deletes none; a second run has nothing to do', async () => {
  const first = await run([]);
  expect({ ...first, stdout: '' }).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: '',
    writes: [
      ['PATCH', `${LABELS}/defect`, { color: 'd73a4a', description: 'Something is wrong', new_name: 'bug' }],
      ['POST', LABELS, { name: 'feature', color: '00ff00' }],
      ['PATCH', `${LABELS}/Kept`, { new_name: 'kept' }],
    ],
  });
  expect(first.stdout).toBe(
    '~ defect: becomes bug, colour d4c5f9 → d73a4a, description “” → “Something is wrong”\n' +
      '+ feature (00ff00)\n~ Kept: becomes kept\n0 as they should be, 3 done.\n',
  );
  expect([...repository.labels.keys()].sort()).toEqual(['bug', 'feature', 'kept', 'old', 'ruled']);

  const second = await run([]);
  expect(second).toMatchObject({ exitCode: 0, writes: [], stdout: '3 as they should be, 0 done.\n' });
});

it.each([
  ['by the flag', ['--dry-run', '--prune', '--json'], {}],
  ['where the whole bot only tries', ['--prune', '--json'], { FAIRLEAD_DRY_RUN: 'true' }],
])('writes nothing in a dry run, %s, and prints the plan', async (_, argv, environment) => {
  const { exitCode, stdout, writes } = await run(argv, environment);
  expect({ exitCode, writes }).toEqual({ exitCode: 0, writes: [] });
  const lines = stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { act: 'change', name: 'defect', to: { name: 'bug' }, outcome: 'planned' },
    { act: 'create', name: 'feature', outcome: 'planned' },
    { act: 'change', name: 'Kept', to: { name: 'kept' }, outcome: 'planned' },
    { act: 'delete', name: 'old', outcome: 'planned' },
  ]);
});

it('deletes with --prune what neither the palette nor a rule names', async () => {
  const { writes } = await run(['--prune']);
  expect(writes.at(-1)).toEqual(['DELETE', `${LABELS}/old`, undefined]);
  expect([...repository.labels.keys()].sort()).toEqual(['bug', 'feature', 'kept', 'ruled']);
});

it('goes on after a label that GitHub refuses, and says so', async () => {
  github.fail({ method: 'POST', path: /\/labels$/ }, { status: 403 });
  const { exitCode, stdout, writes } = await run([]);
  expect({ exitCode, writes: writes.length }).toEqual({ exitCode: 1, writes: 3 });
  expect(stdout).toContain('✗ feature (00ff00): GitHub answered 403');
  expect(stdout).toContain('0 as they should be, 2 done. 1 refused.');
});

it('says what is missing where the rules declare no labels', async () => {
  repository.branches.get('main')?.set('.github/fairlead.yml', 'labels: []');
  expect(await run([])).toMatchObject({ exitCode: 1, writes: [], stderr: expect.stringContaining('palette') });
});

describe('what the bot remembers of a label', () => {
  const entry = (name: string, state: 'ours' | 'refused') =>
    ({ kind: 'label', name, state, reason: 'removed by ann', at: 1, rule: 'abc' }) as const;
  const known = async (number: number) => store.ledger.read('7', `${repository.id}/${number}`);

  beforeEach(async () => {
    await store.ledger.write('7', `${repository.id}/1`, [entry('defect', 'ours')]);
    await store.ledger.write('7', `${repository.id}/2`, [entry('defect', 'refused'), entry('kept', 'ours')]);
  });

  it('is known of its new name', async () => {
    expect(await run([])).toMatchObject({ exitCode: 0 });
    expect(await known(1)).toEqual([entry('bug', 'ours')]);
    expect(await known(2)).toEqual([entry('bug', 'refused'), entry('kept', 'ours')]);
  });

  it('stays as it is where GitHub refuses, and in a dry run', async () => {
    github.fail({ method: 'PATCH', path: /defect$/ }, { status: 403 });
    expect(await run([])).toMatchObject({ exitCode: 1 });
    await run(['--dry-run']);
    expect(await known(1)).toEqual([entry('defect', 'ours')]);
  });

  it('is made up for by the next run where one was cut short', async () => {
    github.fail({ method: 'PATCH', path: /defect$/ }, { afterEffect: true });
    expect(await run([])).toMatchObject({ exitCode: 1 });
    expect([repository.labels.has('bug'), await known(1)]).toEqual([true, [entry('defect', 'ours')]]);
    expect(await run([])).toMatchObject({ exitCode: 0 });
    expect(await known(1)).toEqual([entry('bug', 'ours')]);
  });

  it('keeps a label from being renamed where it cannot be reached; the rest is done', async () => {
    const nowhere = () =>
      Promise.reject(new FairleadError('config.invalid', 'There is no store at x. Start the bot first.'));
    const { exitCode, stdout, writes } = await run([], {}, nowhere);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('cannot be renamed. There is no store at x. Start the bot first.');
    expect(writes.map(([, path]) => path)).toEqual([LABELS, `${LABELS}/Kept`]);
  });
});
