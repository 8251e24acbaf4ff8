import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeGitHub, startFakeGitHub } from '../../src/demo/fake-github/fake-github.ts';
import type { Pull } from '../../src/demo/fake-github/world.ts';
import { createGitHub, type GitHub } from '../../src/github/github.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { createLogger } from '../../src/observe/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';

/** The bot's own GitHub room against the fake: what either believes of GitHub's conventions, the other holds to. */
let fake: FakeGitHub;
let pull: Pull;
let github: GitHub;

beforeEach(async () => {
  fake = await startFakeGitHub({ appId: '7' });
  fake.addInstallation({ id: 1, account: 'octo' });
  const repository = fake.addRepository({ installation: 1, fullName: 'octo/hello', contents: { 'a.txt': 'a' } });
  pull = fake.addPull(repository, { author: 'carl', files: Array.from({ length: 130 }, (_, index) => `f${index}`) });
  github = createGitHub({
    appId: '7',
    privateKey: fake.privateKey,
    baseUrl: fake.url,
    budget: { take: async (_tenant, _bucket, { count }) => ({ granted: count, waitMs: 0 }) },
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    metrics: createMetrics(),
  });
});

afterEach(() => fake.close());

const on = { owner: 'octo', repo: 'hello' };
const statuses = () => fake.requests.map(({ method, status }) => `${method} ${status}`);

it('the App learns its login and where a repository is installed', async () => {
  expect(await github.botLogin()).toBe(fake.botLogin);
  expect(await github.findInstallation('octo', 'hello')).toBe('1');
  expect(await github.findInstallation('octo', 'none')).toBeUndefined();
});

it('files are followed from page to page', async () => {
  const octokit = github.installation('1');
  const files = await octokit.paginate(octokit.rest.pulls.listFiles, { ...on, pull_number: 1, per_page: 100 });
  expect(files.map(({ filename }) => filename)).toEqual(pull.files.map(({ filename }) => filename));
  expect(statuses()).toEqual(['POST 201', 'GET 200', 'GET 200']);
});

it('an unchanged file is answered 304', async () => {
  const octokit = github.installation('1');
  const { headers } = await octokit.rest.repos.getContent({ ...on, path: 'a.txt' });
  const again = await octokit.rest.repos.getContent({
    ...on,
    path: 'a.txt',
    headers: { 'if-none-match': headers.etag as string },
  });
  expect(again.status).toBe(304);
});

it('an expired token is renewed, and the call is made once more', async () => {
  const octokit = github.installation('1');
  await octokit.rest.pulls.get({ ...on, pull_number: 1 });
  fake.expireTokens();
  await octokit.rest.issues.addLabels({ ...on, issue_number: 1, labels: ['docs'] });
  expect(statuses()).toEqual(['POST 201', 'GET 200', 'POST 401', 'POST 201', 'POST 200']);
  expect(pull.labels).toEqual(['docs']);
});

it.each([
  [
    'a missing pull request',
    () => github.installation('1').rest.pulls.get({ ...on, pull_number: 9 }),
    'github.not_found',
  ],
  [
    'the author as reviewer',
    () => github.installation('1').rest.pulls.requestReviewers({ ...on, pull_number: 1, reviewers: ['carl'] }),
    'github.invalid',
  ],
  [
    'an installation that is not there',
    () => github.installation('2').rest.pulls.get({ ...on, pull_number: 1 }),
    'github.not_found',
  ],
])('%s is told apart by its code', async (_, act, code) => {
  await expect(act()).rejects.toMatchObject({ code });
});

it('an hour used up is told with when it ends', async () => {
  const { rateLimit } = fake.world.installations.get(1)!;
  rateLimit.used = rateLimit.limit;
  rateLimit.resetsAt = Date.now() + 600_000;
  const act = github.installation('1').rest.pulls.get({ ...on, pull_number: 1 });
  await expect(act).rejects.toMatchObject({ code: 'github.rate_limited', retryable: true });
  const { retryAfter } = (await act.catch((error) => error)) as { retryAfter: number };
  expect(retryAfter).toBeGreaterThan(590_000);
  expect(retryAfter).toBeLessThan(605_000);
});
