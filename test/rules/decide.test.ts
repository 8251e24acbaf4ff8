import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Configuration, configurationSchema, defaultConfiguration } from '../../src/rules/configuration.ts';
import { compileRules, type Decision, decide } from '../../src/rules/decide.ts';
import type { Facts, PastAct } from '../../src/rules/facts.ts';
import { factsWith } from './facts.ts';

function rulesOf(configuration: Partial<Configuration>) {
  return compileRules(configurationSchema.parse(configuration));
}

const docs = rulesOf({ labels: [{ label: 'documentation', color: '#0075CA', files: ['docs/**'] }] });
const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

describe('a label', () => {
  test('is added for the first file that matches, with the reason', () => {
    const { labels } = decide(factsWith({}, 'src/a.ts', 'docs/a.md', 'docs/b.md'), docs, []);
    expect(labels.add).toEqual([
      { name: 'documentation', reason: 'docs/a.md matches docs/**', color: '0075ca', rule: expect.any(String) },
    ]);
  });

  test('is added for the place a file was moved away from', () => {
    const files = [{ path: 'a.md', previousPath: 'docs/a.md', status: 'renamed' as const }];
    expect(decide(factsWith({ files }), docs, []).labels.add[0]?.reason).toBe(
      'docs/a.md (before it was renamed) matches docs/**',
    );
  });

  test('is kept under the name it has on GitHub', () => {
    const { labels } = decide(factsWith({ labels: ['Documentation'] }, 'docs/a.md'), docs, []);
    expect(labels).toMatchObject({ add: [], keep: [{ name: 'Documentation' }] });
  });

  test('that we added is removed when nothing matches any more', () => {
    const past: PastAct[] = [{ kind: 'label', name: 'DOCUMENTATION', state: 'ours' }];
    expect(decide(factsWith({ labels: ['documentation'] }, 'src/a.ts'), docs, past).labels.remove).toEqual([
      { name: 'documentation', reason: 'no changed file matches its rule any more' },
    ]);
  });

  test('that a person added is never removed', () => {
    expect(decide(factsWith({ labels: ['documentation'] }, 'src/a.ts'), docs, []).labels.remove).toEqual([]);
  });

  test('that a person removed is never added again', () => {
    const past: PastAct[] = [{ kind: 'label', name: 'documentation', state: 'refused' }];
    expect(decide(factsWith({}, 'docs/a.md'), docs, past).labels).toMatchObject({
      add: [],
      skip: [{ name: 'documentation', reason: 'removed by a person' }],
    });
  });

  test('that no rule names is none of ours, even if we added it once', () => {
    const past: PastAct[] = [{ kind: 'label', name: 'old', state: 'ours' }];
    expect(decide(factsWith({ labels: ['old'] }, 'src/a.ts'), docs, past).labels.remove).toEqual([]);
  });

  test('stays while not all files are known', () => {
    const past: PastAct[] = [{ kind: 'label', name: 'documentation', state: 'ours' }];
    const { labels } = decide(factsWith({ labels: ['documentation'], truncated: true }, 'src/a.ts'), docs, past);
    expect(labels).toMatchObject({ remove: [], keep: [{ name: 'documentation' }] });
  });

  test('that several rules ask for is added when any of them holds', () => {
    const rules = rulesOf({
      labels: [
        { label: 'x', files: ['a/**'] },
        { label: 'X', files: ['b/**'] },
      ],
    });
    expect(names(decide(factsWith({}, 'b/1'), rules, []).labels.add)).toEqual(['X']);
    expect(names(decide(factsWith({}, 'a/1', 'b/1'), rules, []).labels.add)).toEqual(['x']);
  });

  test('beyond GitHub’s hundred is left off with the reason', () => {
    const labels = Array.from({ length: 100 }, (_, index) => `l${index}`);
    expect(decide(factsWith({ labels }, 'docs/a.md'), docs, []).labels.skip).toEqual([
      { name: 'documentation', reason: 'GitHub allows 100 labels' },
    ]);
  });

  test('named like a prototype’s property is a label like any other', () => {
    const rules = rulesOf({ labels: [{ label: '__proto__', files: ['**'] }] });
    expect(names(decide(factsWith({}, 'a'), rules, []).labels.add)).toEqual(['__proto__']);
  });

  test('of an empty pull request is not asked for', () => {
    expect(decide(factsWith(), docs, []).labels).toEqual({ add: [], remove: [], keep: [], skip: [] });
  });
});

