/** The workflow as it is shipped, run by the real runtime over the real functions and GitHub client; only the wire is fake. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FUNCTIONS } from '../../functions/index.ts';
import { EVALUATION_REQUESTED, evaluationRequestedData, VERIFIED, verifiedData } from '../../src/events/catalogue.ts';
import type { Event } from '../../src/events/event.ts';
import { createLocalCaller } from '../../src/house/local-caller.ts';
import { toEvent } from '../../src/source/translate.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import { runWorkflow } from '../../src/workflow/run-workflow.ts';
import { type Call, createFastClock, createWorkbench, type Reply, serve, type Workbench } from './harness.ts';
import { payloadOf } from './payload.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const pullRequest = load('pull-request.yaml');
const humanOverride = load('human-override.yaml');

function load(name: string): Definition {
  const file = join(import.meta.dirname, '../../workflows', name);
  const { definition, problems } = loadDefinition(readFileSync(file, 'utf8'), { file });
  if (definition === undefined) throw new Error(JSON.stringify(problems));
  return definition;
}

async function run(
  workbench: Workbench,
  definition: Definition,
  payload: Readonly<Record<string, unknown>>,
  tenant = '1',
) {
  const events: Event[] = [];
  const event = toEvent(
    { name: 'pull_request', id: 'd-1', payload },
    { convention: 'knative', now: workbench.clock.now() },
  );
  const result = await runWorkflow(definition, definition.toRunInput([event]), {
    tenant,
    clock: workbench.clock,
    caller: createLocalCaller({ functions: FUNCTIONS, toContext: workbench.toContext }),
    onEvent: (emitted) => {
      events.push(emitted);
    },
  });
  const verified = events.find(({ type }) => type === VERIFIED);
  return { result, events, verified, data: verified && verifiedData.parse(verified.data) };
}

/** Of GitHub's example. */
const HEAD = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';

const CONFIGURATION = `
labels:
  - { label: documentation, color: 0075ca, files: ["**/*.md"] }
  - { label: source, files: ["src/**"] }
reviewers:
  - { files: ["**"], people: [Codertocat, hubot], teams: [core] }
`;

function contents(text: string): Reply {
  return () => [
    200,
    { type: 'file', encoding: 'base64', size: text.length, content: Buffer.from(text).toString('base64') },
    { etag: '"1"' },
  ];
}

function github(over: Readonly<Record<string, Reply>> = {}) {
  return {
    'GET /contents/.github%2Ffairlead.yml': contents(CONFIGURATION),
    'GET /pulls/2/files': () => [200, [{ filename: 'README.md', status: 'modified' }]],
    'POST /issues/2/labels': (body: { labels: string[] }) => [
      200,
      body.labels.map((name) => ({ name, color: 'd73a4a' })),
    ],
    'POST /pulls/2/requested_reviewers': () => [201, {}],
    [`GET /commits/${HEAD}/check-runs`]: () => [200, { check_runs: [] }],
    'POST /check-runs': () => [201, { html_url: 'https://github.com/Codertocat/Hello-World/runs/4' }],
    ...over,
  } as Readonly<Record<string, Reply>>;
}

const made = (calls: readonly Call[]) => calls.map(({ call }) => call);

/** The example without what somebody did to it before. */
function opened(action = 'opened') {
  const payload = payloadOf(action);
  payload.pull_request.requested_reviewers = [];
  return payload;
}

