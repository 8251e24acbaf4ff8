import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { applyLabels } from '../../functions/apply-labels.ts';
import type { FunctionContext } from '../../functions/context.ts';
import { decide } from '../../functions/decide.ts';
import { readFacts } from '../../functions/read-facts.ts';
import { readRules } from '../../functions/read-rules.ts';
import { rememberOverride } from '../../functions/remember-override.ts';
import { report } from '../../functions/report.ts';
import { requestReviewers } from '../../functions/request-reviewers.ts';
import { digestOfLabel } from '../../src/rules/rule-digest.ts';
import type { FunctionDefinition } from '../../src/workflow/function.ts';
import { type Call, createWorkbench, type Reply, serve } from './harness.ts';
import { payloadOf } from './payload.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const repository = { id: 186853002, fullName: 'Codertocat/Hello-World' };
const pullRequest = { repository, number: 2, author: { login: 'Codertocat' }, head: { sha: 'abc' } };
const SUBJECT = '186853002/2';
const made = (calls: readonly Call[]) => calls.map(({ call }) => call);

/** As every caller does: the input through the function's schema, the output through its other one. */
async function call<Input extends z.ZodType, Output extends z.ZodType>(
  definition: FunctionDefinition<Input, Output, FunctionContext>,
  input: z.input<Input>,
  context: FunctionContext,
): Promise<z.output<Output>> {
  return definition.output.parse(await definition.handle(definition.input.parse(input), context));
}

describe('readFacts', () => {
  test('asks GitHub for the files alone, and drops most of the payload', async () => {
    const { contextOf } = createWorkbench();
    const calls = serve({
      'GET /pulls/2/files': () => [
        200,
        [
          { filename: 'new.md', status: 'renamed', previous_filename: 'old.md', patch: 'x'.repeat(10_000) },
          { filename: '<img src=x>\u202e.md', status: 'modified' },
        ],
      ],
    });

    const facts = await call(readFacts, { event: payloadOf('opened') }, contextOf());

    expect(made(calls)).toEqual(['GET /pulls/2/files']);
    expect(facts).toMatchObject({
      labels: ['bug'],
      reviewers: ['octocat'],
      teams: [],
      truncated: false,
      files: [
        { path: 'new.md', status: 'renamed', previousPath: 'old.md' },
        { path: '<img src=x>\u202e.md', status: 'modified' },
      ],
    });
    expect(JSON.stringify(facts).length).toBeLessThan(1_000);
  });

  test('follows the pages to GitHub’s end of three thousand', async () => {
    const { contextOf } = createWorkbench();
    const calls = serve({
      'GET /pulls/2/files': (_, url) => {
        const page = Number(new URL(url).searchParams.get('page'));
        const files = Array.from({ length: 100 }, (__, index) => ({ filename: `${page}/${index}`, status: 'added' }));
        return [200, files, { link: `<https://api.github.com/next>; rel="next"` }];
      },
    });

    const facts = await call(readFacts, { event: payloadOf('opened') }, contextOf());

    expect(calls).toHaveLength(30);
    expect(new Set(facts.files.map(({ path }) => path)).size).toBe(3_000);
    expect(facts.truncated).toBe(true);
  });

  test('reads the pull request itself where the payload lacks a part of it', async () => {
    const { contextOf } = createWorkbench();
    const event = payloadOf('opened');
    const whole = { ...event.pull_request, draft: true };
    delete event.pull_request.draft;
    delete event.pull_request.requested_teams;
    const calls = serve({ 'GET /pulls/2': () => [200, whole], 'GET /pulls/2/files': () => [200, []] });

    const facts = await call(readFacts, { event }, contextOf());

    expect(made(calls)).toEqual(['GET /pulls/2', 'GET /pulls/2/files']);
    expect(facts.pullRequest.draft).toBe(true);
  });

  test('gives the work of a deleted account to GitHub’s ghost', async () => {
    const { contextOf } = createWorkbench();
    serve({ 'GET /pulls/2/files': () => [200, []] });
    const event = payloadOf('opened');
    event.pull_request.user = null;

    expect((await call(readFacts, { event }, contextOf())).pullRequest.author.login).toBe('ghost');
  });
});

