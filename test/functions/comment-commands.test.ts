/** The shipped workflow for commands over the real functions and GitHub client: exactly these calls, in this order. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answerCommands } from '../../functions/answer-commands.ts';
import { readReviewRequest } from '../../functions/read-review-request.ts';
import { renewReviewRequest } from '../../functions/renew-review-request.ts';
import { setAbsence } from '../../functions/set-absence.ts';
import { EVALUATION_REQUESTED, REVIEW_POSTPONED } from '../../src/events/catalogue.ts';
import { toEvent } from '../../src/source/translate.ts';
import { grantToken } from '../github/harness.ts';
import { createFastClock, createWorkbench, type Reply, serve, type Workbench } from './harness.ts';
import { loadShipped, runByEvents } from './run-shipped.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const commands = loadShipped('comment-commands.yaml');
const SUBJECT = '186853002/2';
const REPOSITORY = {
  id: 186853002,
  full_name: 'Codertocat/Hello-World',
  html_url: 'https://github.com/Codertocat/Hello-World',
};
const SHA = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';

const PULL = {
  state: 'open',
  user: { login: 'Codertocat' },
  base: { ref: 'master' },
  head: { sha: SHA },
  updated_at: '2026-11-21T10:00:00Z',
  requested_reviewers: [{ login: 'octocat' }],
};

interface Said {
  readonly by?: string;
  readonly association?: string;
  readonly configuration?: string;
  readonly replies?: Readonly<Record<string, Reply>>;
  readonly workbench?: Workbench;
  /** Whether GitHub is unwell when it is called so. */
  readonly fails?: (call: string) => boolean;
}

async function say(body: string, { by = 'octocat', association = 'MEMBER', configuration = '', ...more }: Said = {}) {
  const workbench = more.workbench ?? createWorkbench();
  const replies: Readonly<Record<string, Reply>> = {
    'GET /pulls/2': () => [200, PULL],
    'GET /contents/.github%2Ffairlead.yml': () => [
      200,
      {
        type: 'file',
        encoding: 'base64',
        size: configuration.length,
        content: Buffer.from(configuration).toString('base64'),
      },
    ],
    [`GET /collaborators/${by}/permission`]: () => [
      200,
      { permission: 'read', role_name: 'triage', user: { permissions: { pull: true, triage: true } } },
    ],
    'GET /labels/bug': () => [200, { name: 'bug' }],
    'POST /issues/2/labels': () => [200, []],
    'DELETE /issues/2/labels/wip': () => [404, { message: 'Label does not exist' }],
    'POST /issues/2/assignees': () => [201, { assignees: [{ login: by }] }],
    'DELETE /issues/2/assignees': () => [200, {}],
    'POST /pulls/2/requested_reviewers': () => [201, {}],
    [`GET /commits/${SHA}/check-runs`]: () => [200, { check_runs: [] }],
    'POST /issues/2/comments': () => [201, { id: 77, html_url: 'https://github.com/c/77' }],
    'POST /issues/comments/5/reactions': () => [201, {}],
    ...more.replies,
  };
  const unwell = Object.entries(replies).map(([call, reply]): [string, Reply] => [
    call,
    (...given) => (more.fails?.(call) ? [502, {}] : reply(...given)),
  ]);
  const calls = serve(Object.fromEntries(unwell));
  const payload = {
    action: 'created',
    comment: {
      id: 5,
      html_url: 'https://github.com/Codertocat/Hello-World/pull/2#issuecomment-5',
      body,
      user: { login: by, type: 'User' },
      author_association: association,
    },
    issue: { number: 2, pull_request: { url: 'https://api.github.com/repos/Codertocat/Hello-World/pulls/2' } },
    repository: REPOSITORY,
  };
  const event = toEvent({ name: 'issue_comment', id: 'd-1', payload }, { convention: 'knative', now: 0 });
  expect(commands.consumes?.filters.some((filter) => filter.matches(event))).toBe(true);
  const { result, events } = await runByEvents(workbench, commands, [event]);
  const bodyOf = (wanted: string) => calls.findLast(({ call }) => call === wanted)?.body as Record<string, unknown>;
  const ledger = await workbench.ledger.read('1', SUBJECT);
  return { result, events, ledger, calls: calls.map(({ call }) => call), bodyOf, workbench };
}