describe('an opened pull request', () => {
  test('is labelled, reviewed, explained and announced in four calls, in this order', async () => {
    const workbench = createWorkbench();
    const calls = serve(github());
    const context = workbench.contextOf();
    await context.readConfiguration(context.github, {
      tenant: '1',
      repository: { id: 186853002, fullName: 'Codertocat/Hello-World' },
      base: 'master',
    });

    const { result, verified } = await run(workbench, pullRequest, opened());

    expect(result).toMatchObject({ status: 'completed' });
    expect(calls.slice(1)).toEqual([
      { call: 'GET /pulls/2/files', body: undefined },
      { call: 'POST /issues/2/labels', body: { labels: ['documentation'] } },
      { call: 'POST /pulls/2/requested_reviewers', body: { reviewers: ['hubot'], team_reviewers: ['core'] } },
      {
        call: 'POST /check-runs',
        body: expect.objectContaining({
          name: 'fairlead',
          head_sha: HEAD,
          status: 'completed',
          conclusion: 'success',
          external_id: expect.stringContaining('report'),
        }),
      },
    ]);
    expect(verified).toMatchObject({ source: 'https://github.com/Codertocat/Hello-World', subject: '2' });
  });

  test('yields a verified event with every label and reviewer and why', async () => {
    const workbench = createWorkbench();
    serve(github());

    const { data } = await run(workbench, pullRequest, opened());

    const reason = 'README.md matches **/*.md';
    expect(data).toEqual({
      repository: {
        id: 186853002,
        fullName: 'Codertocat/Hello-World',
        url: 'https://github.com/Codertocat/Hello-World',
      },
      number: 2,
      title: 'Update the README with new information.',
      url: 'https://github.com/Codertocat/Hello-World/pull/2',
      author: { login: 'Codertocat', url: 'https://github.com/Codertocat' },
      draft: false,
      base: 'master',
      head: { ref: 'changes', sha: HEAD },
      action: 'opened',
      labels: { added: [{ name: 'documentation', reason }], removed: [], kept: [] },
      reviewers: {
        requested: [
          { name: 'Codertocat/core', reason: 'README.md matches **' },
          { name: 'hubot', reason: 'README.md matches **' },
        ],
        kept: [],
        skipped: [{ name: 'Codertocat', reason: 'is the author' }],
      },
      problems: [],
      checkRunUrl: 'https://github.com/Codertocat/Hello-World/runs/4',
      durationMs: expect.any(Number),
    });
  });

  test('with no changed file ends well', async () => {
    const workbench = createWorkbench();
    const calls = serve(github({ 'GET /pulls/2/files': () => [200, []] }));

    const { result, data } = await run(workbench, pullRequest, opened());

    expect(result.status).toBe('completed');
    expect(made(calls)).toEqual(['GET /contents/.github%2Ffairlead.yml', 'GET /pulls/2/files', 'POST /check-runs']);
    expect(data?.labels).toEqual({ added: [], removed: [], kept: [] });
  });

  test('waits for a GitHub that is not well, and nothing is lost', async () => {
    const clock = createFastClock();
    const workbench = createWorkbench({ clock });
    let failures = 4;
    const calls = serve(
      github({
        'GET /pulls/2/files': () => (failures-- > 0 ? [502, {}] : [200, [{ filename: 'a.md', status: 'added' }]]),
      }),
    );
    const startedAt = clock.now();

    const { result, data } = await run(workbench, pullRequest, opened());

    expect(result.status).toBe('completed');
    expect(data?.labels.added).toHaveLength(1);
    expect(made(calls).filter((call) => call === 'POST /issues/2/labels')).toHaveLength(1);
    expect(clock.now() - startedAt).toBeGreaterThan(5_000);
  });

  test('in a repository that hides from us ends as a fault, without a verified event, and a check run says so', async () => {
    const workbench = createWorkbench();
    const calls = serve(github({ 'GET /pulls/2/files': () => [404, { message: 'Not Found' }] }));

    const { result, verified } = await run(workbench, pullRequest, opened());

    expect(result).toMatchObject({ status: 'faulted', fault: { status: 404, title: 'github.not_found' } });
    expect(verified).toBeUndefined();
    expect(made(calls)).toEqual(['GET /contents/.github%2Ffairlead.yml', 'GET /pulls/2/files', 'POST /check-runs']);
    expect(calls.at(-1)?.body).toMatchObject({ name: 'fairlead', head_sha: HEAD, conclusion: 'neutral' });
  });

  test('that faults leaves no check run where the repository wants none, and none is tried twice', async () => {
    const wanting = createWorkbench();
    const gone = { 'GET /pulls/2/files': () => [404, { message: 'Not Found' }] as const };
    const calls = serve(github({ ...gone, 'POST /check-runs': () => [502, {}] }));
    expect((await run(wanting, pullRequest, opened())).result).toMatchObject({ fault: { status: 404 } });
    expect(made(calls).filter((one) => one === 'POST /check-runs')).toHaveLength(1);

    nock.cleanAll();
    const without = createWorkbench();
    const fewer = serve(github({ ...gone, 'GET /contents/.github%2Ffairlead.yml': contents('check: false') }));
    await run(without, pullRequest, opened());
    expect(made(fewer)).not.toContain('POST /check-runs');
  });
});

