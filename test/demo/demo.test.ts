import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { expect, it } from 'vitest';
import { type DemoSettings, type DemoStep, startDemo } from '../../src/demo/demo.ts';
import { examplePayloads } from '../../src/demo/example-payload.ts';
import { setScene } from '../../src/demo/scene.ts';
import { VERIFIED, type VerifiedData } from '../../src/events/catalogue.ts';

const payload = examplePayloads('pull_request')!.find(({ action }) => action === 'opened')!;

it('the scene is the payload’s own: repository, pull request, author and head', async () => {
  const { github, payload: sent } = await setScene(payload);
  try {
    expect(sent).toEqual({ ...payload, installation: { id: 1 } });
    const repository = github.world.repositories.get('codertocat/hello-world')!;
    expect(repository).toMatchObject({ id: sent.repository.id, defaultBranch: 'master' });
    expect(repository.pulls.get(2)).toMatchObject({
      id: sent.pull_request.id,
      title: 'Update the README with new information.',
      author: { login: 'Codertocat' },
      head: { sha: sent.pull_request.head.sha },
    });
  } finally {
    await github.close();
  }
});

it('a bot that cannot be reached leaves the demo saying what it did not see', async () => {
  const steps: DemoStep[] = [];
  let stopped = false;
  const demo = await startDemo(
    {
      startBot: async () => ({
        webhookUrl: 'http://127.0.0.1:1/',
        stop: async () => {
          stopped = true;
        },
      }),
      report: (step) => steps.push(step),
    },
    { payload, deadlineMs: 5000 },
  );
  await demo.close();
  expect(steps.map(({ kind }) => kind)).toEqual(['sent']);
  expect(demo.missing).toEqual(['accepted', 'files', 'labels', 'reviewers', 'check', 'verified', 'chat']);
  expect(demo.webhookAnswer).toBe('502 failed to connect to host');
  expect(stopped).toBe(true);
});

it('a bot that does not start leaves nothing of the demo running', async () => {
  let github = '';
  const startBot = async (settings: DemoSettings) => {
    github = settings.github.url;
    throw new Error('no workflows');
  };
  await expect(startDemo({ startBot, report: () => {} }, { payload, deadlineMs: 5000 })).rejects.toThrow(
    'no workflows',
  );
  await expect(fetch(github)).rejects.toThrow('fetch failed');
});

it('an event without collected examples has none', () => {
  expect(examplePayloads('no_such_event')).toEqual([]);
});

it('a bot that takes the webhook and does nothing is waited for until the deadline', async () => {
  const server = createServer((_, response) => response.writeHead(202).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const startBot = async () => ({ webhookUrl, stop: async () => void server.close() });
  const demo = await startDemo({ startBot, report: () => {} }, { payload, deadlineMs: 100 });
  await demo.close();
  expect(demo.missing).toEqual(['accepted', 'files', 'labels', 'reviewers', 'check', 'verified', 'chat']);
  expect(demo.tookMs).toBeGreaterThanOrEqual(100);
});

it('what the bot does is seen from outside, step by step, and its own events are not taken for the world’s', async () => {
  const steps: DemoStep[] = [];
  const demo = await startDemo(
    { startBot: startPlainBot, report: (step) => steps.push(step) },
    { payload, deadlineMs: 500000 },
  );
  await demo.close();
  expect(demo.missing).toEqual([]);
  expect(demo.webhookAnswer).toBe('202 OK');
  expect(steps).toEqual([
    {
      kind: 'sent',
      repository: 'Codertocat/Hello-World',
      number: 2,
      title: 'Update the README with new information.',
      author: 'Codertocat',
    },
    { kind: 'accepted', type: 'test.opened', id: expect.any(String) },
    { kind: 'files', files: ['README.md'] },
    { kind: 'labels', names: ['documentation'] },
    { kind: 'reviewers', names: ['octocat'] },
    { kind: 'check', title: 'One label' },
    { kind: 'verified', data: VERIFIED_DATA },
    { kind: 'chat', lines: ['Fairlead  APP', '┃ done'] },
  ]);
});

const VERIFIED_DATA = { number: 2 } as VerifiedData;

/** The shortest bot that does the whole job: no queue, no rules. */
async function startPlainBot({ github, slack, observe }: DemoSettings) {
  const octokit = new Octokit({
    baseUrl: github.url,
    authStrategy: createAppAuth,
    auth: { appId: github.appId, privateKey: github.privateKey, installationId: 1 },
  });
  const pull = { owner: 'Codertocat', repo: 'Hello-World', pull_number: 2 };
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    response.writeHead(202).end();
    const data = JSON.parse(text);
    const id = request.headers['x-github-delivery'] as string;
    observe({ specversion: '1.0', id, source: '/', type: `test.${data.action}`, data });
    if (data.action !== 'opened') return;
    await octokit.rest.pulls.listFiles(pull);
    await octokit.rest.issues.addLabels({ ...pull, issue_number: 2, labels: ['documentation'] });
    await octokit.rest.pulls.requestReviewers({ ...pull, reviewers: ['octocat'] });
    const output = { title: 'One label', summary: 'documentation' };
    await octokit.rest.checks.create({ ...pull, name: 'plain', head_sha: data.pull_request.head.sha, output });
    observe({ specversion: '1.0', id: `${id}-v`, source: '/', type: VERIFIED, data: VERIFIED_DATA });
    await fetch(`${slack.api}/chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${slack.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ channel: slack.channel, text: 'done' }),
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    webhookUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
