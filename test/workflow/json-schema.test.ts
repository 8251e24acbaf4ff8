import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toJsonSchema } from '../../src/workflow/json-schema.ts';

const EXAMPLES = join(import.meta.dirname, '../../../shared/data/dsl/examples');

describe('the JSON Schema for editors', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(toJsonSchema());
  const head = { document: { dsl: '1.0.3', namespace: 'test', name: 'example', version: '1.0.0' } };

  it('says what it says several times once, so that an editor can hold it', () => {
    expect(JSON.stringify(toJsonSchema()).length).toBeLessThan(100_000);
  });

  it.each([
    ['an empty workflow', { ...head, do: [] }, true],
    ['a task within a task', { ...head, do: [{ a: { do: [{ b: { set: { c: 1 } } }] } }] }, true],
    ['a task of no kind', { ...head, do: [{ a: { sett: {} } }] }, false],
    ['a mistake deep within', { ...head, do: [{ a: { do: [{ b: { wait: 5 } }] } }] }, false],
    ['a call without its arguments', { ...head, do: [{ a: { call: 'http' } }] }, false],
  ])('judges %s', (_name, document, expected) => {
    expect(validate(document)).toBe(expected);
  });

  it.skipIf(!existsSync(EXAMPLES))('accepts the specification’s examples', () => {
    const files = readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml'));
    const refused = files.filter((file) => !validate(parse(readFileSync(join(EXAMPLES, file), 'utf8'))));
    expect(refused).toEqual([]);
  });
});