describe('the check run of an opened pull request', () => {
  const NONE = { 'GET /contents/.github%2Ffairlead.yml': () => [404, { message: 'Not Found' }] as const };
  type Answer = (body: { variables: { name: string } }) => readonly [number, object];

  async function explained(files: Readonly<Record<string, Reply>>) {
    const calls = serve(github(files));
    const { result } = await run(createWorkbench(), pullRequest, opened());
    expect(result.status).toBe('completed');
    const report = calls.findLast(({ call }) => call === 'POST /check-runs')?.body as {
      conclusion: string;
      output: { summary: string };
    };
    return { calls: made(calls), conclusion: report.conclusion, summary: report.output.summary };
  }

  test('says of which tool’s file the rules are, and in what their reading differs', async () => {
    const text = 'docs: [{ changed-files: [{ any-glob-to-any-file: ["**/*.md", "!src/**"] }] }]';
    const answer: Answer = ({ variables: { name } }) => {
      const blob = { text, byteSize: text.length, isTruncated: false };
      return [200, { data: { repository: name === '.github' ? {} : { head: { oid: 'c1' }, f0: blob } } }];
    };
    const { calls, conclusion, summary } = await explained({ ...NONE, 'POST /graphql ReadFiles': answer });
    expect(calls.toSorted()).toEqual([
      'GET /contents/.github%2Ffairlead.yml',
      'GET /pulls/2/files',
      'POST /check-runs',
      'POST /graphql ReadFiles',
      'POST /graphql ReadFiles',
      'POST /issues/2/labels',
    ]);
    expect(conclusion).toBe('success');
    expect(summary).toMatch(/^By the rules in `\.github\/labeler\.yml`\.\n\nRead as it stands/);
    expect(summary).toContain('- `.github/labeler.yml: docs: labeler takes “!pattern”');
  });

  test('lists what the owner’s defaults did not let the repository change, and is neutral', async () => {
    const text = 'lock: [labels.color]\nlabels: [{ label: documentation, color: "ffffff", files: ["**/*.md"] }]';
    const answer: Answer = () => [200, { data: { repository: { f0: { text, byteSize: text.length } } } }];
    const { conclusion, summary } = await explained({ 'POST /graphql ReadFiles': answer });
    expect(conclusion).toBe('neutral');
    expect(summary).toContain(
      'By the rules in `.github/fairlead.yml`, which builds on `Codertocat/.github/.github/fairlead.yml`.',
    );
    expect(summary).toMatch(
      /- `\.github\/fairlead\.yml, line 3, column 29: labels\[0\]: "labels\.color" is locked by .*; "ffffff" stands`/,
    );
  });

  test('tells an error in a file that the rules build on, by that file’s name', async () => {
    const text = 'lables: []';
    const answer: Answer = () => [200, { data: { repository: { f1: { text, byteSize: text.length } } } }];
    const { calls, summary } = await explained({ 'POST /graphql ReadFiles': answer });
    expect(calls).not.toContain('POST /issues/2/labels');
    expect(summary).toContain(
      'Codertocat/.github/fairlead.yml, line 1, column 1: unknown key "lables"; did you mean "labels"?',
    );
  });
});

