/** What an installation may spend: its share of the hour, its points of a minute, and nothing while GitHub says to wait. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { API, createBucket, createHastyClock, createTestGitHub, grantToken } from './harness.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const START = 1_800_000_000_000;
const RESET = START / 1000 + 1_800;

function headersOf(used: number, limit = 100, reset = RESET) {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(limit - used),
    'x-ratelimit-used': String(used),
    'x-ratelimit-reset': String(reset),
  };
}

/** A GitHub whose hour holds a hundred calls, and which counts them. */
function openHour(share: number, { used = 0, limit = 100 } = {}) {
  const budget = createBucket();
  const clock = createHastyClock(START);
  const { github, metrics } = createTestGitHub({ clock, budget, share });
  for (const tenant of ['7', '8']) grantToken(tenant, tenant, START + 86_400_000);
  const spent = { calls: 0, used };
  nock(API)
    .persist()
    .get(/.*/)
    .reply(() => {
      spent.calls += 1;
      spent.used += 1;
      return [200, {}, headersOf(spent.used, limit)];
    })
    .post(/graphql/)
    .reply(() => [200, { data: {} }, headersOf(1)]);
  const get = (tenant = '7') =>
    github.installation(tenant).request('GET /repos/{owner}/{repo}', { owner: 'o', repo: 'r' });
  return { github, metrics, clock, budget, spent, get };
}

describe('the hour', () => {
  test('is used up to its share, and beyond it a call waits for the next one without leaving', async () => {
    const { get, spent, clock, metrics } = openHour(0.5, { used: 40 });
    for (let nth = 0; nth < 10; nth += 1) await get();
    await expect(get()).rejects.toMatchObject({
      code: 'github.rate_limited',
      status: 429,
      retryAfter: 1_800_000,
      message: 'The installation has used its share of GitHub’s calls (50 % of the hour’s 100); it goes on in 1800 s.',
    });
    expect(spent).toEqual({ calls: 10, used: 50 });
    const { text } = await metrics.expose();
    expect(text).toContain('fairlead_github_budget_used_ratio{tenant="7",resource="core"} 1');
    expect(text).toContain('fairlead_github_waits_total{why="hour"} 1');
    clock.advance(1_800_001);
    await get();
    expect(spent.calls).toBe(11);
  });

  test('counts what is under way, so that many at once do not run over', async () => {
    const { get, spent } = openHour(0.5, { used: 40 });
    await get();
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => get()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(9);
    expect(spent.used).toBe(50);
  });

  test('of one installation is none of another’s', async () => {
    const { get, spent } = openHour(0.5, { used: 50 });
    await get('7');
    await expect(get('7')).rejects.toMatchObject({ code: 'github.rate_limited' });
    spent.used = 1;
    await get('8');
    await get('8');
  });

  test('of GraphQL is kept apart from that of the REST API', async () => {
    const { get, github } = openHour(0.5, { used: 50 });
    await get();
    await expect(get()).rejects.toMatchObject({ code: 'github.rate_limited' });
    await github.installation('7').request('POST /graphql', { query: 'query Q { viewer { login } }' });
  });

  test('is unlimited where GitHub tells no limit, as Enterprise Server may', async () => {
    const { github } = createTestGitHub({ clock: createHastyClock(START), share: 0.01 });
    grantToken('7', '7', START + 86_400_000);
    nock(API).persist().get(/.*/).reply(200, {});
    for (let nth = 0; nth < 20; nth += 1) await github.installation('7').request('GET /rate');
  });
});

test('while GitHub says to wait nothing of that installation leaves, and afterwards it does', async () => {
  const clock = createHastyClock(START);
  const { github, metrics } = createTestGitHub({ clock });
  for (const tenant of ['7', '8']) grantToken(tenant, tenant, START + 86_400_000);
  let calls = 0;
  nock(API)
    .get('/slow')
    .reply(403, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': '60' })
    .persist()
    .get('/other')
    .reply(() => {
      calls += 1;
      return [200, {}];
    });
  await expect(github.installation('7').request('GET /slow')).rejects.toMatchObject({
    status: 429,
    retryAfter: 60_000,
  });
  await expect(github.installation('7').request('GET /other')).rejects.toMatchObject({ code: 'github.rate_limited' });
  await github.installation('8').request('GET /other');
  expect(calls).toBe(1);
  expect((await metrics.expose()).text).toContain('fairlead_github_waits_total{why="told"}');
  clock.advance(60_000);
  await github.installation('7').request('GET /other');
  expect(calls).toBe(2);
});

describe('the points of a minute', () => {
  test('cost the store nothing while they are few', async () => {
    const { get, budget } = openHour(1, { limit: 5_000 });
    for (let nth = 0; nth < 100; nth += 1) await get();
    expect(budget.takes()).toBe(0);
  });

  test('come out of the shared bucket beyond that, fifty for a commit', async () => {
    const { get, budget, metrics } = openHour(1, { limit: 5_000 });
    for (let nth = 0; nth < 160; nth += 1) await get();
    expect(budget.takes()).toBe(2);
    expect((await metrics.expose()).text).toContain('fairlead_github_points_total 160');
  });

  test('never come to more than GitHub bears, however many are asked for at once', async () => {
    const { get, spent, clock } = openHour(1, { limit: 50_000 });
    const startedAt = clock.now();
    const outcomes = await Promise.allSettled(Array.from({ length: 450 }, () => get()));
    const minutes = Math.max(1, (clock.now() - startedAt) / 60_000);
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
    expect(spent.calls / minutes).toBeLessThanOrEqual(900);
  });
});

test('what is remembered is asked for conditionally, and unchanged it costs no call of the hour', async () => {
  const { github } = createTestGitHub({ clock: createHastyClock(START) });
  for (const tenant of ['7', '8']) grantToken(tenant, tenant, START + 86_400_000);
  const tags: (string | null)[] = [];
  nock(API)
    .persist()
    .get('/repos/o/r/labels')
    .reply((request: Request) => {
      tags.push(request.headers.get('if-none-match'));
      return tags.at(-1) === '"one"' ? [304, ''] : [200, [{ name: 'docs' }], { etag: '"one"' }];
    });
  const read = (tenant: string, remembered: boolean) =>
    github
      .installation(tenant)
      .request('GET /repos/{owner}/{repo}/labels', { owner: 'o', repo: 'r', request: { remembered } });
  const answers = [await read('7', true), await read('7', true), await read('7', false), await read('8', true)];
  expect(answers.map(({ data }) => data.map(({ name }) => name))).toEqual([['docs'], ['docs'], ['docs'], ['docs']]);
  expect(tags).toEqual([null, '"one"', null, null]);
});
