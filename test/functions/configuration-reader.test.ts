/** Which rules hold on a branch, and what GitHub is asked for them: the repository's own, other tools', and what they build on. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FoundConfiguration } from '../../functions/configuration-reader.ts';
import { createWorkbench, serve } from './harness.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

/** Texts by `owner/repo:path`; what is refused is an error of that type instead. */
type Files = Readonly<Record<string, string>>;

const OWN = 'Codertocat/Hello-World';
const DEFAULTS = 'Codertocat/.github:.github/fairlead.yml';

interface Query {
  readonly query: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** GitHub with these files, all in their default branches at one commit; `calls` in short. */
function github(
  files: Files,
  over: { readonly commit?: () => string; readonly refused?: Readonly<Record<string, string>> } = {},
) {
  const { commit = () => 'c1', refused = {} } = over;
  const has = (fullName: string) => Object.keys(files).some((name) => name.startsWith(`${fullName}:`));
  const calls: string[] = [];
  serve({
    'GET /contents/.github%2Ffairlead.yml': () => {
      calls.push('own');
      const text = files[`${OWN}:.github/fairlead.yml`];
      if (text === undefined) return [404, { message: 'Not Found' }];
      return [
        200,
        { type: 'file', encoding: 'base64', size: text.length, content: Buffer.from(text).toString('base64') },
      ];
    },
    'POST /graphql ReadFiles': ({ variables }: Query) => {
      const { owner, name, head, ...asked } = variables;
      const fullName = `${owner}/${name}`;
      calls.push(`${fullName}@${head} ${Object.keys(asked).length}`);
      const type = refused[fullName];
      if (type !== undefined || (!has(fullName) && fullName !== OWN)) {
        const error = { type: type ?? 'NOT_FOUND', path: ['repository'], message: `no ${fullName}` };
        return [200, { data: { repository: null }, errors: [error] }];
      }
      const blobs = Object.entries(asked).map(([alias, expression]) => {
        const text = files[`${fullName}:${expression.slice(expression.indexOf(':') + 1)}`];
        return [alias, text === undefined ? null : { text, byteSize: Buffer.byteLength(text), isTruncated: false }];
      });
      return [200, { data: { repository: { head: { oid: commit() }, ...Object.fromEntries(blobs) } } }];
    },
    'GET /git/trees/c1': () => {
      calls.push('tree');
      const paths = Object.keys(files).map((name) => name.slice(name.indexOf(':') + 1));
      return [200, { sha: 'c1', tree: paths.map((path) => ({ path, type: 'blob' })), truncated: false }];
    },
  });
  return calls;
}

function createReader() {
  let now = 0;
  const { contextOf } = createWorkbench({
    clock: { now: () => now, after: () => () => undefined },
    tenants: ['1', '2'],
  });
  return {
    later: (ms: number) => {
      now += ms;
    },
    read: (over: { readonly fullName?: string; readonly tenant?: string; readonly text?: string } = {}) => {
      const { fullName = OWN, tenant = '1', text } = over;
      const context = contextOf({ tenant });
      const repository = { id: fullName === OWN ? 1 : 2, fullName };
      return context.readConfiguration(context.github, { tenant, repository, base: 'main' }, text);
    },
  };
}

const inOwn = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${OWN}:${path}`, text]));
const labelsOf = (found: FoundConfiguration) =>
  found.outcome === 'found' ? found.configuration.labels.map(({ label }) => label) : found;

const LABELER = 'docs: [{ changed-files: [{ any-glob-to-any-file: ["docs/**"] }] }]\n';

describe('a repository without a file for Fairlead', () => {
  test('has the rules that it has for other tools, read in one query', async () => {
    const calls = github(inOwn({ '.github/labeler.yml': LABELER, 'docs/CODEOWNERS': '*.ts @ann @bob\n' }));
    const found = await createReader().read();
    expect(found).toMatchObject({
      outcome: 'found',
      sources: ['.github/labeler.yml, docs/CODEOWNERS'],
      configuration: {
        labels: [{ label: 'docs', files: ['docs/**'] }],
        reviewers: [{ files: ['**/*.ts'], people: ['ann', 'bob'] }],
        check: true,
      },
      notes: expect.arrayContaining([expect.stringMatching(/^docs\/CODEOWNERS: GitHub asks code owners by itself/)]),
    });
    expect(calls.toSorted()).toEqual(['Codertocat/.github@HEAD 2', `${OWN}@refs/heads/main 9`, 'own'].toSorted());
  });

  test('has Prow’s OWNERS of every folder, for one list of the commit and one more query', async () => {
    const calls = github(
      inOwn({
        OWNERS: 'approvers: [root]',
        'pkg/OWNERS': 'reviewers: [lead]',
        OWNERS_ALIASES: 'aliases: { lead: [cid] }',
      }),
    );
    const reader = createReader();
    expect(await reader.read()).toMatchObject({
      sources: ['OWNERS'],
      configuration: {
        reviewers: [
          { files: ['**', '!pkg/**'], people: ['root'] },
          { files: ['pkg/**'], people: ['cid'] },
        ],
      },
    });
    expect(calls.slice(-3)).toEqual([`${OWN}@refs/heads/main 9`, 'tree', `${OWN}@c1 1`]);

    calls.length = 0;
    await reader.read();
    expect(calls).toEqual([]);
    reader.later(61_000);
    expect(await reader.read()).toMatchObject({ configuration: { reviewers: [{}, { people: ['cid'] }] } });
    expect(calls).toEqual(['own', `${OWN}@refs/heads/main 9`]);
  });

  test('is read anew once its branch has moved', async () => {
    let commit = 'c1';
    const files: Record<string, string> = inOwn({ '.github/labeler.yml': LABELER });
    github(files, { commit: () => commit });
    const reader = createReader();
    expect(labelsOf(await reader.read())).toEqual(['docs']);
    files[`${OWN}:.github/labeler.yml`] = LABELER.replace('docs:', 'manual:');
    commit = 'c2';
    reader.later(61_000);
    expect(labelsOf(await reader.read())).toEqual(['manual']);
  });

  test('has none where there is nothing', async () => {
    github({});
    expect(await createReader().read()).toEqual({ outcome: 'none' });
  });

  test.each<[string, Files, object]>([
    [
      'a file that is not YAML',
      { '.github/labeler.yml': 'a: b\nc: [\n' },
      { outcome: 'unreadable', problems: [{ file: '.github/labeler.yml', line: 3 }] },
    ],
    [
      'a file nested beyond measure',
      { '.github/auto_assign.yml': '['.repeat(60_000) },
      {
        outcome: 'unreadable',
        problems: [{ file: '.github/auto_assign.yml', message: expect.stringMatching(/nested/) }],
      },
    ],
    [
      'an OWNERS that is not YAML',
      { OWNERS: 'reviewers: [' },
      { outcome: 'unreadable', problems: [{ file: 'OWNERS' }] },
    ],
    [
      'more owners than can be rules, beside labels that can',
      { '.github/labeler.yml': LABELER, CODEOWNERS: '/a/ @ann\n'.repeat(1_200) },
      { outcome: 'unreadable', problems: [{ file: 'CODEOWNERS', message: expect.stringMatching(/1000 lines/) }] },
    ],
    [
      'a rule that cannot be used, which alone is left out',
      { '.github/labeler.yml': `${LABELER}${'long'.repeat(20)}: "a/**"\n` },
      { outcome: 'found', configuration: { labels: [{ label: 'docs' }] }, problems: [{ file: '.github/labeler.yml' }] },
    ],
    [
      'a file too large to be read, which is noted',
      { '.github/labeler.yml': LABELER, CODEOWNERS: `# ${'x'.repeat(70_000)}` },
      { outcome: 'found', notes: expect.arrayContaining([expect.stringMatching(/^CODEOWNERS is left out/)]) },
    ],
  ])('tells %s', async (_, files, expected) => {
    github(inOwn(files));
    expect(await createReader().read()).toMatchObject(expected);
  });

  test('tells GitHub’s refusal from there being nothing, and remembers none', async () => {
    const refused: Record<string, string> = { [OWN]: 'FORBIDDEN' };
    github({}, { refused });
    const reader = createReader();
    expect(await reader.read()).toMatchObject({
      outcome: 'unavailable',
      reason: expect.stringMatching(/no Codertocat/),
    });
    delete refused[OWN];
    expect(await reader.read()).toEqual({ outcome: 'none' });
  });
});

