import fc from 'fast-check';
import { Minimatch } from 'minimatch';
import { expect, test } from 'vitest';
import { compileGlob, GLOB_OPTIONS } from '../../src/rules/glob.ts';

const name = fc.constantFrom('a', 'b', 'ab', '.a', 'a.md', 'b.test.ts', '.md', '..a', 'x y', 'é', '[id]', 'a\nb');
const paths = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const part = fc.oneof(
  { arbitrary: name.filter((text) => !text.includes('[')), weight: 3 },
  fc.constantFrom(
    '*',
    '**',
    '*.md',
    '*.{md,ts}',
    '{a,b}',
    '*.test.ts',
    '?',
    '[ab]',
    '!(a)',
    '+(a|b)',
    '*a*',
    '.*',
    '@(a)',
  ),
  fc.constantFrom(
    'a*',
    '*b',
    '***',
    '**.md',
    '*.',
    '*.*',
    '{a,b/c}',
    '\\[id\\]',
    '.',
    '*.md|ts',
    '{a..c}',
    '*.(md|ts)',
    '..',
    '@(a/b)',
    '!(a/b)',
    '[a/b]',
  ),
);
const globs = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

test('whatever the glob and the path, the answer is minimatch’s', () => {
  fc.assert(
    fc.property(globs, paths, (glob, path) => {
      const plain = new Minimatch(glob, GLOB_OPTIONS).match(path);
      // A dot in front is ours to ignore, as a slash is.
      fc.pre(!glob.startsWith('./') && glob !== '.');
      expect(compileGlob(glob).matches(path)).toBe(plain);
    }),
    { numRuns: 5_000 },
  );
});