/** The wire without what was said on it before, and with a token. */
function startAnew() {
  nock.cleanAll();
  grantToken('1', 'of-1', Date.now() + 86_400_000);
}

describe('a run is started', () => {
  const isStarted = (body: unknown, change: object = {}) => {
    const comment = { body, user: { login: 'octocat', type: 'User' } };
    const payload = {
      action: 'created',
      issue: { number: 2, pull_request: {} },
      comment,
      repository: REPOSITORY,
      ...change,
    };
    const event = toEvent({ name: 'issue_comment', id: 'd', payload }, { convention: 'knative', now: 0 });
    return commands.consumes?.filters.some((filter) => filter.matches(event));
  };

  test.each(['/hold', 'so\r\n/HOLD', 'so\n/review-later 3d'])('by %j', (body) => {
    expect(isStarted(body)).toBe(true);
  });

  test.each([
    ['by a comment without a command', 'thanks, see a/label or https://x/why'],
    ['by another bot’s command', '/ok-to-test'],
    ['by an empty comment', ''],
    ['by none', null],
    ['by the longest comment of lines', '\n'.repeat(65_536)],
    ['by the longest comment of what is nearly a command', '\n/labe'.repeat(10_922)],
    ['by the longest comment of words', 'lorem ipsum dolor\n'.repeat(3_640)],
  ])('%s: false', (_, body) => {
    expect(isStarted(body)).toBe(false);
  });

  test.each([
    ['on an issue', { issue: { number: 2 } }],
    ['by an App', { comment: { body: '/hold', user: { login: 'x[bot]', type: 'Bot' } } }],
    ['by nobody', { comment: { body: '/hold', user: null } }],
    ['by an edit', { action: 'edited' }],
  ])('%s: false', (_, change) => {
    expect(isStarted('/hold', change)).toBe(false);
  });
});

const READ = ['GET /pulls/2', 'GET /contents/.github%2Ffairlead.yml'];
const PERMISSION = 'GET /collaborators/octocat/permission';
const REACTION = 'POST /issues/comments/5/reactions';
const COMMENT = 'POST /issues/2/comments';