describe('readRules', () => {
  const input = { repository, base: 'main' };
  const file = (text: string | Buffer, over = {}) => ({
    type: 'file',
    encoding: 'base64',
    size: text.length,
    content: Buffer.from(text).toString('base64'),
    ...over,
  });
  const ROUTE = 'GET /contents/.github%2Ffairlead.yml';

  test.each<[string, Reply, object]>([
    ['a configuration', () => [200, file('check: false')], { outcome: 'found', configuration: { check: false } }],
    ['no file', () => [404, { message: 'Not Found' }], { outcome: 'none' }],
    [
      'a file with an error',
      () => [200, file('check: false\nlable: 1')],
      { outcome: 'unreadable', problems: [{ line: 2, column: 1 }] },
    ],
    ['a folder', () => [200, []], { outcome: 'unreadable', problems: [{ message: 'is not a file' }] }],
    [
      'a file too large',
      () => [200, file('', { size: 2_000_000, encoding: 'none' })],
      { outcome: 'unreadable', problems: [{ message: 'the file is larger than 64 KiB' }] },
    ],
    [
      'bytes that are no text',
      () => [200, file(Buffer.from([0xff, 0xfe, 0x00]))],
      { outcome: 'unreadable', problems: [{ message: 'the file is not UTF-8' }] },
    ],
    [
      'a missing permission',
      () => [403, { message: 'Resource not accessible by integration' }],
      { outcome: 'unavailable', reason: expect.stringContaining('not accessible') },
    ],
  ])('tells %s apart', async (_, reply, expected) => {
    const { contextOf } = createWorkbench();
    serve({ [ROUTE]: reply });
    expect(await call(readRules, input, contextOf())).toMatchObject(expected);
  });

  test('takes a GitHub that does not answer for none of these', async () => {
    const { contextOf } = createWorkbench();
    serve({ [ROUTE]: () => [429, {}, { 'retry-after': '600' }] });
    await expect(call(readRules, input, contextOf())).rejects.toMatchObject({
      code: 'github.rate_limited',
      retryAfter: 600_000,
    });
  });

  test('asks once a minute, then whether anything changed', async () => {
    let now = 0;
    const clock = { now: () => now, after: () => () => undefined };
    const { contextOf } = createWorkbench({ clock });
    const tags: (string | undefined)[] = [];
    nock('https://api.github.com')
      .post('/graphql')
      .reply(200, { data: { repository: null }, errors: [{ type: 'NOT_FOUND' }] })
      .get(/contents/)
      .query({ ref: 'main' })
      .reply(200, file('check: false'), { etag: '"one"' })
      .get(/contents/)
      .query({ ref: 'main' })
      .matchHeader('if-none-match', (tag) => tags.push(String(tag)) > 0)
      .reply(304);

    const read = () => call(readRules, input, contextOf());
    const first = await Promise.all([read(), read()]);
    now = 59_000;
    const second = await read();
    now = 61_000;
    const third = await read();

    expect(tags).toEqual(['"one"']);
    for (const one of [...first, second, third]) expect(one).toMatchObject({ outcome: 'found' });
  });

  test('does not take a file that was deleted and put back for one still missing', async () => {
    let now = 0;
    const clock = { now: () => now, after: () => () => undefined };
    const { contextOf } = createWorkbench({ clock });
    nock('https://api.github.com')
      .persist()
      .post('/graphql')
      .reply(200, { data: { repository: {} } });
    nock('https://api.github.com')
      .get(/contents/)
      .query(true)
      .reply(200, file('check: false'), { etag: '"one"' })
      .get(/contents/)
      .query(true)
      .reply(404, {})
      .get(/contents/)
      .query(true)
      .reply(async (request: Request) =>
        request.headers.has('if-none-match') ? [304] : [200, file('check: false'), { etag: '"one"' }],
      );

    const outcomes: string[] = [];
    for (now = 0; now < 200_000; now += 70_000) {
      outcomes.push((await call(readRules, input, contextOf())).outcome);
    }

    expect(outcomes).toEqual(['found', 'none', 'found']);
  });
});

