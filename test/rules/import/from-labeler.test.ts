import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { configurationSchema } from '../../../src/rules/configuration.ts';
import { compileRules, decide } from '../../../src/rules/decide.ts';
import { fromLabeler } from '../../../src/rules/import/from-labeler.ts';
import { parseConfiguration } from '../../../src/rules/parse-configuration.ts';
import { factsWith } from '../facts.ts';
import { labelsBy, type Pull } from './labeler-reference.ts';

/** What Fairlead decides by its reading of the file, which has to be a configuration that it accepts. */
function labelsOf(text: string, { files, base = 'main', head = 'topic' }: Pull): readonly string[] {
  const { labels } = fromLabeler(text);
  const { configuration, problems } = parseConfiguration(stringify({ labels }));
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return decide(factsWith({ base, head }, ...files), compileRules(configuration), []).labels.add.map(
    ({ name }) => name,
  );
}

const PULLS: Readonly<Record<string, Pull>> = {
  docs: { files: ['docs/guide.md', 'docs/img/a.png'] },
  source: { files: ['src/main.ts', 'src/deep/util.spec.ts'], head: 'feature/boats' },
  mixed: { files: ['src/main.ts', 'docs/guide.md', 'README.md'], base: 'release/1' },
  changelog: { files: ['CHANGELOG.md'], head: 'fix/feature' },
  dots: { files: ['.github/workflows/ci.yml', 'src/.hidden/a.ts'] },
};

const RELEASE_5: Readonly<Record<string, string>> = {
  'a list of globs': 'x: [{ changed-files: [{ any-glob-to-any-file: ["docs/*", "**/*.spec.ts"] }] }]',
  'one glob without a list': 'x: [{ changed-files: [{ any-glob-to-any-file: "docs/**" }] }]',
  'an exclusion among alternatives': 'x: [{ changed-files: [{ any-glob-to-any-file: ["src/**", "!CHANGELOG.md"] }] }]',
  'an exclusion alone': 'x: [{ changed-files: [{ any-glob-to-any-file: "!docs/**" }] }]',
  'every glob on one file': 'x: [{ changed-files: [{ all-globs-to-any-file: ["src/**", "!**/*.spec.ts"] }] }]',
  'two globs on one file': 'x: [{ changed-files: [{ all-globs-to-any-file: ["**/*.ts", "src/deep/**"] }] }]',
  'one glob for all files': 'x: [{ changed-files: [{ any-glob-to-all-files: ["docs/**", "src/**"] }] }]',
  'exclusions for all files': 'x: [{ changed-files: [{ all-globs-to-all-files: ["!docs/**", "!*.md"] }] }]',
  'every glob for all files': 'x: [{ changed-files: [{ all-globs-to-all-files: ["**", "!**/*.png"] }] }]',
  'several ways, any of them':
    'x: [{ changed-files: [{ any-glob-to-any-file: "*.md" }, { any-glob-to-all-files: "src/**" }] }]',
  'several ways, all of them':
    'x: [{ all: [{ changed-files: [{ any-glob-to-any-file: "**/*.md" }, { all-globs-to-all-files: "!*.lock" }] }] }]',
  'the branch it comes from': 'x: [{ head-branch: ["^feature", "^fix"] }]',
  'a branch by a word anywhere': 'x: [{ head-branch: feature }]',
  'the branch it goes into': 'x: [{ base-branch: "^release/\\\\d+$" }]',
  'files or branch': 'x: [{ changed-files: [{ any-glob-to-any-file: "docs/**" }] }, { head-branch: "^fix" }]',
  'files and branch':
    'x: [{ all: [{ changed-files: [{ any-glob-to-any-file: "src/**" }] }, { head-branch: "^feature" }] }]',
  'all branches of a list': 'x: [{ all: [{ head-branch: ["feature", "^fix"] }] }]',
  'any and all beside each other':
    'x: [{ any: [{ changed-files: [{ any-glob-to-any-file: ["**/*.md"] }] }] }, { all: [{ base-branch: "^release" }] }]',
  'an any that what is outside joins': 'x: [{ any: [{ base-branch: "^release" }] }, { head-branch: "^fix" }]',
  'names with a dot': 'x: [{ changed-files: [{ any-glob-to-any-file: ["**/*.yml", "src/*/*.ts"] }] }]',
  'a pattern from the root of a disk': 'x: [{ changed-files: [{ any-glob-to-any-file: ["/docs/**", "docs/"] }] }]',
  'a pattern that is a comment': 'x: [{ changed-files: [{ any-glob-to-any-file: ["#docs", "*.md"] }] }]',
  'files that are no list': 'x: [{ changed-files: { any-glob-to-any-file: "**" } }, { head-branch: "^fix" }]',
  'several labels':
    'x: [{ head-branch: fix }]\ny: [{ changed-files: [{ any-glob-to-any-file: "**/*.ts" }] }]\nchanged-files-labels-limit: 9',
};

