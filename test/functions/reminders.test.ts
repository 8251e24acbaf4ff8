/** Reviewers who do not answer: the exact calls of each act, and what is kept. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findSilent } from '../../functions/find-silent.ts';
import { markOverdue } from '../../functions/mark-overdue.ts';
import { planReminders } from '../../functions/plan-reminders.ts';
import { remindReviewers } from '../../functions/remind-reviewers.ts';
import { requestReviewers } from '../../functions/request-reviewers.ts';
import { evaluationRequestedData, verifiedData } from '../../src/events/catalogue.ts';
import { OVERDUE_REFERENCE } from '../../src/rules/standing.ts';
import { createWorkbench, type Reply, serve } from './harness.ts';
import { payloadOf } from './payload.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const pull = payloadOf('opened').pull_request;
const repository = {
  id: 186853002,
  fullName: 'Codertocat/Hello-World',
  url: 'https://github.com/Codertocat/Hello-World',
};
const pullRequest = { repository, number: 2 };
const ann = { kind: 'person' as const, name: 'ann', reason: 'has not answered for 8 hours of work' };
const core = { kind: 'team' as const, name: 'core', reason: 'has not answered for 8 hours of work' };
const COMMENTS = '/issues/2/comments';
const REVIEWERS = '/pulls/2/requested_reviewers';

function present(over: object = {}): Reply {
  return () => [200, { ...pull, requested_reviewers: [{ login: 'Ann' }, { login: 'zoe' }], ...over }];
}

describe('who has not answered', () => {
  async function find(reply: Reply, postponedUntil?: string) {
    const workbench = createWorkbench();
    if (postponedUntil !== undefined) {
      const entry = { kind: 'postponement', name: 'ann', state: 'ours', reason: 'said by themselves', at: 0 } as const;
      await workbench.ledger.write('1', '186853002/2', [{ ...entry, reference: postponedUntil }]);
    }
    const calls = serve({ 'GET /pulls/2': reply });
    const asked = { people: ['ann', 'bob'], teams: ['core'] };
    const input = findSilent.input.parse({ pullRequest, asked, waited: '8 hours of work' });
    const found = await findSilent.handle(input, workbench.contextOf());
    expect(calls).toHaveLength(1);
    return found;
  }

  test('are those of whom it is still asked, and chats are told in the form of a verified event', async () => {
    const { silent, overdue } = await find(present({ requested_teams: [{ slug: 'core' }, { slug: 'docs' }] }));
    expect(silent).toEqual([{ ...ann, name: 'Ann' }, core]);
    expect(verifiedData.parse(overdue)).toMatchObject({
      number: 2,
      reviewers: { kept: [{ name: 'Ann' }, { name: 'Codertocat/core' }] },
      problems: ['Ann has not answered for 8 hours of work', 'Codertocat/core has not answered for 8 hours of work'],
    });
  });

  test.each<[string, Reply, string | undefined]>([
    ['the pull request is closed', present({ state: 'closed' }), undefined],
    ['it has become a draft', present({ draft: true }), undefined],
    ['all have answered', present({ requested_reviewers: [] }), undefined],
    ['they have put it off', present(), '2999-01-01T00:00:00Z'],
  ])('is nobody where %s', async (_, reply, postponedUntil) => {
    expect(await find(reply, postponedUntil)).toEqual({ silent: [], overdue: null });
  });

  test('is somebody again once the time they asked for is over', async () => {
    expect((await find(present(), '2020-01-01T00:00:00Z')).silent).toHaveLength(1);
  });
});

describe('a reminder', () => {
  const input = (...silent: object[]) =>
    remindReviewers.input.parse({ pullRequest, silent, waited: '8 hours of work' });

  test('is one comment that mentions them', async () => {
    const calls = serve({ [`POST ${COMMENTS}`]: () => [201, { html_url: 'https://github.com/c/1' }] });
    const context = createWorkbench().contextOf();
    expect(await remindReviewers.handle(input(ann, core), context)).toEqual({ commentUrl: 'https://github.com/c/1' });
    expect(calls).toEqual([
      {
        call: `POST ${COMMENTS}`,
        body: {
          body: '@ann, @Codertocat/core: your review is awaited, for 8 hours of work now.\n\n<!-- fairlead:reminder run/task -->',
        },
      },
    ]);
  });

  test('mentions nothing that is no name', async () => {
    const calls = serve({ [`POST ${COMMENTS}`]: () => [201, {}] });
    await remindReviewers.handle(input({ ...ann, name: 'x @everybody](http://evil)' }), createWorkbench().contextOf());
    expect(calls[0]?.body).toMatchObject({ body: expect.stringMatching(/^`x @everybody\]\(http:\/\/evil\)`: /) });
  });

  test('is found again after an uncertain try', async () => {
    const body = 'x\n<!-- fairlead:reminder run/task -->';
    const calls = serve({ [`GET ${COMMENTS}`]: () => [200, [{ body, html_url: 'https://github.com/c/1' }]] });
    const context = createWorkbench().contextOf({ uncertain: true });
    expect(await remindReviewers.handle(input(ann), context)).toEqual({ commentUrl: 'https://github.com/c/1' });
    expect(calls.map(({ call }) => call)).toEqual([`GET ${COMMENTS}`]);
  });

  test('of nobody is no call', async () => {
    const calls = serve({});
    await remindReviewers.handle(input(), createWorkbench().contextOf());
    expect(calls).toEqual([]);
  });
});

test('who is overdue is kept, and the pull request is judged again', async () => {
  const workbench = createWorkbench();
  serve({ 'GET /pulls/2': present() });
  const given = markOverdue.input.parse({ pullRequest, silent: [ann, core] });
  const { request } = await markOverdue.handle(given, workbench.contextOf());
  expect(evaluationRequestedData.parse(request)).toMatchObject({ number: 2, reason: 'no answer by ann, core' });
  expect(await workbench.ledger.read('1', '186853002/2')).toMatchObject([
    { kind: 'reviewer', name: 'ann', state: 'refused', reason: ann.reason, reference: OVERDUE_REFERENCE },
    { kind: 'team', name: 'core', state: 'refused' },
  ]);
});

describe('a request is taken back', () => {
  const bob = { kind: 'person' as const, name: 'bob', reason: 'owns it' };
  const give = (reply: Reply) => {
    const reviewers = { request: [bob], keep: [], skip: [], release: [ann] };
    const calls = serve({ [`POST ${REVIEWERS}`]: reply, [`DELETE ${REVIEWERS}`]: () => [200, {}] });
    const input = requestReviewers.input.parse({ pullRequest: { ...pullRequest, author: { login: 'x' } }, reviewers });
    return { calls, done: requestReviewers.handle(input, createWorkbench().contextOf()) };
  };

  test('once another is asked in its place', async () => {
    const { calls, done } = give(() => [201, {}]);
    await done;
    expect(calls).toEqual([
      { call: `POST ${REVIEWERS}`, body: { reviewers: ['bob'], team_reviewers: [] } },
      { call: `DELETE ${REVIEWERS}`, body: { reviewers: ['ann'], team_reviewers: [] } },
    ]);
  });

  test('not where GitHub refuses the other', async () => {
    const { calls, done } = give(() => [422, { message: 'Reviews may only be requested from collaborators' }]);
    await done;
    expect(calls.map(({ call }) => call)).toEqual([`POST ${REVIEWERS}`]);
  });
});

describe('the plan', () => {
  const contents = (text: string): Reply => {
    const content = Buffer.from(text).toString('base64');
    return () => [200, { type: 'file', encoding: 'base64', size: text.length, content }];
  };
  async function plan(rules: string) {
    serve({ 'GET /contents/.github%2Ffairlead.yml': contents(rules) });
    const requested = [
      { name: 'ann', reason: '' },
      { name: 'Codertocat/core', reason: '' },
    ];
    const at = '2026-11-20T16:00:00Z';
    const input = planReminders.input.parse({ pullRequest: { ...pullRequest, base: 'master' }, requested, at });
    return planReminders.output.parse(await planReminders.handle(input, createWorkbench().contextOf()));
  }

  test('has the configured rounds, in hours of work', async () => {
    const rules =
      'reminders: { after: 2h, by: chat, next: escalate, next_after: 90m, escalate_to: [zoe, octo/leads] }\n';
    expect(await plan(rules)).toEqual({
      asked: { people: ['ann'], teams: ['core'] },
      by: 'chat',
      // An hour of Friday is left, then one of Monday, until ten.
      rounds: [
        { act: 'remind', wait: `PT${66 * 3600}S`, waited: '2 hours of work' },
        { act: 'escalate', wait: `PT${90 * 60}S`, waited: '210 minutes of work' },
      ],
      escalateTo: [
        { kind: 'person', name: 'zoe', reason: 'others did not answer in time' },
        { kind: 'team', name: 'leads', reason: 'others did not answer in time' },
      ],
    });
  });

  test('is empty where nothing is configured', async () => {
    expect((await plan('labels: []\n')).rounds).toEqual([]);
  });
});
