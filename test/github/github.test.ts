import { gzipSync } from 'node:zlib';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { API, createBucket, createHastyClock, createTestGitHub, grantToken } from './harness.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  const pending = nock.pendingMocks();
  nock.cleanAll();
  expect(pending).toEqual([]);
});

const REPO = { owner: 'octocat', repo: 'hello' };

describe('an installation', () => {
  test('is asked for one token by any number of callers', async () => {
    const { github } = createTestGitHub();
    grantToken('7', 'seven');
    nock(API).get('/repos/octocat/hello').times(5).matchHeader('authorization', 'token seven').reply(200, { id: 1 });

    const octokit = github.installation('7');
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => octokit.request('GET /repos/{owner}/{repo}', REPO)),
    );

    expect(answers.map((answer) => answer.data.id)).toEqual([1, 1, 1, 1, 1]);
  });

  test('gets a new token five minutes before the old one expires', async () => {
    const clock = createHastyClock();
    const { github } = createTestGitHub({ clock });
    grantToken('7', 'first', clock.now() + 3_600_000);
    grantToken('7', 'second', clock.now() + 7_200_000);
    nock(API).get('/repos/octocat/hello').twice().matchHeader('authorization', 'token first').reply(200, {});
    nock(API).get('/repos/octocat/hello').matchHeader('authorization', 'token second').reply(200, {});

    const octokit = github.installation('7');
    await octokit.request('GET /repos/{owner}/{repo}', REPO);
    clock.advance(54 * 60_000);
    await octokit.request('GET /repos/{owner}/{repo}', REPO);
    clock.advance(2 * 60_000);
    await octokit.request('GET /repos/{owner}/{repo}', REPO);
  });

  test('renews a token that GitHub no longer accepts, once', async () => {
    const { github } = createTestGitHub();
    grantToken('7', 'revoked');
    grantToken('7', 'fresh');
    nock(API)
      .get('/repos/octocat/hello')
      .matchHeader('authorization', 'token revoked')
      .reply(401, { message: 'Bad credentials' });
    nock(API).get('/repos/octocat/hello').matchHeader('authorization', 'token fresh').reply(200, { id: 1 });

    const { data } = await github.installation('7').request('GET /repos/{owner}/{repo}', REPO);

    expect(data.id).toBe(1);
  });

  test('gives up when a fresh token is refused as well', async () => {
    const { github } = createTestGitHub();
    grantToken('7', 'one');
    grantToken('7', 'two');
    nock(API).get('/repos/octocat/hello').twice().reply(401, { message: 'Bad credentials' });

    await expect(github.installation('7').request('GET /repos/{owner}/{repo}', REPO)).rejects.toMatchObject({
      code: 'github.unauthorized',
      status: 401,
      retryable: false,
    });
  });

  test('never speaks with the token of another one', async () => {
    const { github } = createTestGitHub();
    grantToken('7', 'seven');
    grantToken('8', 'eight');
    nock(API).get('/repos/octocat/hello').matchHeader('authorization', 'token seven').reply(200, { id: 7 });
    nock(API).get('/repos/octocat/hello').matchHeader('authorization', 'token eight').reply(200, { id: 8 });

    const [seven, eight] = await Promise.all(
      ['7', '8'].map((tenant) => github.installation(tenant).request('GET /repos/{owner}/{repo}', REPO)),
    );

    expect([seven?.data.id, eight?.data.id]).toEqual([7, 8]);
  });

  test.each(['0', '', '-1', '1/../2', '12345678901234567890'])('that is called “%s” is refused', (tenant) => {
    const { github } = createTestGitHub();
    expect(() => github.installation(tenant)).toThrow(expect.objectContaining({ code: 'event.unhandled' }));
  });

  test('that was suspended says so under the name of the call that failed', async () => {
    const { github } = createTestGitHub();
    nock(API)
      .post('/app/installations/7/access_tokens')
      .reply(403, { message: 'This installation has been suspended' });

    await expect(github.installation('7').request('GET /repos/{owner}/{repo}', REPO)).rejects.toMatchObject({
      code: 'github.forbidden',
      message: expect.stringContaining('POST /app/installations/7/access_tokens: This installation has been suspended'),
    });
  });
});

