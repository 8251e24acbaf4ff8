import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { resolveLayers } from '../../src/rules/resolve-layers.ts';

/** The rules of texts from the uppermost to the nearest; each has to be a file by itself. */
function resolve(...texts: readonly string[]) {
  const layers = texts.map((text, index) => {
    const { written, problems } = parseConfiguration(text);
    if (written === undefined) throw new Error(JSON.stringify(problems));
    return { file: index === texts.length - 1 ? 'own' : `above-${index}`, text, written };
  });
  return resolveLayers(layers);
}

const rule = (label: string, glob: string) => `{ label: ${label}, files: ["${glob}"] }`;

describe('what the nearer file says over the other', () => {
  test.each<[string, string, string, object]>([
    ['nothing takes all that is above', 'check: false\ncap: 3', '', { check: false, cap: 3 }],
    ['a scalar replaces the one above', 'cap: 3\ntimezone: UTC', 'cap: 4', { cap: 4, timezone: 'UTC' }],
    [
      'a switch counts where it is written, not where it is left to its default',
      'check: false',
      'cap: 1',
      { check: false },
    ],
    [
      'a label’s rules take the place of all of that label above, and stand behind the others',
      `labels: [${rule('a', 'x')}, ${rule('b', 'x')}, ${rule('A', 'y')}]`,
      `labels: [${rule('a', 'z')}]`,
      {
        labels: [
          { label: 'b', files: ['x'] },
          { label: 'a', files: ['z'] },
        ],
      },
    ],
    [
      'several rules of one label stay together',
      `labels: [${rule('a', 'x')}]`,
      `labels: [${rule('b', 'x')}, ${rule('b', 'y')}]`,
      { labels: [{ label: 'a' }, { files: ['x'] }, { files: ['y'] }] },
    ],
    [
      'a reviewers’ rule takes the place of the one of its name; one without a name is added',
      'reviewers: [{ name: Core, files: [a], people: [ann] }, { files: [b], people: [bob] }]',
      'reviewers: [{ name: core, files: [c], people: [cid] }, { files: [d], people: [dan] }]',
      { reviewers: [{ people: ['bob'] }, { people: ['cid'] }, { people: ['dan'] }] },
    ],
    [
      'the same rule in both is there once',
      'reviewers: [{ files: [b], people: [bob] }]',
      'reviewers: [{ files: [b], people: [bob] }]',
      { reviewers: [{ people: ['bob'] }] },
    ],
    ['a list of texts is appended', 'ignore: [a, b]', 'ignore: [b, c]', { ignore: ['a', 'b', 'c'] }],
    [
      'a mapping is merged key by key',
      'sizes: { S: 5, M: 9 }',
      'sizes: { M: 8, L: 20 }',
      { sizes: { S: 5, M: 8, L: 20 } },
    ],
    [
      'a list within a mapping is replaced',
      'workdays: { ann: [mon, tue], bob: [fri] }',
      'workdays: { ann: [wed] }',
      { workdays: { ann: ['wed'], bob: ['fri'] } },
    ],
  ])('%s', (_, above, own, expected) => {
    const { configuration, problems } = resolve(above, own);
    expect(configuration).toMatchObject(expected);
    for (const [key, value] of Object.entries(expected)) {
      if (Array.isArray(value)) expect(configuration?.[key as 'labels']).toHaveLength(value.length);
    }
    expect(problems).toEqual([]);
  });

  test('three files are merged from the uppermost down', () => {
    const { configuration } = resolve('cap: 1\ntimezone: UTC\nignore: [a]', 'cap: 2\nignore: [b]', 'ignore: [c]');
    expect(configuration).toMatchObject({ cap: 2, timezone: 'UTC', ignore: ['a', 'b', 'c'] });
  });

  test('what is for the merge alone is no part of what comes out', () => {
    const { configuration } = resolve('lock: [cap]\ncap: 1', 'extends: acme/x\ncheck: false');
    expect(configuration).toEqual({ labels: [], reviewers: [], check: false, cap: 1 });
  });

  test('files that are too much only together are refused, by the nearest', () => {
    const many = (label: string) => `labels:\n${`- { label: ${label}, files: ["a"] }\n`.repeat(600)}`;
    const { configuration, problems } = resolve(many('a'), many('b'));
    expect(configuration).toBeUndefined();
    expect(problems).toMatchObject([{ file: 'own', message: expect.stringMatching(/together .* labels/) }]);
  });
});

