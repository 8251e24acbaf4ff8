/** What the image's build is given of a checkout: all that it copies, and nothing else. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readContainerfile } from './containerfile.ts';
import { compileIgnoreRules } from './ignore-rules.ts';

const ROOT = join(import.meta.dirname, '../..');
const isIgnored = compileIgnoreRules(readFileSync(join(ROOT, '.dockerignore'), 'utf8'));
const sources = readContainerfile(ROOT)
  .filter(({ name, text }) => name === 'COPY' && !text.includes('--from='))
  .flatMap(({ text }) => text.split(' ').slice(0, -1));

function filesOf(source: string): readonly string[] {
  if (!statSync(join(ROOT, source)).isDirectory()) return [source];
  return readdirSync(join(ROOT, source), { recursive: true, encoding: 'utf8' })
    .map((name) => join(source, name))
    .filter((path) => path !== 'functions/dist' && !path.startsWith('functions/dist/'));
}

test.each(sources)('%s is there to be copied, with all that was written in it', (source) => {
  expect(existsSync(join(ROOT, source))).toBe(true);
  expect(filesOf(source).filter(isIgnored)).toEqual([]);
});

test('nothing is let in that is not copied', () => {
  expect(
    readdirSync(ROOT)
      .filter((name) => !isIgnored(name))
      .toSorted(),
  ).toEqual(sources.toSorted());
});

test.each([
  '.env',
  '.git/config',
  'private-key.pem',
  'data/fairlead.db',
  'node_modules/pg/index.js',
  'functions/dist/a.js',
])('%s stays outside', (path) => expect(isIgnored(path)).toBe(true));

test('no builder is told otherwise by a file that it would read first', () => {
  const others = ['.containerignore', 'Containerfile.dockerignore', 'Containerfile.containerignore'];
  expect(others.filter((name) => existsSync(join(ROOT, name)))).toEqual([]);
});

describe('the rules', () => {
  test.each<[string, string, string, boolean]>([
    ['a folder takes what is in it along', 'src', 'src/main.ts', true],
    ['a star is any name, with a dot as well', '*', '.env', true],
    ['a star does not reach below a folder', 'src/*.md', 'src/a/b.md', false],
    ['two stars do', '**/*.md', 'src/a/b.md', true],
    ['an exception lets in what is below it', '*\n!src', 'src/main.ts', false],
    ['an exception is taken back by a later rule', '*\n!src\nsrc/a', 'src/a/b.ts', true],
    ['an exception before the rule has no effect', '!src\n*', 'src/main.ts', true],
    ['an exception within an ignored folder is found', '*\n!src/main.ts', 'src/main.ts', false],
    ['a leading slash and a trailing one mean nothing', '/src/', 'src/main.ts', true],
    ['a comment is none', '# src\n', 'src', false],
    ['a part of a name is not the name', 'src', 'src2', false],
  ])('%s', (_, text, path, expected) => {
    expect(compileIgnoreRules(text)(path)).toBe(expected);
  });
});