describe('a push that changes nothing for the rules', () => {
  async function quietPush(checkRuns: boolean) {
    const workbench = createWorkbench({ checkRuns });
    const calls = serve(github());
    await run(workbench, pullRequest, opened());
    const before = calls.length;
    const payload = opened('synchronize');
    payload.pull_request.labels = [{ name: 'documentation' }];
    payload.pull_request.requested_teams = [{ slug: 'core' }];
    const { data } = await run(workbench, pullRequest, payload);
    return { calls: made(calls).slice(before), data };
  }

  test('takes two calls: the files, and the new head’s check run', async () => {
    const { calls, data } = await quietPush(true);
    expect(calls).toEqual(['GET /pulls/2/files', 'POST /check-runs']);
    expect(data?.reviewers).toMatchObject({
      requested: [],
      kept: [
        { name: 'Codertocat/core', reason: 'is asked already' },
        { name: 'hubot', reason: 'was asked before' },
      ],
    });
  });

  test('takes one call with check runs off', async () => {
    const { calls, data } = await quietPush(false);
    expect(calls).toEqual(['GET /pulls/2/files']);
    expect(data?.checkRunUrl).toBeNull();
  });
});

test('two installations do not mix', async () => {
  const workbench = createWorkbench({ tenants: ['1', '2'] });
  const tokens: string[] = [];
  for (const [tenant, label] of [
    ['1', 'one'],
    ['2', 'two'],
  ] as const) {
    nock('https://api.github.com', { reqheaders: { authorization: `token of-${tenant}` } })
      .post(/graphql/)
      .reply(200, { data: { repository: null }, errors: [{ type: 'NOT_FOUND' }] })
      .get(/contents/)
      .reply(200, contentsOf(`labels: [{ label: ${label}, files: ["**"] }]`))
      .get(/files/)
      .reply(200, [{ filename: 'a', status: 'modified' }])
      .post(/labels/)
      .reply(async (request: Request) => {
        tokens.push(`${tenant} ${JSON.parse(await request.text()).labels}`);
        return [200, []];
      })
      .post(/check-runs/)
      .reply(201, { html_url: `https://github.com/runs/${tenant}` });
  }

  const [one, two] = await Promise.all(['1', '2'].map((tenant) => run(workbench, pullRequest, opened(), tenant)));

  expect(tokens.sort()).toEqual(['1 one', '2 two']);
  expect([one?.data?.checkRunUrl, two?.data?.checkRunUrl]).toEqual([
    'https://github.com/runs/1',
    'https://github.com/runs/2',
  ]);
});

function contentsOf(text: string) {
  return { type: 'file', encoding: 'base64', size: text.length, content: Buffer.from(text).toString('base64') };
}

test('a label that a person takes off is not put back, until a person puts it back', async () => {
  const workbench = createWorkbench();
  const calls = serve(github());
  const labelled = (action: string) => {
    const payload = payloadOf(action);
    payload.label.name = 'Documentation';
    return payload;
  };

  await run(workbench, humanOverride, labelled('unlabeled'));
  const { data } = await run(workbench, pullRequest, opened());
  expect(data?.labels.added).toEqual([]);
  expect(made(calls)).not.toContain('POST /issues/2/labels');

  await run(workbench, humanOverride, labelled('labeled'));
  const again = await run(workbench, pullRequest, opened());
  expect(again.data?.labels.added).toHaveLength(1);
});

