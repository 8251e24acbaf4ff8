import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Case, parseCases, runCase } from '../../src/rules/case.ts';
import { compileRules } from '../../src/rules/decide.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/recipes.md'), 'utf8');
const recipes = page
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [rules = '', cases = ''] = [...section.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? '');
    return { title: section.split('\n', 1)[0] ?? '', rules, cases };
  });

test('there are fourteen recipes', () => {
  expect(recipes).toHaveLength(14);
});

describe.each(recipes)('$title', ({ rules, cases }) => {
  const { configuration, problems } = parseConfiguration(rules);
  const parsed = parseCases(cases);

  test('can be copied as it is', () => {
    expect([problems, parsed.problems]).toEqual([undefined, undefined]);
  });

  const named = (parsed.value?.cases ?? []).map((one): [string, Case] => [one.name, one]);
  test.each(named)('%s', (_, one) => {
    expect(runCase(compileRules(configuration as NonNullable<typeof configuration>), one)).toEqual([]);
  });
});