describe('decide', () => {
  async function decideBy(rules: z.input<typeof decide.input>['rules']) {
    const { contextOf } = createWorkbench();
    serve({ 'GET /pulls/2/files': () => [200, [{ filename: 'docs/a.md', status: 'modified' }]] });
    const facts = await call(readFacts, { event: payloadOf('opened') }, contextOf());
    return call(decide, { facts, rules }, contextOf());
  }

  test('goes by the default rules where a repository has none', async () => {
    const decision = await decideBy({ outcome: 'none' });
    expect(decision).toMatchObject({ rules: 'none', problems: [], labels: { add: [{ name: 'documentation' }] } });
  });

  test('decides nothing by rules with errors, and says where they are', async () => {
    const problems = [{ line: 3, column: 5, where: 'labels[0]', message: 'unknown key "x"' }];
    expect(await decideBy({ outcome: 'unreadable', problems })).toMatchObject({
      problems: ['.github/fairlead.yml, line 3, column 5: labels[0]: unknown key "x"'],
      labels: { add: [], remove: [] },
      reviewers: { request: [] },
    });
  });

  test('decides nothing while GitHub does not show the rules', async () => {
    expect(await decideBy({ outcome: 'unavailable', reason: '403' })).toMatchObject({
      rules: 'unavailable',
      problems: ['403'],
      labels: { add: [] },
    });
  });
});

