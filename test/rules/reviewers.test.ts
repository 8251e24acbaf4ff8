import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRules, decide } from '../../src/rules/decide.ts';
import type { Facts, PastAct } from '../../src/rules/facts.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { factsWith } from './facts.ts';

const FRIDAY = Date.parse('2026-11-20T12:00:00Z');
const SATURDAY = FRIDAY + 86_400_000;

function choose(rule: string, over: Partial<Facts> = {}, top = '', past: readonly PastAct[] = []) {
  const { configuration, problems } = parseConfiguration(`reviewers: [{ files: ["**"], ${rule} }]\n${top}`);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  const facts = factsWith({ author: 'author', readAt: FRIDAY, ...over }, 'a');
  return decide(facts, compileRules(configuration), past).reviewers;
}

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
const why = (list: readonly { readonly name: string; readonly reason: string }[]) =>
  Object.fromEntries(list.map(({ name, reason }) => [name, reason]));

const lastAsked = [
  { login: 'bob', at: 30 },
  { login: 'Ann', at: 10 },
  { login: 'cid', at: 20 },
];
const openReviews = [
  { login: 'ann', count: 3 },
  { login: 'Bob', count: 1 },
  { login: 'cid', count: 2 },
];

describe('the strategy', () => {
  test.each<[string, string, Partial<Facts>, string[]]>([
    ['round-robin begins with the first', 'strategy: round-robin, count: 1', {}, ['ann']],
    [
      'round-robin goes on behind whoever was asked last',
      'strategy: round-robin, count: 2',
      { lastAsked },
      ['cid', 'ann'],
    ],
    ['round-robin passes over the author', 'strategy: round-robin, count: 1', { lastAsked, author: 'cid' }, ['ann']],
    [
      'least-recent asks who was not asked for longest',
      'strategy: least-recent, count: 2',
      { lastAsked },
      ['ann', 'cid'],
    ],
    [
      'least-recent asks first who was never asked',
      'strategy: least-recent, count: 1',
      { lastAsked: lastAsked.slice(0, 2) },
      ['cid'],
    ],
    ['least-loaded asks who has fewest', 'strategy: least-loaded, count: 2', { openReviews }, ['bob', 'cid']],
  ])('%s', (_, rule, over, expected) => {
    expect(names(choose(`people: [ann, bob, cid], ${rule}`, over).request)).toEqual(expected);
  });

  test.each(['random', 'round-robin', 'least-recent', 'least-loaded'])(
    '%s chooses the same for the same event',
    (strategy) => {
      fc.assert(
        fc.property(fc.integer({ min: 1 }), (number) => {
          const ask = () =>
            choose(`people: [ann, bob, cid], count: 1, strategy: ${strategy}`, { number, lastAsked, openReviews });
          expect(ask()).toEqual(ask());
        }),
      );
    },
  );

  test.each(['random', 'round-robin', 'least-recent', 'least-loaded'])(
    '%s asks nobody else once it has asked',
    (strategy) => {
      const rule = `people: [ann, bob, cid], count: 1, strategy: ${strategy}`;
      const [first] = choose(rule, { lastAsked, openReviews }).request;
      const after = {
        lastAsked: [...lastAsked.filter(({ login }) => login !== first?.name), { login: String(first?.name), at: 99 }],
      };
      expect(choose(rule, { ...after, reviewers: [String(first?.name)] }).request).toEqual([]);
      const past: PastAct[] = [{ kind: 'reviewer', name: String(first?.name), state: 'ours' }];
      expect(choose(rule, after, '', past).request).toEqual([]);
    },
  );

  test('random shares the work within a tenth', () => {
    const chosen = Array.from(
      { length: 3_000 },
      (_, number) => names(choose('people: [ann, bob, cid], count: 1', { number }).request)[0],
    );
    for (const login of ['ann', 'bob', 'cid']) {
      const share = chosen.filter((one) => one === login).length;
      expect(share).toBeGreaterThan(900);
      expect(share).toBeLessThan(1_100);
    }
  });
});

describe('who is away', () => {
  const away = 'away: [{ person: Ann, from: 2026-11-18, until: 2026-11-20 }]';

  test('is not asked, and another is', () => {
    const decided = choose('people: [ann, bob], count: 1, strategy: round-robin', {}, away);
    expect(names(decided.request)).toEqual(['bob']);
    expect(why(decided.skip)).toEqual({ ann: 'is away until 2026-11-20' });
  });

  test.each([
    ['the day after', '2026-11-21T00:00:00Z', ['ann']],
    ['the day before', '2026-11-17T23:59:59Z', ['ann']],
    ['on the last day', '2026-11-20T23:59:59Z', ['bob']],
  ])('is there again without anybody’s doing: %s', (_, at, expected) => {
    const decided = choose('people: [ann, bob], count: 1, strategy: round-robin', { readAt: Date.parse(at) }, away);
    expect(names(decided.request)).toEqual(expected);
  });

  test('is so by the days of their time zone', () => {
    const at = Date.parse('2026-11-20T23:30:00Z');
    const decided = choose(
      'people: [ann, bob], count: 1, strategy: round-robin',
      { readAt: at },
      `${away}\ntimezone: Asia/Tokyo`,
    );
    expect(names(decided.request)).toEqual(['ann']);
  });
});