describe('the defaults of an owner', () => {
  test('hold for a repository without rules, and below the rules of one that has some', async () => {
    github({ [DEFAULTS]: 'labels: [{ label: org, files: ["**"] }]\ncap: 3\n' });
    expect(await createReader().read()).toMatchObject({
      outcome: 'found',
      sources: ['Codertocat/.github/.github/fairlead.yml'],
      configuration: { labels: [{ label: 'org' }], cap: 3 },
    });
    nock.cleanAll();
    github({
      [DEFAULTS]: 'labels: [{ label: org, files: ["**"] }]\ncap: 3\n',
      [`${OWN}:.github/fairlead.yml`]: 'cap: 4',
    });
    expect(await createReader().read()).toMatchObject({
      sources: ['.github/fairlead.yml', 'Codertocat/.github/.github/fairlead.yml'],
      configuration: { labels: [{ label: 'org' }], cap: 4 },
    });
    nock.cleanAll();
    github({ 'Codertocat/.github:fairlead.yml': 'cap: 5', ...inOwn({ '.github/labeler.yml': LABELER }) });
    expect(await createReader().read()).toMatchObject({
      sources: ['.github/labeler.yml', 'Codertocat/.github/fairlead.yml'],
      configuration: { labels: [{ label: 'docs' }], cap: 5 },
    });
  });

  test('stop nothing any more once their error is gone, or they are', async () => {
    const files: Record<string, string> = { [DEFAULTS]: 'lables: []' };
    github(files);
    const reader = createReader();
    expect(await reader.read()).toMatchObject({ outcome: 'unreadable' });
    delete files[DEFAULTS];
    reader.later(300_000);
    expect(await reader.read()).toEqual({ outcome: 'none' });
    files[DEFAULTS] = 'cap: 2';
    reader.later(300_000);
    expect(await reader.read()).toMatchObject({ configuration: { cap: 2 } });
  });

  test('are asked for once for all repositories of the installation, and by each installation for itself', async () => {
    const calls = github({ [DEFAULTS]: 'cap: 3', [`${OWN}:.github/fairlead.yml`]: 'check: false' });
    const reader = createReader();
    await reader.read();
    expect(calls.toSorted()).toEqual(['Codertocat/.github@HEAD 2', 'own']);
    reader.later(61_000);
    await reader.read();
    expect(calls.slice(2)).toEqual(['own']);
    await reader.read({ tenant: '2' });
    expect(calls.filter((call) => call.includes('.github@'))).toHaveLength(2);
    reader.later(180_000);
    await reader.read();
    expect(calls.filter((call) => call.includes('.github@'))).toHaveLength(3);
  });

  test('are not put over themselves in their own repository', async () => {
    const text = 'reviewers: [{ files: ["**"], people: [ann] }]';
    serve({
      'GET /repos/Codertocat/.github/contents/.github%2Ffairlead.yml': () => [
        200,
        { type: 'file', encoding: 'base64', size: text.length, content: Buffer.from(text).toString('base64') },
      ],
      'POST /graphql ReadFiles': () => [200, { data: { repository: { f0: { text, byteSize: text.length } } } }],
    });
    const found = await createReader().read({ fullName: 'Codertocat/.github' });
    expect(found).toMatchObject({ outcome: 'found', configuration: { reviewers: [{ people: ['ann'] }] } });
    expect(found).not.toHaveProperty('sources');
  });

  test('lock what they name: the attempt is told with its place, and their value stands', async () => {
    github({
      [DEFAULTS]: 'lock: [reviewers.count, check]\nreviewers: [{ files: ["**"], people: [ann, bob], count: 2 }]\n',
      [`${OWN}:.github/fairlead.yml`]: 'check: false\nreviewers:\n  - { files: [a], people: [cid, dan], count: 1 }\n',
    });
    expect(await createReader().read()).toMatchObject({
      configuration: { check: true, reviewers: [{ count: 2 }, { people: ['cid', 'dan'], count: 2 }] },
      problems: [
        {
          file: '.github/fairlead.yml',
          line: 1,
          column: 1,
          message: expect.stringMatching(/^"check" is locked by Coder/),
        },
        {
          file: '.github/fairlead.yml',
          line: 3,
          column: 39,
          message: expect.stringMatching(/"reviewers.count".*; 2 stands/),
        },
      ],
    });
  });

  test('may forbid to build on anything else, which is then not even read', async () => {
    const calls = github({ [DEFAULTS]: 'lock: [extends]', [`${OWN}:.github/fairlead.yml`]: 'extends: acme/config' });
    expect(await createReader().read()).toMatchObject({
      outcome: 'found',
      problems: [{ line: 1, column: 1, message: expect.stringContaining('"extends" is locked') }],
    });
    expect(calls).not.toContainEqual(expect.stringContaining('acme/config'));
  });
});