describe('a reviewer', () => {
  const rule = { files: ['src/**'], people: ['octocat', 'hubot', 'monalisa', 'defunkt'], teams: [], count: 1 };
  const rules = rulesOf({ reviewers: [rule] });

  test('is never the author, however the login is written', () => {
    const alone = rulesOf({ reviewers: [{ files: ['**'], people: ['OctoCat'], teams: [] }] });
    expect(decide(factsWith({}, 'a'), alone, []).reviewers).toEqual({
      request: [],
      keep: [],
      release: [],
      skip: [{ kind: 'person', name: 'OctoCat', reason: 'is the author' }],
      table: [{ rule: 'reviewers[0]', kind: 'person', name: 'OctoCat', reason: 'is the author', verdict: 'skip' }],
    });
  });

  test('is chosen, and each of the others has a reason', () => {
    const { reviewers } = decide(factsWith({}, 'src/a.ts'), rules, []);
    expect(reviewers.request).toHaveLength(1);
    expect(reviewers.request[0]?.reason).toBe('src/a.ts matches src/**');
    expect(reviewers.skip.map(({ reason }) => reason).sort()).toEqual([
      '1 of this rule asked, which is enough',
      '1 of this rule asked, which is enough',
      'is the author',
    ]);
  });

  test('differs from pull request to pull request', () => {
    const chosen = new Set(
      Array.from(
        { length: 60 },
        (_, number) => decide(factsWith({ number }, 'src/a.ts'), rules, []).reviewers.request[0]?.name,
      ),
    );
    expect([...chosen].sort()).toEqual(['defunkt', 'hubot', 'monalisa']);
  });

  test('whom a person asked counts, and nobody else is asked', () => {
    const { reviewers } = decide(factsWith({ reviewers: ['Hubot'] }, 'src/a.ts'), rules, []);
    expect(reviewers).toMatchObject({ request: [], keep: [{ name: 'hubot', reason: 'is asked already' }] });
  });

  test('who was asked before, and may have answered, is not asked again', () => {
    const past: PastAct[] = [{ kind: 'reviewer', name: 'hubot', state: 'ours' }];
    const { reviewers } = decide(factsWith({}, 'src/a.ts'), rules, past);
    expect(reviewers).toMatchObject({ request: [], keep: [{ name: 'hubot', reason: 'was asked before' }] });
  });

  test('whose request a person took back is not asked again', () => {
    const past: PastAct[] = ['hubot', 'monalisa'].map((name) => ({ kind: 'reviewer', name, state: 'refused' }));
    expect(names(decide(factsWith({}, 'src/a.ts'), rules, past).reviewers.request)).toEqual(['defunkt']);
  });

  test('is not asked while the pull request is a draft', () => {
    const { reviewers } = decide(factsWith({ draft: true }, 'src/a.ts'), rules, []);
    expect(reviewers.request).toEqual([]);
    expect(reviewers.skip).toContainEqual({ kind: 'person', name: 'hubot', reason: 'the pull request is a draft' });
  });

  test('whom one rule passes over is asked by another', () => {
    const two = rulesOf({
      reviewers: [
        { ...rule, people: ['hubot', 'monalisa'] },
        { files: ['**'], people: ['hubot', 'monalisa'], teams: [] },
      ],
    });
    const { reviewers } = decide(factsWith({}, 'src/a.ts'), two, []);
    expect(names(reviewers.request).sort()).toEqual(['hubot', 'monalisa']);
    expect(reviewers.skip).toEqual([]);
  });

  test('chosen for one rule serves another that names the same people', () => {
    const two = rulesOf({ reviewers: [rule, { ...rule, files: ['**'] }] });
    expect(decide(factsWith({}, 'src/a.ts'), two, []).reviewers.request).toHaveLength(1);
  });

  test('may be a team, which is asked whole', () => {
    const teams = rulesOf({ reviewers: [{ files: ['**'], people: [], teams: ['core', 'docs'] }] });
    expect(decide(factsWith({ teams: ['docs'] }, 'a'), teams, []).reviewers).toMatchObject({
      request: [{ kind: 'team', name: 'core' }],
      keep: [{ kind: 'team', name: 'docs' }],
    });
  });

  test('beyond GitHub’s fifteen is left out with the reason', () => {
    const people = Array.from({ length: 20 }, (_, index) => `person-${index}`);
    const { reviewers } = decide(
      factsWith({}, 'a'),
      rulesOf({ reviewers: [{ files: ['**'], people, teams: [] }] }),
      [],
    );
    expect(reviewers.request).toHaveLength(15);
    expect(reviewers.skip).toHaveLength(5);
  });
});

