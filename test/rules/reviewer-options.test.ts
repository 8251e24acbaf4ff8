import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRules, decide } from '../../src/rules/decide.ts';
import type { Facts, PastAct } from '../../src/rules/facts.ts';
import { needsOf } from '../../src/rules/needs.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { factsWith } from './facts.ts';

const FRIDAY = Date.parse('2026-11-20T12:00:00Z');

function configurationOf(text: string) {
  const { configuration, problems } = parseConfiguration(text);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return configuration;
}

function choose(rule: string, over: Partial<Facts> = {}, past: readonly PastAct[] = []) {
  const configuration = configurationOf(`reviewers: [{ files: ["**"], ${rule} }]`);
  const facts = factsWith({ author: 'author', owner: 'octo', readAt: FRIDAY, ...over }, 'a');
  return decide(facts, compileRules(configuration), past).reviewers;
}

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
const why = (list: readonly { readonly name: string; readonly reason: string }[]) =>
  Object.fromEntries(list.map(({ name, reason }) => [name, reason]));

describe('a team', () => {
  const members = [{ team: 'core', logins: ['ann', 'bob', 'author', 'robot[bot]'] }];

  test('is asked as a team, by its slug, with or without its organization', () => {
    expect(choose('teams: [octo/core, docs]').request.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'team core',
      'team docs',
    ]);
  });

  test('of another organization is not asked', () => {
    expect(why(choose('teams: [other/core]').skip)).toEqual({ core: 'is a team of other, not of octo' });
  });

  test('that is expanded is asked by its members, without the author and without bots', () => {
    const { request, skip } = choose('teams: [octo/core], expand: true', { members });
    expect(names(request).sort()).toEqual(['ann', 'bob']);
    expect(why(request).ann).toBe('a matches **; is in the team core');
    expect(why(skip)).toEqual({ author: 'is the author', 'robot[bot]': 'is a bot' });
  });

  test('that is expanded gives as many as the rule asks for, beside its people', () => {
    const rule = 'people: [cid], teams: [core], expand: true, count: 2, strategy: round-robin';
    expect(names(choose(rule, { members }).request)).toEqual(['cid', 'ann']);
  });

  test('whose members nobody knows is asked as a team', () => {
    const { request } = choose('teams: [core], expand: true, count: 1');
    expect(request).toEqual([
      { kind: 'team', name: 'core', reason: 'a matches **; asked as a team: its members are not known' },
    ]);
  });

  test('that is asked already is not expanded as well', () => {
    const { request, keep } = choose('teams: [core], expand: true, count: 1', { members, teams: ['core'] });
    expect([names(request), names(keep)]).toEqual([[], ['core']]);
  });
});

describe('a rule that waits for CI', () => {
  test.each<[Facts['ci'], string[], string | undefined]>([
    ['green', ['ann'], undefined],
    ['pending', [], 'waits for green CI, which is pending'],
    ['failing', [], 'waits for green CI, which is failing'],
    [undefined, [], 'waits for green CI, which is not known'],
  ])('with CI %s', (ci, asked, reason) => {
    const { request, skip } = choose('people: [ann], wait_for: ci', { ci });
    expect(names(request)).toEqual(asked);
    expect(why(skip).ann).toBe(reason);
  });

  test('takes nobody back whom somebody has asked', () => {
    expect(names(choose('people: [ann], wait_for: ci', { ci: 'failing', reviewers: ['ann'] }).keep)).toEqual(['ann']);
  });
});

test.each<[string, Facts['ci'], boolean]>([
  ['ci: green', 'green', true],
  ['ci: [failing, pending]', 'failing', true],
  ['ci: green', 'pending', false],
  ['not: { ci: green }', 'failing', true],
  ['ci: green', undefined, false],
  ['not: { ci: green }', undefined, false],
])('the condition %s, with CI %s', (condition, ci, holds) => {
  const configuration = configurationOf(`labels: [{ label: x, ${condition} }]`);
  const { labels } = decide(factsWith({ ci }, 'a'), compileRules(configuration), []);
  expect(labels.add.length === 1).toBe(holds);
});