describe('a failed request', () => {
  test.each([
    [404, {}, 'Not Found', 'github.not_found', undefined],
    [410, {}, 'Gone', 'github.not_found', undefined],
    [422, {}, 'Validation Failed', 'github.invalid', undefined],
    [403, {}, 'Resource not accessible by integration', 'github.forbidden', undefined],
    [403, { 'retry-after': '61' }, 'Slow down', 'github.rate_limited', 61_000],
    [403, {}, 'You have exceeded a secondary rate limit', 'github.rate_limited', 60_000],
    [429, { 'retry-after': '120' }, 'Too Many Requests', 'github.rate_limited', 120_000],
    [429, { 'retry-after': '9999999' }, 'Too Many Requests', 'github.rate_limited', 3_600_000],
    [429, { 'retry-after': 'soon' }, 'Too Many Requests', 'github.rate_limited', 60_000],
    [503, { 'retry-after': '30' }, 'Unavailable', 'github.unavailable', 30_000],
  ])('of status %i with %o and “%s” is %s', async (status, headers, message, code, retryAfter) => {
    const { github } = createTestGitHub({ clock: createHastyClock() });
    grantToken('7', 'seven');
    nock(API).get('/repos/octocat/hello').reply(status, { message }, headers);

    await expect(github.installation('7').request('GET /repos/{owner}/{repo}', REPO)).rejects.toMatchObject({
      code,
      // Workflows wait for 429, whatever GitHub said it with.
      status: code === 'github.rate_limited' ? 429 : status,
      retryAfter,
      message: expect.stringMatching(`GitHub answered ${status} to GET /repos/octocat/hello: ${message}`),
    });
  });

  test('of an hour used up waits until GitHub’s reset', async () => {
    const clock = createHastyClock(1_700_000_000_000);
    const { github } = createTestGitHub({ clock });
    grantToken('7', 'seven', clock.now() + 3_600_000);
    nock(API)
      .get('/repos/octocat/hello')
      .reply(
        403,
        { message: 'API rate limit exceeded' },
        { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1700000600' },
      );

    await expect(github.installation('7').request('GET /repos/{owner}/{repo}', REPO)).rejects.toMatchObject({
      code: 'github.rate_limited',
      retryable: true,
      retryAfter: 600_000,
    });
  });

  test('is tried again twice where GitHub is not well', async () => {
    const { github, metrics } = createTestGitHub({ clock: createHastyClock() });
    grantToken('7', 'seven');
    nock(API).get('/repos/octocat/hello').reply(502, 'bad gateway');
    nock(API).get('/repos/octocat/hello').replyWithError('socket hang up');
    nock(API).get('/repos/octocat/hello').reply(200, { id: 1 }, { 'x-ratelimit-remaining': '4321' });

    await github.installation('7').request('GET /repos/{owner}/{repo}', REPO);

    const { text } = await metrics.expose();
    expect(text).toContain('fairlead_github_requests_total{method="GET",status="502"} 1');
    expect(text).toContain('fairlead_github_requests_total{method="GET",status="none"} 1');
    expect(text).toContain('fairlead_github_requests_total{method="GET",status="200"} 1');
    expect(text).toContain('fairlead_github_rate_limit_remaining{tenant="7"} 4321');
  });

  test('that never gets better fails after three tries', async () => {
    const { github } = createTestGitHub({ clock: createHastyClock() });
    grantToken('7', 'seven');
    nock(API).get('/repos/octocat/hello').times(3).reply(500, { message: 'Server Error' });

    await expect(github.installation('7').request('GET /repos/{owner}/{repo}', REPO)).rejects.toMatchObject({
      code: 'github.unavailable',
      status: 500,
      retryable: true,
    });
  });

  test('that may have had its effect is not sent again by itself', async () => {
    const { github } = createTestGitHub({ clock: createHastyClock() });
    grantToken('7', 'seven');
    nock(API).post('/repos/octocat/hello/check-runs').reply(500, { message: 'Server Error' });

    const call = github
      .installation('7')
      .request('POST /repos/{owner}/{repo}/check-runs', { ...REPO, name: 'fairlead', head_sha: 'abc' });

    await expect(call).rejects.toMatchObject({ code: 'github.unavailable' });
  });

  test.each(['idempotent', 'refused unseen'])('of a POST that is %s is sent again', async (why) => {
    const { github } = createTestGitHub({ clock: createHastyClock() });
    grantToken('7', 'seven');
    const answer = nock(API).post('/repos/octocat/hello/issues/1/labels');
    if (why === 'idempotent') answer.reply(500, {});
    else answer.reply(429, {}, { 'retry-after': '2' });
    nock(API).post('/repos/octocat/hello/issues/1/labels').reply(200, []);

    await github.installation('7').request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
      ...REPO,
      issue_number: 1,
      labels: ['bug'],
      request: { idempotent: why === 'idempotent' },
    });
  });

  test('by an answer that is cut short or too large is not taken for an empty one', async () => {
    const { github } = createTestGitHub({ clock: createHastyClock() });
    grantToken('7', 'seven');
    nock(API).get('/repos/octocat/hello').times(3).reply(200, '{"id": 1', { 'content-type': 'application/json' });
    nock(API)
      .get('/repos/octocat/huge')
      .reply(200, 'x'.repeat(32 * 1024 * 1024 + 1), { 'content-type': 'application/json' });
    const octokit = github.installation('7');

    await expect(octokit.request('GET /repos/{owner}/{repo}', REPO)).rejects.toMatchObject({
      code: 'github.unavailable',
      message: expect.stringContaining('broken JSON'),
    });
    await expect(octokit.request('GET /repos/{owner}/{repo}', { ...REPO, repo: 'huge' })).rejects.toMatchObject({
      code: 'github.unavailable',
      retryable: false,
      message: expect.stringContaining('larger than'),
    });
  });

  test('of a cancelled run rejects with the reason of the cancellation', async () => {
    const cancellation = new AbortController();
    const { github } = createTestGitHub();
    grantToken('7', 'seven');
    nock(API)
      .get('/repos/octocat/hello')
      .delay(10_000)
      .reply(200, {})
      .once('request', () => cancellation.abort(new Error('superseded')));

    const call = github
      .installation('7')
      .request('GET /repos/{owner}/{repo}', { ...REPO, request: { signal: cancellation.signal } });

    await expect(call).rejects.toThrow('superseded');
  });
});

