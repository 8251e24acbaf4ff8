/** What a pull request that changes the rules is told before it is merged, call by call. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkConfiguration } from '../../functions/check-configuration.ts';
import { type Call, createWorkbench, type Reply, serve } from './harness.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const pullRequest = {
  repository: { id: 186853002, fullName: 'Codertocat/Hello-World', url: 'https://github.com/Codertocat/Hello-World' },
  number: 12,
  base: 'main',
  head: { ref: 'rules', sha: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821' },
};
const OLD = 'labels: [{ label: docs, files: ["docs/**"] }]';

const HEAD = '9'.repeat(40);

function past(number: number, over: Readonly<Record<string, unknown>> = {}) {
  return {
    number,
    title: `Change ${number}`,
    body: '',
    createdAt: '2026-11-01T00:00:00Z',
    isCrossRepository: false,
    authorAssociation: 'NONE',
    baseRefName: 'main',
    headRefName: 'topic',
    headRefOid: HEAD,
    author: { __typename: 'User', login: 'ann' },
    milestone: null,
    files: { totalCount: 1, nodes: [{ path: 'docs/a.md', changeType: 'MODIFIED', additions: 1, deletions: 0 }] },
    ...over,
  };
}

function page(nodes: readonly unknown[], hasNextPage = false) {
  return { data: { repository: { pullRequests: { pageInfo: { hasNextPage, endCursor: 'c' }, nodes } } } };
}

async function check(
  texts: { readonly base?: string; readonly head?: string },
  over: Readonly<Record<string, Reply>> = {},
  times = 1,
) {
  const { contextOf } = createWorkbench();
  const calls = serve({
    'GET /contents/.github%2Ffairlead.yml': (_, url) => {
      const text = new URL(url).searchParams.get('ref') === 'main' ? (texts.base ?? OLD) : texts.head;
      if (text === undefined) return [404, { message: 'Not Found' }];
      return [
        200,
        { type: 'file', encoding: 'base64', size: text.length, content: Buffer.from(text).toString('base64') },
      ];
    },
    'POST /graphql': () => [200, page([past(12), past(11), past(10)])],
    'POST /check-runs': () => [201, { html_url: 'https://github.com/runs/1' }],
    ...over,
  });
  const context = contextOf();
  let output: unknown;
  for (let time = 0; time < times; time += 1) output = await checkConfiguration.handle({ pullRequest }, context);
  const run = calls.find(({ call }) => call === 'POST /check-runs')?.body as {
    name: string;
    conclusion: string;
    head_sha: string;
    output: { title: string; summary: string; text?: string; annotations?: readonly Record<string, unknown>[] };
  };
  return { output: checkConfiguration.output.parse(output), run, calls };
}

const made = (calls: readonly Call[]) => calls.map(({ call }) => call);
const RULES = 'GET /contents/.github%2Ffairlead.yml';

test('errors are annotations on their lines; nothing is compared, and nothing else is written', async () => {
  const { output, run, calls } = await check({
    head: 'labels:\n  - label: docs\n    filez: ["docs/**"]\n  - { label: "", files: ["a"] }\n',
  });
  expect(made(calls)).toEqual([RULES, RULES, 'POST /check-runs']);
  expect(output).toEqual({
    outcome: 'unreadable',
    compared: 0,
    differing: 0,
    incomplete: 0,
    checkRunUrl: 'https://github.com/runs/1',
  });
  expect(run).toMatchObject({
    name: 'fairlead configuration',
    head_sha: pullRequest.head.sha,
    conclusion: 'failure',
    output: {
      title: '2 errors in .github/fairlead.yml',
      annotations: [
        {
          path: '.github/fairlead.yml',
          start_line: 3,
          end_line: 3,
          start_column: 5,
          annotation_level: 'failure',
          title: 'labels[0]',
          message: 'unknown key "filez"; did you mean "files"?',
        },
        { start_line: 4, end_line: 4, title: 'labels[1].label' },
      ],
    },
  });
});

describe('what the proposed rules build on', () => {
  const files = (texts: Readonly<Record<string, string>>, asked: string[] = []): Reply => {
    const reply = ({ variables: { owner, name } }: { variables: { owner: string; name: string } }) => {
      asked.push(`${owner}/${name}`);
      const text = texts[`${owner}/${name}`];
      return [
        200,
        { data: { repository: text === undefined ? {} : { f1: { text, byteSize: text.length } } } },
      ] as const;
    };
    return reply;
  };

  test('is not read where the branch does not build on it, and that is said', async () => {
    const asked: string[] = [];
    const reply = files({ 'acme/private': 'secretz: 1' }, asked);
    const { run } = await check({ head: `${OLD}\nextends: acme/private` }, { 'POST /graphql ReadFiles': reply });
    expect(asked).not.toContain('acme/private');
    expect(JSON.stringify(run)).not.toContain('secretz');
    expect(run).toMatchObject({
      conclusion: 'neutral',
      output: {
        summary: expect.stringContaining('acme/private is left out here; it is read once this is merged'),
        annotations: [{ path: '.github/fairlead.yml', start_line: 2, start_column: 10, annotation_level: 'warning' }],
      },
    });
  });

  test('is read where the branch builds on it already, and what is locked there is told on its line', async () => {
    const base = `${OLD}\nextends: acme/config`;
    const { run } = await check(
      { base, head: `${base}\ncap: 9` },
      { 'POST /graphql ReadFiles': files({ 'acme/config': 'lock: [cap]\ncap: 2' }) },
    );
    expect(run.output.annotations).toMatchObject([
      { start_line: 3, message: '"cap" is locked by acme/config/fairlead.yml; 2 stands' },
    ]);
  });
});

test('more errors than GitHub takes in one request are cut off there', async () => {
  const rules = Array.from({ length: 200 }, (_, nth) => `  - { label: l${nth}, filez: [a] }`);
  const { run } = await check({ head: `labels:\n${rules.join('\n')}\n` });
  expect(run.output.annotations?.length).toBeGreaterThan(0);
  expect(run.output.annotations?.length).toBeLessThanOrEqual(50);
});

test('valid rules are tried on past pull requests beside those in force, in one query, the change itself left out', async () => {
  const head = 'labels: [{ label: "a|b `c`", files: ["docs/**"] }]\nreviewers: [{ files: ["**"], people: [hubot] }]';
  const { output, run, calls } = await check({ head });
  expect(made(calls)).toEqual([RULES, RULES, 'POST /graphql', 'POST /check-runs']);
  expect(calls[2]?.body).toMatchObject({
    variables: { owner: 'Codertocat', name: 'Hello-World', first: 25, after: null, commits: false },
  });
  expect(output).toMatchObject({ outcome: 'found', compared: 2, differing: 2 });
  expect(run).toMatchObject({
    conclusion: 'success',
    output: { title: '2 of the last 2 pull requests would have come out differently' },
  });
  expect(run.output.text).toContain(
    '| [#11](https://github.com/Codertocat/Hello-World/pull/11) `Change 11` | + `` a\\|b `c` ``<br>− `docs` | + `hubot` |',
  );
});

test('fifty are read in two queries, and another push within ten minutes reads none again', async () => {
  let number = 100;
  const full = () =>
    page(
      Array.from({ length: 25 }, () => past(number--)),
      true,
    );
  const { output, calls } = await check({ head: OLD }, { 'POST /graphql': () => [200, full()] }, 2);
  expect(made(calls)).toEqual([RULES, RULES, 'POST /graphql', 'POST /graphql', 'POST /check-runs', 'POST /check-runs']);
  expect(output).toMatchObject({ compared: 50, differing: 0 });
});

test('how many is for the rules in force to say, not for those that are proposed', async () => {
  const { output, calls } = await check({ base: `preview: 0\n${OLD}`, head: `preview: 200\n${OLD}` });
  expect(made(calls)).toEqual([RULES, RULES, 'POST /check-runs']);
  expect(output).toMatchObject({ compared: 0 });
});

test('rules that look at more have it read: commit messages in the same query, .gitattributes once', async () => {
  const head = 'labels: [{ label: fix, commits: "^fix" }, { label: big, size: [XS] }]';
  const commits = { totalCount: 1, nodes: [{ commit: { message: 'fix: a leak' } }] };
  const { output, calls } = await check(
    { base: 'labels: []', head },
    {
      'POST /graphql': () => [200, page([past(3, { commits })])],
      'GET /contents/.gitattributes': () => [404, {}],
    },
  );
  expect(made(calls)).toEqual([RULES, RULES, 'POST /graphql', 'GET /contents/.gitattributes', 'POST /check-runs']);
  expect(calls[2]?.body).toMatchObject({ variables: { commits: true } });
  expect(output).toMatchObject({ compared: 1, differing: 1 });
});

describe('what the query does not tell', () => {
  const NONE = 'labels: []';
  const nodes = (count: number, over: Readonly<Record<string, unknown>> = {}): Reply => {
    return () => [200, page(Array.from({ length: count }, (_, nth) => past(count - nth, over)))];
  };
  const FILES = 'GET /pulls/1/files';
  const files = (...all: object[]): Reply => {
    return () => [
      200,
      all.map((one) => ({ filename: 'docs/a.md', status: 'modified', additions: 1, deletions: 0, ...one })),
    ];
  };
  const MEMBER = 'GET /orgs/Codertocat/teams/core/memberships/ann';

  test('is read of the pull request where a rule is left aside for want of it: diffs', async () => {
    const head = 'labels: [{ label: todo, diff: "TODO" }]';
    const { output, run, calls } = await check(
      { base: NONE, head },
      { 'POST /graphql': nodes(1), [FILES]: files({ patch: '@@ -1 +1 @@\n+ TODO' }) },
      2,
    );
    // The second time all is remembered.
    expect(made(calls)).toEqual([RULES, RULES, 'POST /graphql', FILES, 'POST /check-runs', 'POST /check-runs']);
    expect(output).toMatchObject({ compared: 1, differing: 1, incomplete: 0 });
    expect(run.output.text).toMatch(/^\| pull request \| labels \| reviewers \|\n.*\n.*\+ `todo`/);
  });

  test('old paths of renamed files, where rules look at files', async () => {
    const renamed = { totalCount: 1, nodes: [{ path: 'a.md', changeType: 'RENAMED', additions: 0, deletions: 0 }] };
    const { output } = await check(
      { base: NONE, head: OLD },
      {
        'POST /graphql': nodes(1, { files: renamed }),
        [FILES]: files({ filename: 'a.md', status: 'renamed', previous_filename: 'docs/a.md' }),
      },
    );
    expect(output).toMatchObject({ differing: 1, incomplete: 0 });
    const { calls } = await check(
      { base: NONE, head: 'labels: [{ label: x, title: "^y" }]' },
      { 'POST /graphql': nodes(1, { files: renamed }) },
    );
    expect(made(calls)).not.toContain(FILES);
  });

  test('what CI has come to by now', async () => {
    const { output, calls } = await check(
      { base: NONE, head: 'labels: [{ label: broken, ci: failing }]' },
      {
        'POST /graphql': nodes(1),
        [`GET /commits/${HEAD}/check-suites`]: () => [200, { total_count: 0, check_suites: [] }],
        [`GET /commits/${HEAD}/status`]: () => [200, { total_count: 1, state: 'failure', statuses: [] }],
      },
    );
    expect(output).toMatchObject({ differing: 1, incomplete: 0 });
    expect(calls).toHaveLength(6);
  });

  test('the author’s teams, of those that the rules in force name; others are left aside, which is said', async () => {
    const rule = 'labels: [{ label: trusted, team: [core] }]';
    const inForce = await check(
      { base: rule, head: NONE },
      { 'POST /graphql': nodes(2), [MEMBER]: () => [200, { state: 'active' }] },
    );
    expect(made(inForce.calls).filter((call) => call === MEMBER)).toHaveLength(1);
    expect(inForce.output).toMatchObject({ differing: 2, incomplete: 0 });
    nock.cleanAll();

    const proposed = await check({ base: NONE, head: `${rule}\nreviewers: [{ files: ["**"], people: [hubot] }]` });
    expect(made(proposed.calls)).toEqual([RULES, RULES, 'POST /graphql', 'POST /check-runs']);
    expect(proposed.output).toMatchObject({ compared: 2, differing: 2, incomplete: 2 });
    expect(proposed.run.output.summary).toContain('Of 2 not all is known that the rules look at');
    expect(proposed.run.output.text).toContain('| pull request | labels | reviewers | left aside |');
    expect(proposed.run.output.text).toContain('`Change 11` |  | + `hubot` | `team` |');
  });

  test('twenty calls are made for all of it, the newest first; what is left is told of each', async () => {
    const routes = Object.fromEntries(
      Array.from({ length: 23 }, (_, nth) => [`GET /pulls/${nth + 1}/files`, files({ patch: '+ TODO' })]),
    );
    const { output, run, calls } = await check(
      { base: NONE, head: 'labels: [{ label: todo, diff: "TODO" }]' },
      { 'POST /graphql': nodes(23), ...routes },
    );
    const read = made(calls).filter((call) => call.endsWith('/files'));
    // One of the 23 is the change itself.
    expect([read.length, read[0], read.at(-1)]).toEqual([20, 'GET /pulls/23/files', 'GET /pulls/3/files']);
    expect(output).toMatchObject({ compared: 22, differing: 20, incomplete: 2 });
    expect(run.output.text).toContain('/pull/2) `Change 2` |  |  | `diff` |');
  });

  test('stays unknown where GitHub refuses to tell; for one that is unwell the whole is tried again', async () => {
    const head = 'labels: [{ label: todo, diff: "TODO" }]';
    const routes = { 'POST /graphql': nodes(2), 'GET /pulls/2/files': files({ patch: '+ TODO' }) };
    const { output } = await check({ base: NONE, head }, { ...routes, [FILES]: () => [403, { message: 'Forbidden' }] });
    expect(output).toMatchObject({ compared: 2, differing: 1, incomplete: 1 });
    nock.cleanAll();
    const limited: Reply = () => [403, { message: 'secondary rate limit' }, { 'retry-after': '600' }];
    await expect(check({ base: NONE, head }, { ...routes, [FILES]: limited })).rejects.toMatchObject({
      code: 'github.rate_limited',
    });
  });
});

describe('what the head holds', () => {
  test('a file taken away is compared as the default rules', async () => {
    const { run } = await check({});
    expect(run.output.summary).toContain('Without the file the default rules hold.');
    expect(run.output.text).toContain('+ `documentation`<br>− `docs`');
  });

  test.each([
    ['an author that is an App is called as everywhere else', { author: { __typename: 'Bot', login: 'dependabot' } }],
    ['an account that is gone is GitHub’s ghost', { author: null }],
  ])('%s', async (_, over) => {
    const head = 'labels: [{ label: automatic, author: ["*[bot]", ghost] }]';
    const { run } = await check({ base: 'labels: []', head }, { 'POST /graphql': () => [200, page([past(1, over)])] });
    expect(run.output.text).toContain('+ `automatic`');
  });

  test('files beyond the first hundred are not taken for absent', async () => {
    const files = { totalCount: 101, nodes: [{ path: 'src/a', changeType: 'ADDED', additions: 1, deletions: 0 }] };
    const head = 'labels: [{ label: code-only, files: { none: ["docs/**"] } }]';
    const judge = (link: Record<string, string>) =>
      check(
        { base: 'labels: []', head },
        {
          'POST /graphql': () => [200, page([past(1, { files })])],
          'GET /pulls/1/files': () => [200, [{ filename: 'src/a', status: 'added' }], link],
        },
      );
    const more = await judge({ link: '<https://api.github.com/x>; rel="next"' });
    // Three pages are looked at, and there are more.
    expect(made(more.calls).filter((call) => call.endsWith('/files'))).toHaveLength(3);
    expect(more.output).toMatchObject({ compared: 1, differing: 0, incomplete: 1 });
    nock.cleanAll();
    expect((await judge({})).output).toMatchObject({ compared: 1, differing: 1, incomplete: 0 });
  });

  test('rules in force that have errors leave nothing to compare with', async () => {
    const { run, calls } = await check({ base: 'labels: 1', head: OLD });
    expect(made(calls)).toEqual([RULES, RULES, 'POST /check-runs']);
    expect(run).toMatchObject({ conclusion: 'success', output: { title: 'Valid' } });
  });
});

test('a check run that GitHub refuses is no reason to try for ever', async () => {
  const { output } = await check(
    { head: OLD },
    { 'POST /check-runs': () => [403, { message: 'Resource not accessible' }] },
  );
  expect(output).toMatchObject({ compared: 2, checkRunUrl: null });
});

test('an hour of GitHub’s used up is for the workflow to wait for', async () => {
  const limited: Reply = () => [200, { errors: [{ type: 'RATE_LIMITED', message: 'slow down' }] }];
  await expect(check({ head: OLD }, { 'POST /graphql': limited })).rejects.toMatchObject({
    code: 'github.rate_limited',
    status: 429,
  });
});