const RELEASE_4: Readonly<Record<string, string>> = {
  'a glob': 'x: docs/*',
  'a list of globs': 'x: ["docs/**/*", "*.md"]',
  'a mapping': 'x: [{ any: ["src/**", "!**/*.spec.ts"] }]',
  'all files': 'x: [{ all: ["!docs/**"] }]',
  'any and all': 'x: [{ any: ["**/*.md"], all: ["!CHANGELOG.md", "!src/**"] }]',
  alternatives: 'x: ["src/deep/*", { any: ["*.md"], all: ["!docs/**"] }]',
  'an exclusion in a list': 'x: ["src/**", "!docs/**"]',
};

const pairsOf = (configurations: Readonly<Record<string, string>>) =>
  Object.entries(configurations).flatMap(([by, text]) =>
    Object.entries(PULLS).map(([name, pull]) => ({ by, name, text, pull })),
  );

describe('of release 5 or later', () => {
  test.each(pairsOf(RELEASE_5))('$by puts on a pull request of $name what labeler does', ({ text, pull }) => {
    expect(labelsOf(text, pull)).toEqual(labelsBy(5, text, pull));
  });

  test('whatever the globs and the files, the labels are labeler’s', () => {
    const glob = fc.constantFrom('a', 'a/**', '**', '*.md', '**/*.md', '!a/**', '!**/*.md', '!b', '{a,b}/*', 'b*');
    const by = fc.constantFrom(
      'any-glob-to-any-file',
      'any-glob-to-all-files',
      'all-globs-to-any-file',
      'all-globs-to-all-files',
    );
    const changed = fc
      .tuple(by, fc.array(glob, { minLength: 1, maxLength: 3 }))
      .map(([key, globs]) => ({ [key]: globs }));
    const entry = fc.oneof(
      fc.array(changed, { minLength: 1, maxLength: 2 }).map((list) => ({ 'changed-files': list })),
      fc.constantFrom('^t', 'x').map((source) => ({ 'head-branch': source })),
      fc.constantFrom('^m', 'x').map((source) => ({ 'base-branch': [source, 'n$'] })),
    );
    const entries = fc.array(entry, { minLength: 1, maxLength: 2 });
    const item = fc.oneof(
      entry,
      entries.map((any) => ({ any })),
      entries.map((all) => ({ all })),
    );
    const files = fc.uniqueArray(fc.constantFrom('a', 'b', 'a/b', 'a/c.md', 'd.md', 'b/x/y'), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 3 }), files, (items, paths) => {
        const text = stringify({ x: items });
        expect(labelsOf(text, { files: paths })).toEqual(labelsBy(5, text, { files: paths }));
      }),
      { numRuns: 500 },
    );
  });
});

