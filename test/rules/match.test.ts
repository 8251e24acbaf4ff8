import { describe, expect, test } from 'vitest';
import type { ChangedFile } from '../../src/rules/facts.ts';
import { problemOfGlob } from '../../src/rules/glob.ts';
import { compileFiles, problemOfGlobs } from '../../src/rules/match.ts';

const changed = (path: string): ChangedFile => ({ path, status: 'modified' });

describe('a file matches', () => {
  test.each<[string, string[], string, boolean]>([
    ['a glob within its folder', ['docs/*'], 'docs/a.md', true],
    ['no star that would have to cross a folder', ['docs/*'], 'docs/a/b.md', false],
    ['two stars at any depth', ['docs/**'], 'docs/a/b/c.md', true],
    ['two stars in front, in the root as well', ['**/*.md'], 'README.md', true],
    ['a pattern without slash only in the root', ['*.md'], 'docs/a.md', false],
    ['names that begin with a dot', ['**/*.yml'], '.github/workflows/.hidden.yml', true],
    ['a folder written with a slash at the end', ['docs/'], 'docs/a/b.md', true],
    ['a path written from the root', ['/src/**'], 'src/a.ts', true],
    ['only with the same case', ['docs/**'], 'Docs/a.md', false],
    ['one of several alternatives', ['**/*.{js,ts}'], 'a/b.ts', true],
    ['an include unless an exclude matches too', ['**/*.md', '!CHANGELOG.md'], 'CHANGELOG.md', false],
    ['another file beside an excluded one', ['**/*.md', '!CHANGELOG.md'], 'README.md', true],
    ['not when the exclude stands first', ['!CHANGELOG.md', '**/*.md'], 'CHANGELOG.md', false],
    ['not for being different from an exclude', ['src/**', '!docs/**'], 'test/a.ts', false],
    ['a name with brackets when they are escaped', ['a/\\[id\\].ts'], 'a/[id].ts', true],
    ['a name that begins with a hash', ['#notes/**'], '#notes/a', true],
    ['a name in any script', ['文档/**'], '文档/说明.md', true],
    ['a prototype’s name as any other', ['__proto__/**'], '__proto__/constructor', true],
  ])('%s', (_, globs, path, expected) => {
    expect(compileFiles(globs)([changed(path)]) !== undefined).toBe(expected);
  });

  test('by its old path when it was renamed', () => {
    const renamed: ChangedFile = { path: 'lib/a.ts', previousPath: 'src/a.ts', status: 'renamed' };
    expect(compileFiles(['src/**'])([renamed])).toEqual({ file: renamed, pattern: 'src/**', byPreviousPath: true });
  });

  test('when there is one, and not when there are none', () => {
    expect(compileFiles(['**'])([])).toBeUndefined();
  });
});

describe('a hostile pattern', () => {
  test.each([
    ['braces that multiply', '{a,b}'.repeat(30), /braces expand/],
    ['a range of a million', '{1..1000000}', /braces expand/],
    ['more characters than anyone writes', 'a'.repeat(300), /longer than/],
    ['nothing', ' ', /empty/],
  ])('of %s is refused with the way out', (_, pattern, message) => {
    expect(problemOfGlob(pattern)).toMatch(message);
  });

  test.each([
    ['nested groups', `${'+(a|'.repeat(50)}b${')'.repeat(50)}`],
    ['repeated groups', `${'*('.repeat(60)}a${')'.repeat(60)}`],
    ['many stars', '*a'.repeat(128)],
    ['many globstars', '**/'.repeat(80)],
    ['braces that multiply', '{a,b}'.repeat(50)],
    ['nested braces', `${'{'.repeat(120)}a,b${'}'.repeat(120)}`],
  ])('of %s is matched against long names in bounded time', (_, pattern) => {
    const files = Array.from({ length: 100 }, (__, index) => changed(`${'a/'.repeat(20)}${'a'.repeat(4_000)}${index}`));
    const startedAt = process.cpuUsage();
    compileFiles([pattern])(files);
    const { user, system } = process.cpuUsage(startedAt);
    expect((user + system) / 1000).toBeLessThan(2_000);
  });

  test('list of exclusions alone says how to begin', () => {
    expect(problemOfGlobs(['!docs/**'])).toMatch('put "**" first');
    expect(problemOfGlobs(['**', '!docs/**'])).toBeUndefined();
  });
});
