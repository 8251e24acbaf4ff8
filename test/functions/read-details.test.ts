import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decide } from '../../functions/decide.ts';
import { readFacts } from '../../functions/read-facts.ts';
import { requestReviewers } from '../../functions/request-reviewers.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { createWorkbench, type Reply, serve } from './harness.ts';
import { payloadOf } from './payload.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const FILES: Reply = () => [
  200,
  [{ filename: 'a.ts', status: 'modified', additions: 7, deletions: 4, patch: '+secret' }],
];
const GIT_ATTRIBUTES = 'GET /contents/.gitattributes';
const TEAM = 'GET /orgs/Codertocat/teams/core/memberships/Codertocat';

/** Reads what a rule with this condition needs, and decides by it. */
async function judge(condition: string, routes: Readonly<Record<string, Reply>> = {}) {
  const { configuration, problems } = parseConfiguration(`labels: [{ label: x, ${condition} }]`);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  const rules = { outcome: 'found' as const, configuration };
  const context = createWorkbench().contextOf();
  const calls = serve({ 'GET /pulls/2/files': FILES, ...routes });
  const facts = await readFacts.handle(readFacts.input.parse({ event: payloadOf('opened'), rules }), context);
  const decision = await decide.handle(decide.input.parse({ facts, rules }), context);
  return { calls: calls.slice(1).map(({ call }) => call), facts, decision };
}

describe('for a rule on', () => {
  test.each<[string, string, Readonly<Record<string, Reply>>, string]>([
    ['what the event tells', 'title: "."', {}, 'the title “'],
    ['the changed lines', 'diff: secret', {}, 'the changed line “secret” matches secret'],
    ['the size', 'size: [S]', { [GIT_ATTRIBUTES]: () => [404, { message: 'Not Found' }] }, 'size S, 11 lines'],
    [
      'commit messages',
      'commits: "^fix"',
      { 'GET /pulls/2/commits': () => [200, [{ commit: { message: 'fix: it' } }]] },
      'the commit message “fix: it” matches ^fix',
    ],
    ['teams', 'team: [core]', { [TEAM]: () => [200, { state: 'active' }] }, 'the author is in the team core'],
  ])('%s exactly that is asked for beside the files', async (_, condition, routes, reason) => {
    const { calls, decision } = await judge(condition, routes);
    expect(calls).toEqual(Object.keys(routes));
    expect(decision.labels.add[0]?.reason).toContain(reason);
  });
});

test('a rotation goes on behind whoever was asked last in the repository, at the price of no call', async () => {
  const { configuration } = parseConfiguration(
    'reviewers: [{ files: ["**"], people: [ann, bob, cid], count: 1, strategy: round-robin }]',
  );
  const rules = { outcome: 'found' as const, configuration: configuration as NonNullable<typeof configuration> };
  const context = createWorkbench().contextOf();
  const asked: string[] = [];
  const calls = serve({
    'GET /pulls/1/files': FILES,
    'GET /pulls/2/files': FILES,
    'GET /pulls/3/files': FILES,
    ...Object.fromEntries(
      [1, 2, 3].map((number) => [
        `POST /pulls/${number}/requested_reviewers`,
        ({ reviewers }: { reviewers: string[] }) => [201, asked.push(...reviewers)],
      ]),
    ),
  });
  for (const number of [1, 2, 3]) {
    const event = payloadOf('opened');
    event.pull_request = { ...event.pull_request, number, requested_reviewers: [] };
    const facts = await readFacts.handle(readFacts.input.parse({ event, rules }), context);
    const { reviewers } = await decide.handle(decide.input.parse({ facts, rules }), context);
    await requestReviewers.handle(requestReviewers.input.parse({ pullRequest: facts.pullRequest, reviewers }), context);
  }
  expect(asked).toEqual(['ann', 'bob', 'cid']);
  expect(calls).toHaveLength(6);
});

test('open reviews are counted over the other open pull requests', async () => {
  const { configuration } = parseConfiguration(
    'reviewers: [{ files: ["**"], people: [ann, bob], count: 1, strategy: least-loaded }]',
  );
  const rules = { outcome: 'found' as const, configuration: configuration as NonNullable<typeof configuration> };
  const context = createWorkbench().contextOf();
  const pull = (number: number, ...logins: string[]) => ({
    number,
    requested_reviewers: logins.map((login) => ({ login })),
  });
  serve({
    'GET /pulls/2/files': FILES,
    'GET /pulls': () => [200, [pull(1, 'ann'), pull(2, 'bob', 'ann'), pull(3, 'ann', 'bob')]],
  });
  const facts = await readFacts.handle(readFacts.input.parse({ event: payloadOf('opened'), rules }), context);
  expect(facts.openReviews).toEqual([
    { login: 'ann', count: 2 },
    { login: 'bob', count: 1 },
  ]);
  const { reviewers } = await decide.handle(decide.input.parse({ facts, rules }), context);
  expect(reviewers.request.map(({ name }) => name)).toEqual(['bob']);
});

test('lines and diffs are kept only where a rule needs them', async () => {
  expect((await judge('draft: false')).facts.files).toEqual([{ path: 'a.ts' }]);
});

test('whom GitHub does not know in a team is not in it', async () => {
  const { decision } = await judge('team: [core]', { [TEAM]: () => [404, { message: 'Not Found' }] });
  expect(decision).toMatchObject({ labels: { add: [] }, problems: [] });
});

test('what GitHub refuses to tell is unknown, and a problem says so', async () => {
  const { facts, decision } = await judge('team: [core]', {
    [TEAM]: () => [403, { message: 'Resource not accessible by integration' }],
  });
  expect(facts.authorTeams).toBeUndefined();
  expect(decision.problems).toEqual([expect.stringContaining('The author’s teams could not be read')]);
});

test('a diff too large for the journal leaves its rule undecided', async () => {
  const patch = '+x'.repeat(64 * 1024);
  const files: Reply = () => [200, [{ filename: 'a', status: 'modified', additions: 1, deletions: 0, patch }]];
  const { facts, decision } = await judge('diff: x', { 'GET /pulls/2/files': files });
  expect(facts.files).toEqual([{ path: 'a' }]);
  expect(decision.labels.add).toEqual([]);
});
