import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type FakeGitHub, startFakeGitHub } from '../../src/demo/fake-github/fake-github.ts';
import type { Pull, Repository } from '../../src/demo/fake-github/world.ts';

const APP_ID = '7';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;

let github: FakeGitHub;
let repository: Repository;
let pull: Pull;
let time: number;

beforeEach(async () => {
  time = Date.now();
  github = await startFakeGitHub({ appId: APP_ID, privateKey: pem, now: () => time });
  github.addInstallation({ id: 1, account: 'octo' });
  github.addInstallation({ id: 2, account: 'other' });
  github.addInstallation({ id: 3, account: 'strict', permissions: { metadata: 'read', pull_requests: 'read' } });
  repository = github.addRepository({
    installation: 1,
    fullName: 'octo/hello',
    collaborators: ['Amy', 'bob'],
    teams: { docs: ['amy'] },
    labels: [{ name: 'Bug', color: 'ff0000' }],
    contents: {
      '.github/fairlead.yml': 'labels: {}\n',
      'README.md': 'x'.repeat(200),
      'big.txt': 'y'.repeat(1_048_577),
    },
  });
  pull = github.addPull(repository, { number: 5, author: 'carl', files: ['README.md'] });
  github.addRepository({ installation: 2, fullName: 'other/secret' });
  github.addPull(github.addRepository({ installation: 3, fullName: 'strict/place' }), { number: 5, author: 'carl' });
});