describe('applyLabels', () => {
  const labels = {
    add: [
      { name: 'Docs', reason: 'r', color: '0075ca', description: 'd' },
      { name: 'ci/ü %', reason: 'r', color: 'fbca04' },
      { name: 'plain', reason: 'r' },
    ],
    remove: [{ name: 'old/one', reason: 'gone' }],
    keep: [{ name: 'bug', reason: 'k' }],
  };

  test('adds in one call, removes one by one, and paints what is new to the repository', async () => {
    const { contextOf, ledger } = createWorkbench();
    let ledgerAtPost: readonly string[] = [];
    nock('https://api.github.com')
      .post('/repos/Codertocat/Hello-World/issues/2/labels', { labels: ['Docs', 'ci/ü %', 'plain'] })
      .reply(async () => {
        ledgerAtPost = (await ledger.read('1', SUBJECT)).map(({ name, state }) => `${name} ${state}`);
        return [
          200,
          [
            { name: 'docs', color: 'ededed' },
            { name: 'ci/ü %', color: '123456' },
            { name: 'plain', color: 'ededed' },
          ],
        ];
      })
      .patch('/repos/Codertocat/Hello-World/labels/Docs', { color: '0075ca', description: 'd' })
      .reply(200, {})
      .delete('/repos/Codertocat/Hello-World/issues/2/labels/old%2Fone')
      .reply(200, []);

    const outcome = await call(applyLabels, { pullRequest, labels }, contextOf());

    expect(nock.isDone()).toBe(true);
    expect(ledgerAtPost).toEqual(['Docs ours', 'ci/ü % ours', 'plain ours']);
    expect(outcome.added.map(({ name }) => name)).toEqual(['Docs', 'ci/ü %', 'plain']);
    expect(outcome).toMatchObject({ removed: labels.remove, kept: labels.keep, problems: [] });
  });

  test('asks GitHub nothing when there is nothing to do', async () => {
    const { contextOf } = createWorkbench();
    const calls = serve({});
    await call(applyLabels, { pullRequest, labels: { add: [], remove: [], keep: [] } }, contextOf());
    expect(calls).toEqual([]);
  });

  test('takes a label that is gone already for removed', async () => {
    const { contextOf, ledger } = createWorkbench();
    await ledger.write('1', SUBJECT, [{ kind: 'label', name: 'old/one', state: 'ours', reason: '', at: 0 }]);
    serve({ 'DELETE /issues/2/labels/old%2Fone': () => [404, { message: 'Label does not exist' }] });
    const outcome = await call(applyLabels, { pullRequest, labels: { ...labels, add: [] } }, contextOf());
    expect(outcome.removed).toHaveLength(1);
    expect(await ledger.read('1', SUBJECT)).toEqual([]);
  });

  test('leaves off what a person removed after the decision', async () => {
    const { contextOf, ledger } = createWorkbench();
    await ledger.write('1', SUBJECT, [{ kind: 'label', name: 'docs', state: 'refused', reason: '', at: 0 }]);
    const calls = serve({ 'POST /issues/2/labels': () => [200, []] });
    const add = labels.add.slice(0, 1);
    const outcome = await call(applyLabels, { pullRequest, labels: { add, remove: [], keep: [] } }, contextOf());
    expect(calls).toEqual([]);
    expect(outcome.added).toEqual([]);
  });

  test('puts on what a person removed when another rule asked for it', async () => {
    const { contextOf, ledger } = createWorkbench();
    const refusal = { kind: 'label', name: 'docs', state: 'refused', reason: '', at: 0, rule: 'old' } as const;
    await ledger.write('1', SUBJECT, [refusal]);
    serve({ 'POST /issues/2/labels': () => [200, []] });
    const add = [{ name: 'Docs', reason: 'r', rule: 'new' }];
    await call(applyLabels, { pullRequest, labels: { add, remove: [], keep: [] } }, contextOf());
    expect(await ledger.read('1', SUBJECT)).toMatchObject([{ name: 'Docs', state: 'ours' }]);
  });

  test('writes down which rule a person’s word is about, where that was not known', async () => {
    const { contextOf, ledger } = createWorkbench();
    const refusal = { kind: 'label', name: 'docs', state: 'refused', reason: 'removed by hubot', at: 7 } as const;
    await ledger.write('1', SUBJECT, [refusal]);
    const calls = serve({});
    const skip = [{ name: 'docs', reason: 'removed by hubot', rule: 'now' }];
    await call(applyLabels, { pullRequest, labels: { add: [], remove: [], keep: [], skip } }, contextOf());
    expect(calls).toEqual([]);
    expect(await ledger.read('1', SUBJECT)).toEqual([{ ...refusal, rule: 'now' }]);
  });

  test('is not undone by a colour that GitHub refuses', async () => {
    const { contextOf } = createWorkbench();
    serve({
      'POST /issues/2/labels': () => [200, [{ name: 'Docs', color: 'ededed' }]],
      'PATCH /labels/Docs': () => [403, { message: 'Resource not accessible by integration' }],
    });
    const add = labels.add.slice(0, 1);
    const outcome = await call(applyLabels, { pullRequest, labels: { add, remove: [], keep: [] } }, contextOf());
    expect(outcome.added).toHaveLength(1);
    expect(outcome.problems).toEqual([expect.stringContaining('“Docs” did not get its colour')]);
  });
});