describe('after a push', () => {
  const rule = 'people: [ann, bob, cid], count: 1, strategy: round-robin, again_on_push: true';
  const asked: PastAct[] = [{ kind: 'reviewer', name: 'bob', state: 'ours' }];
  const outdated = [{ login: 'bob', current: false }];

  test('who has reviewed is asked again, and nobody in their place', () => {
    const { request } = choose(rule, { reviewed: outdated }, asked);
    expect(request).toEqual([{ kind: 'person', name: 'bob', reason: 'a matches **; has reviewed an earlier head' }]);
  });

  test('who reviewed without being asked by us counts as well', () => {
    expect(names(choose(rule, { reviewed: outdated }).request)).toEqual(['bob']);
  });

  test.each<[string, Partial<Facts>, PastAct[]]>([
    ['as it stands now', { reviewed: [{ login: 'bob', current: true }] }, asked],
    ['and is asked already', { reviewed: outdated, reviewers: ['bob'] }, asked],
    ['and the pull request is a draft', { reviewed: outdated, draft: true }, asked],
    ['and the checks are not green', { reviewed: outdated, ci: 'pending' }, asked],
    ['and is busy', { reviewed: outdated, busy: ['Bob'] }, asked],
  ])('who has reviewed %s is not asked again', (_, over, past) => {
    expect(names(choose(`${rule}, wait_for: ci`, { ci: 'green', ...over }, past).request)).toEqual([]);
  });

  test('who had the request taken back is never asked again', () => {
    const refused: PastAct[] = [{ kind: 'reviewer', name: 'bob', state: 'refused', reason: 'removed by ann' }];
    const { request, skip } = choose(rule, { reviewed: outdated }, refused);
    expect(names(request)).toEqual(['ann']);
    expect(why(skip).bob).toBe('removed by ann');
  });

  test('nobody is asked again unless the rule says so', () => {
    const plain = rule.replace(', again_on_push: true', '');
    expect(names(choose(plain, { reviewed: outdated }, asked).request)).toEqual([]);
  });
});

describe('who has not answered in time', () => {
  const rule = 'people: [ann, bob], count: 1, strategy: round-robin';
  const overdue: PastAct[] = [
    {
      kind: 'reviewer',
      name: 'ann',
      state: 'refused',
      reason: 'has not answered for 16 hours of work',
      reference: 'overdue',
    },
  ];

  test('is let go once somebody else is asked in their place', () => {
    const { request, release, skip } = choose(rule, { reviewers: ['Ann'] }, overdue);
    expect([names(request), names(release)]).toEqual([['bob'], ['ann']]);
    expect(why(skip).ann).toBe('has not answered for 16 hours of work');
  });

  test.each<[string, string, Partial<Facts>]>([
    ['nobody else can be asked', rule, { reviewers: ['ann'], busy: ['bob'] }],
    ['somebody else was asked already', rule, { reviewers: ['ann', 'bob'] }],
    ['they are asked no longer', rule, { reviewers: ['bob'] }],
    ['nobody is asked before CI is green', `${rule}, wait_for: ci`, { reviewers: ['ann'], ci: 'failing' }],
  ])('stays where %s', (_, given, over) => {
    const { request, release } = choose(given, over, overdue);
    expect([request, release]).toEqual([[], []]);
  });

  test('is not let go for somebody whom another rule asks', () => {
    const configuration = configurationOf(
      'reviewers: [{ files: ["**"], people: [ann], count: 1 }, { files: ["**"], people: [bob] }]',
    );
    const facts = factsWith({ author: 'author', reviewers: ['ann'] }, 'a');
    const { request, release } = decide(facts, compileRules(configuration), overdue).reviewers;
    expect([names(request), release]).toEqual([['bob'], []]);
  });
});

describe('who is not there', () => {
  const rule = 'people: [ann, bob], count: 1, strategy: round-robin';

  test('by the status on GitHub is passed over', () => {
    const { request, skip } = choose(rule, { busy: ['Ann'] });
    expect([names(request), why(skip).ann]).toEqual([['bob'], 'is busy, says GitHub']);
  });

  test('by an absence told elsewhere is passed over, until it is over', () => {
    const absences = [{ person: 'ANN', until: '2026-11-20' }];
    expect(names(choose(rule, { absences }).request)).toEqual(['bob']);
    expect(names(choose(rule, { absences, readAt: FRIDAY + 86_400_000 }).request)).toEqual(['ann']);
  });

  test('by two absences is there again after the later one', () => {
    const absences = [
      { person: 'ann', until: '2026-11-21' },
      { person: 'ann', until: '2026-12-03' },
    ];
    expect(why(choose(rule, { absences }).skip).ann).toBe('is away until 2026-12-03');
  });

  test('on a holiday, somebody is asked all the same, as nobody else is there', () => {
    const holidays = [{ date: '2026-11-20', name: 'St Edmund’s Day' }];
    const { request } = choose(rule, { holidays });
    expect(request).toEqual([
      {
        kind: 'person',
        name: 'ann',
        reason: 'a matches **; has a holiday, St Edmund’s Day, but nobody else is there',
      },
    ]);
  });
});

