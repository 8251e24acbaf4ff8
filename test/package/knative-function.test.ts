/** `functions/dist` as the builder of Knative Functions sees it: alone in a folder, loaded as its runtime loads it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { bundleFunction } from '../../scripts/bundle-function.ts';
import type { Handle, InvocationAnswer } from '../../src/house/knative-function.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { PRIVATE_KEY } from '../support/private-key.ts';

const TOKEN = 'a-token-of-the-functions';
const folder = mkdtempSync(join(tmpdir(), 'fairlead-function-'));
let postgres: PostgresServer;
let project: { readonly init: () => Promise<void>; readonly handle: Handle; readonly shutdown: () => Promise<void> };

beforeAll(async () => {
  [postgres] = await Promise.all([startPostgres(), bundleFunction(folder)]);
  const settings = {
    APP_ID: '1',
    PRIVATE_KEY,
    DATABASE_URL: await postgres.createDatabase(),
    FAIRLEAD_INTERNAL_TOKEN: TOKEN,
    FAIRLEAD_FUNCTION: 'decide',
    LOG_LEVEL: 'silent',
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  project = createRequire(import.meta.url)(join(folder, 'index.js'));
  await project.init();
}, 60_000);

afterAll(async () => {
  await project.shutdown();
  vi.unstubAllEnvs();
  await postgres.stop();
  rmSync(folder, { recursive: true });
});

/** By a rule whose expression needs an engine that the bundle has to hold as well. */
const parameters = {
  facts: {
    pullRequest: {
      repository: { id: 1, fullName: 'octo/hello', url: 'https://github.com/octo/hello' },
      number: 17,
      title: 'docs: how to moor',
      url: 'https://github.com/octo/hello/pull/17',
      author: { login: 'ann', url: 'https://github.com/ann' },
      draft: false,
      base: 'main',
      head: { ref: 'moor', sha: '6dcb09b5b57875f334f61aebed695e2e4193db5e' },
      action: 'opened',
    },
    labels: [],
    reviewers: [],
    teams: [],
    files: [],
    truncated: false,
  },
  rules: { outcome: 'found', configuration: { labels: [{ label: 'documentation', title: '^docs:' }] } },
};
const call = {
  authorization: `Bearer ${TOKEN}`,
  'fairlead-tenant': '1',
  'fairlead-run': 'run',
  'fairlead-effect-key': 'run/decide',
  'fairlead-uncertain': 'false',
};
const event = { id: '1', source: '/test', tenant: '1', data: parameters };

test('an HTTP request is answered with what the function answers', async () => {
  const answer = (await project.handle({ method: 'POST', headers: call }, parameters)) as InvocationAnswer;
  expect([answer.statusCode, JSON.parse(answer.body)]).toMatchObject([
    200,
    { labels: { add: [{ name: 'documentation' }] } },
  ]);
});

test('bad input is answered with a problem that says what is wrong', async () => {
  const answer = await project.handle({ method: 'POST', headers: call }, { facts: 5 });
  expect(answer).toMatchObject({ statusCode: 400, headers: { 'content-type': 'application/problem+json' } });
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ status: 400, code: 'function.input' });
});

test('a CloudEvent is handled, and not answered with what a broker would take for a reply', async () => {
  expect(await project.handle({ method: 'POST', headers: call, cloudevent: event }, event)).toBeUndefined();
});

test('an event with bad data is refused for good, as a broker understands it', async () => {
  const broken = { ...event, data: { facts: 5 } };
  const answer = await project.handle({ method: 'POST', headers: call, cloudevent: broken }, broken);
  expect(answer).toMatchObject({ statusCode: 422 });
});

test('nobody without the token gets in, by request or by event', async () => {
  const { authorization: _, ...headers } = call;
  expect(await project.handle({ method: 'POST', headers }, parameters)).toMatchObject({ statusCode: 401 });
  expect(await project.handle({ method: 'POST', headers, cloudevent: event }, event)).toMatchObject({
    statusCode: 401,
  });
});

test('the project says what it is to the builder, and needs its runtime alone', () => {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({ main: 'index.js', scripts: { start: 'faas-js-runtime ./index.js' } });
  expect(Object.keys(manifest.dependencies)).toEqual(['faas-js-runtime']);
  const { runtime, run } = parse(readFileSync(join(folder, 'func.yaml'), 'utf8'));
  expect(runtime).toBe('node');
  expect(run.envs.map(({ name }: { name: string }) => name)).toContain('FAIRLEAD_FUNCTION');
});
