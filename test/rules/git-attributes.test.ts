import { expect, test } from 'vitest';
import { compileGenerated } from '../../src/rules/git-attributes.ts';

test.each<[string, string, string, boolean]>([
  ['a file by its name, anywhere', '*.lock linguist-generated', 'a/yarn.lock', true],
  ['a file by its path', 'gen/*.ts linguist-generated=true', 'gen/a.ts', true],
  ['only from the root when there is a slash', 'gen/*.ts linguist-generated', 'a/gen/b.ts', false],
  ['a path written from the root', '/gen/** linguist-generated', 'gen/a/b', true],
  ['not what another line takes back', 'gen/** linguist-generated\ngen/a -linguist-generated', 'gen/a', false],
  ['by the last line that speaks of it', 'a linguist-generated=false\na linguist-generated', 'a', true],
  ['a name with spaces', '"a b" linguist-generated', 'a b', true],
  ['among other attributes', '*.js text eol=lf linguist-generated', 'a.js', true],
  ['not for another attribute', '*.js text', 'a.js', false],
  ['not by a comment', '# * linguist-generated', 'a', false],
  ['not below a folder, as git has it', 'gen/ linguist-generated', 'gen/a', false],
  ['a name with braces as it is', '{a,b} linguist-generated', 'a', false],
])('%s is generated or not', (_, text, path, expected) => {
  expect(compileGenerated(text)(path)).toBe(expected);
});
