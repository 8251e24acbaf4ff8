import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCases } from '../../src/rules/case.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';

const root = join(import.meta.dirname, '../..');

test('a configuration is read with its defaults', () => {
  const { configuration } = parseConfiguration(`
labels:
  - label: documentation
    color: 000000
    files: ["docs/**", "!CHANGELOG.md"]
reviewers:
  - files: ["src/**"]
    people: [octocat, hubot]
    count: 1
`);
  expect(configuration).toEqual({
    labels: [{ label: 'documentation', color: '000000', files: ['docs/**', '!CHANGELOG.md'] }],
    reviewers: [{ files: ['src/**'], people: ['octocat', 'hubot'], teams: [], count: 1 }],
    check: true,
  });
});

test.each(['', '# nothing yet\n', '{}', '---\n'])('an empty file (%j) asks for nothing', (text) => {
  expect(parseConfiguration(text).configuration).toEqual({ labels: [], reviewers: [], check: true });
});

test.each<[string, string, number, number, string]>([
  ['a key that is nearly right', 'lables: []\n', 1, 1, 'unknown key "lables"; did you mean "labels"?'],
  [
    'a key within a rule',
    'labels:\n  - label: a\n    file: ["x"]\n',
    3,
    5,
    'unknown key "file"; did you mean "files"?',
  ],
  ['a key that resembles none', 'on: push\n', 1, 1, 'unknown key "on"; valid keys: extends, lock, labels, reviewers'],
  ['a key that is a prototype’s', '__proto__: {a: 1}\n', 1, 1, 'unknown key "__proto__"'],
  ['a missing part', 'labels:\n  - label: a\n', 2, 5, 'has no condition'],
  [
    'text for a list',
    'labels:\n  - label: a\n    files: docs/**\n',
    3,
    12,
    '"files" must be a list or a mapping, not text',
  ],
  ['a number for text', 'labels:\n  - label: 1\n    files: ["x"]\n', 2, 12, '"label" must be text, not 1'],
  ['a word for a switch', 'check: maybe\n', 1, 8, '"check" must be true or false, not text'],
  ['a colour that is none', 'labels:\n  - {label: a, color: red, files: ["x"]}\n', 2, 23, 'six hexadecimal digits'],
  ['a login with an at sign', 'reviewers:\n  - files: ["x"]\n    people: ["@octocat"]\n', 3, 14, 'without "@"'],
  ['a team that is a path', 'reviewers:\n  - files: ["x"]\n    teams: [a/b/core]\n', 3, 13, 'slug of a team'],
  ['a calendar elsewhere', 'holidays: https://example.com/x.ics\n', 1, 11, 'an .ics file in this repository'],
  ['a calendar above the repository', 'holidays: ../x.ics\n', 1, 11, 'an .ics file in this repository'],
  ['hours that are none', 'reminders: { after: 8h, hours: 9-17 }\n', 1, 32, 'must be hours of a day'],
  ['a time of work that is none', 'reminders: { after: 2d }\n', 1, 21, 'must be a time of work'],
  ['help from nobody', 'reminders: { after: 8h, next: escalate }\n', 1, 12, 'belong together'],
  ['a state of CI that is none', 'labels:\n  - { label: a, ci: red }\n', 2, 21, 'green'],
  ['a rule that names nobody', 'reviewers:\n  - files: ["x"]\n', 2, 5, 'names nobody'],
  ['a brace bomb', `labels:\n  - label: a\n    files: ["${'{a,b}'.repeat(20)}"]\n`, 3, 13, 'braces expand'],
  ['exclusions alone', 'labels:\n  - label: a\n    files: ["!x"]\n', 3, 12, 'only exclusions'],
  ['a key written twice', 'check: true\ncheck: false\n', 2, 1, 'the key "check" is there twice'],
  ['broken YAML', 'labels:\n  - label: "a\n', 3, 1, 'Missing closing'],
  ['a list at the top', '- a\n', 1, 1, 'must be a mapping, not a list'],
])('%s is told with line and column', (_, text, line, column, message) => {
  const { problems } = parseConfiguration(text);
  expect(problems?.[0]).toMatchObject({ line, column, message: expect.stringContaining(message) });
});

test('every problem is told, each at its place', () => {
  const { problems } = parseConfiguration('check: 1\nlabels:\n  - label: a\n    files: ["{1..900}"]\n  - lable: b\n');
  expect(problems?.map(({ line, where, message }) => [line, where, message])).toEqual([
    [1, 'check', '"check" must be true or false, not 1'],
    [5, 'labels[1]', 'unknown key "lable"; did you mean "label"?'],
  ]);
});

describe('a hostile file is refused in bounded time:', () => {
  test.each([
    ['larger than anyone writes', `# ${'x'.repeat(64 * 1024)}`],
    ['nested brackets', '['.repeat(60_000)],
    ['nested lists', '- '.repeat(30_000)],
    ['nested explicit keys', '? '.repeat(30_000)],
    ['nested mappings in flow', '{a: '.repeat(15_000)],
    ['many keys', Array.from({ length: 7_000 }, (_, index) => `k${index}: 1`).join('\n')],
    ['aliases that multiply', `a: &a [x]\nb: &b [${'*a,'.repeat(99)}*a]\nc: [${'*b,'.repeat(99)}*b]\n`],
    ['ten thousand rules', `labels:\n${'- {label: a, files: [b]}\n'.repeat(2_500)}`],
    ['too many patterns', `labels:\n${`- {label: a, files: [${'b,'.repeat(99)}b]}\n`.repeat(30)}`],
    ['control characters', '\u0000\u0001\u001b[31m'],
  ])('%s', (_, text) => {
    const startedAt = process.cpuUsage();
    const { problems } = parseConfiguration(text);
    const { user, system } = process.cpuUsage(startedAt);
    expect(problems?.length).toBeGreaterThan(0);
    expect(problems?.length).toBeLessThanOrEqual(20);
    expect((user + system) / 1000).toBeLessThan(3_000);
  });
});

test('every configuration shown in docs/rules.md is valid', () => {
  const examples = [...readFileSync(join(root, 'docs/rules.md'), 'utf8').matchAll(/```yaml\n(.*?)```/gs)];
  expect(examples.length).toBeGreaterThan(2);
  for (const [, text = ''] of examples) {
    const { problems } = text.startsWith('cases:') ? parseCases(text) : parseConfiguration(text);
    expect(problems).toBeUndefined();
  }
});