describe('what a file extends', () => {
  const extending = (target: string) => ({ [`${OWN}:.github/fairlead.yml`]: `cap: 1\nextends: ${target}\n` });

  test('is followed, the nearer over the farther, and the owner’s defaults under all', async () => {
    const calls = github({
      ...extending('acme/config/web.fairlead.yml'),
      'acme/config:web.fairlead.yml': 'extends: acme/base\nignore: [web]\ncap: 2',
      'acme/base:fairlead.yml': 'ignore: [base]\ntimezone: Europe/Berlin',
      [DEFAULTS]: 'timezone: UTC\nignore: [org]',
    });
    expect(await createReader().read()).toMatchObject({
      sources: [
        '.github/fairlead.yml',
        'acme/config/web.fairlead.yml',
        'acme/base/fairlead.yml',
        'Codertocat/.github/.github/fairlead.yml',
      ],
      configuration: { cap: 1, ignore: ['org', 'base', 'web'], timezone: 'Europe/Berlin' },
    });
    expect(calls).toHaveLength(4);
  });

  test('counts once where it is the owner’s defaults as well', async () => {
    github({ ...extending('codertocat/.github'), [DEFAULTS]: 'reviewers: [{ files: [a], people: [ann] }]' });
    expect(await createReader().read()).toMatchObject({
      sources: ['.github/fairlead.yml', 'Codertocat/.github/.github/fairlead.yml'],
      configuration: { reviewers: [{ people: ['ann'] }] },
    });
  });

  test.each<[string, Files, Readonly<Record<string, string>>, object]>([
    [
      'is not there, or hidden from the App',
      extending('acme/config'),
      {},
      {
        outcome: 'unreadable',
        problems: [
          {
            file: '.github/fairlead.yml',
            line: 2,
            column: 10,
            message: 'acme/config has no .github/fairlead.yml or fairlead.yml, or the App may not read it',
          },
        ],
      },
    ],
    [
      'has an error, told in its own file with the nearest key',
      { ...extending('acme/config'), 'acme/config:fairlead.yml': 'cap: 1\nlables: []\n' },
      {},
      {
        outcome: 'unreadable',
        problems: [
          {
            file: 'acme/config/fairlead.yml',
            line: 2,
            column: 1,
            message: expect.stringMatching(/did you mean "labels"/),
          },
        ],
      },
    ],
    [
      'is refused by GitHub',
      extending('acme/config'),
      { 'acme/config': 'FORBIDDEN' },
      { outcome: 'unavailable', reason: 'GitHub does not show acme/config: no acme/config' },
    ],
    [
      'leads back to the file itself',
      { ...extending('acme/a'), 'acme/a:fairlead.yml': `extends: ${OWN}`, [`${OWN}:fairlead.yml`]: '' },
      {},
      {
        outcome: 'unreadable',
        problems: [{ file: 'acme/a/fairlead.yml', line: 1, column: 10, message: expect.stringMatching(/leads back/) }],
      },
    ],
    [
      'goes round in a circle',
      { ...extending('acme/a'), 'acme/a:fairlead.yml': 'extends: acme/b', 'acme/b:fairlead.yml': 'extends: ACME/a' },
      {},
      {
        outcome: 'unreadable',
        problems: [{ file: 'acme/b/fairlead.yml', message: expect.stringMatching(/leads back/) }],
      },
    ],
    [
      'goes on and on',
      {
        ...extending('acme/p1'),
        ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`acme/p${n}:fairlead.yml`, `extends: acme/p${n + 1}`])),
      },
      {},
      {
        outcome: 'unreadable',
        problems: [{ file: 'acme/p5/fairlead.yml', message: expect.stringMatching(/more than 5 files/) }],
      },
    ],
  ])('is told where it %s', async (_, files, refused, expected) => {
    github(files, { refused });
    expect(await createReader().read()).toMatchObject(expected);
  });

  test('rejects while GitHub is unwell, and is remembered by nobody', async () => {
    serve({
      'GET /contents/.github%2Ffairlead.yml': () => [404, {}],
      'POST /graphql ReadFiles': () => [200, { errors: [{ type: 'RATE_LIMITED', message: 'wait' }] }],
    });
    const reader = createReader();
    await expect(reader.read()).rejects.toMatchObject({ code: 'github.rate_limited' });
    nock.cleanAll();
    github({ [DEFAULTS]: 'cap: 1' });
    expect(await reader.read()).toMatchObject({ outcome: 'found' });
  });
});

test('a text is judged as if it were the repository’s file, with what it builds on, and is not remembered', async () => {
  const calls = github({ [DEFAULTS]: 'lock: [cap]\ncap: 1', 'acme/config:fairlead.yml': 'ignore: [a]' });
  const reader = createReader();
  expect(await reader.read({ text: 'extends: acme/config\ncap: 9' })).toMatchObject({
    configuration: { cap: 1, ignore: ['a'] },
    problems: [{ line: 2, column: 1 }],
  });
  expect(await reader.read({ text: 'cpa: 9' })).toMatchObject({ outcome: 'unreadable', problems: [{ line: 1 }] });
  expect(calls).not.toContain('own');
  expect(await reader.read()).toMatchObject({ sources: ['Codertocat/.github/.github/fairlead.yml'] });
});