test('a label that a person took off is put on again once its rule has changed', async () => {
  let text = CONFIGURATION;
  let now = Date.now();
  const workbench = createWorkbench({ clock: { now: () => now, after: () => () => undefined } });
  serve(github({ 'GET /contents/.github%2Ffairlead.yml': () => contents(text)(undefined as never, '') }));
  const taken = payloadOf('unlabeled');
  taken.label.name = 'documentation';

  await run(workbench, humanOverride, taken);
  const before = await run(workbench, pullRequest, opened());
  text = CONFIGURATION.replace('"**/*.md"', '"**/*.md", "docs/**"');
  now += 61_000;
  const after = await run(workbench, pullRequest, opened());

  expect([before, after].map(({ data }) => data?.labels.added.length)).toEqual([0, 1]);
});

describe('a label that comes or goes', () => {
  const labelled = (action: string) => ({ ...payloadOf(action), label: { name: 'wip' } });
  const REQUIRING = 'require: [{ no_label: [wip], otherwise: failure }]';

  test('has the pull request evaluated anew where the rules ask something of its labels', async () => {
    const workbench = createWorkbench();
    const payload = labelled('labeled');
    payload.pull_request.labels = [{ name: 'wip' }];
    const present: Reply = () => [200, payload.pull_request];
    const rules = { 'GET /contents/.github%2Ffairlead.yml': contents(REQUIRING) };
    const calls = serve(github({ ...rules, 'GET /pulls/2': present }));
    await run(workbench, pullRequest, opened());

    const { events } = await run(workbench, humanOverride, payload);
    expect(events.map(({ type }) => type)).toEqual([EVALUATION_REQUESTED]);
    const data = evaluationRequestedData.parse(events[0]?.data);
    const before = calls.length;
    await run(workbench, pullRequest, data as never);

    expect(calls.slice(before).map(({ call, body }) => [call, (body as { conclusion?: string })?.conclusion])).toEqual([
      ['GET /pulls/2', undefined],
      ['GET /pulls/2/files', undefined],
      ['POST /check-runs', 'failure'],
    ]);
  });

  test('asks GitHub nothing and starts nothing where they ask nothing of them', async () => {
    const workbench = createWorkbench();
    const calls = serve(github());
    await run(workbench, pullRequest, opened());
    const before = calls.length;
    const { events } = await run(workbench, humanOverride, labelled('labeled'));
    expect({ events, calls: calls.slice(before) }).toEqual({ events: [], calls: [] });
  });

  test('starts nothing any more once the rules have stopped asking, nor on a closed pull request', async () => {
    const workbench = createWorkbench();
    let text = REQUIRING;
    let now = Date.now();
    const clocked = createWorkbench({ clock: { now: () => now, after: () => () => undefined } });
    serve(github({ 'GET /contents/.github%2Ffairlead.yml': () => contents(text)(undefined as never, '') }));
    await run(workbench, pullRequest, opened());
    const closed = labelled('labeled');
    closed.pull_request.state = 'closed';
    expect((await run(workbench, humanOverride, closed)).events).toEqual([]);

    await run(clocked, pullRequest, opened());
    expect((await run(clocked, humanOverride, labelled('labeled'))).events).toHaveLength(1);
    text = 'labels: []';
    now += 61_000;
    await run(clocked, pullRequest, opened());
    expect((await run(clocked, humanOverride, labelled('labeled'))).events).toEqual([]);
  });
});

test('only the five actions start a run, and only the four of a person are remembered', () => {
  const starts = (definition: Definition, action: string) => {
    const event = toEvent(
      { name: 'pull_request', id: 'x', payload: { ...payloadOf('opened'), action } },
      { convention: 'knative', now: 0 },
    );
    return definition.consumes?.filters.some((filter) => filter.matches(event));
  };
  const actions = ['opened', 'reopened', 'synchronize', 'ready_for_review', 'edited', 'closed', 'labeled', 'unlabeled'];
  expect(actions.filter((action) => starts(pullRequest, action))).toEqual(actions.slice(0, 5));
  expect(actions.filter((action) => starts(humanOverride, action))).toEqual(['labeled', 'unlabeled']);
});
