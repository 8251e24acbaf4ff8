/** The README's story, over HTTP from end to end: a signed webhook in, a chat message out, and all that GitHub is asked between. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VERIFIED } from '../src/events/catalogue.ts';
import { openWorld, post, type World } from './support/house.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const textOf = ({ blocks }: { readonly blocks: unknown }) => JSON.stringify(blocks);

test('a pull request comes out labelled, reviewed, verified and announced', async () => {
  const { github, slack, repository } = world;
  const house = await world.start();
  const pull = world.pull();

  const answer = await post(house.webhookUrl, { payload: github.payload(repository, pull, 'opened'), guid: 'd-1' });
  expect(answer.status).toBe(202);
  await house.quiet();

  expect(world.calls()).toEqual([
    'GET /repos/octo-org/hello/contents/.github/fairlead.yml',
    'GET /repos/octo-org/hello/pulls/1/files',
    'POST /repos/octo-org/hello/issues/1/labels',
    'PATCH /repos/octo-org/hello/labels/documentation',
    'POST /repos/octo-org/hello/pulls/1/requested_reviewers',
    'POST /repos/octo-org/hello/check-runs',
  ]);
  expect(pull.labels).toEqual(['documentation']);
  expect(repository.labels.get('documentation')).toMatchObject({ color: '0075ca' });
  expect(pull.reviewers.map(({ login }) => login)).toEqual(['octocat']);
  expect(repository.checkRuns).toMatchObject([
    {
      name: 'fairlead',
      headSha: pull.head.sha,
      status: 'completed',
      conclusion: 'success',
      output: {
        title: '1 label added, 1 review requested',
        text: expect.stringContaining('README.md matches **/*.md'),
      },
    },
  ]);

  expect(house.events.map(({ type }) => type)).toEqual(['dev.knative.source.github.pull_request', VERIFIED]);
  expect(house.events.at(-1)).toMatchObject({
    source: 'https://github.com/octo-org/hello',
    subject: '1',
    tenant: '7',
    data: {
      title: 'Explain how to moor',
      author: { login: 'Codertocat' },
      head: { sha: pull.head.sha },
      labels: { added: [{ name: 'documentation', reason: 'README.md matches **/*.md' }], removed: [] },
      reviewers: { requested: [{ name: 'octocat', reason: 'README.md matches **' }] },
      problems: [],
    },
  });

  expect(slack.messages).toHaveLength(1);
  const [message] = slack.messages;
  expect(message).toMatchObject({ by: 'bot', edits: 0, mentions: [] });
  for (const part of ['octo-org/hello#1', 'Explain how to moor', 'documentation', 'octocat', 'README.md matches **']) {
    expect(textOf(message!)).toContain(part);
  }
});

test('a later push edits the same message: labels come off, and only what changed is asked of GitHub', async () => {
  const { github, slack } = world;
  const house = await world.start();
  const pull = world.pull();
  await world.tell(pull, 'opened');
  await house.quiet();
  const before = world.calls().length;

  github.push(pull, ['src/main.c']);
  await world.tell(pull, 'synchronize');
  await house.quiet();

  expect(world.calls().slice(before)).toEqual([
    'GET /repos/octo-org/hello/pulls/1/files',
    'POST /repos/octo-org/hello/issues/1/labels',
    'PATCH /repos/octo-org/hello/labels/source',
    'DELETE /repos/octo-org/hello/issues/1/labels/documentation',
    'POST /repos/octo-org/hello/check-runs',
  ]);
  expect(pull.labels).toEqual(['source']);
  expect(house.verified).toHaveLength(2);
  expect(slack.messages).toHaveLength(1);
  expect(slack.messages[0]).toMatchObject({ edits: 1 });
  expect(textOf(slack.messages[0]!)).toContain('src/main.c matches src/**');
});

test('with rules and token at hand, labels, reviewers and a check run take four calls, and a quiet push two', async () => {
  const { github } = world;
  const house = await world.start();
  await world.tell(world.pull(), 'opened');
  await house.quiet();
  const first = github.requests.length;

  const pull = world.pull();
  await world.tell(pull, 'opened');
  await house.quiet();
  expect(github.requests.slice(first).map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /repos/octo-org/hello/pulls/2/files',
    'POST /repos/octo-org/hello/issues/2/labels',
    'POST /repos/octo-org/hello/pulls/2/requested_reviewers',
    'POST /repos/octo-org/hello/check-runs',
  ]);
  const second = github.requests.length;

  github.push(pull);
  await world.tell(pull, 'synchronize');
  await house.quiet();
  expect(github.requests.slice(second).map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /repos/octo-org/hello/pulls/2/files',
    'POST /repos/octo-org/hello/check-runs',
  ]);
});

test('with check runs off, a quiet push takes one call', async () => {
  const { github } = world;
  const house = await world.start({ config: { checkRuns: false } });
  const pull = world.pull();
  await world.tell(pull, 'opened');
  await house.quiet();
  const before = github.requests.length;

  github.push(pull);
  await world.tell(pull, 'synchronize');
  await house.quiet();

  expect(github.requests.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /repos/octo-org/hello/pulls/1/files',
  ]);
  expect(house.verified.at(-1)?.checkRunUrl).toBeNull();
});
