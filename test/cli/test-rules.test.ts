import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { createContext } from './context.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-rules-'));
  mkdirSync(join(folder, '.github'));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function run(rules: string | undefined, cases: string, ...argv: readonly string[]) {
  if (rules !== undefined) writeFileSync(join(folder, '.github/fairlead.yml'), rules);
  writeFileSync(join(folder, '.github/fairlead.test.yml'), cases);
  const context = createContext();
  const exitCode = await runCli(['rules', 'test', folder, ...argv], context);
  return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text() };
}

const RULES =
  'labels: [{ label: docs, files: ["docs/**"] }]\nreviewers: [{ files: ["**"], people: [ann, bob], count: 1 }]\n';

it('tells what passes, and in what the others differ', async () => {
  const { exitCode, stdout } = await run(
    RULES,
    `cases:
  - { name: good, given: { files: [docs/a] }, expect: { labels: [Docs], asked: 1 } }
  - { name: bad, given: { files: [docs/a] }, expect: { labels: [tests], removed: [x], asked: 2, messages: [why not] } }
`,
  );
  expect(exitCode).toBe(1);
  expect(stdout).toContain('✓ good\n✗ bad\n');
  expect(stdout).toContain('labels: tests is missing');
  expect(stdout).toContain('labels: docs is not expected, but docs/a matches docs/**');
  expect(stdout).toContain('removed labels: x is missing');
  expect(stdout).toMatch(/asked: expected 2, got 1 \((ann|bob)\)/);
  expect(stdout).toContain('messages: nothing says “why not”; said is docs: docs/a matches docs/**');
  expect(stdout).toContain('1 passed, 1 failed');
});

it('prints one object per case with --json', async () => {
  const { exitCode, stdout } = await run(RULES, 'cases: [{ name: a, given: {}, expect: { labels: [] } }]', '--json');
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, { name: 'a', passed: true, failures: [] }]);
});

it.each([
  ['rules with an error', 'lables: []', 'cases: []', 'fairlead.yml:1:1: unknown key "lables"; did you mean "labels"?'],
  [
    'a case with a key that there is not',
    RULES,
    'cases: [{ name: a, given: { titel: x }, expect: { asked: 1 } }]',
    'did you mean "title"?',
  ],
  ['a case that expects nothing', RULES, 'cases: [{ name: a, given: {}, expect: {} }]', 'expects nothing'],
])('refuses %s, at its place', async (_, rules, cases, message) => {
  expect(await run(rules, cases)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(message) });
});

it.each([
  [
    'no rules',
    '.github/fairlead.yml',
    'nor a file of another tool in its place. Name the folder of a checkout, or the',
  ],
  ['no cases', '.github/fairlead.test.yml', 'cannot be read (ENOENT).'],
])('says of a checkout that has %s which file that is', async (_, missing, message) => {
  await run(RULES, 'cases: []');
  rmSync(join(folder, missing));
  const context = createContext();
  expect(await runCli(['rules', 'test', folder], context)).toBe(1);
  expect(context.stderr.text()).toContain(`${join(folder, missing)}`);
  expect(context.stderr.text()).toContain(message);
});

it('takes the rules of a checkout without a file of its own from those of other tools', async () => {
  writeFileSync(
    join(folder, '.github/labeler.yml'),
    'docs: [{ changed-files: [{ any-glob-to-any-file: "docs/**" }] }]',
  );
  const { exitCode, stdout } = await run(
    undefined,
    'cases: [{ name: a, given: { files: [docs/a] }, expect: { labels: [docs] } }]',
  );
  expect([exitCode, stdout]).toEqual([0, '✓ a\n1 passed, 0 failed\n']);
});

it('says what it does not read', async () => {
  const { exitCode, stdout } = await run(
    `extends: acme/config\n${RULES}`,
    'cases: [{ name: a, given: {}, expect: { labels: [] } }]',
  );
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^acme\/config is not read here/)]);
});

it('runs the same cases where their file is given to `fairlead test`', async () => {
  const good = 'cases: [{ name: a, given: { files: [docs/a] }, expect: { labels: [docs] } }]';
  expect(await run(RULES, good)).toMatchObject({ exitCode: 0 });
  for (const [cases, exitCode, told] of [
    [good, 0, '✓ a\n1 passed, 0 failed\n'],
    [good.replace('[docs]', '[tests]'), 1, '✗ a\n'],
  ] as const) {
    writeFileSync(join(folder, '.github/fairlead.test.yml'), cases);
    const context = createContext();
    expect(await runCli(['test', join(folder, '.github/fairlead.test.yml')], context)).toBe(exitCode);
    expect(context.stdout.text()).toContain(told);
  }
});
