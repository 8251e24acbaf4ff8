/** What is done beside labels and reviews, as shipped: exact calls, in order, and none where no rule asks for it. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Call, createWorkbench, type Reply, serve, type Workbench } from './harness.ts';
import { payloadOf } from './payload.ts';
import { loadShipped, runShipped } from './run-shipped.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const pullRequest = loadShipped('pull-request.yaml');
const SUBJECT = '186853002/2';
const HEAD = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';
const NODE = payloadOf('opened').pull_request.node_id;

const RULES = `
assign:
  - { to: author, files: ["**"] }
  - { to: owners, files: ["**"] }
milestones: [{ name: "2.0", base: [master] }]
comments:
  - { name: welcome, text: "Hello @{author}, {title} goes into {base}: {labels}. {head}", title: "^Update" }
automerge: [{ method: squash, title: "^Update" }]
labels: []
`;

function contents(text: string): Reply {
  return () => [
    200,
    { type: 'file', encoding: 'base64', size: text.length, content: Buffer.from(text).toString('base64') },
  ];
}

function github(rules: string, over: Readonly<Record<string, Reply>> = {}): Readonly<Record<string, Reply>> {
  return {
    'GET /contents/.github%2Ffairlead.yml': contents(rules),
    'GET /contents/.github%2FCODEOWNERS': () => [404, { message: 'Not Found' }],
    'GET /contents/CODEOWNERS': contents('* @octo/team\n*.md @hubot @stranger\n'),
    'GET /pulls/2/files': () => [200, [{ filename: 'README.md', status: 'modified' }]],
    'POST /issues/2/assignees': () => [201, { assignees: [{ login: 'Codertocat' }, { login: 'hubot' }] }],
    'GET /milestones': () => [
      200,
      [
        { number: 1, title: '1.0' },
        { number: 7, title: '2.0' },
      ],
    ],
    'PATCH /issues/2': () => [200, {}],
    'POST /issues/2/comments': () => [201, { id: 99, html_url: 'https://github.com/c' }],
    'PATCH /issues/comments/99': () => [200, { id: 99, html_url: 'https://github.com/c' }],
    'DELETE /issues/comments/99': () => [204],
    'POST /graphql': () => [200, { data: {} }],
    'POST /check-runs': () => [201, { html_url: 'https://github.com/Codertocat/Hello-World/runs/4' }],
    ...over,
  };
}

function opened(over: object = {}) {
  const payload = payloadOf('opened');
  Object.assign(payload.pull_request, { requested_reviewers: [], labels: [], assignees: [], milestone: null }, over);
  return payload;
}

/** The calls after the rules were read, and what the check run says. */
async function run(workbench: Workbench, calls: readonly Call[], payload = opened()) {
  const before = calls.length;
  const { result } = await runShipped(workbench, pullRequest, payload);
  const made = calls.slice(before).filter(({ call }) => !call.includes('fairlead.yml'));
  const check = made.at(-1)?.body as { conclusion: string; output: { title: string; summary: string; text: string } };
  return { status: result.status, made, names: made.map(({ call }) => call), check };
}

