import { describe, expect, test } from 'vitest';
import { compileRules, decide } from '../../src/rules/decide.ts';
import type { ChangedFile, Facts } from '../../src/rules/facts.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { factsWith } from './facts.ts';

/** Whether a rule with these conditions holds: its reason, `false`, or undefined where it cannot be known. */
function judge(condition: string, facts: Facts, top = '') {
  const { configuration, problems } = parseConfiguration(`labels: [{ label: x, ${condition} }]\n${top}`);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  const rules = compileRules(configuration);
  const { labels, problems: wrong } = decide(facts, rules, []);
  const unknown = decide({ ...facts, labels: [...facts.labels, 'x'] }, rules, [
    { kind: 'label', name: 'x', state: 'ours' },
  ]).labels.keep.some(({ reason }) => reason.startsWith('not all'));
  return { holds: labels.add[0]?.reason ?? (unknown ? undefined : false), problems: wrong };
}

const file = (path: string, over: Partial<ChangedFile> = {}): ChangedFile => ({ path, status: 'modified', ...over });
const DAY = 86_400_000;

const moved = factsWith({ files: [file('lib/a.ts', { status: 'renamed', previousPath: 'docs/a.ts' })] });
const truncated = factsWith({ truncated: true }, 'docs/a.md');
const counted = factsWith({
  gitAttributes: 'gen/** linguist-generated',
  files: [file('a', { lines: 12 }), file('gen/b', { lines: 900 })],
});
const patched = factsWith({ files: [file('a', { diff: '@@ -1 +1 @@\n context TODO\n-old\n+new FIXME' })] });

