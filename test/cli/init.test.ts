import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { type FakeGitHub, startFakeGitHub } from '../../src/demo/fake-github/fake-github.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { createContext } from './context.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-init-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

async function init(...argv: readonly string[]) {
  const context = createContext();
  const exitCode = await runCli(['init', folder, ...argv], context);
  return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text() };
}

const target = () => readFileSync(join(folder, '.github/fairlead.yml'), 'utf8');

it('writes one file from all that a repository has, with the differences as notes', async () => {
  write('.github/labeler.yml', 'docs: ["docs/**"]\nchanged-files-labels-limit: 5\n');
  write('.github/auto_assign.yml', 'addReviewers: true\nreviewers: [ann]\n');
  write('CODEOWNERS', '*.ts @bob\n');
  write('pkg/OWNERS', 'reviewers: [lead]\n');
  write('OWNERS_ALIASES', 'aliases: { lead: [cid] }\n');

  const { exitCode, stdout } = await init();

  expect(exitCode).toBe(0);
  expect(stdout).toContain('from .github/labeler.yml, .github/auto_assign.yml, CODEOWNERS, OWNERS.');
  expect(target()).toMatch(/^# From .*\n# - \.github\/labeler\.yml: A label that Fairlead put on/);
  expect(parseConfiguration(target()).configuration).toMatchObject({
    labels: [{ label: 'docs', files: ['docs/**'] }],
    reviewers: [
      { draft: false, people: ['ann'] },
      { files: ['**/*.ts'], people: ['bob'] },
      { files: ['pkg/**'], people: ['cid'], count: 2 },
    ],
    cap: 5,
  });
});

it('prints instead of writing when it is told to', async () => {
  write('CODEOWNERS', '* @ann\n');
  const { stdout } = await init('--print');
  expect(parseConfiguration(stdout).configuration?.reviewers).toHaveLength(1);
  expect(target).toThrow('ENOENT');
});

it('leaves a file that is there, unless it is told to replace it', async () => {
  write('.github/fairlead.yml', 'check: false\n');
  write('CODEOWNERS', '* @ann\n');
  expect(await init()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--force') });
  expect(target()).toBe('check: false\n');
  expect((await init('--force')).exitCode).toBe(0);
  expect(target()).toContain('ann');
});

it('says what it looked for when there is nothing', async () => {
  expect(await init()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('CODEOWNERS or OWNERS') });
});

it('says so of a place that is neither a folder nor a repository', async () => {
  const context = createContext();
  expect(await runCli(['init', join(folder, 'none')], context)).toBe(2);
  expect(context.stderr.text()).toContain(
    'none” is neither a folder nor a repository. Name a checkout, or write owner/repo.',
  );
});

it('says which file is broken', async () => {
  write('.github/labeler.yml', 'a: [\n');
  expect(await init()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('labeler.yml cannot be read') });
});

it('never lets a note become a line of the file', async () => {
  write('.github/labeler.yml', '"a\\ncheck: false": [{ head-branch: a, color: 1 }]\n');
  await init();
  expect(parseConfiguration(target()).configuration?.check).toBe(true);
});

describe('of a repository on GitHub', () => {
  const FILES = {
    '.github/labeler.yml': 'docs: ["docs/**"]\n',
    CODEOWNERS: '*.ts @bob\n',
    'pkg/OWNERS': 'reviewers: [cid]\n',
  };
  let github: FakeGitHub;

  beforeEach(async () => {
    github = await startFakeGitHub({ appId: '1' });
    github.addInstallation({ id: 7, account: 'octo-org' });
  });
  afterEach(() => github.close());

  async function initOf(fullName: string, contents: Readonly<Record<string, string>>) {
    github.addRepository({ installation: 7, fullName: 'octo-org/hello', contents });
    const context = createContext({
      APP_ID: '1',
      PRIVATE_KEY: github.privateKey,
      WEBHOOK_SECRET: 'it is a secret',
      GITHUB_API_URL: github.url,
    });
    const exitCode = await runCli(['init', fullName], context);
    return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text() };
  }

  it('prints what it would write in a checkout of it, and writes nothing, here or there', async () => {
    for (const [path, text] of Object.entries(FILES)) write(path, text);
    const inCheckout = await init('--print');

    const { exitCode, stdout, stderr } = await initOf('octo-org/hello', FILES);

    expect(exitCode).toBe(0);
    expect(stdout).toBe(inCheckout.stdout);
    expect(parseConfiguration(stdout).configuration?.reviewers).toHaveLength(2);
    expect(stderr).toContain(
      'From .github/labeler.yml, CODEOWNERS, OWNERS of octo-org/hello; nothing is written.\n  · .github/labeler.yml: A label',
    );
    const writes = github.requests.filter(
      ({ method, path }) => method !== 'GET' && !/access_tokens$|graphql$/.test(path),
    );
    expect(writes).toEqual([]);
  });

  it('says where there is nothing, what is broken, and where the App may not look', async () => {
    expect(await initOf('octo-org/hello', {})).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('CODEOWNERS or OWNERS in octo-org/hello.'),
    });
    expect(await initOf('octo-org/hello', { '.github/labeler.yml': 'a: [\n' })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('labeler.yml cannot be read: line 2'),
    });
    expect(await initOf('stranger/repo', FILES)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('not installed on stranger/repo'),
    });
  });

  it('is none where a folder has that name', async () => {
    const context = createContext();
    expect(await runCli(['init', 'test/cli', '--print'], context)).toBe(1);
    expect(context.stderr.text()).toContain('CODEOWNERS or OWNERS in test/cli.');
  });
});
