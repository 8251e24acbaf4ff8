/** What reviewer rules need beside the event: the exact calls, in order, and what becomes of GitHub's refusals. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decide } from '../../functions/decide.ts';
import { readFacts } from '../../functions/read-facts.ts';
import { rememberOverride } from '../../functions/remember-override.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { createWorkbench, type Reply, serve, type Workbench } from './harness.ts';
import { payloadOf } from './payload.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const HEAD = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';
const SUITES = `GET /commits/${HEAD}/check-suites`;
const STATUS = `GET /commits/${HEAD}/status`;
const MEMBERS = 'GET /orgs/Codertocat/teams/core/members';
const REVIEWS = 'GET /pulls/2/reviews';
const CALENDAR = 'GET /contents/.github%2Fholidays.ics';
const QUERY = 'POST /graphql';
const FILES: Reply = () => [
  200,
  [
    { filename: 'a.ts', status: 'modified', additions: 7, deletions: 4 },
    { filename: 'new.ts', status: 'added', additions: 7, deletions: 4 },
    { filename: 'b.ts', status: 'renamed', previous_filename: 'old.ts', additions: 7, deletions: 4 },
  ],
];
const FORBIDDEN: Reply = () => [403, { message: 'Resource not accessible by integration' }];

const suite = (over: object = {}) => ({
  status: 'completed',
  conclusion: 'success',
  latest_check_runs_count: 1,
  app: { id: 15368 },
  ...over,
});
const statuses = (state?: string): Reply => {
  const count = state === undefined ? 0 : 2;
  return () => [200, { total_count: count, state: state ?? 'pending', statuses: [] }];
};
const suites = (...all: object[]): Reply => {
  return () => [200, { total_count: all.length, check_suites: all }];
};

interface Options {
  readonly top?: string;
  readonly action?: string;
  readonly draft?: boolean;
  readonly workbench?: Workbench;
}

async function judge(rule: string, routes: Readonly<Record<string, Reply>>, options: Options = {}) {
  const { top = '', action = 'synchronize', draft = false, workbench = createWorkbench() } = options;
  const { configuration, problems } = parseConfiguration(`reviewers: [{ files: ["**"], ${rule} }]\n${top}`);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  const rules = { outcome: 'found' as const, configuration };
  const calls = serve({ 'GET /pulls/2/files': FILES, ...routes });
  const event = payloadOf('opened');
  event.action = action;
  event.pull_request = { ...event.pull_request, draft, requested_reviewers: [] };
  const context = workbench.contextOf();
  const facts = await readFacts.handle(readFacts.input.parse({ event, rules }), context);
  const decision = await decide.handle(decide.input.parse({ facts, rules }), context);
  const asked = decision.reviewers.request.map(({ name }) => name);
  return { calls: calls.slice(1), facts, decision, asked };
}

const made = (calls: readonly { readonly call: string }[]) => calls.map(({ call }) => call);

describe('CI', () => {
  test.each<[string, object[], string]>([
    [
      'green where every suite is',
      [suite(), suite({ conclusion: 'neutral' }), suite({ conclusion: 'skipped' })],
      'green',
    ],
    ['pending while one is not done', [suite(), suite({ status: 'in_progress', conclusion: null })], 'pending'],
    ['failing as soon as one has failed', [suite({ conclusion: 'failure' }), suite({ status: 'queued' })], 'failing'],
    ['failing where one was cancelled', [suite({ conclusion: 'cancelled' })], 'failing'],
    ['pending where nothing has begun', [], 'pending'],
    ['what others say, not our own suite', [suite(), suite({ app: { id: 42 }, conclusion: 'failure' })], 'green'],
    [
      'no matter of suites in which nothing runs',
      [suite(), suite({ status: 'queued', conclusion: null, latest_check_runs_count: 0 })],
      'green',
    ],
  ])('is %s', async (_, given, state) => {
    const routes = { [SUITES]: suites(...given), [STATUS]: statuses() };
    const { calls, facts } = await judge('people: [ann], wait_for: ci', routes);
    expect(facts.ci).toBe(state);
    // Nothing makes what has failed green again.
    expect(made(calls)).toEqual(state === 'failing' ? [SUITES] : [SUITES, STATUS]);
  });

  const running = suite({ status: 'in_progress', conclusion: null });
  test.each<[string, object[], string | undefined, string]>([
    ['green by statuses alone', [], 'success', 'green'],
    ['green where checks and statuses are', [suite()], 'success', 'green'],
    ['pending while a status is', [suite()], 'pending', 'pending'],
    ['pending while a check is', [running], 'success', 'pending'],
    ['failing as soon as a status has failed', [running], 'failure', 'failing'],
    ['failing where a status is an error', [suite()], 'error', 'failing'],
    ['pending where there is neither', [], undefined, 'pending'],
  ])('is %s', async (_, checks, status, state) => {
    const routes = { [SUITES]: suites(...checks), [STATUS]: statuses(status) };
    expect((await judge('people: [ann], wait_for: ci', routes)).facts.ci).toBe(state);
  });

  test('is not known where statuses are not told, but for checks that have failed', async () => {
    const judged = (conclusion: string) =>
      judge('people: [ann], wait_for: ci', { [SUITES]: suites(suite({ conclusion })), [STATUS]: FORBIDDEN });
    expect((await judged('success')).facts.ci).toBeUndefined();
    nock.cleanAll();
    expect((await judged('failure')).facts.ci).toBe('failing');
  });

  test('costs no call where no rule asks for it', async () => {
    expect(made((await judge('people: [ann]', {})).calls)).toEqual([]);
  });

  test('that GitHub does not tell of holds the request back, and a problem says why', async () => {
    const { asked, decision } = await judge('people: [ann], wait_for: ci', { [SUITES]: FORBIDDEN });
    expect(asked).toEqual([]);
    expect(decision.problems).toEqual([expect.stringContaining('read checks and commit statuses) could not be read')]);
    expect(decision.reviewers.skip[0]?.reason).toBe('waits for green CI, which is not known');
  });
});

describe('the members of a team', () => {
  const person = (login: string, type = 'User') => ({ login, type });
  const members: Reply = () => [200, [person('ann'), person('robot', 'Bot'), person('Codertocat')]];
  const rule = 'teams: [Codertocat/core], expand: true';

  test('are read once for several pull requests', async () => {
    const workbench = createWorkbench();
    const first = await judge(rule, { [MEMBERS]: members }, { workbench });
    expect([made(first.calls), first.asked]).toEqual([[MEMBERS], ['ann']]);
    nock.cleanAll();
    const second = await judge(rule, {}, { workbench });
    expect([made(second.calls), second.asked]).toEqual([[], ['ann']]);
  });

  test('that GitHub does not tell: the team is asked, and a problem names the permission', async () => {
    const { asked, decision } = await judge(rule, { [MEMBERS]: FORBIDDEN });
    expect(asked).toEqual(['core']);
    expect(decision.problems).toEqual([expect.stringContaining('permission to read the organization’s members')]);
  });

  test('are not read for a draft', async () => {
    expect(made((await judge(rule, {}, { draft: true })).calls)).toEqual([]);
  });
});

describe('who has reviewed', () => {
  const review = (login: string, commit_id: string, over: object = {}) => ({
    user: { login, type: 'User' },
    state: 'APPROVED',
    commit_id,
    ...over,
  });
  const rule = 'people: [ann, bob, cid], again_on_push: true';

  test('is told by the last review of each, apps and unsent ones left out', async () => {
    const reviews: Reply = () => [
      200,
      [
        review('ann', 'old'),
        review('bob', 'old'),
        review('bob', HEAD),
        review('cid', 'old', { state: 'PENDING' }),
        review('robot', 'old', { user: { login: 'robot', type: 'Bot' } }),
        review('gone', 'old', { user: null }),
      ],
    ];
    const { calls, facts, decision } = await judge(rule, { [REVIEWS]: reviews });
    expect(made(calls)).toEqual([REVIEWS]);
    expect(facts.reviewed).toEqual([
      { login: 'ann', current: false },
      { login: 'bob', current: true },
    ]);
    expect(decision.reviewers.keep.map(({ name }) => name)).toEqual(['bob']);
    expect(decision.reviewers.request.map(({ name }) => name).sort()).toEqual(['ann', 'cid']);
  });

  test('is not read when the pull request has just been opened', async () => {
    expect(made((await judge(rule, {}, { action: 'opened' })).calls)).toEqual([]);
  });
});

describe('a request that a person took back', () => {
  const takenBack = async (workbench: Workbench, sender = { login: 'zoe', type: 'User' }) => {
    const { pull_request, repository } = payloadOf('opened');
    const event = {
      action: 'review_request_removed',
      requested_reviewer: { login: 'Ann' },
      sender,
      pull_request,
      repository,
    };
    await rememberOverride.handle(rememberOverride.input.parse({ event }), workbench.contextOf());
  };
  const rule = 'people: [ann, bob], count: 1, strategy: round-robin, again_on_push: true';
  const reviews: Reply = () => [200, [{ user: { login: 'ann', type: 'User' }, state: 'APPROVED', commit_id: 'old' }]];

  test('is not made again, by no event and no push; another is asked', async () => {
    const workbench = createWorkbench();
    await takenBack(workbench);
    for (const action of ['synchronize', 'reopened']) {
      const { asked, decision } = await judge(rule, { [REVIEWS]: reviews }, { action, workbench });
      expect(asked).toEqual(['bob']);
      expect(decision.reviewers.skip).toMatchObject([{ name: 'ann', reason: 'removed by zoe' }]);
      nock.cleanAll();
    }
  });

  test('is made again where it was an App that took it back', async () => {
    const workbench = createWorkbench();
    await takenBack(workbench, { login: 'other[bot]', type: 'Bot' });
    expect((await judge(rule, { [REVIEWS]: reviews }, { workbench })).asked).toEqual(['ann']);
  });
});

describe('expertise', () => {
  const rule = 'people: [ann, bob], count: 1, strategy: expertise';
  const nodes = (...logins: readonly (string | null)[]) => ({
    nodes: logins.map((login) => ({ author: { user: login === null ? null : { login } } })),
  });

  test('is one query, of the files that were there before, by the paths they had', async () => {
    const answer = { data: { repository: { object: { f0: nodes('bob', null), f1: nodes('bob', 'ann') } } } };
    const { calls, asked } = await judge(rule, { [QUERY]: () => [200, answer] });
    expect(made(calls)).toEqual([QUERY]);
    expect(calls[0]?.body).toMatchObject({
      query: expect.stringMatching(/^query FileHistories\(.*f1: history\(first: 10, path: \$p1\)/),
      variables: { owner: 'Codertocat', name: 'Hello-World', ref: 'refs/heads/master', p0: 'a.ts', p1: 'old.ts' },
    });
    expect(asked).toEqual(['bob']);
  });

  test('that GitHub refuses to tell keeps nobody from being asked', async () => {
    const refused = { data: { repository: null }, errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible' }] };
    const { asked, decision } = await judge(rule, { [QUERY]: () => [200, refused] });
    expect(asked).toHaveLength(1);
    expect(decision.problems).toEqual([expect.stringContaining('Who changed the files last could not be read')]);
  });
});

describe('with “busy: true”', () => {
  const status = (login: string, isBusy: boolean) => ({
    login,
    status: { indicatesLimitedAvailability: isBusy },
  });

  test('one query tells who is; whom GitHub does not know is not', async () => {
    const answer = {
      data: { u0: status('ann', true), u1: null, u2: { login: 'cid', status: null } },
      errors: [{ type: 'NOT_FOUND', path: ['u1'], message: 'Could not resolve to a User' }],
    };
    const rule = 'people: [ann, bob], fallback: [cid], count: 2';
    const { calls, asked } = await judge(rule, { [QUERY]: () => [200, answer] }, { top: 'busy: true' });
    expect(calls.map(({ body }) => body)).toMatchObject([{ variables: { u0: 'ann', u1: 'bob', u2: 'cid' } }]);
    expect(asked).toEqual(['bob', 'cid']);
  });
});

describe('holidays', () => {
  const top = 'holidays: .github/holidays.ics\nworkdays: { ann: [mon, tue, wed, thu, fri, sat, sun] }';
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const contents = (text: string): Reply => {
    const content = Buffer.from(text).toString('base64');
    return () => [200, { type: 'file', encoding: 'base64', size: text.length, content }];
  };

  test('come from the file of the base branch, read once', async () => {
    const text = `BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Feast\r\nDTSTART;VALUE=DATE:${today}\r\nEND:VEVENT\r\n`;
    const workbench = createWorkbench();
    const first = await judge('people: [ann]', { [CALENDAR]: contents(text) }, { top, workbench });
    expect([made(first.calls), first.decision.problems]).toEqual([[CALENDAR], []]);
    expect(first.decision.reviewers.request[0]?.reason).toContain('has a holiday, Feast');
    nock.cleanAll();
    expect(made((await judge('people: [ann]', {}, { top, workbench })).calls)).toEqual([]);
  });

  test.each<[string, Reply, string]>([
    ['is not there', () => [404, { message: 'Not Found' }], 'The holidays could not be read'],
    ['is no calendar', contents('hello'), '.github/holidays.ics: it does not begin with BEGIN:VCALENDAR'],
    ['is a folder', () => [200, []], 'it is no file of at most 64 KiB'],
  ])('whose file %s are none, and a problem says so', async (_, reply, problem) => {
    const { asked, decision } = await judge('people: [ann]', { [CALENDAR]: reply }, { top });
    expect(asked).toEqual(['ann']);
    expect(decision.problems).toEqual([expect.stringContaining(problem)]);
  });
});