describe('an answer', () => {
  test.each([
    { told: 'of a moved repository is followed', status: 301, method: 'GET' },
    { told: 'that a write belongs elsewhere is followed with the write', status: 307, method: 'POST' },
  ] as const)('$told', async ({ status, method }) => {
    const { github } = createTestGitHub();
    grantToken('7', 'seven');
    const elsewhere = method === 'GET' ? nock(API).get('/repositories/1') : nock(API).post('/repositories/1', { a: 1 });
    const here = method === 'GET' ? nock(API).get('/repos/octocat/hello') : nock(API).post('/repos/octocat/hello');
    here.reply(status, '', { location: `${API}/repositories/1` });
    elsewhere.matchHeader('authorization', 'token seven').reply(200, { id: 1 });

    const answer = await github
      .installation('7')
      .request(`${method} /repos/octocat/hello`, method === 'GET' ? {} : { a: 1 });

    expect(answer.data).toEqual({ id: 1 });
  });

  test('that sends elsewhere does not get our token there', async () => {
    const { github } = createTestGitHub();
    grantToken('7', 'seven');
    nock(API).get('/repos/octocat/hello').reply(302, '', { location: 'https://elsewhere.example/hello' });
    nock('https://elsewhere.example', { badheaders: ['authorization'] })
      .get('/hello')
      .reply(200, { id: 1 });

    const answer = await github.installation('7').request('GET /repos/{owner}/{repo}', REPO);

    expect(answer.data).toEqual({ id: 1 });
  });

  test.each([
    { told: 'that is packed is unpacked', text: JSON.stringify({ id: 1 }), outcome: { data: { id: 1 } } },
    {
      told: 'that unpacks to more than is read is refused',
      text: ' '.repeat(32 * 1024 * 1024 + 1),
      outcome: { code: 'github.unavailable', message: expect.stringContaining('larger than') },
    },
  ])('$told', async ({ text, outcome }) => {
    const { github } = createTestGitHub({ clock: createHastyClock() });
    grantToken('7', 'seven');
    nock(API)
      .get('/repos/octocat/hello')
      .reply(200, gzipSync(text), { 'content-type': 'application/json', 'content-encoding': 'gzip' });

    const settled = github
      .installation('7')
      .request('GET /repos/{owner}/{repo}', REPO)
      .catch((error) => error);

    expect(await settled).toMatchObject(outcome);
  });
});