describe('requestReviewers', () => {
  const person = (name: string) => ({ kind: 'person' as const, name, reason: `asks ${name}` });
  const core = { kind: 'team' as const, name: 'core', reason: 'asks core' };
  const ROUTE = 'POST /pulls/2/requested_reviewers';

  test('asks everybody in one call, and writes down whom', async () => {
    const { contextOf, ledger } = createWorkbench();
    const calls = serve({ [ROUTE]: () => [201, {}] });
    const reviewers = { request: [person('hubot'), core], keep: [], skip: [] };

    const outcome = await call(requestReviewers, { pullRequest, reviewers }, contextOf());

    expect(calls).toEqual([{ call: ROUTE, body: { reviewers: ['hubot'], team_reviewers: ['core'] } }]);
    expect(outcome.requested.map(({ name }) => name)).toEqual(['hubot', 'Codertocat/core']);
    expect((await ledger.read('1', SUBJECT)).map(({ kind, name }) => [kind, name])).toEqual([
      ['reviewer', 'hubot'],
      ['team', 'core'],
    ]);
  });

  test('loses nobody to a login that GitHub refuses, and tells which one it was', async () => {
    const { contextOf, ledger } = createWorkbench();
    const calls = serve({
      [ROUTE]: ({ reviewers }: { reviewers: string[] }) =>
        reviewers.includes('nobody')
          ? [422, { message: 'Reviews may only be requested from collaborators.' }]
          : [201, {}],
    });
    const reviewers = { request: [person('hubot'), person('nobody'), core], keep: [], skip: [] };

    const outcome = await call(requestReviewers, { pullRequest, reviewers }, contextOf());

    expect(calls.map(({ body }) => body)).toEqual([
      { reviewers: ['hubot', 'nobody'], team_reviewers: ['core'] },
      { reviewers: ['hubot'], team_reviewers: [] },
      { reviewers: ['nobody'], team_reviewers: [] },
      { reviewers: [], team_reviewers: ['core'] },
    ]);
    expect(outcome.requested.map(({ name }) => name)).toEqual(['hubot', 'Codertocat/core']);
    expect(outcome.problems).toEqual([expect.stringContaining('nobody could not be asked for a review')]);
    expect((await ledger.read('1', SUBJECT)).map(({ name }) => name)).toEqual(['hubot', 'core']);
  });

  test('never asks the author, whatever it is told', async () => {
    const { contextOf } = createWorkbench();
    const calls = serve({});
    const reviewers = { request: [person('codertocat')], keep: [], skip: [] };
    expect((await call(requestReviewers, { pullRequest, reviewers }, contextOf())).requested).toEqual([]);
    expect(calls).toEqual([]);
  });

  test('fails where it is not one of them that is refused', async () => {
    const { contextOf } = createWorkbench();
    serve({ [ROUTE]: () => [403, { message: 'Resource not accessible by integration' }] });
    const reviewers = { request: [person('hubot')], keep: [], skip: [] };
    await expect(call(requestReviewers, { pullRequest, reviewers }, contextOf())).rejects.toMatchObject({
      code: 'github.forbidden',
    });
  });
});