test('without a file of its own a repository gets labels by what is usual, and no reviewers', () => {
  const rules = compileRules(defaultConfiguration());
  const paths = ['README.md', 'src/a.test.ts', '.github/workflows/ci.yml', 'web/package-lock.json'];
  const { labels, reviewers } = decide(factsWith({}, ...paths), rules, []);
  expect(names(labels.add)).toEqual(['documentation', 'tests', 'ci', 'dependencies']);
  expect(reviewers).toEqual({ request: [], keep: [], skip: [], release: [], table: [] });
  expect(decide(factsWith({}, 'src/a.ts', 'CHANGELOG.md', '.github/CODEOWNERS.md'), rules, []).labels.add).toEqual([]);
});

describe('whatever the rules and the pull request,', () => {
  const person = fc.constantFrom('octocat', 'Octocat', 'hubot', 'monalisa', 'defunkt', 'mojombo');
  const path = fc.constantFrom('a/1', 'a/2', 'b/1', 'c', '.x/y');
  const globs = fc.array(fc.constantFrom('a/**', 'b/**', '**', 'c', '!a/1', '!**/2'), { minLength: 1, maxLength: 3 });
  const label = fc.constantFrom('one', 'ONE', 'two', '__proto__', 'constructor');
  const configuration: fc.Arbitrary<Configuration> = fc.record({
    exclusive: fc.constantFrom([], ['o*'], ['one', '*o*']),
    privileged: fc.constantFrom([], ['two']),
    cap: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
    labels: fc.array(fc.record({ label, files: globs }), { maxLength: 5 }),
    reviewers: fc.array(
      fc.record({
        files: globs,
        people: fc.array(person, { maxLength: 5 }),
        teams: fc.array(fc.constantFrom('core', 'docs'), { maxLength: 2 }),
        count: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      }),
      { maxLength: 4 },
    ),
    check: fc.constant(true),
  });
  const facts = fc
    .record({
      number: fc.integer({ min: 1, max: 50 }),
      author: person,
      draft: fc.boolean(),
      labels: fc.uniqueArray(label, { selector: (name) => name.toLowerCase() }),
      reviewers: fc.uniqueArray(fc.constantFrom('hubot', 'monalisa', 'defunkt'), { maxLength: 2 }),
      paths: fc.uniqueArray(path),
      truncated: fc.boolean(),
    })
    .map(({ paths, reviewers, author, ...rest }) =>
      factsWith({ ...rest, author, reviewers: reviewers.filter((login) => login !== author) }, ...paths),
    );
  const past: fc.Arbitrary<PastAct[]> = fc.uniqueArray(
    fc.oneof(
      fc.record({
        kind: fc.constant('label' as const),
        name: label,
        state: fc.constantFrom('ours' as const, 'refused' as const),
      }),
      fc.record({
        kind: fc.constant('reviewer' as const),
        name: fc.constantFrom('hubot', 'monalisa'),
        state: fc.constantFrom('ours' as const, 'refused' as const),
      }),
    ),
    { selector: ({ kind, name }) => `${kind} ${name.toLowerCase()}` },
  );

  function apply(before: Facts, acts: readonly PastAct[], { labels, reviewers }: Decision): [Facts, PastAct[]] {
    const removed = new Set(names(labels.remove));
    const asked = (kind: string) => reviewers.request.filter((one) => one.kind === kind).map(({ name }) => name);
    const ours = labels.add.map(({ name }): PastAct => ({ kind: 'label', name, state: 'ours' }));
    const isRemoved = (act: PastAct) =>
      act.kind === 'label' && names(labels.remove).some((name) => name.toLowerCase() === act.name.toLowerCase());
    const replaced = (act: PastAct) =>
      ours.some(({ kind, name }) => kind === act.kind && name.toLowerCase() === act.name.toLowerCase());
    return [
      {
        ...before,
        labels: [...before.labels.filter((name) => !removed.has(name)), ...names(labels.add)],
        reviewers: [...before.reviewers, ...asked('person')],
        teams: [...before.teams, ...asked('team')],
      },
      [...acts.filter((act) => !isRemoved(act) && !replaced(act)), ...ours],
    ];
  }

  test('the same input gives the same decision', () => {
    fc.assert(
      fc.property(configuration, facts, past, (config, pull, acts) => {
        expect(decide(pull, compileRules(config), acts)).toEqual(decide(pull, compileRules(config), acts));
      }),
    );
  });

  test('the author is never asked', () => {
    fc.assert(
      fc.property(configuration, facts, past, (config, pull, acts) => {
        const { request } = decide(pull, compileRules(config), acts).reviewers;
        expect(request.map(({ name }) => name.toLowerCase())).not.toContain(pull.author.toLowerCase());
      }),
    );
  });

  test('a decision carried out leaves nothing to do', () => {
    fc.assert(
      fc.property(configuration, facts, past, (config, pull, acts) => {
        const rules = compileRules(config);
        const [facts, past] = apply(pull, acts, decide(pull, rules, acts));
        const after = decide(facts, rules, past);
        expect([after.labels.add, after.labels.remove, after.reviewers.request]).toEqual([[], [], []]);
      }),
    );
  });

  test('nothing that a person did is undone', () => {
    fc.assert(
      fc.property(configuration, facts, past, (config, pull, acts) => {
        const { labels, reviewers } = decide(pull, compileRules(config), acts);
        const stateOf = (kind: PastAct['kind'], name: string) =>
          acts.find((act) => act.kind === kind && act.name.toLowerCase() === name.toLowerCase())?.state;
        for (const { name } of labels.remove) expect(stateOf('label', name)).toBe('ours');
        for (const { name } of labels.add) expect(stateOf('label', name)).not.toBe('refused');
        for (const { name } of reviewers.request) expect(stateOf('reviewer', name)).toBeUndefined();
      }),
    );
  });
});

