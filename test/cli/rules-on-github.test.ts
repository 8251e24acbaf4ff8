import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { type FakeGitHub, startFakeGitHub } from '../../src/demo/fake-github/fake-github.ts';
import { createContext } from './context.ts';

const RULES = `labels:
  - { label: docs, files: ["docs/**"] }
reviewers:
  - { files: ["**"], people: [octocat, hubot], count: 1, strategy: round-robin }
`;

let github: FakeGitHub;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-replay-'));
  github = await startFakeGitHub({ appId: '1' });
  github.addInstallation({ id: 7, account: 'octo-org' });
  const contents = { '.github/fairlead.yml': RULES };
  const collaborators = ['octocat', 'hubot'];
  const repository = github.addRepository({ installation: 7, fullName: 'octo-org/hello', contents, collaborators });
  github.addPull(repository, { author: 'ann', title: 'First', files: ['docs/a.md'], labels: ['docs'] });
  github.addPull(repository, { author: 'octocat', title: 'Second', files: ['src/a.ts'], draft: true });
});

afterEach(async () => {
  await github.close();
  rmSync(folder, { recursive: true });
});

async function run(...argv: readonly string[]) {
  const context = createContext({
    APP_ID: '1',
    PRIVATE_KEY: github.privateKey,
    WEBHOOK_SECRET: 'it is a secret',
    GITHUB_API_URL: github.url,
  });
  const exitCode = await runCli(argv, context);
  // A query of GraphQL is a POST that reads.
  const writes = github.requests.filter(
    ({ method, path }) => method !== 'GET' && path !== '/graphql' && !path.includes('access_tokens'),
  );
  return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text(), writes };
}

function write(text: string): string {
  const path = join(folder, 'new.yml');
  writeFileSync(path, text);
  return path;
}

it('simulates the rules of the base branch on a pull request, and writes nothing', async () => {
  const { exitCode, stdout, stderr, writes } = await run('simulate', 'octo-org/hello#1');
  expect({ exitCode, stderr, writes }).toEqual({ exitCode: 0, stderr: '', writes: [] });
  expect(stdout).toContain('octo-org/hello#1, nothing written: 1 review requested');
  expect(stdout).toContain('`docs`: `docs/a.md matches docs/**`');
});

it('simulates rules that are not there yet', async () => {
  const config = write('labels: [{ label: first, title: "^First" }]');
  const { stdout } = await run('simulate', 'octo-org/hello#1', '--config', config, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ labels: { add: [{ name: 'first' }] }, reviewers: { request: [] } });
});

it('simulates rules of a file with what it builds on, and those that a repository has for another tool', async () => {
  const defaults = { 'fairlead.yml': 'lock: [labels.color]\nlabels: [{ label: org, files: ["**"] }]' };
  github.addRepository({ installation: 7, fullName: 'octo-org/.github', contents: defaults });
  const config = write('labels: [{ label: own, color: "000000", files: ["**"] }]');
  const { stdout } = await run('simulate', 'octo-org/hello#1', '--config', config, '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    labels: { add: [{ name: 'org' }, { name: 'own' }] },
    problems: [
      expect.stringContaining(
        'line 1, column 24: labels[0]: "labels.color" is locked by octo-org/.github/fairlead.yml',
      ),
    ],
  });

  github.world.repositories.get('octo-org/hello')?.branches.set(
    'main',
    new Map([
      ['CODEOWNERS', '* @hubot\n'],
      ['docs/OWNERS', 'labels: [docs]'],
    ]),
  );
  const asItStands = await run('simulate', 'octo-org/hello#1');
  expect(asItStands.stdout).toContain('octo-org/hello#1, nothing written: 1 label added, 1 review requested');
  expect(asItStands.writes).toEqual([]);
});

it('replays past pull requests by both rules, the newest first, and writes nothing', async () => {
  const config = write(`labels:
  - { label: documentation, files: ["docs/**"] }
reviewers:
  - { files: ["**"], people: [hubot] }
`);
  const { exitCode, stdout, writes } = await run('replay', 'octo-org/hello', '--config', config, '--json');
  expect({ exitCode, writes }).toEqual({ exitCode: 0, writes: [] });
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { number: 2, title: 'Second', labels: { added: [], removed: [] }, reviewers: { added: [], removed: [] } },
    {
      number: 1,
      title: 'First',
      labels: { added: ['documentation'], removed: ['docs'] },
      reviewers: { added: ['hubot'], removed: ['octocat'] },
    },
  ]);
});

it('tells a person only of those that differ', async () => {
  const { stdout } = await run(
    'replay',
    'octo-org/hello',
    '--config',
    write(RULES.replace('label: docs', 'label: doc')),
    '--last',
    '2',
  );
  expect(stdout).toBe(
    '#1 First\n    + doc (labels)\n    - docs (labels)\n1 of 2 pull requests would differ; nothing was written.\n',
  );
});

it.each([
  ['a pull request that is none', ['simulate', 'hello'], 2, 'Write owner/repo#123.'],
  ['a repository without the App', ['simulate', 'octo-org/other#1'], 1, 'The App is not installed on octo-org/other'],
  ['a replay without other rules', ['replay', 'octo-org/hello'], 2, '--config <file>'],
  ['more than it replays', ['replay', 'octo-org/hello', '--config', 'x', '--last', '501'], 2, 'at most 500'],
])('refuses %s', async (_, argv, exitCode, message) => {
  expect(await run(...argv)).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
});