describe('a rule holds', () => {
  test.each<[string, string, Facts, string | false | undefined]>([
    ['when some file matches', 'files: ["docs/**"]', factsWith({}, 'a', 'docs/b'), 'docs/b matches docs/**'],
    ['not when none does', 'files: ["docs/**"]', factsWith({}, 'a'), false],
    [
      'when each file matches',
      'files: { all: ["docs/**"] }',
      factsWith({}, 'docs/a', 'docs/b'),
      'every changed file matches docs/**',
    ],
    ['not when one of them does not', 'files: { all: ["docs/**"] }', factsWith({}, 'docs/a', 'b'), false],
    ['not for every file of none', 'files: { all: ["**"] }', factsWith(), false],
    ['not for a file that came from elsewhere', 'files: { all: ["lib/**"] }', moved, false],
    [
      'for a file that was moved within',
      'files: { all: ["{lib,docs}/**"] }',
      moved,
      'every changed file matches {lib,docs}/**',
    ],
    ['when no file matches', 'files: { none: ["src/**"] }', factsWith({}, 'a'), 'no changed file matches src/**'],
    ['not when a file left there', 'files: { none: ["docs/**"] }', moved, false],
    [
      'when one file matches every pattern',
      'files: { any: ["docs/**", "**/*.md"], match: every }',
      factsWith({}, 'docs/a.md'),
      'docs/a.md matches **/*.md',
    ],
    [
      'not when each pattern has another file',
      'files: { any: ["docs/**", "**/*.md"], match: every }',
      factsWith({}, 'docs/a', 'a.md'),
      false,
    ],
    [
      'when a file was added',
      'files: { any: ["**"], status: [added] }',
      factsWith({ files: [file('a', { status: 'added' })] }),
      'a matches **',
    ],
    ['not when it was there before', 'files: { any: ["**"], status: [added] }', factsWith({}, 'a'), false],
    ['when something was renamed', 'files: { status: [renamed] }', moved, '1 changed file of the kind'],
    [
      'when many files match',
      'files: { any: ["a*"], min: 2 }',
      factsWith({}, 'a1', 'b', 'a2'),
      'a1 matches a*; 2 changed files of the kind',
    ],
    ['not when too few do', 'files: { any: ["a*"], min: 2 }', factsWith({}, 'a1', 'b'), false],
    ['not when there are too many', 'files: { max: 1 }', factsWith({}, 'a', 'b'), false],
    ['when a generated file was changed', 'files: { any: ["**"], generated: true }', counted, 'gen/b matches **'],
    ['who knows, for every file of more than GitHub tells', 'files: { all: ["docs/**"] }', truncated, undefined],
    ['not for every file when a known one differs', 'files: { all: ["src/**"] }', truncated, false],
    ['who knows, for a file that may be beyond', 'files: ["src/**"]', truncated, undefined],
    ['who knows, for none beyond', 'not: { files: ["src/**"] }', truncated, undefined],
    ['by a size without generated files', 'size: [S]', counted, 'size S, 12 lines'],
    ['not by another size', 'size: [XXL]', counted, false],
    ['who knows its size, uncounted', 'size: [XS]', factsWith({}, 'a'), undefined],
    ['by its lines', 'lines: { min: 12, max: 12 }', counted, '12 lines changed'],
    [
      'by the branch it goes into',
      'base: ["release/*"]',
      factsWith({ base: 'release/1' }),
      'the base branch release/1 matches release/*',
    ],
    ['by an expression for a branch', 'base: ["/^ma.n$/"]', factsWith(), 'the base branch main matches /^ma.n$/'],
    ['not by an expression where the branch is excluded', 'base: ["/^ma/", "!main"]', factsWith(), false],
    ['not by an excluded branch', 'base: ["**", "!main"]', factsWith(), false],
    [
      'by the branch it comes from',
      'head: ["fix/**"]',
      factsWith({ head: 'fix/a/b' }),
      'the head branch fix/a/b matches fix/**',
    ],
    ['by its title', "title: '^A c'", factsWith(), 'the title “A change” matches ^A c'],
    [
      'by one of several expressions',
      "title: ['^nothing', '(?i)CHANGE']",
      factsWith(),
      'the title “A change” matches (?i)CHANGE',
    ],
    [
      'by its description',
      'body: "breaking"',
      factsWith({ body: 'x\nbreaking' }),
      'the description “x” matches breaking',
    ],
    ['by its author, whatever the case', 'author: [OctoCat]', factsWith(), 'the author is octocat'],
    [
      'by a bot’s whole name',
      'author: ["dependabot[bot]"]',
      factsWith({ author: 'dependabot[bot]' }),
      'the author is dependabot[bot]',
    ],
    [
      'by a pattern of bots',
      'author: ["*[bot]"]',
      factsWith({ author: 'renovate[bot]' }),
      'the author is renovate[bot]',
    ],
    ['not by the beginning of a login', 'author: [octo]', factsWith(), false],
    ['by the author’s team', 'team: [core]', factsWith({ authorTeams: ['core'] }), 'the author is in the team core'],
    ['who knows, for teams unread', 'team: [core]', factsWith(), undefined],
    [
      'by what the author is',
      'association: [FIRST_TIMER]',
      factsWith({ association: 'FIRST_TIMER' }),
      'the author is FIRST_TIMER',
    ],
    ['for a draft', 'draft: true', factsWith({ draft: true }), 'it is a draft'],
    ['for what is no draft', 'draft: false', factsWith(), 'it is no draft'],
    ['for a fork', 'fork: true', factsWith({ fork: true }), 'it comes from a fork'],
    [
      'by a label that a person put on',
      'labels: ["kind/*"]',
      factsWith({ labels: ['Kind/Bug'] }),
      'it has the label Kind/Bug',
    ],
    ['by its milestone', 'milestone: ["v*"]', factsWith({ milestone: 'v1' }), 'the milestone is v1'],
    ['not without a milestone', 'milestone: ["*"]', factsWith(), false],
    ['by its age', 'age: { min: 3d }', factsWith({ createdAt: 0, readAt: 3 * DAY }), 'it was opened 72 hours ago'],
    ['not before its time', 'age: { min: 3d }', factsWith({ createdAt: 0, readAt: 3 * DAY - 1 }), false],
    [
      'by a commit’s message',
      'commits: "^fix"',
      factsWith({ commits: ['wip', 'fix: it'] }),
      'the commit message “fix: it” matches ^fix',
    ],
    ['who knows, for commits unread', 'commits: "^fix"', factsWith(), undefined],
    ['by a line that was added', 'diff: FIXME', patched, 'the changed line “new FIXME” matches FIXME'],
    ['not by a line around it', 'diff: TODO', patched, false],
    ['by a jq expression', 'jq: ".files | length > 1"', factsWith({}, 'a', 'b'), 'jq .files | length > 1'],
    ['not by one that yields nothing', 'jq: "empty"', factsWith(), false],
    [
      'when all of several hold',
      'all: [{ draft: false }, { base: [main] }]',
      factsWith(),
      'it is no draft; the base branch main matches main',
    ],
    [
      'when one of several holds',
      'any: [{ draft: true }, { base: [main] }]',
      factsWith(),
      'the base branch main matches main',
    ],
    ['when something does not', 'not: { draft: true }', factsWith(), 'not draft'],
    ['not when not everything beside it holds', 'files: ["**"], draft: true', factsWith({}, 'a'), false],
    ['however deep conditions nest', 'not: { any: [{ not: { all: [{ draft: false }] } }] }', factsWith(), 'not any'],
    ['for a key of another kind never', 'author: [__proto__]', factsWith(), false],
  ])('%s', (_, condition, facts, expected) => {
    const { holds } = judge(condition, facts);
    expect(holds).toBe(expected);
  });

  test('without the files that are ignored', () => {
    const facts = factsWith({ gitAttributes: '', files: [file('vendor/a', { lines: 900 }), file('b', { lines: 1 })] });
    expect(judge('files: ["vendor/**"]', facts, 'ignore: ["vendor/**"]').holds).toBe(false);
    expect(judge('size: [XS]', facts, 'ignore: ["vendor/**"]').holds).toBe('size XS, 1 lines');
  });

  test('by thresholds of its own', () => {
    expect(judge('size: [L]', counted, 'sizes: { S: 1, M: 2, L: 12, XL: 13 }').holds).toBe('size L, 12 lines');
  });

  test('as far as is known when an expression fails, and the failure is told', () => {
    expect(judge('jq: "error(\\"no\\")"', factsWith())).toEqual({
      holds: undefined,
      problems: ['The jq expression error("no") failed: no'],
    });
  });

  test('at the price of a budget for an expression that never ends', () => {
    const { holds, problems } = judge('jq: "[range(1e9)] | length"', factsWith());
    expect(holds).toBeUndefined();
    expect(problems[0]).toMatch(/exceeds its budget/);
  });
});