describe('what a decision could not know', () => {
  const unknown = (configuration: Partial<Configuration>, facts: Partial<Facts> = {}) =>
    decide(factsWith(facts, 'src/a.ts'), rulesOf(configuration), []).unknown;

  test.each<[string, Partial<Configuration>, Partial<Facts>, readonly string[]]>([
    ['is nothing where all is known', { labels: [{ label: 'x', files: ['a'] }] }, {}, []],
    [
      'is the condition for want of which a rule is left aside',
      { labels: [{ label: 'x', team: ['core'] }] },
      {},
      ['team'],
    ],
    [
      'is no condition that another one settles',
      { labels: [{ label: 'x', files: ['docs/**'], team: ['core'] }] },
      {},
      [],
    ],
    [
      'is only what is unknown of those beside each other',
      { labels: [{ label: 'x', files: ['src/**'], team: ['core'], diff: 'a' }] },
      { files: [{ path: 'src/a.ts', status: 'modified', diff: '+a' }] },
      ['team'],
    ],
    [
      'is found however deep it stands, in rules for reviewers, too',
      {
        labels: [{ label: 'x', not: { any: [{ ci: 'green' }, { title: '^zz' }] } }],
        reviewers: [{ all: [{ commits: 'a' }], people: ['ann'], teams: [] }],
      },
      {},
      ['ci', 'commits'],
    ],
    [
      'is not asked further where one of several holds',
      { labels: [{ label: 'x', any: [{ team: ['a'] }, { title: 'A' }] }] },
      {},
      [],
    ],
    [
      'is CI that reviewers wait for',
      { reviewers: [{ wait_for: 'ci', people: ['ann'], teams: [], title: 'A' }] },
      {},
      ['wait_for'],
    ],
    [
      'are files where more than GitHub tells may match',
      { labels: [{ label: 'x', files: ['docs/**'] }] },
      { truncated: true },
      ['files'],
    ],
  ])('%s', (_, configuration, facts, expected) => {
    expect(unknown(configuration, facts)).toEqual(expected);
  });
});
