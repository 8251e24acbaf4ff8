import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { FUNCTIONS } from '../../functions/index.ts';
import { toOpenApi } from '../../functions/openapi.ts';

const root = join(import.meta.dirname, '../..');
const committed = JSON.parse(readFileSync(join(root, 'functions/openapi.json'), 'utf8'));

test('the committed document is up to date (write it with `npx node functions/openapi.ts`)', () => {
  expect(committed).toEqual(JSON.parse(JSON.stringify(toOpenApi())));
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
