import { expect, test } from 'vitest';
import { knownTrees } from '../../scripts/check-definitions.ts';
import { parse } from '../../src/expression/parser.ts';

const trees = [...(await knownTrees())];

test('what a bundle knows of the workflows holds their expressions, enclosed or bare, and no names', () => {
  const sources = trees.map(([source]) => source.trim());
  expect(sources).toContain('$context.found.silent');
  expect(sources).toContain('$round.act == "replace" and $context.again != null');
  expect(sources).not.toContain('dev.knative.source.github.pull_request');
});

test.each(trees)('%s is known as it is parsed', (source, tree) => {
  // Members that are undefined are left out of JSON, and mean the same.
  expect(JSON.parse(tree)).toEqual(parse(source));
});