describe('rules on what is beside labels and reviews', () => {
  test('are carried out in these calls, in this order, and told', async () => {
    const workbench = createWorkbench();
    const calls = serve(github(RULES));

    const { status, made, check } = await run(workbench, calls);

    expect(status).toBe('completed');
    expect(made.slice(0, -1)).toEqual([
      { call: 'GET /pulls/2/files', body: undefined },
      { call: 'GET /contents/.github%2FCODEOWNERS', body: undefined },
      { call: 'GET /contents/CODEOWNERS', body: undefined },
      {
        call: 'POST /issues/2/assignees',
        body: { assignees: expect.arrayContaining(['Codertocat', 'hubot', 'stranger']) },
      },
      { call: 'GET /milestones', body: undefined },
      { call: 'PATCH /issues/2', body: { milestone: 7 } },
      {
        call: 'POST /issues/2/comments',
        body: {
          body: expect.stringMatching(
            /^<!-- fairlead \S+ -->\nHello @Codertocat, `Update the README with new information\.` goes into `master`: –\. `changes`$/,
          ),
        },
      },
      {
        call: 'POST /graphql',
        body: {
          query: expect.stringContaining('enablePullRequestAutoMerge'),
          variables: { id: NODE, method: 'SQUASH', head: HEAD },
        },
      },
    ]);
    expect(check.output.title).toBe('5 other things done, 1 problem');
    expect(check.output.text).toContain('- `assign Codertocat`: `README.md matches **`');
    expect(check.output.summary).toContain('stranger is not assigned: GitHub lets them not be assigned here.');
    expect((await workbench.ledger.read('1', SUBJECT)).map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual([
      'assignee Codertocat',
      'assignee hubot',
      'automerge automerge',
      'comment rule/welcome',
      'milestone 2.0',
    ]);
  });

  test('ask for nothing twice', async () => {
    const workbench = createWorkbench();
    const calls = serve(github(RULES));
    await run(workbench, calls);
    const assignees = [{ login: 'Codertocat' }, { login: 'hubot' }, { login: 'stranger' }];
    const now = opened({ assignees, milestone: { title: '2.0' }, auto_merge: { merge_method: 'squash' } });
    expect((await run(workbench, calls, now)).names).toEqual(['GET /pulls/2/files', 'POST /check-runs']);
  });

  test('edit the comment when its words change, and take back what no longer holds', async () => {
    const workbench = createWorkbench();
    const calls = serve(github(RULES.replace('title: "^Update" }]', 'head: ["changes"] }]')));
    await run(workbench, calls);
    const done = { assignees: [{ login: 'Codertocat' }, { login: 'hubot' }, { login: 'stranger' }] };
    const on = { ...done, milestone: { title: '2.0' }, auto_merge: { merge_method: 'squash' } };

    const edited = await run(workbench, calls, opened({ ...on, title: 'Update everything' }));
    expect(edited.names).toEqual(['GET /pulls/2/files', 'PATCH /issues/comments/99', 'POST /check-runs']);

    const head = { ...payloadOf('opened').pull_request.head, ref: 'other' };
    const over = await run(workbench, calls, opened({ ...on, title: 'Another', head }));
    expect(over.made.slice(0, -1)).toMatchObject([
      { call: 'GET /pulls/2/files' },
      { call: 'DELETE /issues/comments/99' },
      { call: 'POST /graphql', body: { query: expect.stringContaining('disablePullRequestAutoMerge') } },
    ]);
    expect((await workbench.ledger.read('1', SUBJECT)).map(({ kind }) => kind)).not.toContain('automerge');
  });

  test('leave a comment that a person deleted away, until its rule changes', async () => {
    const workbench = createWorkbench();
    const gone = { 'PATCH /issues/comments/99': () => [404, { message: 'Not Found' }] } as const;
    const rules = 'comments: [{ name: a, text: "{title}", draft: false }]';
    const calls = serve(github(rules, gone as never));
    await run(workbench, calls);

    const first = await run(workbench, calls, opened({ title: 'Two' }));
    expect(first.names).toEqual(['GET /pulls/2/files', 'PATCH /issues/comments/99', 'POST /check-runs']);
    const second = await run(workbench, calls, opened({ title: 'Three' }));
    expect(second.names).toEqual(['GET /pulls/2/files', 'POST /check-runs']);
    expect(second.check.output.text).toMatch(/`comment a`: `deleted by a person on /);
  });

  test.each<[string, Reply, string]>([
    [
      'is not allowed in the repository',
      () => [200, { data: null, errors: [{ type: 'UNPROCESSABLE', message: 'Auto merge is not allowed' }] }],
      'Not done: automerge by squash: GitHub refuses it: Auto merge is not allowed',
    ],
    [
      'needs a permission that the App does not have',
      () => [200, { data: null, errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }] }],
      'The App needs the permission “Contents: write” for it',
    ],
  ])('tell where merging by itself %s, and do the rest', async (_, reply, message) => {
    const workbench = createWorkbench();
    const calls = serve(github(RULES, { 'POST /graphql': reply }));
    const { status, check } = await run(workbench, calls);
    expect(status).toBe('completed');
    expect(check.output.summary).toContain(message);
    expect(check.output.title).toContain('4 other things done');
    expect((await workbench.ledger.read('1', SUBJECT)).map(({ kind }) => kind)).not.toContain('automerge');
  });

  test('tell of a milestone that there is none of', async () => {
    const workbench = createWorkbench();
    const calls = serve(github('milestones: [{ name: "9.9", draft: false }]'));
    const { names, check } = await run(workbench, calls);
    expect(names).toEqual(['GET /pulls/2/files', 'GET /milestones', 'POST /check-runs']);
    expect(check.output.summary).toContain('There is no open milestone “9.9”.');
  });

  test.each<[string, string, Parameters<typeof createWorkbench>[0]]>([
    ['of the repository', `mode: dry-run\n${RULES}`, {}],
    ['of the whole bot', RULES, { dryRun: 'silent' }],
  ])('write nothing in a dry run %s but what they would do', async (_, rules, options) => {
    const workbench = createWorkbench(options);
    const calls = serve(github(rules));
    const { made, names, check } = await run(workbench, calls);
    expect(names.filter((name) => !name.startsWith('GET '))).toEqual(['POST /check-runs']);
    expect(made).toHaveLength(4);
    expect(check.output.text).toContain('### What would be done beside that');
    expect(check.output.text).toContain('- `automerge by squash`: ');
    expect(await workbench.ledger.read('1', SUBJECT)).toEqual([]);
  });

  test('leave a repository alone that has none: the files and the check run are all', async () => {
    const workbench = createWorkbench();
    const calls = serve(github('labels: []'));
    expect((await run(workbench, calls)).names).toEqual(['GET /pulls/2/files', 'POST /check-runs']);
  });

  test('leave hostile words inert, and fill a placeholder once', async () => {
    const workbench = createWorkbench();
    const calls = serve(github('comments: [{ name: a, text: "{title} {head}", draft: false }]'));
    const title = '{head} <img src=x> @everybody `x` <!-- fairlead -->';
    const { made } = await run(workbench, calls, opened({ title }));
    const comment = made.find(({ call }) => call === 'POST /issues/2/comments') as Call;
    expect((comment.body as { body: string }).body.split('\n')[1]).toBe(
      '`` {head} <img src=x> @everybody `x` <!-- fairlead --> `` `changes`',
    );
  });
});