describe('report', () => {
  const nothing = { added: [], removed: [], kept: [], problems: [] };
  const nobody = { requested: [], kept: [], skipped: [], problems: [] };
  const decision: z.input<typeof report.input>['decision'] = {
    rules: 'found',
    check: true,
    problems: [],
    labels: { add: [], remove: [], keep: [], skip: [] },
    reviewers: { request: [], keep: [], skip: [] },
  };
  const input = { pullRequest, decision, labels: nothing, reviewers: nobody };
  type Output = { conclusion: string; output: { title: string; summary: string; text: string } };

  async function outputOf(over: Partial<z.input<typeof report.input>>): Promise<Output> {
    const { contextOf } = createWorkbench();
    const calls = serve({ 'POST /check-runs': () => [201, { html_url: 'https://github.com/x' }] });
    await call(report, { ...input, ...over }, contextOf());
    return calls[0]?.body as Output;
  }

  test('explains every decision', async () => {
    const { conclusion, output } = await outputOf({
      labels: { ...nothing, added: [{ name: 'docs', reason: 'docs/a.md matches docs/**' }] },
      reviewers: { ...nobody, skipped: [{ name: 'hubot', reason: 'is the author' }] },
    });
    expect(conclusion).toBe('success');
    expect(output.title).toBe('1 label added');
    expect(output.text).toContain('### Labels added\n\n- `docs`: `docs/a.md matches docs/**`');
    expect(output.text).toContain('### Not asked\n\n- `hubot`: `is the author`');
  });

  test('says where the rules have errors, and fails nobody’s pull request', async () => {
    const problem = '.github/fairlead.yml, line 3, column 5: unknown key "x"';
    const { conclusion, output } = await outputOf({
      decision: { ...decision, rules: 'unreadable', problems: [problem] },
    });
    expect(conclusion).toBe('neutral');
    expect(output.title).toBe('The rules have errors');
    expect(output.summary).toContain(`- \`${problem}\``);
  });

  test.each([
    ['a mention', '@octocat', '- `@octocat`: '],
    ['a link', '[x](https://evil.example)', '- `[x](https://evil.example)`: '],
    ['HTML', '<img src=x onerror=y>', '- `<img src=x onerror=y>`: '],
    ['backticks', 'a`b``c', '- ``` a`b``c ```: '],
    ['line breaks', 'a\n# b', '- `a\uFFFD# b`: '],
    ['a change of direction', 'a\u202Eb', '- `a\uFFFDb`: '],
    ['half a character', 'a\uD800', '- `a\uFFFD`: '],
  ])('leaves %s in a name inert', async (_, name, line) => {
    const { output } = await outputOf({ labels: { ...nothing, added: [{ name, reason: 'r' }] } });
    expect(output.text).toContain(line);
  });

  const missing = { demand: 'one of the labels kind/*', state: 'missing' as const, reason: 'it has none of them' };
  test.each([
    ['failure', 'failure'],
    ['neutral', 'neutral'],
    ['success', 'success'],
  ] as const)('concludes %s for what is missing, as the rules say, with how to put it right', async (otherwise, is) => {
    const requirements = [
      { ...missing, fix: 'Add one of kind/*.', otherwise },
      {
        demand: 'none of the labels wip',
        state: 'met' as const,
        reason: 'it has none of them',
        otherwise: 'failure' as const,
      },
    ];
    const { conclusion, output } = await outputOf({ decision: { ...decision, requirements } });
    expect(conclusion).toBe(is);
    expect(output.title).toBe('1 thing is missing');
    expect(output.summary).toContain(
      '- ✗ `one of the labels kind/*`: `it has none of them`\n  - To put it right: `Add one of kind/*.`\n- ✓ `none',
    );
  });

  test('concludes neutral where it is not known whether something is asked', async () => {
    const requirements = [{ ...missing, state: 'unknown' as const, otherwise: 'failure' as const }];
    expect(await outputOf({ decision: { ...decision, requirements } })).toMatchObject({ conclusion: 'neutral' });
  });

  test('fails nothing in a dry run', async () => {
    const requirements = [{ ...missing, otherwise: 'failure' as const }];
    const would = { labels: { add: [], remove: [] }, request: [] };
    const { conclusion, output } = await outputOf({ decision: { ...decision, requirements, would } });
    expect({ conclusion, title: output.title }).toEqual({
      conclusion: 'neutral',
      title: 'Dry run: 1 thing is missing',
    });
  });

  test('keeps within GitHub’s 65,535', async () => {
    const added = Array.from({ length: 2_000 }, (_, index) => ({ name: `l${index}`, reason: '文'.repeat(200) }));
    const { output } = await outputOf({ labels: { ...nothing, added } });
    expect(Buffer.byteLength(output.text)).toBeLessThanOrEqual(65_535);
    expect(output.text).toMatch(/… and \d+ more lines\.$/);
  });

  test('looks for its own check run after an uncertain try, and makes no second one', async () => {
    const { contextOf } = createWorkbench();
    const runs = [
      { external_id: 'other', html_url: 'https://github.com/other' },
      { external_id: 'run/task', html_url: 'https://github.com/ours' },
    ];
    const calls = serve({ 'GET /commits/abc/check-runs': () => [200, { total_count: 2, check_runs: runs }] });

    const outcome = await call(report, input, contextOf({ uncertain: true }));

    expect(made(calls)).toEqual(['GET /commits/abc/check-runs']);
    expect(outcome.checkRunUrl).toBe('https://github.com/ours');
  });

  test.each([403, 422])('takes a check run refused with %i for a problem among others', async (status) => {
    const { contextOf } = createWorkbench();
    serve({ 'POST /check-runs': () => [status, { message: 'No' }] });
    const outcome = await call(report, input, contextOf());
    expect(outcome).toMatchObject({ checkRunUrl: null, problems: [expect.stringContaining(`answered ${status}`)] });
  });

  test('writes no check run where the repository does not want one', async () => {
    const { contextOf } = createWorkbench();
    const calls = serve({});
    const acceptedAt = new Date(Date.now() - 5_000).toISOString();
    const outcome = await call(report, { ...input, acceptedAt, decision: { ...decision, check: false } }, contextOf());
    expect(calls).toEqual([]);
    expect(outcome.checkRunUrl).toBeNull();
    expect(outcome.durationMs).toBeGreaterThanOrEqual(5_000);
  });
});

