import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { FUNCTIONS } from '../../functions/index.ts';
import { toOpenApi } from '../../functions/openapi.ts';
import { configurationSchema } from '../../src/rules/configuration.ts';

const root = join(import.meta.dirname, '../..');
const committed = JSON.parse(readFileSync(join(root, 'functions/openapi.json'), 'utf8'));

test('the committed document is up to date (write it with `npx node functions/openapi.ts`)', () => {
  expect(committed).toEqual(JSON.parse(JSON.stringify(toOpenApi())));
});

test('the committed table of operations names them all', () => {
  const operations = JSON.parse(readFileSync(join(root, 'functions/operations.json'), 'utf8'));
  expect(operations).toEqual(FUNCTIONS.map(({ operationId }) => operationId));
});

const bodyOf = (operationId: string) => `paths/~1${operationId}/post/requestBody/content/application~1json/schema`;
const answerOf = (operationId: string) => `paths/~1${operationId}/post/responses/200/content/application~1json/schema`;

function compiled(pointer: string) {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(committed, 'document');
  return ajv.compile({ $ref: `document#/${pointer}` });
}

test('every schema that it refers to is in it, and each is told once', () => {
  for (const { operationId } of FUNCTIONS) {
    compiled(bodyOf(operationId));
    compiled(answerOf(operationId));
  }
  const names = [...JSON.stringify(committed.paths).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name]) => name as string,
  );
  expect(names).toContain('RulesTold');
  expect(JSON.stringify(committed)).not.toContain('__schema');
  expect(JSON.stringify(committed).length).toBeLessThan(200_000);
});

test('what comes in may leave out what has a default, what goes out has it', () => {
  const file = { labels: [{ label: 'docs', files: { any: ['docs/**'], all: ['**/*.md'] }, not: { draft: true } }] };
  const given = compiled('components/schemas/ConfigurationGiven');
  const told = compiled('components/schemas/ConfigurationTold');
  expect(given(file)).toBe(true);
  expect(told(file)).toBe(false);
  expect(told(JSON.parse(JSON.stringify(configurationSchema.parse(file))))).toBe(true);
  const nested = { labels: [{ label: 'docs', any: [{ not: { files: ['docs/**'], sort: true } }] }] };
  expect(given(nested)).toBe(false);
});

test('every function is in it under its own name, and no name is used twice', () => {
  const ids = FUNCTIONS.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(committed.paths)).toEqual(ids.map((id) => `/${id}`));
});

test.each(['pull-request.yaml', 'human-override.yaml', 'checks-finished.yaml', 'review-reminder.yaml'])(
  '%s calls only what is in it',
  (name) => {
    const text = readFileSync(join(root, 'workflows', name), 'utf8');
    const called = [...text.matchAll(/operationId: (\w+)/g)].map(([, id]) => id);
    expect(parse(text).document.name).toBe(name.replace('.yaml', ''));
    expect(called.length).toBeGreaterThan(0);
    for (const id of called) expect(Object.keys(committed.paths)).toContain(`/${id}`);
  },
);