test('an unchanged resource resolves as 304', async () => {
  const { github } = createTestGitHub();
  grantToken('7', 'seven');
  nock(API).get('/repos/octocat/hello').matchHeader('if-none-match', '"v1"').reply(304);

  const answer = await github
    .installation('7')
    .request('GET /repos/{owner}/{repo}', { ...REPO, headers: { 'if-none-match': '"v1"' } });

  expect(answer.status).toBe(304);
});

test('writes beyond the burst wait for their turn, and those too far back are told when to come again', async () => {
  const clock = createHastyClock();
  const budget = createBucket();
  const { github } = createTestGitHub({ clock, budget });
  grantToken('7', 'seven', clock.now() + 3_600_000);
  nock(API).post('/repos/octocat/hello/issues/1/labels').times(33).reply(200, []);
  const octokit = github.installation('7');
  const startedAt = clock.now();

  const writes = await Promise.allSettled(
    Array.from({ length: 40 }, () =>
      octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
        ...REPO,
        issue_number: 1,
        labels: ['a'],
      }),
    ),
  );

  const refused = writes.filter((write) => write.status === 'rejected').map((write) => write.reason);
  // Twenty at once, and one each 0.75 s for ten seconds.
  expect(refused.length).toBe(40 - 20 - 13);
  for (const reason of refused) expect(reason).toMatchObject({ code: 'github.rate_limited', retryable: true });
  expect(Math.min(...refused.map((reason) => reason.retryAfter))).toBeGreaterThan(10_000);
  expect(clock.now() - startedAt).toBeLessThanOrEqual(11_000);
});

test('one store write admits several writes to GitHub', async () => {
  const budget = createBucket();
  const { github } = createTestGitHub({ budget });
  grantToken('7', 'seven');
  nock(API).delete(/.*/).times(4).reply(204);
  const octokit = github.installation('7');

  for (const name of ['a', 'b', 'c', 'd']) {
    await octokit.request('DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}', {
      ...REPO,
      issue_number: 1,
      name,
    });
  }

  expect(budget.takes()).toBe(1);
});

test('GitHub Enterprise Server is spoken to under its own root', async () => {
  const { github } = createTestGitHub({ baseUrl: 'https://ghes.example.com/api/v3/' });
  nock('https://ghes.example.com')
    .get('/api/v3/app')
    .matchHeader('authorization', /^bearer ey/)
    .reply(200, { slug: 'fairlead' });

  expect(await github.botLogin()).toBe('fairlead[bot]');
});

test('the bot’s own login is asked for once, and again only after a failure', async () => {
  const { github } = createTestGitHub({ clock: createHastyClock() });
  nock(API).get('/app').times(3).reply(500, {});
  nock(API).get('/app').reply(200, { slug: 'fairlead' });

  await expect(github.botLogin()).rejects.toMatchObject({ code: 'github.unavailable' });
  expect(await Promise.all([github.botLogin(), github.botLogin()])).toEqual(['fairlead[bot]', 'fairlead[bot]']);
});

test('a repository without the App has no installation', async () => {
  const { github } = createTestGitHub();
  nock(API).get('/repos/octocat/hello/installation').reply(200, { id: 77 });
  nock(API).get('/repos/octocat/other/installation').reply(404, { message: 'Not Found' });

  expect(await github.findInstallation('octocat', 'hello')).toBe('77');
  expect(await github.findInstallation('octocat', 'other')).toBeUndefined();
});