describe('rememberOverride', () => {
  test.each([
    ['unlabeled', { label: { name: 'bug' } }, 'label', 'bug'],
    ['review_request_removed', { requested_reviewer: { login: 'hubot' } }, 'reviewer', 'hubot'],
    ['review_request_removed', { requested_team: { slug: 'core' }, requested_reviewer: null }, 'team', 'core'],
  ])('keeps that a person undid it (%s)', async (action, over, kind, name) => {
    const { contextOf, ledger } = createWorkbench();
    const { label: _, requested_reviewer: __, ...payload } = payloadOf('review_request_removed');
    const event = { ...payload, ...over, action };

    expect(await call(rememberOverride, { event }, contextOf())).toEqual({
      outcome: 'refused',
      kind,
      name,
      recheck: false,
    });

    expect(await ledger.read('1', SUBJECT)).toMatchObject([{ kind, name, state: 'refused' }]);
  });

  test('keeps a label’s removal with the rule that asked for it then', async () => {
    const { contextOf, ledger } = createWorkbench();
    const text = 'labels: [{ label: Bug, files: ["**"] }]';
    const content = { type: 'file', encoding: 'base64', size: 1, content: Buffer.from(text).toString('base64') };
    const calls = serve({ 'GET /contents/.github%2Ffairlead.yml': () => [200, content] });
    const event = { ...payloadOf('unlabeled'), label: { name: 'bug' } };

    await call(rememberOverride, { event }, contextOf());

    expect(made(calls)).toEqual(['GET /contents/.github%2Ffairlead.yml']);
    const rule = digestOfLabel([{ label: 'bug', files: ['**'] } as never], 'bug');
    expect(await ledger.read('1', SUBJECT)).toMatchObject([
      { state: 'refused', reason: 'removed by Codertocat', rule },
    ]);
  });

  test('keeps it without the rule where GitHub does not show the rules', async () => {
    const { contextOf, ledger } = createWorkbench();
    serve({ 'GET /contents/.github%2Ffairlead.yml': () => [403, { message: 'No' }] });
    const event = { ...payloadOf('unlabeled'), label: { name: 'bug' } };
    expect((await call(rememberOverride, { event }, contextOf())).outcome).toBe('refused');
    const [entry] = await ledger.read('1', SUBJECT);
    expect(entry).toMatchObject({ state: 'refused' });
    expect(entry?.rule).toBeUndefined();
  });

  test('lets go of it when a person does it again', async () => {
    const { contextOf, ledger } = createWorkbench();
    await ledger.write('1', SUBJECT, [{ kind: 'label', name: 'BUG', state: 'refused', reason: '', at: 0 }]);
    const event = { ...payloadOf('labeled'), label: { name: 'bug' } };
    expect((await call(rememberOverride, { event }, contextOf())).outcome).toBe('cleared');
    expect(await ledger.read('1', SUBJECT)).toEqual([]);
  });

  test('is not for Apps', async () => {
    const { contextOf, ledger } = createWorkbench();
    const event = { ...payloadOf('unlabeled'), sender: { login: 'fairlead[bot]', type: 'Bot' } };
    expect((await call(rememberOverride, { event }, contextOf())).outcome).toBe('ignored');
    expect(await ledger.read('1', SUBJECT)).toEqual([]);
  });
});