/** By hand, not by the reference: what labeler's documentation promises for each of its keys and examples. */
describe('as labeler documents it, a label is put on', () => {
  const by = (key: string, globs: readonly string[]) =>
    `x: ${JSON.stringify([{ 'changed-files': [{ [key]: globs }] }])}`;
  const anyAny = (...globs: string[]) => by('any-glob-to-any-file', globs);
  const anyAll = (...globs: string[]) => by('any-glob-to-all-files', globs);
  const allAny = (...globs: string[]) => by('all-globs-to-any-file', globs);
  const allAll = (...globs: string[]) => by('all-globs-to-all-files', globs);
  const sourceButDocs =
    'x: [{ all: [{ changed-files: [{ any-glob-to-any-file: "src/**/*" }, { all-globs-to-all-files: "!src/docs/*" }] }] }]';

  test.each<[string, string, Pull, boolean]>([
    ['for any change at all', anyAny('**'), { files: ['a/b/c'] }, true],
    ['for a change in a folder', anyAny('docs/*'), { files: ['src/a', 'docs/a.md'] }, true],
    ['not by one star for a folder of the folder', anyAny('docs/*'), { files: ['docs/deep/a.md'] }, false],
    ['by two stars for it as well', anyAny('docs/**'), { files: ['docs/deep/a.md'] }, true],
    ['for either of two folders', anyAny('docs/*', 'guides/*'), { files: ['guides/a'] }, true],
    ['for an ending, anywhere', anyAny('**/*.md'), { files: ['a/b/c.md'] }, true],
    ['for an ending, in the root', anyAny('**/*.md'), { files: ['c.md'] }, true],
    ['for a file in the root, not below', anyAny('*'), { files: ['a/b'] }, false],
    ['where one glob takes in all files', anyAll('a/**', 'b/**'), { files: ['a/x', 'a/y'] }, true],
    ['not where each takes in only some', anyAll('a/**', 'b/**'), { files: ['a/x', 'b/y'] }, false],
    ['where one file fits all globs', allAny('a/**', '**/*.md'), { files: ['b', 'a/x.md'] }, true],
    ['not where each glob has a file of its own', allAny('a/**', '**/*.md'), { files: ['a/x', 'b.md'] }, false],
    ['where a file fits, and is not excluded', allAny('a/**', '!a/b/**'), { files: ['a/b/x', 'a/c'] }, true],
    ['not where every file that fits is excluded', allAny('a/**', '!a/b/**'), { files: ['a/b/x', 'c'] }, false],
    ['where every file fits all globs', allAll('a/**', '**/*.md'), { files: ['a/x.md', 'a/y.md'] }, true],
    ['not where one of them does not', allAll('a/**', '**/*.md'), { files: ['a/x.md', 'a/y'] }, false],
    ['where no file is excluded', allAll('!*.lock'), { files: ['a', 'b/c'] }, true],
    ['not where one is', allAll('!*.lock'), { files: ['a', 'b.lock'] }, false],
    ['for sources without the folder of documents', sourceButDocs, { files: ['src/a.ts'] }, true],
    ['not for sources together with that folder', sourceButDocs, { files: ['src/a.ts', 'src/docs/b'] }, false],
    [
      'by how the branch begins',
      'x: [{ head-branch: ["^feature", "feature"] }]',
      { files: ['a'], head: 'feature-1' },
      true,
    ],
    [
      'by a word in its name',
      'x: [{ head-branch: ["^feature", "feature"] }]',
      { files: ['a'], head: 'a/feature' },
      true,
    ],
    ['by the branch that it goes into', 'x: [{ base-branch: "main" }]', { files: ['a'], base: 'main' }, true],
    ['not into another one', 'x: [{ base-branch: "main" }]', { files: ['a'], base: 'dev' }, false],
    ['where one of `any` holds', 'x: [{ any: [{ base-branch: z }, { head-branch: t }] }]', { files: ['a'] }, true],
    [
      'not where one of `all` does not',
      'x: [{ all: [{ base-branch: z }, { head-branch: t }] }]',
      { files: ['a'] },
      false,
    ],
    [
      'where both groups hold',
      'x: [{ any: [{ head-branch: t }], all: [{ base-branch: main }] }]',
      { files: ['a'] },
      true,
    ],
    [
      'not where one group does not',
      'x: [{ any: [{ head-branch: z }], all: [{ base-branch: main }] }]',
      { files: ['a'] },
      false,
    ],
  ])('%s', (_, text, pull, expected) => {
    expect(labelsOf(text, pull)).toEqual(expected ? ['x'] : []);
  });
});

describe('of release 4', () => {
  const withoutDots = pairsOf(RELEASE_4).filter(({ name }) => name !== 'dots');
  test.each(withoutDots)('$by puts on a pull request of $name what labeler does', ({ text, pull }) => {
    expect(labelsOf(text, pull)).toEqual(labelsBy(4, text, pull));
  });
});

describe('where the two differ, a note says so:', () => {
  test.each<[string, string, RegExp]>([
    ['names that begin with a dot, in release 4', 'x: "**/*.yml"', /passes over names that begin with a dot/],
    ['the old path of a renamed file', RELEASE_5['one glob without a list'] ?? '', /counts by its old path as well/],
    ['taking labels off', 'x: a', /is taken off when its rule no longer holds/],
    ['a label that can never be put on', 'x: [{ any: [] }]', /x: the label is left out/],
    [
      'an expression that looks ahead',
      'x: [{ head-branch: "(?!fix)" }]',
      /head-branch “\(\?!fix\)” is not a regular expression/,
    ],
    [
      'a path with a dot in front',
      'x: [{ changed-files: [{ any-glob-to-any-file: "./*" }] }]',
      /“\.\/\*” begins with a dot and a slash/,
    ],
    ['a key that labeler passes over', 'x: [{ head-branch: a, color: red }]', /does not know the key “color”/],
  ])('%s', (_, text, note) => {
    expect(fromLabeler(text).notes).toContainEqual(expect.stringMatching(note));
  });

  test('the exclusion among alternatives, which labeler takes for nearly everything', () => {
    const text = RELEASE_5['an exclusion among alternatives'] ?? '';
    expect(fromLabeler(text).notes).toContainEqual(expect.stringContaining('labeler takes “!pattern”'));
    expect(fromLabeler(text).labels).toEqual([
      { label: 'x', any: [{ files: ['src/**'] }, { files: ['**', '!CHANGELOG.md'] }] },
    ]);
  });
});

test('the limit of labels becomes the cap', () => {
  expect(fromLabeler('changed-files-labels-limit: 3\nx: a').cap).toBe(3);
});

test('a label named like a prototype’s property is one like any other', () => {
  const { labels } = fromLabeler('__proto__: a\nconstructor: b');
  expect(labels.map(({ label }) => label)).toContain('constructor');
  expect(configurationSchema.safeParse({ labels }).success).toBe(true);
});