test.each<[string, string, string]>([
  ['a regular expression that looks ahead', "title: '(?=x)'", 'is not a regular expression'],
  ['one of several that does not end', "title: ['a', '(']", 'is not a regular expression'],
  ['a jq expression that does not parse', 'jq: ".a |"', 'is not a jq expression'],
  ['a key within a condition', 'not: { drft: true }', 'unknown key "drft"; did you mean "draft"?'],
  ['a key within files', 'files: { anny: ["x"] }', 'unknown key "anny"; did you mean "any"?'],
  ['a status that there is not', 'files: { status: [deleted] }', 'Invalid option'],
  ['an age without a unit', 'age: { min: "3" }', 'must be a number and a unit'],
  ['exclusions alone in a nested list', 'any: [{ files: { all: ["!x"] } }]', 'only exclusions'],
])('%s is told', (_, condition, message) => {
  const { problems } = parseConfiguration(`labels:\n  - label: x\n    ${condition}\n`);
  expect(problems?.[0]).toMatchObject({ line: 3, message: expect.stringContaining(message) });
});

describe('hostile rules', () => {
  test('of nested repetition take linear time', () => {
    const startedAt = process.cpuUsage();
    expect(judge("title: '(a+)+$'", factsWith({ title: `${'a'.repeat(9_000)}b` })).holds).toBe(false);
    const { user, system } = process.cpuUsage(startedAt);
    expect((user + system) / 1000).toBeLessThan(2_000);
  });

  test('by the ten thousand are refused', () => {
    const text = `labels: [${Array.from({ length: 10_000 }, () => '{}').join(',')}]`;
    expect(parseConfiguration(text).problems).toMatchObject([{ message: expect.stringContaining('1000') }]);
  });

  test('over three thousand files with names of four kilobytes are decided within seconds', () => {
    const rules = Array.from(
      { length: 300 },
      (_, index) => `{ label: l${index}, files: ["**/{x,y}${index}/*.ts", "a/**/z${index}*"] }`,
    );
    const { configuration } = parseConfiguration(`labels: [${rules.join(',')}]`);
    const files = Array.from({ length: 3_000 }, (_, index) => file(`${'a/'.repeat(40)}${'a'.repeat(4_000)}${index}`));
    const startedAt = process.cpuUsage();
    expect(decide(factsWith({ files }), compileRules(configuration as never), []).labels.add).toEqual([]);
    const { user, system } = process.cpuUsage(startedAt);
    expect((user + system) / 1000).toBeLessThan(10_000);
  });

  test('nested a hundred deep are read or refused, never a crash', () => {
    const deep = `${'{not: '.repeat(100)}{draft: true}${'}'.repeat(100)}`;
    expect(parseConfiguration(`labels: [{label: x, not: ${deep}}]`).problems).toMatchObject([
      { message: 'is nested too deeply for a configuration' },
    ]);
  });
});