afterEach(() => github.close());

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function ask(
  method: string,
  path: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string>; raw?: string } = {},
): Promise<Answered> {
  const response = await fetch(path.startsWith('http') ? path : `${github.url}${path}`, {
    method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    body: options.raw ?? (options.body === undefined ? null : JSON.stringify(options.body)),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== '';
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

function jwt(claims: Record<string, unknown> = {}, key = pem): string {
  const now = Math.floor(time / 1000);
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const head = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iat: now - 30, exp: now + 540, iss: APP_ID, ...claims })}`;
  return `${head}.${createSign('RSA-SHA256').update(head).sign(key, 'base64url')}`;
}

async function tokenOf(installation: number): Promise<string> {
  const { body } = await ask('POST', `/app/installations/${installation}/access_tokens`, { token: jwt() });
  return (body as { token: string }).token;
}

const messageOf = (answer: Answered) => (answer.body as { message: string }).message;

describe('who may call', () => {
  it.each([
    ['a request without credentials is told to authenticate', undefined, 'Requires authentication'],
    ['a token nobody issued is refused', 'ghs_unknown', 'Bad credentials'],
  ])('%s', async (_, token, message) => {
    const answer = await ask('GET', '/repos/octo/hello/pulls/5', token === undefined ? {} : { token });
    expect([answer.status, messageOf(answer)]).toEqual([401, message]);
  });

  it.each([
    ['valid for too long', () => jwt({ exp: Math.floor(time / 1000) + 3600 }), /too far in the future/],
    ['that has expired', () => jwt({ exp: Math.floor(time / 1000) - 120 }), /must be a numeric value/],
    ['issued in the future', () => jwt({ iat: Math.floor(time / 1000) + 300 }), /'iat'/],
    ['of another App', () => jwt({ iss: '8' }), /Integration not found/],
    [
      'signed with another key',
      () =>
        jwt(
          {},
          generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
            type: 'pkcs1',
            format: 'pem',
          }) as string,
        ),
      /could not be decoded/,
    ],
  ])('a JWT %s is refused', async (_, make, message) => {
    const answer = await ask('GET', '/app', { token: make() });
    expect(answer.status).toBe(401);
    expect(messageOf(answer)).toMatch(message);
  });

  it('an installation token expires after an hour', async () => {
    const token = await tokenOf(1);
    expect((await ask('GET', '/repos/octo/hello', { token })).status).toBe(200);
    time += 3_600_000;
    expect((await ask('GET', '/repos/octo/hello', { token })).status).toBe(401);
  });

  it('a token of one installation does not see the repositories of another', async () => {
    const answer = await ask('GET', '/repos/octo/hello/pulls/5', { token: await tokenOf(2) });
    expect([answer.status, messageOf(answer)]).toEqual([404, 'Not Found']);
  });

  it('an installation grants what app.yml asks for, unless a test says otherwise', () => {
    const manifest = parse(readFileSync(new URL('../../app.yml', import.meta.url), 'utf8'));
    expect(github.world.installations.get(1)?.permissions).toEqual(manifest.default_permissions);
  });

  it('an act that the installation has no permission for is forbidden', async () => {
    const answer = await ask('POST', '/repos/strict/place/issues/5/labels', {
      token: await tokenOf(3),
      body: { labels: ['x'] },
    });
    expect([answer.status, messageOf(answer)]).toEqual([403, 'Resource not accessible by integration']);
  });

  it('the App is told where a repository is installed, and 404 where it is not', async () => {
    const found = await ask('GET', '/repos/Octo/Hello/installation', { token: jwt() });
    expect([found.status, (found.body as { id: number }).id]).toEqual([200, 1]);
    expect((await ask('GET', '/repos/octo/nothing/installation', { token: jwt() })).status).toBe(404);
  });

  it('the bot’s own client authenticates, renews a token and reads a pull request', async () => {
    const octokit = new Octokit({
      baseUrl: `${github.url}/api/v3`,
      authStrategy: createAppAuth,
      auth: { appId: APP_ID, privateKey: github.privateKey, installationId: 1 },
    });
    const { data } = await octokit.rest.pulls.get({ owner: 'octo', repo: 'hello', pull_number: 5 });
    expect(data).toMatchObject({ number: 5, user: { login: 'carl' }, changed_files: 1, draft: false });
  });
});

describe('what GitHub refuses', () => {
  const LONG = 'x'.repeat(51);
  it.each([
    [
      'the author as reviewer',
      'POST',
      '/pulls/5/requested_reviewers',
      { reviewers: ['CARL'] },
      422,
      /pull request author/,
    ],
    [
      'a reviewer who is no collaborator',
      'POST',
      '/pulls/5/requested_reviewers',
      { reviewers: ['amy', 'zoe'] },
      422,
      /only be requested from collaborators/,
    ],
    [
      'a team without access',
      'POST',
      '/pulls/5/requested_reviewers',
      { team_reviewers: ['nobody'] },
      422,
      /only be requested from collaborators/,
    ],
    ['a request that asks nobody', 'POST', '/pulls/5/requested_reviewers', {}, 422, /wasn't supplied/],
    [
      'a label with a name over 50 characters',
      'POST',
      '/issues/5/labels',
      { labels: [LONG] },
      422,
      /Validation Failed/,
    ],
    ['labels that are not a list', 'POST', '/issues/5/labels', { labels: 'bug' }, 422, /Invalid request/],
    ['taking off a label that is not on', 'DELETE', '/issues/5/labels/bug', undefined, 404, /Label does not exist/],
    ['a colour that is none', 'PATCH', '/labels/bug', { color: 'red' }, 422, /Validation Failed/],
    ['changing a label the repository lacks', 'PATCH', '/labels/none', { color: 'ffffff' }, 404, /Not Found/],
    ['making a label that exists', 'POST', '/labels', { name: 'bug' }, 422, /Validation Failed/],
    ['a pull request that does not exist', 'GET', '/pulls/6', undefined, 404, /Not Found/],
    ['a file that does not exist', 'GET', '/contents/none.txt', undefined, 404, /Not Found/],
    [
      'a branch that does not exist',
      'GET',
      '/contents/README.md?ref=none',
      undefined,
      404,
      /No commit found for the ref none/,
    ],
    ['a check run without a head', 'POST', '/check-runs', { name: 'c' }, 422, /"head_sha" wasn't supplied/],
    [
      'a check run of an unknown commit',
      'POST',
      '/check-runs',
      { name: 'c', head_sha: 'f'.repeat(40) },
      422,
      /No commit found for SHA/,
    ],
    [
      'a completed check run without a conclusion',
      'POST',
      '/check-runs',
      { name: 'c', head_sha: 'f', status: 'completed' },
      422,
      /"conclusion" wasn't supplied/,
    ],
    [
      'an output without a summary',
      'POST',
      '/check-runs',
      { name: 'c', head_sha: 'f', output: { title: 't' } },
      422,
      /"summary" wasn't supplied/,
    ],
    [
      'a summary over 65,535 characters',
      'POST',
      '/check-runs',
      { name: 'c', head_sha: 'f', output: { title: 't', summary: 'x'.repeat(65_536) } },
      422,
      /Only 65535 characters/,
    ],
    ['changing a check run that does not exist', 'PATCH', '/check-runs/99', { status: 'queued' }, 404, /Not Found/],
    ['an address it does not have', 'GET', '/nothing', undefined, 404, /Not Found/],
  ])('%s', async (_, method, path, body, status, message) => {
    const token = await tokenOf(1);
    const answer = await ask(method, `/repos/octo/hello${path}`, body === undefined ? { token } : { token, body });
    expect(answer.status).toBe(status);
    expect(messageOf(answer)).toMatch(message);
  });

  it('one bad login asks none of the others', async () => {
    await ask('POST', '/repos/octo/hello/pulls/5/requested_reviewers', {
      token: await tokenOf(1),
      body: { reviewers: ['amy', 'zoe'] },
    });
    expect(pull.reviewers).toEqual([]);
  });

  it('JSON that cannot be parsed', async () => {
    const answer = await ask('POST', '/repos/octo/hello/issues/5/labels', { token: await tokenOf(1), raw: '{' });
    expect([answer.status, messageOf(answer)]).toEqual([400, 'Problems parsing JSON']);
  });

  it('calls beyond the hour’s limit, until the hour is over', async () => {
    const token = await tokenOf(1);
    const { rateLimit } = github.world.installations.get(1)!;
    rateLimit.used = rateLimit.limit;
    const refused = await ask('GET', '/repos/octo/hello', { token });
    expect(refused.status).toBe(403);
    expect(messageOf(refused)).toBe('API rate limit exceeded for installation ID 1.');
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    rateLimit.resetsAt = time;
    expect((await ask('GET', '/repos/octo/hello', { token })).status).toBe(200);
  });
});

describe('what GitHub does', () => {
  it('adding labels creates missing ones in the default colour, keeps the spelling of known ones and repeats none', async () => {
    const token = await tokenOf(1);
    const path = '/repos/octo/hello/issues/5/labels';
    await ask('POST', path, { token, body: ['bug'] });
    const { body } = await ask('POST', path, { token, body: { labels: ['BUG', 'docs', 'Docs'] } });
    expect(body).toMatchObject([
      { name: 'Bug', color: 'ff0000' },
      { name: 'Docs', color: 'ededed' },
    ]);
    expect(pull.labels).toEqual(['Bug', 'Docs']);
  });

  it('a label with a slash and a space is taken off by its encoded name', async () => {
    pull.labels.push('area/front end', 'Bug');
    const { status, body } = await ask('DELETE', '/repos/octo/hello/issues/5/labels/area%2Ffront%20end', {
      token: await tokenOf(1),
    });
    expect([status, body]).toMatchObject([200, [{ name: 'Bug' }]]);
  });

  it('a label is given a colour of its own', async () => {
    const body = { color: '00ff00', description: 'What is broken' };
    await ask('PATCH', '/repos/octo/hello/labels/bug', { token: await tokenOf(1), body });
    expect(repository.labels.get('bug')).toMatchObject({ name: 'Bug', ...body });
  });

  it('reviewers and teams are asked once, and no longer once they are removed', async () => {
    const token = await tokenOf(1);
    const path = '/repos/octo/hello/pulls/5/requested_reviewers';
    const body = { reviewers: ['amy', 'bob'], team_reviewers: ['docs'] };
    expect((await ask('POST', path, { token, body })).status).toBe(201);
    await ask('POST', path, { token, body });
    await ask('DELETE', path, { token, body: { reviewers: ['BOB'] } });
    expect((await ask('GET', path, { token })).body).toMatchObject({
      users: [{ login: 'Amy' }],
      teams: [{ slug: 'docs' }],
    });
  });

  it('who cannot be assigned is left out without a word, and an assignment can be taken back', async () => {
    const token = await tokenOf(1);
    const path = '/repos/octo/hello/issues/5/assignees';
    const assigned = await ask('POST', path, { token, body: { assignees: ['amy', 'zoe', 'BOB'] } });
    expect(assigned).toMatchObject({ status: 201, body: { assignees: [{ login: 'Amy' }, { login: 'bob' }] } });
    await ask('DELETE', path, { token, body: { assignees: ['AMY'] } });
    expect(pull.assignees.map(({ login }) => login)).toEqual(['bob']);
  });

  it('a comment is written, edited, listed since it changed, and has each reaction of ours once', async () => {
    const token = await tokenOf(1);
    const { comment } = github.comment(repository, pull, 'amy', '/hold');
    time += 60_000;
    const written = await ask('POST', '/repos/octo/hello/issues/5/comments', { token, body: { body: 'No.' } });
    const { id } = written.body as { id: number };
    expect(written).toMatchObject({ status: 201, body: { user: { login: github.botLogin }, body: 'No.' } });
    await ask('PATCH', `/repos/octo/hello/issues/comments/${id}`, { token, body: { body: 'Yes.' } });
    const since = new Date(time).toISOString();
    const listed = await ask('GET', `/repos/octo/hello/issues/5/comments?since=${since}`, { token });
    expect(listed.body).toMatchObject([{ id, body: 'Yes.' }]);
    const reactions = `/repos/octo/hello/issues/comments/${comment.id}/reactions`;
    expect((await ask('POST', reactions, { token, body: { content: '+1' } })).status).toBe(201);
    expect((await ask('POST', reactions, { token, body: { content: '+1' } })).status).toBe(200);
    expect((await ask('POST', reactions, { token, body: { content: 'sad' } })).status).toBe(422);
    expect(comment.reactions).toMatchObject([{ content: '+1', user: { login: github.botLogin } }]);
  });

  it('the permission of somebody is that of their role, triage by its old name, and of strangers to read', async () => {
    const token = await tokenOf(1);
    repository.roles.set('amy', 'triage');
    const permissionOf = async (login: string) =>
      (await ask('GET', `/repos/octo/hello/collaborators/${login}/permission`, { token })).body;
    expect(await permissionOf('amy')).toMatchObject({
      permission: 'read',
      role_name: 'triage',
      user: { permissions: { triage: true, push: false } },
    });
    expect(await permissionOf('bob')).toMatchObject({ permission: 'write', user: { permissions: { push: true } } });
    expect(await permissionOf('octo')).toMatchObject({ permission: 'admin' });
    expect(await permissionOf('carl')).toMatchObject({ permission: 'read', user: { permissions: { triage: false } } });
  });

  it('whoever has reviewed is asked no longer', async () => {
    const token = await tokenOf(1);
    await ask('POST', '/repos/octo/hello/pulls/5/requested_reviewers', { token, body: { reviewers: ['amy'] } });
    github.review(pull, 'amy', 'APPROVED');
    expect(pull.reviewers).toEqual([]);
    expect((await ask('GET', '/repos/octo/hello/pulls/5/reviews', { token })).body).toMatchObject([
      { user: { login: 'Amy' }, state: 'APPROVED' },
    ]);
  });

  it('files come in pages of 30 unless asked otherwise, 100 at most, and 3,000 in all', async () => {
    github.push(
      pull,
      Array.from({ length: 3100 }, (_, index) => `f${index}`),
    );
    const token = await tokenOf(1);
    const path = '/repos/octo/hello/pulls/5/files';
    const first = await ask('GET', path, { token });
    expect(first.body).toHaveLength(30);
    expect(first.headers.get('link')).toBe(
      `<${github.url}${path}?page=2>; rel="next", <${github.url}${path}?page=100>; rel="last"`,
    );
    const last = await ask('GET', `${path}?per_page=500&page=30`, { token });
    expect(last.body).toHaveLength(100);
    expect(last.headers.get('link')).toContain('page=29>; rel="prev"');
    expect(last.headers.get('link')).not.toContain('rel="next"');
    expect((await ask('GET', `${path}?per_page=100&page=31`, { token })).body).toEqual([]);
  });

  it('a renamed file comes with its old path', async () => {
    github.push(pull, [{ filename: 'b', previousFilename: 'a', status: 'renamed', additions: 0, deletions: 0 }]);
    const { body } = await ask('GET', '/repos/octo/hello/pulls/5/files', { token: await tokenOf(1) });
    expect(body).toMatchObject([{ filename: 'b', previous_filename: 'a', status: 'renamed' }]);
  });

  it('a file comes in base64 of broken lines, or raw, from a branch or from the base’s sha', async () => {
    const token = await tokenOf(1);
    const path = '/repos/octo/hello/contents/README.md';
    const { content, encoding } = (await ask('GET', `${path}?ref=main`, { token })).body as Record<string, string>;
    expect(encoding).toBe('base64');
    expect(content?.split('\n')[0]).toHaveLength(60);
    expect(Buffer.from(content as string, 'base64').toString()).toBe('x'.repeat(200));
    const raw = await ask('GET', `${path}?ref=${pull.base.sha}`, {
      token,
      headers: { accept: 'application/vnd.github.raw+json' },
    });
    expect(raw.body).toBe('x'.repeat(200));
  });

  it('a file above one mebibyte comes without content, a directory as a list', async () => {
    const token = await tokenOf(1);
    const big = await ask('GET', '/repos/octo/hello/contents/big.txt', { token });
    expect(big.body).toMatchObject({ encoding: 'none', content: '', size: 1_048_577 });
    const directory = await ask('GET', '/repos/octo/hello/contents/.github', { token });
    expect(directory.body).toMatchObject([{ name: 'fairlead.yml', path: '.github/fairlead.yml', type: 'file' }]);
  });

  it('GraphQL tells the files of a branch at once, and their commit, whose tree lists them', async () => {
    const token = await tokenOf(1);
    const query = `query ReadFiles($owner: String!, $name: String!, $head: String!, $f0: String!, $f1: String!) {
      repository(owner: $owner, name: $name) {
        head: object(expression: $head) { oid }
        f0: object(expression: $f0) { ... on Blob { text } }
        f1: object(expression: $f1) { ... on Blob { text } }
      }
    }`;
    const variables = { owner: 'octo', name: 'hello', head: 'HEAD', f0: 'refs/heads/main:README.md', f1: 'HEAD:none' };
    const { body } = await ask('POST', '/graphql', { token, body: { query, variables } });
    const { data } = body as { data: { repository: { head: { oid: string }; f0: object; f1: null } } };
    expect(data.repository).toMatchObject({ f0: { text: 'x'.repeat(200), byteSize: 200 }, f1: null });
    const tree = await ask('GET', `/repos/octo/hello/git/trees/${data.repository.head.oid}?recursive=1`, { token });
    expect(tree.body).toMatchObject({ tree: expect.arrayContaining([expect.objectContaining({ path: 'README.md' })]) });
    const other = await ask('POST', '/graphql', { token, body: { query, variables: { ...variables, name: 'none' } } });
    expect(other.body).toMatchObject({ data: { repository: null }, errors: [{ type: 'NOT_FOUND' }] });
    const unknown = await ask('POST', '/graphql', { token, body: { query: 'query Other { viewer { login } }' } });
    expect(unknown.body).toMatchObject({ errors: [{ message: expect.stringContaining('Other') }] });
  });

  it('a conditional request for what has not changed is answered 304 and costs nothing', async () => {
    const token = await tokenOf(1);
    const path = '/repos/octo/hello/contents/README.md';
    const etag = (await ask('GET', path, { token })).headers.get('etag') as string;
    const again = await ask('GET', path, { token, headers: { 'if-none-match': etag } });
    expect([again.status, again.body, again.headers.get('x-ratelimit-used')]).toEqual([304, '', '1']);
    repository.branches.get('main')?.set('README.md', 'new');
    expect((await ask('GET', path, { token, headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  it('check runs are made, completed and found by commit and name, the latest of a name first', async () => {
    const token = await tokenOf(1);
    const body = { name: 'fairlead', head_sha: pull.head.sha, external_id: 'run-1' };
    await ask('POST', '/repos/octo/hello/check-runs', { token, body });
    const { id } = (await ask('POST', '/repos/octo/hello/check-runs', { token, body })).body as { id: number };
    const output = { title: 't', summary: 's' };
    await ask('PATCH', `/repos/octo/hello/check-runs/${id}`, { token, body: { conclusion: 'success', output } });
    const path = `/repos/octo/hello/commits/${pull.head.sha}/check-runs`;
    expect((await ask('GET', `${path}?check_name=fairlead`, { token })).body).toMatchObject({
      total_count: 1,
      check_runs: [{ id, status: 'completed', conclusion: 'success', external_id: 'run-1', output }],
    });
    expect((await ask('GET', `${path}?filter=all`, { token })).body).toMatchObject({ total_count: 2 });
    expect((await ask('GET', `${path}?check_name=other`, { token })).body).toMatchObject({ total_count: 0 });
  });

  it('a team’s members are listed', async () => {
    const { body } = await ask('GET', '/orgs/octo/teams/docs/members', { token: await tokenOf(1) });
    expect(body).toMatchObject([{ login: 'Amy' }]);
  });
});

describe('failures that a test orders', () => {
  it('fail as often as ordered, with status and headers, and without the effect', async () => {
    const token = await tokenOf(1);
    github.fail({ method: 'POST', path: /labels$/, times: 2 }, { status: 429, headers: { 'retry-after': '1' } });
    const post = () => ask('POST', '/repos/octo/hello/issues/5/labels', { token, body: ['docs'] });
    const first = await post();
    expect([first.status, first.headers.get('retry-after'), (await post()).status]).toEqual([429, '1', 429]);
    expect(pull.labels).toEqual([]);
    expect((await post()).status).toBe(200);
  });

  it('drop the connection after the effect, which the log says', async () => {
    const token = await tokenOf(1);
    github.fail({ path: /labels$/ }, { afterEffect: true });
    await expect(ask('POST', '/repos/octo/hello/issues/5/labels', { token, body: ['docs'] })).rejects.toThrow();
    expect(pull.labels).toEqual(['docs']);
    expect(github.requests.at(-1)).toEqual({
      method: 'POST',
      path: '/repos/octo/hello/issues/5/labels',
      query: '',
      body: ['docs'],
      status: undefined,
      installation: 1,
    });
  });

  it('hold a request back until it is let go', async () => {
    const token = await tokenOf(1);
    const release = github.hold({ path: /\/pulls\/5$/ });
    let answered = false;
    const held = ask('GET', '/repos/octo/hello/pulls/5', { token }).then((answer) => {
      answered = true;
      return answer;
    });
    await ask('GET', '/repos/octo/hello', { token });
    expect(answered).toBe(false);
    release();
    expect((await held).status).toBe(200);
  });

  it('expire every token at once', async () => {
    const token = await tokenOf(1);
    github.expireTokens();
    expect((await ask('GET', '/repos/octo/hello', { token })).status).toBe(401);
    expect((await ask('GET', '/repos/octo/hello', { token: await tokenOf(1) })).status).toBe(200);
  });
});

describe('webhooks', () => {
  interface Received {
    readonly headers: IncomingHttpHeaders;
    readonly text: string;
  }
  let bot: Server;
  let received: Received[];
  let status: number;

  beforeEach(async () => {
    received = [];
    status = 202;
    bot = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      received.push({ headers: request.headers, text });
      response.writeHead(status).end();
    });
    bot.listen(0, '127.0.0.1');
    await once(bot, 'listening');
    github.connect({ url: `http://127.0.0.1:${(bot.address() as AddressInfo).port}/hook`, secret: 'shh' });
  });

  afterEach(() => bot.close());

  const list = (query = '') => ask('GET', `/app/hook/deliveries${query}`, { token: jwt() });

  it('are signed over their exact bytes and carry GitHub’s headers', async () => {
    const delivery = await github.deliver('pull_request', github.payload(repository, pull, 'opened'), { guid: 'g-1' });
    const [{ headers, text } = { headers: {}, text: '' }] = received;
    expect(delivery).toMatchObject({ guid: 'g-1', statusCode: 202, status: 'OK' });
    expect(headers).toMatchObject({
      'x-github-event': 'pull_request',
      'x-github-delivery': 'g-1',
      'x-github-hook-installation-target-id': APP_ID,
      'x-hub-signature-256': `sha256=${createHmac('sha256', 'shh').update(text).digest('hex')}`,
    });
    expect(JSON.parse(text)).toMatchObject({
      action: 'opened',
      number: 5,
      pull_request: { number: 5, head: { sha: pull.head.sha } },
      repository: { full_name: 'octo/hello' },
      sender: { login: 'carl' },
      installation: { id: 1 },
    });
  });

  it('that failed are listed as failed and go out again under the same id when asked for', async () => {
    status = 503;
    await github.deliver('pull_request', github.payload(repository, pull, 'opened'), { guid: 'g-1' });
    const [failed] = (await list()).body as [{ id: number }];
    expect(failed).toMatchObject({
      guid: 'g-1',
      status_code: 503,
      event: 'pull_request',
      action: 'opened',
      redelivery: false,
      installation_id: 1,
    });
    status = 200;
    const again = await ask('POST', `/app/hook/deliveries/${failed.id}/attempts`, { token: jwt() });
    expect(again.status).toBe(202);
    await github.settled();
    expect((await list()).body).toMatchObject([
      { guid: 'g-1', status_code: 200, redelivery: true },
      { guid: 'g-1', status_code: 503 },
    ]);
    expect(received[1]?.text).toBe(received[0]?.text);
  });

  it('that never reached the bot are listed as failed', async () => {
    await github.deliver('pull_request', {}, { lost: true });
    expect(received).toEqual([]);
    expect((await list()).body).toMatchObject([{ status_code: 502, status: 'failed to connect to host' }]);
  });

  it('are listed newest first, page after page by cursor', async () => {
    for (const guid of ['a', 'b', 'c']) await github.deliver('ping', {}, { guid, lost: true });
    const first = await list('?per_page=2');
    expect(first.body).toMatchObject([{ guid: 'c' }, { guid: 'b' }]);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') as string)?.[1] as string;
    const second = await ask('GET', next, { token: jwt() });
    expect(second.body).toMatchObject([{ guid: 'a' }]);
    expect(second.headers.get('link')).toBeNull();
  });

  it('of an unknown delivery cannot be asked for', async () => {
    expect((await ask('POST', '/app/hook/deliveries/1/attempts', { token: jwt() })).status).toBe(404);
  });

  it('tell nothing of the bot’s own acts unless the fake echoes', async () => {
    await ask('POST', '/repos/octo/hello/issues/5/labels', { token: await tokenOf(1), body: ['docs'] });
    await github.settled();
    expect(received).toEqual([]);
  });

  it('come back from the bot’s own acts, sent by its own account, when the fake echoes', async () => {
    const target = { url: `http://127.0.0.1:${(bot.address() as AddressInfo).port}/hook`, secret: 'shh' };
    await github.close();
    github = await startFakeGitHub({ appId: APP_ID, privateKey: pem, slug: 'lead', echo: true });
    github.connect(target);
    github.addInstallation({ id: 1, account: 'octo' });
    repository = github.addRepository({
      installation: 1,
      fullName: 'octo/hello',
      collaborators: ['amy'],
      teams: { docs: [] },
    });
    pull = github.addPull(repository, { author: 'carl' });
    const token = await tokenOf(1);
    const body = { reviewers: ['amy'], team_reviewers: ['docs'] };
    await ask('POST', '/repos/octo/hello/issues/1/labels', { token, body: ['docs'] });
    await ask('DELETE', '/repos/octo/hello/issues/1/labels/docs', { token });
    await ask('POST', '/repos/octo/hello/pulls/1/requested_reviewers', { token, body });
    await ask('POST', '/repos/octo/hello/check-runs', { token, body: { name: 'fairlead', head_sha: pull.head.sha } });
    await github.settled();
    const told = received.map(({ headers, text }) => {
      const { action, sender } = JSON.parse(text);
      return `${headers['x-github-event']} ${action} by ${sender.login}`;
    });
    expect(told.toSorted()).toEqual([
      'check_run created by lead[bot]',
      'pull_request labeled by lead[bot]',
      'pull_request review_requested by lead[bot]',
      'pull_request review_requested by lead[bot]',
      'pull_request unlabeled by lead[bot]',
    ]);
  });
});
