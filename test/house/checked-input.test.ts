/** What a function is given is checked as its schema says, whether or not another function answered it. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createInputChecks } from '../../src/house/checked-input.ts';

function counted() {
  const parsed: unknown[] = [];
  const rules = z.object({ cap: z.int().default(3) }).superRefine((value) => void parsed.push(value));
  return { parsed, rules, input: z.object({ rules, base: z.string() }) };
}

describe('an answer that is handed on', () => {
  it('is parsed once for each schema, and comes out as the parsing made it', () => {
    const { parsed, rules, input } = counted();
    const checks = createInputChecks();
    const answer = { more: true };
    checks.remember(answer);
    for (const base of ['main', 'next', 'main']) {
      expect(checks.check(input, { rules: answer, base })).toEqual({
        success: true,
        data: { rules: { cap: 3 }, base },
      });
    }
    expect(parsed).toHaveLength(1);
    expect(checks.check(z.object({ rules: rules.optional() }), { rules: answer })).toMatchObject({ success: true });
    expect(parsed).toHaveLength(2);
  });

  it('is refused every time where it is not what the schema takes', () => {
    const { input } = counted();
    const checks = createInputChecks();
    const answer = { cap: 'many' };
    checks.remember(answer);
    for (const _ of [1, 2]) expect(checks.check(input, { rules: answer, base: 'main' }).success).toBe(false);
  });

  it('does not hide what is wrong with the rest', () => {
    const { input } = counted();
    const checks = createInputChecks();
    const answer = {};
    checks.remember(answer);
    expect(checks.check(input, { rules: answer, base: 'main' }).success).toBe(true);
    const refused = checks.check(input, { rules: answer, base: 7 });
    expect(refused.error?.issues.map(({ path }) => path)).toEqual([['base']]);
  });
});

it('parses what no function answered each time', () => {
  const { parsed, input } = counted();
  const checks = createInputChecks();
  const rules = {};
  for (const _ of [1, 2]) checks.check(input, { rules, base: 'main' });
  expect(parsed).toHaveLength(2);
});

it('leaves a schema with checks of its own to that schema', () => {
  const checks = createInputChecks();
  const answer = { cap: 1 };
  checks.remember(answer);
  const input = z
    .object({ rules: z.object({ cap: z.int() }), least: z.int() })
    .refine(({ rules, least }) => rules.cap >= least);
  expect(checks.check(input, { rules: answer, least: 1 }).success).toBe(true);
  expect(checks.check(input, { rules: answer, least: 2 }).success).toBe(false);
});

it.each([
  ['nothing', undefined],
  ['a list', []],
  ['text', 'rules'],
])('refuses %s as the schema does', (_, given) => {
  expect(createInputChecks().check(counted().input, given).success).toBe(false);
});
