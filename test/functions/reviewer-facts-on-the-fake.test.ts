/** What is read for a choice of reviewers, against the fake GitHub: what either believes of GitHub's answers, the other holds to. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FunctionContext } from '../../functions/context.ts';
import { createFactCache } from '../../functions/facts/fact-cache.ts';
import { readBusy } from '../../functions/facts/read-busy.ts';
import { readCi } from '../../functions/facts/read-ci.ts';
import { readExpertise } from '../../functions/facts/read-expertise.ts';
import { readMembers } from '../../functions/facts/read-members.ts';
import { readReviews } from '../../functions/facts/read-reviews.ts';
import { type FakeGitHub, startFakeGitHub } from '../../src/demo/fake-github/fake-github.ts';
import type { Pull, Repository } from '../../src/demo/fake-github/world.ts';
import { createGitHub } from '../../src/github/github.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { createLogger } from '../../src/observe/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';

let fake: FakeGitHub;
let repository: Repository;
let pull: Pull;
let context: FunctionContext;
const on = { owner: 'octo', repo: 'hello' };

beforeEach(async () => {
  fake = await startFakeGitHub({ appId: '7' });
  fake.addInstallation({ id: 1, account: 'octo' });
  const teams = { core: ['ann', 'bob'] };
  repository = fake.addRepository({ installation: 1, fullName: 'octo/hello', collaborators: ['ann', 'bob'], teams });
  pull = fake.addPull(repository, { author: 'carl', files: ['a.ts', 'b.ts'] });
  const github = createGitHub({
    appId: '7',
    privateKey: fake.privateKey,
    baseUrl: fake.url,
    budget: { take: async (_tenant, _bucket, { count }) => ({ granted: count, waitMs: 0 }) },
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    metrics: createMetrics(),
  }).installation('1');
  const cache = createFactCache(systemClock);
  context = { github, cache, tenant: '1', appId: '7', signal: new AbortController().signal } as FunctionContext;
});
afterEach(() => fake.close());

it('the checks of others come to a state, ours do not', async () => {
  const ref = pull.head.sha;
  expect(await readCi(context, { ...on, ref })).toBe('pending');
  fake.check(repository, pull, { conclusion: 'success' });
  fake.check(repository, pull, { appId: 7, conclusion: 'failure' });
  expect(await readCi(context, { ...on, ref })).toBe('green');
  fake.check(repository, pull, { conclusion: 'timed_out' });
  expect(await readCi(context, { ...on, ref })).toBe('failing');
});

it('a team has members, and without the permission it cannot be known', async () => {
  expect(await readMembers(context, 'octo', 'core')).toEqual(['ann', 'bob']);
  fake.world.installations.get(1)!.permissions.members = undefined;
  expect(await readMembers(context, 'octo', 'core')).toEqual(['ann', 'bob']);
  await expect(readMembers(context, 'octo', 'docs')).rejects.toMatchObject({ code: 'github.forbidden' });
});

it('who has reviewed is told, and whether before the last push', async () => {
  fake.review(pull, 'ann', 'APPROVED');
  fake.push(pull);
  fake.review(pull, 'bob', 'COMMENTED');
  expect(await readReviews(context, { ...on, pull_number: 1 }, pull.head.sha)).toEqual([
    { login: 'ann', current: false },
    { login: 'bob', current: true },
  ]);
});

it('who changed the files last is counted over all of them', async () => {
  repository.authors.set('a.ts', ['ann', 'bob']);
  repository.authors.set('b.ts', ['bob']);
  const files = pull.files.map(({ filename: path }) => ({ path, status: 'modified' as const }));
  expect(await readExpertise(context, { ...on, base: 'main' }, files)).toEqual([
    { login: 'bob', commits: 2 },
    { login: 'ann', commits: 1 },
  ]);
});

it('who is busy is told, and who is unknown is not', async () => {
  repository.collaborators.get('ann')!.isBusy = true;
  expect(await readBusy(context, ['ann', 'bob', 'nobody'])).toEqual(['ann']);
});