describe('what is locked above', () => {
  test.each<[string, string, string, object, readonly string[]]>([
    [
      'a scalar stands, and the attempt is told',
      'lock: [cap]\ncap: 3',
      'check: false\ncap: 9\n',
      { cap: 3, check: false },
      ['2:1 "cap" is locked by above-0; 3 stands'],
    ],
    ['what is said alike is no attempt', 'lock: [cap]\ncap: 3', 'cap: 3', { cap: 3 }, []],
    [
      'a key that nobody sets above keeps its default',
      'lock: [check]',
      'check: false',
      { check: true },
      ['1:1 "check" is locked by above-0; what is said here is passed over'],
    ],
    [
      'a key of a mapping stands, beside others that are free',
      'lock: [sizes.XL]\nsizes: { XL: 500 }',
      'sizes:\n  S: 1\n  XL: 9\n',
      { sizes: { S: 1, XL: 500 } },
      ['3:3 "sizes.XL" is locked by above-0; 500 stands'],
    ],
    [
      'a whole list takes no rule',
      `lock: [labels]\nlabels: [${rule('a', 'x')}]`,
      `labels: [${rule('b', 'y')}]`,
      { labels: [{ label: 'a' }] },
      ['1:1 "labels" is locked by above-0; [{"label":"a","files":["x"]}] stands'],
    ],
    [
      'a key of rules is that of the first rule above which has it, in every rule',
      'lock: [reviewers.count]\nreviewers: [{ files: [a], people: [ann, bob, cid], count: 2 }]',
      'reviewers:\n  - files: [b]\n    people: [dan, eve]\n    count: 1\n  - files: [c]\n    people: [dan, eve]\n',
      { reviewers: [{ count: 2 }, { people: ['dan', 'eve'], count: 2 }, { files: ['c'], count: 2 }] },
      ['4:5 "reviewers.count" is locked by above-0; 2 stands'],
    ],
    [
      'a key of rules is that of the rule of the same name, where there is one',
      `lock: [labels.files]\nlabels: [${rule('a', 'x')}, ${rule('b', 'y')}]`,
      'labels:\n  - { label: b, files: [z], draft: false }\n',
      { labels: [{ label: 'a' }, { label: 'b', files: ['y'], draft: false }] },
      ['2:17 "labels.files" is locked by above-0; ["y"] stands'],
    ],
    [
      'a key that no rule above has may not be set at all',
      'lock: [reviewers.strategy]',
      'reviewers: [{ files: [a], people: [ann], strategy: random }]',
      { reviewers: [{ people: ['ann'] }] },
      ['1:42 "reviewers.strategy" is locked by above-0; what is said here is passed over'],
    ],
  ])('%s', (_, above, own, expected, told) => {
    const { configuration, problems } = resolve(above, own);
    expect(configuration).toMatchObject(expected);
    expect(problems.map(({ file, line, column, message }) => [file, `${line}:${column} ${message}`])).toEqual(
      told.map((text) => ['own', text]),
    );
  });

  test('is locked for every file below, and cannot be unlocked there', () => {
    const { configuration, problems } = resolve('lock: [cap]\ncap: 1', 'lock: []\ncap: 2', 'cap: 3');
    expect(configuration?.cap).toBe(1);
    expect(problems.map(({ file }) => file)).toEqual(['above-1', 'own']);
  });
});

describe('of the keys for it', () => {
  test.each<[string, string, number, number, string]>([
    [
      'a lock of no key',
      'lock:\n  - cap\n  - reviewer.count\n',
      3,
      5,
      'unknown key "reviewer"; did you mean "reviewers"?',
    ],
    ['a lock of no key of a rule', 'lock: [reviewers.cuont]', 1, 8, 'unknown key "cuont"; did you mean "count"?'],
    ['a lock of what has no keys', 'lock: [check.on]', 1, 8, 'there are no keys here'],
    ['a parent without a repository', 'extends: acme\n', 1, 10, 'must be owner/repo'],
    ['a parent that is any file', 'extends: acme/config/secrets.yml\n', 1, 10, 'must be owner/repo'],
    ['a parent outside of its repository', 'extends: acme/../fairlead.yml\n', 1, 10, 'must be owner/repo'],
    ['a path that climbs', 'extends: acme/config/../x/fairlead.yml\n', 1, 10, 'must be owner/repo'],
  ])('%s is told with line and column', (_, text, line, column, message) => {
    expect(parseConfiguration(text).problems?.[0]).toMatchObject({
      line,
      column,
      message: expect.stringContaining(message),
    });
  });

  test.each(['acme/.github', 'acme/config/fairlead.yml', 'acme/config/.github/fairlead.yml', 'a/b/c/web.fairlead.yml'])(
    '%s can be built on',
    (target) => {
      expect(parseConfiguration(`extends: ${target}`).configuration?.extends).toBe(target);
    },
  );

  test('a lock may name what people are called', () => {
    expect(parseConfiguration('lock: [workdays.mona-lisa, reviewers.files]').problems).toBeUndefined();
  });
});