describe('a comment', () => {
  test('that asks for labels: who says it, that the label exists, the change, the reaction', async () => {
    const { result, calls, bodyOf, ledger } = await say('/label bug\n/unlabel wip\n/hold');
    expect(result.status).toBe('completed');
    expect(calls).toEqual([
      ...READ,
      PERMISSION,
      'GET /labels/bug',
      'POST /issues/2/labels',
      'DELETE /issues/2/labels/wip',
      REACTION,
    ]);
    expect(bodyOf('POST /issues/2/labels')).toEqual({ labels: ['bug', 'do-not-merge/hold'] });
    expect(bodyOf(REACTION)).toEqual({ content: '+1' });
    expect(ledger).toMatchObject([{ kind: 'label', name: 'wip', state: 'refused', reason: 'removed by octocat' }]);
  });

  test('that asks for people', async () => {
    const { calls, bodyOf, ledger } = await say('/assign\n/unassign @hubot\n/cc @monalisa @o/core @codertocat');
    expect(calls).toEqual([
      ...READ,
      PERMISSION,
      'POST /issues/2/assignees',
      'DELETE /issues/2/assignees',
      'POST /pulls/2/requested_reviewers',
      REACTION,
      COMMENT,
    ]);
    expect(bodyOf('POST /issues/2/assignees')).toEqual({ assignees: ['octocat'] });
    expect(bodyOf('DELETE /issues/2/assignees')).toEqual({ assignees: ['hubot'] });
    expect(bodyOf('POST /pulls/2/requested_reviewers')).toEqual({ reviewers: ['monalisa'], team_reviewers: ['core'] });
    expect(bodyOf(COMMENT)).toMatchObject({ body: expect.stringContaining('- `codertocat: is the author`') });
    expect(ledger).toMatchObject([
      { kind: 'assignee', name: 'hubot', state: 'refused' },
      { kind: 'comment', name: 'commands', reference: '77' },
    ]);
  });

  test('that says something of whoever says it: two calls and the reaction', async () => {
    const { calls, events, ledger } = await say('/review-later 3d\n/away off');
    expect(calls).toEqual([...READ, REACTION]);
    expect(events).toMatchObject([{ type: REVIEW_POSTPONED, data: { number: 2, reviewer: 'octocat', hours: 72 } }]);
    expect(ledger).toMatchObject([{ kind: 'postponement', name: 'octocat' }]);
  });

  test('that asks to retry publishes the event that starts the evaluation', async () => {
    const { calls, events } = await say('/retry', { by: 'Codertocat', association: 'CONTRIBUTOR' });
    expect(calls).toEqual([...READ, REACTION]);
    expect(events).toMatchObject([
      {
        type: EVALUATION_REQUESTED,
        tenant: '1',
        subject: '2',
        data: { reason: '/retry by Codertocat', pull_request: { head: { sha: SHA } }, repository: REPOSITORY },
      },
    ]);
  });

  test('that asks why: the check run, and a comment', async () => {
    const run = {
      html_url: 'https://github.com/runs/4',
      output: { title: '1 label added', summary: 'By the rules', text: '### Labels added' },
    };
    const checks = { [`GET /commits/${SHA}/check-runs`]: () => [200, { check_runs: [run] }] as const };
    const { calls, bodyOf } = await say('/why', { by: 'stranger', association: 'NONE', replies: checks });
    expect(calls).toEqual([...READ, `GET /commits/${SHA}/check-runs`, COMMENT, REACTION]);
    expect(bodyOf(COMMENT)).toMatchObject({
      body: expect.stringMatching(/\*\*1 label added\*\*.*\n\nBy the rules\n\n### Labels added$/),
    });
  });

  test('that asks why where there is no check run is told so', async () => {
    const { bodyOf } = await say('/why');
    expect(bodyOf(COMMENT)).toMatchObject({
      body: expect.stringMatching(/the check run `fairlead`, and the commit `ec26c3e` has none/),
    });
  });

  test('of a member of a team that the configuration names', async () => {
    const { calls } = await say('/label bug', {
      configuration: 'commands: { label: "team:core" }',
      replies: { 'GET /orgs/Codertocat/teams/core/memberships/octocat': () => [200, { state: 'active' }] },
    });
    expect(calls).toEqual([
      ...READ,
      'GET /orgs/Codertocat/teams/core/memberships/octocat',
      'GET /labels/bug',
      'POST /issues/2/labels',
      REACTION,
    ]);
  });

  test('that asks for help is told what there is, and for whom', async () => {
    const configuration = 'commands: { assign: nobody, label: ["team:core", triage] }';
    const { bodyOf } = await say('/fairlead help', { by: 'stranger', association: 'NONE', configuration });
    const { body } = bodyOf(COMMENT);
    expect(body).toContain(
      '| `/label NAME, NAME` | puts labels on; they stay, whatever the rules say | `team:core`, `triage` |',
    );
    expect(body).not.toContain('/assign');
  });

  test('answered before has that answer edited, and a deleted one written anew', async () => {
    const { workbench } = await say('/fairlead help');
    startAnew();
    const edit = { 'PATCH /issues/comments/77': () => [200, { html_url: 'https://github.com/c/77' }] as const };
    const second = await say('/fairlead help', { workbench, replies: edit });
    expect(second.calls).toEqual(['GET /pulls/2', REACTION, 'PATCH /issues/comments/77']);
    startAnew();
    const gone = { 'PATCH /issues/comments/77': () => [404, { message: 'Not Found' }] as const };
    const third = await say('/fairlead help', { workbench, replies: gone });
    expect(third.calls).toEqual(['GET /pulls/2', REACTION, 'PATCH /issues/comments/77', COMMENT]);
  });
});

describe('nothing is changed', () => {
  test.each([
    ['by a quotation', '```\n/label bug\n```', {}, []],
    [
      'in a dry run of the installation',
      '/label bug',
      { workbench: () => createWorkbench({ dryRun: 'announced' }) },
      [],
    ],
    ['in a dry run of the repository', '/label bug', { configuration: 'mode: dry-run' }, READ],
    ['by what is for nobody', '/label bug', { configuration: 'commands: { label: nobody }' }, READ],
  ] as const)(
    '%s, and nothing answered',
    async (_, body, {
      workbench,
      ...said
    }: Partial<{ workbench: () => Workbench; configuration: string }>, expected) => {
      const { calls, ledger } = await say(body, {
        ...said,
        ...(workbench === undefined ? {} : { workbench: workbench() }),
      });
      expect(calls).toEqual(expected);
      expect(ledger).toEqual([]);
    },
  );

  test.each([
    ['by a stranger', '/label bug', { by: 'stranger', association: 'NONE' }, '/label is for triage'],
    ['where the configuration has errors', '/label bug', { configuration: 'labels: 7' }, 'has errors'],
    [
      'of a privileged label by whoever may not write',
      '/label ok-to-test',
      { configuration: 'privileged: ["ok-*"]' },
      '/label is for write',
    ],
  ] as const)('%s, and the answer says why', async (_, body, said, why) => {
    const permission = { 'GET /collaborators/stranger/permission': () => [404, { message: 'Not Found' }] as const };
    const { calls, bodyOf } = await say(body, { replies: permission, ...said });
    expect(calls.filter((call) => !call.startsWith('GET '))).toEqual([REACTION, COMMENT]);
    expect(bodyOf(REACTION)).toEqual({ content: 'confused' });
    expect(bodyOf(COMMENT)).toMatchObject({ body: expect.stringContaining(why) });
  });
});

test('a closed pull request is not judged again', async () => {
  const closed = { 'GET /pulls/2': () => [200, { ...PULL, state: 'closed' }] as const };
  const { events, bodyOf } = await say('/retry', { replies: closed });
  expect(events).toEqual([]);
  expect(bodyOf(COMMENT)).toMatchObject({ body: expect.stringContaining('/retry: the pull request is closed') });
});

describe('what GitHub refuses', () => {
  test('is told, and keeps nothing else from being done', async () => {
    const { result, calls, bodyOf } = await say('/label bug, none\n/assign @hubot', {
      replies: {
        'GET /labels/none': () => [404, { message: 'Not Found' }],
        'POST /issues/2/labels': () => [403, { message: 'Resource not accessible by integration' }],
      },
    });
    expect(result.status).toBe('completed');
    expect(calls.slice(3)).toEqual([
      'GET /labels/bug',
      'GET /labels/none',
      'POST /issues/2/labels',
      'POST /issues/2/assignees',
      REACTION,
      COMMENT,
    ]);
    const { body } = bodyOf(COMMENT);
    expect(body).toContain('“none” was not found');
    expect(body).toContain('bug: not put on');
    expect(body).toContain('hubot: GitHub lets them not be assigned here');
  });

  test('for now only, at every call once, is asked again until all is done, each thing to the same effect', async () => {
    const failed = new Set<string>();
    const calm = await say('/label bug\n/unlabel wip\n/assign\n/cc @monalisa\n/why');
    startAnew();
    const once = (call: string) => !failed.has(call) && failed.add(call) !== undefined;
    const stormy = await say('/label bug\n/unlabel wip\n/assign\n/cc @monalisa\n/why', {
      workbench: createWorkbench({ clock: createFastClock() }),
      fails: once,
      replies: { 'GET /issues/2/comments': () => [200, []] },
    });
    expect(stormy.result.status).toBe('completed');
    const looked = 'GET /issues/2/comments';
    expect([...failed].toSorted()).toEqual([...calm.calls, looked].toSorted());
    expect([...new Set(stormy.calls)].filter((call) => call !== looked)).toEqual(calm.calls);
    const plain = ({ kind, name, state }: (typeof calm.ledger)[number]) => ({ kind, name, state });
    expect(stormy.ledger.map(plain)).toEqual(calm.ledger.map(plain));
  });

  test('of the answer itself undoes nothing', async () => {
    const refuse = () => [403, { message: 'Resource not accessible by integration' }] as const;
    const { result } = await say('/hold\n/label', { replies: { [REACTION]: refuse, [COMMENT]: refuse } });
    expect(result).toMatchObject({ status: 'completed' });
  });
});

test('after an uncertain try, an answer is looked for by its mark and not written twice', async () => {
  const input = {
    pullRequest: { repository: { id: REPOSITORY.id, fullName: REPOSITORY.full_name }, number: 2 },
    comment: { id: 5, url: 'https://github.com/c/5', login: 'octocat' },
    problems: ['x'],
    help: null,
  };
  const bodies: string[] = [];
  const workbench = createWorkbench();
  const calls = serve({
    [REACTION]: () => [200, {}],
    [COMMENT]: ({ body }: { body: string }) => {
      bodies.push(body);
      return [502, {}];
    },
    'GET /issues/2/comments': () => [
      200,
      [
        { id: 1, body: '<!-- fairlead of somebody else -->' },
        { id: 9, body: bodies[0], html_url: 'https://github.com/c/9' },
      ],
    ],
  });
  await expect(answerCommands.handle(input, workbench.contextOf())).rejects.toMatchObject({ retryable: true });
  await answerCommands.handle(input, workbench.contextOf({ uncertain: true }));
  expect(calls.map(({ call }) => call)).toEqual([REACTION, COMMENT, REACTION, 'GET /issues/2/comments']);
  expect(await workbench.ledger.read('1', SUBJECT)).toMatchObject([{ kind: 'comment', reference: '9' }]);

  // Once it is known, it is looked at: what it says already is no edit.
  nock.cleanAll();
  const looks = serve({
    [REACTION]: () => [200, {}],
    'GET /issues/comments/9': () => [200, { id: 9, body: bodies[0] }],
  });
  await answerCommands.handle(input, workbench.contextOf({ uncertain: true }));
  expect(looks.map(({ call }) => call)).toEqual([REACTION, 'GET /issues/comments/9']);
});

describe('a review put off', () => {
  const pullRequest = { repository: { id: REPOSITORY.id, fullName: REPOSITORY.full_name }, number: 2 };
  const asked = { pullRequest, reviewer: 'Octocat', until: '2026-11-24T10:00:00.000Z' };
  const open = { state: 'open', requested_reviewers: [{ login: 'octocat' }] };

  test.each([
    ['is wanted as long as it is asked for', 200, open, true],
    ['is not once it is there', 200, { ...open, requested_reviewers: [] }, false],
    ['is not of a closed pull request', 200, { ...open, state: 'closed' }, false],
    ['is not where all is gone', 404, { message: 'Not Found' }, false],
  ])('%s', async (_, status, answer, isWanted) => {
    const workbench = createWorkbench();
    serve({ 'GET /pulls/2': () => [status, answer] });
    expect(await readReviewRequest.handle(asked, workbench.contextOf())).toEqual({ isWanted });
  });

  test('once more is not asked for by the first time, and asks GitHub nothing', async () => {
    const workbench = createWorkbench();
    const calls = serve({});
    const later = { kind: 'postponement', name: 'octocat', state: 'ours', reason: '', at: 0 } as const;
    await workbench.ledger.write('1', SUBJECT, [{ ...later, reference: '2026-11-25T10:00:00.000Z' }]);
    expect(await readReviewRequest.handle(asked, workbench.contextOf())).toEqual({ isWanted: false });
    expect(calls).toEqual([]);
  });

  test('is asked for again by taking the request back first, and twice does the same', async () => {
    const workbench = createWorkbench();
    const path = '/pulls/2/requested_reviewers';
    const calls = serve({ [`DELETE ${path}`]: () => [200, {}], [`POST ${path}`]: () => [201, {}] });
    await renewReviewRequest.handle(asked, workbench.contextOf());
    await renewReviewRequest.handle(asked, workbench.contextOf({ uncertain: true }));
    const once = [`DELETE ${path}`, `POST ${path}`].map((call) => ({ call, body: { reviewers: ['Octocat'] } }));
    expect(calls).toEqual([...once, ...once]);
  });
});

test('an absence replaces the one before, and one that is over is forgotten by the way', async () => {
  const workbench = createWorkbench();
  const set = (login: string, until: string | null, today = '2026-11-21') =>
    setAbsence.handle({ login, until, today }, workbench.contextOf());
  const kept = async () =>
    (await workbench.ledger.read('1', 'absences')).map(({ name, reference }) => `${name} ${reference}`);
  await set('octocat', '2026-11-21');
  await set('Octocat', '2026-11-22');
  await set('hubot', '2026-12-03');
  expect(await kept()).toEqual(['Octocat 2026-11-22', 'hubot 2026-12-03']);
  await set('monalisa', '2026-12-24', '2026-11-24');
  expect(await kept()).toEqual(['hubot 2026-12-03', 'monalisa 2026-12-24']);
  await set('HUBOT', null);
  expect(await kept()).toEqual(['monalisa 2026-12-24']);
});
