/**
 * `workflows/pull-request.yaml` as it is shipped, in the whole house: given GitHub's own example of a webhook, exactly these
 * calls with exactly these bodies, and nothing that is not listed here, since nothing else is let out.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nock from 'nock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { examplePayloads } from '../../src/demo/example-payload.ts';
import { VERIFIED } from '../../src/events/catalogue.ts';
import type { Event } from '../../src/events/event.ts';
import { startEmbedded } from '../../src/house/embedded.ts';
import { openWorld, post, until, type World } from '../support/house.ts';
import { createQuietLog } from '../support/quiet.ts';

const API = 'https://api.github.com';
const REPOSITORY = '/repos/Codertocat/Hello-World';
const HEAD = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';

let world: World;
let folder: string;
beforeEach(async () => {
  world = await openWorld({ channels: [] });
  folder = mkdtempSync(join(tmpdir(), 'fairlead-nock-'));
  nock.disableNetConnect();
  nock.enableNetConnect('127.0.0.1');
});
afterEach(async () => {
  nock.cleanAll();
  nock.restore();
  nock.activate();
  nock.enableNetConnect();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The house under GitHub's real address; answers every event that the broker accepted. */
async function tell(action: string, change: (payload: Payload) => void = () => {}): Promise<readonly Event[]> {
  const events: Event[] = [];
  const { github, ...config } = world.config();
  const house = await startEmbedded(
    {
      ...config,
      storePath: join(folder, 'fairlead.db'),
      github: { ...github, apiUrl: API, botLogin: 'fairlead[bot]' },
    },
    { log: createQuietLog(), observe: (event) => void events.push(event) },
  );
  try {
    expect((await post(house.webhookUrl, { payload: payloadOf(action, change) })).status).toBe(202);
    await until(() => events.some(({ type }) => type === VERIFIED), 'the pull request is verified');
    expect(nock.pendingMocks()).toEqual([]);
  } finally {
    await house.stop();
  }
  return events;
}

interface Payload {
  installation?: { id: number };
  pull_request: { labels: object[]; requested_reviewers: object[] };
}

function payloadOf(action: string, change: (payload: Payload) => void): Payload {
  const example = examplePayloads('pull_request')?.find((one) => one.action === action);
  const payload = { ...structuredClone(example), installation: { id: 7 } } as unknown as Payload;
  payload.pull_request.requested_reviewers = [];
  change(payload);
  return payload;
}

/** Of the App itself: a token, and the deliveries that are looked through at every start. */
function expectApp() {
  nock(API).get('/app/hook/deliveries').query({ per_page: 100 }).reply(200, []);
  nock(API)
    .post('/app/installations/7/access_tokens')
    .matchHeader('authorization', /^bearer ey/)
    .reply(201, { token: 'ghs_test', expires_at: new Date(Date.now() + 3_600_000).toISOString() });
}

const asInstallation = () => nock(API, { reqheaders: { authorization: 'token ghs_test' } });

/** The owner's defaults, asked for beside the rules. */
function expectNoDefaults() {
  asInstallation()
    .post('/graphql', ({ variables }) => variables.owner === 'Codertocat' && variables.name === '.github')
    .reply(200, { data: { repository: null }, errors: [{ type: 'NOT_FOUND', path: ['repository'], message: '' }] });
}

function expectRules(text: string) {
  expectNoDefaults();
  const content = Buffer.from(text).toString('base64');
  asInstallation()
    .get(`${REPOSITORY}/contents/.github%2Ffairlead.yml`)
    .query({ ref: 'master' })
    .reply(200, { type: 'file', encoding: 'base64', size: text.length, content });
}

function expectFiles(...names: readonly string[]) {
  const files = names.map((filename) => ({ filename, status: 'modified' }));
  asInstallation().get(`${REPOSITORY}/pulls/2/files`).query({ per_page: 100, page: 1 }).reply(200, files);
}

function expectCheckRun(title: string) {
  asInstallation()
    .post(`${REPOSITORY}/check-runs`, (body) => {
      expect(body).toMatchObject({ name: 'fairlead', head_sha: HEAD, status: 'completed', output: { title } });
      return true;
    })
    .reply(201, { html_url: 'https://github.com/Codertocat/Hello-World/runs/4' });
}

const RULES = `labels:
  - { label: documentation, color: "0075ca", files: ["**/*.md"] }
  - { label: source, files: ["src/**"] }
reviewers:
  - { files: ["**"], people: [Codertocat, octocat], teams: [core] }
`;

test('an opened pull request: rules, files, labels, the colour of the new one, reviewers, check run', async () => {
  expectApp();
  expectRules(RULES);
  expectFiles('README.md');
  asInstallation()
    .post(`${REPOSITORY}/issues/2/labels`, { labels: ['documentation'] })
    .reply(200, [{ name: 'documentation', color: 'ededed' }]);
  asInstallation().patch(`${REPOSITORY}/labels/documentation`, { color: '0075ca' }).reply(200, {});
  asInstallation()
    .post(`${REPOSITORY}/pulls/2/requested_reviewers`, { reviewers: ['octocat'], team_reviewers: ['core'] })
    .reply(201, {});
  expectCheckRun('1 label added, 2 reviews requested');

  const events = await tell('opened');

  expect(events.at(-1)).toMatchObject({
    source: 'https://github.com/Codertocat/Hello-World',
    data: {
      labels: { added: [{ name: 'documentation', reason: 'README.md matches **/*.md' }] },
      checkRunUrl: 'https://github.com/Codertocat/Hello-World/runs/4',
    },
  });
});

test('a pull request that the rules say nothing of: rules, files, and the check run that says so', async () => {
  expectApp();
  expectRules(RULES.slice(0, RULES.indexOf('reviewers:')));
  expectFiles('Makefile');
  expectCheckRun('Nothing to do');

  const events = await tell('opened');

  expect(events.at(-1)).toMatchObject({ data: { labels: { added: [], removed: [], kept: [] } } });
});

test('a repository without rules, for any tool: GitHub’s 404 lets the default rules hold', async () => {
  expectApp();
  expectNoDefaults();
  asInstallation()
    .get(`${REPOSITORY}/contents/.github%2Ffairlead.yml`)
    .query({ ref: 'master' })
    .reply(404, { message: 'Not Found' });
  asInstallation()
    .post('/graphql', ({ variables }) => variables.name === 'Hello-World')
    .reply(200, { data: { repository: { head: { oid: HEAD } } } });
  expectFiles('.github/workflows/ci.yml');
  asInstallation()
    .post(`${REPOSITORY}/issues/2/labels`, { labels: ['ci'] })
    .reply(200, [{ name: 'ci', color: 'fbca04' }]);
  expectCheckRun('1 label added');

  await tell('reopened');
});

test('a label that is there already is kept without a call', async () => {
  expectApp();
  expectRules(RULES.slice(0, RULES.indexOf('reviewers:')));
  expectFiles('README.md');
  expectCheckRun('Nothing to do');

  const events = await tell('synchronize', ({ pull_request }) => {
    pull_request.labels = [{ name: 'Documentation' }];
  });

  expect(events.at(-1)).toMatchObject({
    data: { labels: { added: [], kept: [{ name: 'Documentation', reason: 'README.md matches **/*.md' }] } },
  });
});