describe('by expertise', () => {
  const rule = 'people: [ann, bob, cid], count: 1, strategy: expertise';

  test('who has most of the last commits is asked, and it is said how many', () => {
    const expertise = [
      { login: 'dan', commits: 9 },
      { login: 'Bob', commits: 4 },
      { login: 'cid', commits: 1 },
    ];
    const { request, skip } = choose(rule, { expertise });
    expect(why(request)).toEqual({ bob: 'a matches **; 4 of the last commits on these files' });
    expect(Object.keys(why(skip))).toEqual(['cid', 'ann']);
  });

  test('without knowing who changed the files, somebody is asked all the same', () => {
    expect(choose(rule).request).toHaveLength(1);
  });
});

test('nothing is read that no rule asks for', () => {
  expect(needsOf(configurationOf('reviewers: [{ files: ["**"], people: [ann], teams: [core] }]'))).toMatchObject({
    ci: false,
    members: [],
    reviews: false,
    expertise: false,
    busy: undefined,
    holidays: undefined,
  });
});

describe('whatever the rules and the pull request', () => {
  const login = fc.constantFrom('ann', 'Bob', 'cid', 'dan', 'author', 'robot[bot]');
  const logins = fc.uniqueArray(login, { maxLength: 6 });
  const strategy = fc.constantFrom('random', 'round-robin', 'least-recent', 'least-loaded', 'expertise');
  const world = fc.record({
    number: fc.integer({ min: 1, max: 1_000 }),
    reviewers: fc.uniqueArray(fc.constantFrom('ann', 'bob', 'zoe'), { maxLength: 3 }),
    ci: fc.constantFrom('green', 'failing', 'pending', undefined),
    draft: fc.boolean(),
    busy: fc.uniqueArray(fc.constantFrom('ann', 'cid'), { maxLength: 2 }),
    members: logins.map((all) => [{ team: 'core', logins: all }]),
    openReviews: fc.constant([{ login: 'ann', count: 3 }]),
    expertise: fc.constant([{ login: 'dan', commits: 2 }]),
    reviewed: fc.uniqueArray(fc.record({ login: fc.constantFrom('cid', 'dan'), current: fc.boolean() }), {
      selector: (one) => one.login,
      maxLength: 2,
    }),
  });
  const options = fc.record({
    people: fc.uniqueArray(fc.constantFrom('ann', 'Bob', 'cid', 'author'), { minLength: 1, maxLength: 4 }),
    strategy,
    count: fc.integer({ min: 1, max: 4 }),
    expand: fc.boolean(),
    wait: fc.boolean(),
    again: fc.boolean(),
  });
  type Options = typeof options extends fc.Arbitrary<infer Value> ? Value : never;
  const toRule = ({ people, strategy: by, count, expand, wait, again }: Options) =>
    `people: [${people}], teams: [core], strategy: ${by}, count: ${count}, expand: ${expand}, again_on_push: ${again}` +
    (wait ? ', wait_for: ci' : '');

  test('the decision is the same each time, has neither author nor bot nor anybody twice, and not too many', () => {
    fc.assert(
      fc.property(options, world, (given, facts) => {
        const rule = toRule(given);
        const { request } = choose(rule, facts);
        expect(choose(rule, facts).request).toEqual(request);
        const people = request.filter(({ kind }) => kind === 'person').map(({ name }) => name.toLowerCase());
        expect(people).not.toContain('author');
        expect(people).not.toContain('robot[bot]');
        expect(new Set(people).size).toBe(people.length);
        const again = people.filter((name) => facts.reviewed.some((one) => one.login === name));
        expect(people.length - again.length).toBeLessThanOrEqual(given.count);
        if (facts.draft || (given.wait && facts.ci !== 'green')) expect(request).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('once it is carried out, the next one asks for nothing more', () => {
    fc.assert(
      fc.property(options, world, (given, facts) => {
        const rule = toRule(given);
        const { request } = choose(rule, facts);
        const asked = (kind: string) => request.filter((one) => one.kind === kind).map(({ name }) => name);
        const past = request.map(({ kind, name }): PastAct => {
          return { kind: kind === 'team' ? 'team' : 'reviewer', name, state: 'ours' };
        });
        const after = { ...facts, reviewers: [...facts.reviewers, ...asked('person')], teams: asked('team') };
        expect(choose(rule, after, past).request).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('but for round-robin, it does not matter in which order people are written', () => {
    fc.assert(
      fc.property(
        options,
        world,
        fc.constantFrom('random', 'least-recent', 'least-loaded', 'expertise'),
        (given, facts, by) => {
          const one = choose(toRule({ ...given, strategy: by }), facts);
          const other = choose(toRule({ ...given, strategy: by, people: given.people.toReversed() }), facts);
          expect(names(other.request)).toEqual(names(one.request));
        },
      ),
      { numRuns: 100 },
    );
  });
});