describe('on a day off', () => {
  const workdays = 'workdays: { ann: [mon, fri], Bob: [sat] }';

  test('somebody else is asked', () => {
    expect(
      names(choose('people: [ann, bob], count: 1, strategy: round-robin', { readAt: SATURDAY }, workdays).request),
    ).toEqual(['bob']);
  });

  test('somebody is asked all the same when nobody else is there', () => {
    expect(choose('people: [ann]', { readAt: SATURDAY }, workdays).request).toEqual([
      { kind: 'person', name: 'ann', reason: 'a matches **; does not work on sat, but nobody else is there' },
    ]);
  });
});

describe('the fallback', () => {
  const away = 'away: [{ person: ann, until: 2026-12-03 }]';

  test('is asked in its order where too few of the people can be', () => {
    const decided = choose('people: [ann, bob], count: 3, fallback: [dan, eve, fay]', {}, away);
    expect(names(decided.request)).toEqual(['bob', 'dan', 'eve']);
    expect(why(decided.request).dan).toBe('a matches **; too few of the others can be asked');
  });

  test('is not asked where there are enough', () => {
    expect(names(choose('people: [bob], fallback: [dan]', {}, away).request)).toEqual(['bob']);
  });

  test('counts once it is asked', () => {
    expect(choose('people: [ann], count: 1, fallback: [dan, eve]', { reviewers: ['dan'] }, away).request).toEqual([]);
  });

  test('is never the author either', () => {
    expect(names(choose('people: [ann], fallback: [author, dan]', {}, away).request)).toEqual(['dan']);
  });
});

test('who has as many open reviews as they can take is not asked', () => {
  const decided = choose('people: [ann, bob], capacity: 3', { openReviews });
  expect(names(decided.request)).toEqual(['bob']);
  expect(why(decided.skip)).toEqual({ ann: 'has 3 open reviews, of 3 at most' });
});

test('everybody considered is in the table, with the load and the reason', () => {
  const { table } = choose('people: [ann, bob, author], teams: [core], count: 1, strategy: least-loaded', {
    openReviews,
  });
  expect(table).toEqual([
    { rule: 'reviewers[0]', kind: 'team', name: 'core', verdict: 'request', reason: 'a matches **' },
    { rule: 'reviewers[0]', kind: 'person', name: 'author', verdict: 'skip', reason: 'is the author', load: 0 },
    { rule: 'reviewers[0]', kind: 'person', name: 'bob', verdict: 'request', reason: 'a matches **', load: 1 },
    {
      rule: 'reviewers[0]',
      kind: 'person',
      name: 'ann',
      verdict: 'skip',
      reason: '1 of this rule asked, which is enough',
      load: 3,
    },
  ]);
});

test.each([
  ['a date that is none', 'away: [{ person: ann, until: 2026-13-01 }]', 'must be a date'],
  ['a day that is none', 'workdays: { ann: [someday] }', 'Invalid option'],
  ['a time zone that is none', 'timezone: Mars/Olympus', 'must be the name of a time zone'],
])('%s is told', (_, text, message) => {
  expect(parseConfiguration(text).problems?.[0]?.message).toContain(message);
});

test('whatever the people, the absences and the strategy, the author is never asked, nor anybody twice', () => {
  const person = fc.constantFrom('ann', 'bob', 'cid', 'Author', 'AUTHOR');
  const people = fc.array(person, { maxLength: 5 });
  fc.assert(
    fc.property(
      people,
      people,
      fc.constantFrom('random', 'round-robin', 'least-recent', 'least-loaded'),
      fc.constantFrom('', 'away: [{ person: bob, until: 2026-12-03 }]', 'workdays: { ann: [sun], bob: [sun] }'),
      fc.integer({ min: 1, max: 4 }),
      (first, fallback, strategy, top, count) => {
        fc.pre(first.length > 0);
        const rule = `people: [${first}], fallback: [${fallback}], strategy: ${strategy}, count: ${count}`;
        const logins = names(choose(rule, { openReviews, lastAsked }, top).request).map((name) => name.toLowerCase());
        expect(logins).not.toContain('author');
        expect(new Set(logins).size).toBe(logins.length);
        expect(logins.length).toBeLessThanOrEqual(count);
      },
    ),
  );
});
