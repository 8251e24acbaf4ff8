import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CATALOGUE, VERIFIED, verifiedData } from '../../src/events/catalogue.ts';
import { certainlyFits } from '../../src/events/fits.ts';

const reasoned = [{ name: 'documentation', reason: 'docs/** matches README.md' }];
const VERIFIED_DATA = {
  repository: { id: 7, fullName: 'octo/hello', url: 'https://github.com/octo/hello' },
  number: 12,
  title: 'Update the README',
  url: 'https://github.com/octo/hello/pull/12',
  author: { login: 'mona', url: 'https://github.com/mona' },
  draft: false,
  base: 'main',
  head: { ref: 'docs', sha: 'ec26c3e' },
  action: 'opened',
  labels: { added: reasoned, removed: [], kept: [] },
  reviewers: { requested: reasoned, kept: [], skipped: [] },
  problems: [],
  checkRunUrl: null,
  durationMs: 12.5,
};

describe('what certainly fits', () => {
  test('is an event of ours as it should be', () => {
    expect(verifiedData.safeParse(VERIFIED_DATA).success).toBe(true);
    expect(certainlyFits(VERIFIED_DATA, z.toJSONSchema(CATALOGUE[VERIFIED].data))).toBe(true);
  });

  test.each<[string, unknown, Record<string, unknown>]>([
    ['with a part too many', { a: 1, b: 2 }, z.toJSONSchema(z.strictObject({ a: z.int() }))],
    ['with a part too few', {}, z.toJSONSchema(z.strictObject({ a: z.int() }))],
    ['with a part that is inherited', Object.create({ a: 1 }), z.toJSONSchema(z.strictObject({ a: z.int() }))],
    ['of another type', '1', z.toJSONSchema(z.int())],
    ['with one bad item', [1, 'b'], z.toJSONSchema(z.array(z.int()))],
    ['at a bound that is excluded', 0, z.toJSONSchema(z.int().positive())],
    ['with a number that is none', Number.NaN, z.toJSONSchema(z.number())],
    ['under none of the alternatives', 3, z.toJSONSchema(z.string().nullable())],
    ['that is no URL', 'not a url', z.toJSONSchema(z.url())],
    ['by a keyword that is not known', 'a', { type: 'string', pattern: '^a$' }],
    ['by a schema that says nothing', 'a', {}],
  ])('is nothing %s', (_, value, schema) => {
    expect(certainlyFits(value, schema)).toBe(false);
  });

  test('is nothing that the full check refuses, however the event is spoiled', () => {
    const schemas = Object.values(CATALOGUE).map(({ data }) => ({ full: data, told: z.toJSONSchema(data) }));
    const paths = pathsOf(VERIFIED_DATA);
    const odd = fc.oneof(fc.jsonValue(), fc.webUrl(), fc.double(), fc.integer(), fc.string());
    fc.assert(
      fc.property(fc.constantFrom(...paths), odd, (path, value) => {
        const spoiled = withValue(VERIFIED_DATA, path, value);
        for (const { full, told } of schemas) {
          if (certainlyFits(spoiled, told)) expect(full.safeParse(spoiled).success).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, part]) =>
    pathsOf(part, [...path, Array.isArray(value) ? +key : key]),
  );
  return [path, [...path, 'more'], ...below];
}

function withValue(whole: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(whole)) return whole.map((part, nth) => (nth === key ? withValue(part, rest, value) : part));
  const parts = whole as Readonly<Record<string, unknown>>;
  return { ...parts, [key]: withValue(parts[key], rest, value) };
}
