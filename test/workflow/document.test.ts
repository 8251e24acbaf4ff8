import { expect, it } from 'vitest';
import { parseSource } from '../../src/workflow/document.ts';

const QUOTE = 'Put the expression in quotes: to YAML, “{” begins a mapping here.';

function problemsOf(text: string): readonly (readonly unknown[])[] {
  const parsed = parseSource(text, 'x.yaml');
  if ('locate' in parsed) return [];
  return parsed.map(({ line, column, message, hint }) => [line, column, message, hint]);
}

it.each([
  [
    'an expression without quotes once, and says what it lacks',
    `do:\n  - a: { set: { hello: \${ .name } } }\n  - b: { wait: { seconds: 1 } }\n`,
    [[2, 25, 'Unexpected flow-map-start at node end', QUOTE]],
  ],
  ['the same in a list', `a: [ \${ .b } ]\n`, [[1, 7, 'Missing , or : between flow sequence items', QUOTE]]],
  [
    'the same where it is read as a key',
    `a: \${ .b ? 'c' : 'd' }\n`,
    [[1, 4, 'Nested mappings are not allowed in compact mappings', QUOTE]],
  ],
  [
    'every error that is one by itself',
    'a: 1\na: 2\nb: 1\nb: 2\n',
    [
      [2, 1, 'Map keys must be unique', undefined],
      [4, 1, 'Map keys must be unique', undefined],
    ],
  ],
  ['nothing of an expression that stands alone', `a: \${ .b }\n`, []],
])('tells of %s', (_, text, problems) => {
  expect(problemsOf(text)).toEqual(problems);
});
