import nock from 'nock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { queryGitHub } from '../../src/github/query-github.ts';
import { API, createBucket, createHastyClock, createTestGitHub, grantToken } from './harness.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const QUERY = 'query Who($login: String!) { user(login: $login) { id } }';
const ask = (octokit: Parameters<typeof queryGitHub>[0]) => queryGitHub(octokit, QUERY, { login: 'ann' });

function answer(body: object, headers: Readonly<Record<string, string>> = {}) {
  grantToken('1', 't');
  nock(API)
    .post('/graphql', { query: QUERY, variables: { login: 'ann' } })
    .reply(200, body, headers);
  return createTestGitHub({ clock: createHastyClock() }).github.installation('1');
}

test('a query is answered, and spends nothing of the budget for writes', async () => {
  const budget = createBucket();
  grantToken('1', 't');
  nock(API)
    .post('/graphql')
    .reply(200, { data: { user: { id: 'u' } } });
  const { github } = createTestGitHub({ budget });
  expect(await ask(github.installation('1'))).toEqual({ data: { user: { id: 'u' } }, refusals: [] });
  expect(budget.takes()).toBe(0);
});

test('what GitHub will not show comes beside what it does', async () => {
  const refusal = { type: 'NOT_FOUND', path: ['user'], message: 'Could not resolve' };
  expect(await ask(answer({ data: { user: null }, errors: [refusal] }))).toEqual({
    data: { user: null },
    refusals: [refusal],
  });
});

test.each<[string, object, Record<string, string>, object]>([
  [
    'a limit that is used up',
    { type: 'RATE_LIMITED', message: 'wait' },
    { 'x-ratelimit-reset': '1700000060', date: new Date(1_700_000_000_000).toUTCString() },
    { code: 'github.rate_limited', status: 429, retryAfter: 60_000, retryable: true },
  ],
  [
    'a failure of GitHub’s own',
    { message: 'Something went wrong' },
    {},
    { code: 'github.unavailable', retryable: true },
  ],
  [
    'a query that GitHub does not know',
    { message: 'no such field', extensions: { code: 'undefinedField' } },
    {},
    { code: 'github.invalid', retryable: false },
  ],
])('%s rejects', async (_, error, headers, expected) => {
  await expect(ask(answer({ errors: [error] }, headers))).rejects.toMatchObject(expected);
});

test('it is asked again after a failure, as what reads may be', async () => {
  grantToken('1', 't');
  nock(API)
    .post('/graphql')
    .reply(502)
    .post('/graphql')
    .reply(200, { data: { user: null } });
  const { github } = createTestGitHub({ clock: createHastyClock() });
  expect(await ask(github.installation('1'))).toMatchObject({ refusals: [] });
});

test('GitHub Enterprise Server has it beside its REST API', async () => {
  const host = 'https://ghes.example.com';
  nock(host).post('/api/v3/app/installations/1/access_tokens').reply(201, { token: 't', expires_at: '2099-01-01' });
  nock(host)
    .post('/api/graphql')
    .reply(200, { data: { user: null } });
  const { github } = createTestGitHub({ baseUrl: `${host}/api/v3` });
  expect(await ask(github.installation('1'))).toMatchObject({ refusals: [] });
});
