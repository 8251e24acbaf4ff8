import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readEventing } from '../../src/broker/look-alike/manifests.ts';
import { VERIFIED } from '../../src/events/catalogue.ts';
import { toDefinitionTable } from '../../src/house/definitions.ts';
import { planEventing } from '../../src/house/eventing.ts';
import { readOperatorFiles } from '../../src/house/operator-files.ts';
import { desiredEventing } from '../../src/operator/desired.ts';
import { type Cluster, NAMESPACE, openCluster, TOKEN } from '../support/cluster.ts';
import {
  addRepository,
  openWorld,
  post,
  SECRET,
  SLACK_BOT,
  until,
  type World,
  type WorldOptions,
} from '../support/house.ts';
import { startIssuer } from '../support/issuer.ts';
import { createLeapingClock } from '../support/leaping-clock.ts';

const ROOT = join(import.meta.dirname, '../..');

async function eventing() {
  const { workflows } = readOperatorFiles({ workflowsPath: join(ROOT, 'workflows'), channelsPath: undefined });
  const channel = { name: `notify-${SLACK_BOT}`, filters: [{ exact: { type: VERIFIED } }] };
  const plan = planEventing(await toDefinitionTable(workflows), [channel], { namespace: NAMESPACE });
  const { triggers, bindings } = desiredEventing(plan);
  const broker = readFileSync(join(ROOT, 'knative/base/200-broker.yaml'), 'utf8');
  return readEventing([broker, ...[...triggers, ...bindings].map((resource) => JSON.stringify(resource))]);
}

let world: World;
let cluster: Cluster;

async function open(options?: WorldOptions, clusterOptions?: Parameters<typeof openCluster>[2]): Promise<void> {
  world = await openWorld(options);
  cluster = await openCluster(world, await eventing(), clusterOptions);
}

afterEach(async () => {
  await cluster?.close();
  await world?.close();
});

/** What a PingSource sends the runner. */
async function tick(): Promise<Response> {
  const { url } = await cluster.service('runner');
  return fetch(`${url}/tick`, {
    method: 'POST',
    headers: {
      'ce-specversion': '1.0',
      'ce-id': 'tick-1',
      'ce-source': '/test',
      'ce-type': 'dev.knative.sources.ping',
    },
  });
}

describe('a pull request over four services, each started by its first request', () => {
  test('comes out labelled, reviewed, verified and announced, as in one process', async () => {
    await open();
    const pull = world.pull();
    expect((await world.tell(pull, 'opened')).statusCode).toBe(202);
    await until(() => world.slack.messages.length === 1, 'no message');
    await cluster.quiet();

    expect(world.calls()).toEqual([
      'GET /repos/octo-org/hello/contents/.github/fairlead.yml',
      'GET /repos/octo-org/hello/pulls/1/files',
      'POST /repos/octo-org/hello/issues/1/labels',
      'PATCH /repos/octo-org/hello/labels/documentation',
      'POST /repos/octo-org/hello/pulls/1/requested_reviewers',
      'POST /repos/octo-org/hello/check-runs',
    ]);
    expect(pull.labels).toEqual(['documentation']);
    expect(cluster.events.map(({ type }) => type)).toEqual(['dev.knative.source.github.pull_request', VERIFIED]);
    expect(cluster.events.at(-1)).toMatchObject({ tenant: '7', subject: '1', data: { problems: [] } });
    expect(await cluster.store.outbox.deadLetters({ limit: 10 })).toEqual([]);
  });

  test('does nothing twice for a webhook that comes twice, nor for an event that the broker delivers twice', async () => {
    await open();
    const { github, repository } = world;
    const pull = world.pull();
    const source = await cluster.service('source');
    const webhook = { payload: github.payload(repository, pull, 'opened'), guid: 'd-1' };
    const first = await post(`${source.url}/api/github/webhooks`, webhook);
    const second = await post(`${source.url}/api/github/webhooks`, webhook);
    expect([first.status, second.status]).toEqual([202, 200]);
    await until(() => world.slack.messages.length === 1, 'no message');
    await cluster.quiet();
    const calls = world.calls().length;

    const [event] = cluster.events;
    const again = await fetch(cluster.brokerUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify(event),
    });
    expect(again.status).toBe(202);
    await cluster.quiet();
    expect(world.calls()).toHaveLength(calls);
    expect(world.slack.messages).toHaveLength(1);
  });
});

test('a webhook of a repository that the App is not installed on is a dead letter of the source', async () => {
  await open();
  const { url } = await cluster.service('source');
  const payload = { action: 'opened', repository: { name: 'elsewhere', owner: { login: 'nobody' } } };

  expect((await post(`${url}/api/github/webhooks`, { payload, guid: 'd-1' })).status).toBe(202);

  expect(await cluster.store.outbox.deadLetters({ limit: 10 })).toMatchObject([
    { tenant: '0', trigger: '', event: { id: 'd-1' }, reason: expect.stringContaining('not installed') },
  ]);
  expect(cluster.events).toEqual([]);
});

describe('a runner that is scaled to zero', () => {
  async function journey(scalesToZero: boolean) {
    await open();
    const pull = world.pull();
    await world.tell(pull, 'opened');
    await until(() => world.slack.messages.length === 1, 'no message');
    await cluster.quiet();
    if (scalesToZero) await cluster.stop('runner');
    world.github.push(pull, ['README.md', 'src/moor.ts']);
    await world.tell(pull, 'synchronize');
    await cluster.quiet();
    const { journal } = cluster.store;
    const outcome = {
      calls: world.calls(),
      labels: pull.labels,
      messages: world.slack.messages.map(({ edits }) => edits),
      runs: (await journal.list({ limit: 10 })).map(({ status, claims }) => ({ status, claims })),
    };
    await cluster.close();
    await world.close();
    return outcome;
  }

  test('between two events is started by the second, and does what one that stayed does', async () => {
    const stayed = await journey(false);
    expect(stayed).toMatchObject({ labels: ['documentation', 'source'], runs: [{ claims: 1 }, { claims: 1 }] });
    expect(await journey(true)).toEqual(stayed);
  });

  test('is started by the tick, once a run that found GitHub away is to try again', async () => {
    const serviceClock = createLeapingClock();
    await open({}, { serviceClock });
    const pull = world.pull();
    const end = world.github.fail(
      { path: /^\/repos\/.*\/contents\//, times: Number.POSITIVE_INFINITY },
      { status: 502 },
    );
    const runs = () => cluster.store.journal.list({ limit: 10 });
    await world.tell(pull, 'opened');
    await until(async () => (await runs()).some(({ status }) => status === 'waiting'), 'no run waits for GitHub');
    await cluster.stop('runner');
    end();
    expect((await runs()).map(({ status }) => status)).toEqual(['waiting']);

    const due = await cluster.store.journal.nextDue();
    serviceClock.leap(Math.max(0, (due ?? 0) - serviceClock.now()));
    expect((await tick()).status).toBe(202);
    expect(pull.labels).toEqual(['documentation']);
    expect((await runs()).map(({ status }) => status)).toEqual(['completed']);
  });
});

describe('what cannot be delivered', () => {
  const unusable = {
    'ce-specversion': '1.0',
    'ce-id': 'bad-1',
    'ce-source': '/test',
    'ce-type': VERIFIED,
    'ce-tenant': '7',
    'content-type': 'application/json',
  };

  test('arrives among the dead letters with what was answered, and is published again when a person says so', async () => {
    await open();
    await fetch(cluster.brokerUrl, { method: 'POST', headers: unusable, body: '{}' });
    const letters = () => cluster.store.outbox.deadLetters({ limit: 10 });
    await until(async () => (await letters()).length === 1, 'no dead letter');
    const [letter] = await letters();
    expect(letter).toMatchObject({
      trigger: `notify-${SLACK_BOT}`,
      tenant: '7',
      event: { id: 'bad-1', type: VERIFIED },
      reason: expect.stringMatching(/^HTTP 400 from http:.*is not a verified pull request/),
    });
    expect(Object.keys(letter!.event).filter((name) => name.startsWith('knative'))).toEqual([]);

    await cluster.store.outbox.redeliver(letter!.delivery, Date.now());
    expect((await tick()).status).toBe(202);
    await until(() => cluster.events.filter(({ id }) => id === 'bad-1').length === 2, 'not published again');
    await until(async () => (await letters()).length === 1, 'no dead letter again');
  });

  test('is looked up anew by the source where it belongs to nobody, and left to it by the runner', async () => {
    await open();
    const elsewhere = addRepository(world.github, { fullName: 'far-away/shore', installation: 8 });
    const pull = world.pull({}, elsewhere);
    const { installation: _, ...payload } = world.github.payload(elsewhere, pull, 'opened');
    const { outbox } = cluster.store;
    const letters = () => outbox.deadLetters({ limit: 10 });
    const unowned = { trigger: '', reason: expect.stringContaining('is not installed on its repository') };
    const published = () => cluster.events.filter(({ id }) => id === 'e-1').map(({ tenant }) => tenant);
    /** It begins with a pass over what is to be redelivered. */
    async function startSource(): Promise<void> {
      const { url } = await cluster.service('source');
      world.github.connect({ url: `${url}/api/github/webhooks`, secret: SECRET });
    }
    const { url } = await cluster.service('source');
    await fetch(`${url}/events`, {
      method: 'POST',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'e-1',
        'ce-source': 'https://github.com/far-away/shore',
        'ce-type': 'dev.knative.source.github.pull_request',
        'ce-action': 'opened',
        'content-type': 'application/json',
        authorization: `Bearer ${TOKEN}`,
      },
      body: JSON.stringify(payload),
    });
    const [letter] = await letters();
    expect(letter).toMatchObject(unowned);

    // A runner that is up knows whose events are the bot's own, which only the source could have told it.
    expect((await tick()).status).toBe(202);
    await cluster.stop('source');
    await outbox.redeliver(letter!.delivery, Date.now());
    expect((await tick()).status).toBe(202);
    expect(await outbox.depth()).toEqual({ due: 1, dead: 0 });
    await startSource();
    await until(async () => (await letters()).length === 1, 'no dead letter again');
    expect(await letters()).toMatchObject([{ ...unowned, delivery: letter!.delivery }]);
    expect(published()).toEqual([]);

    await cluster.stop('source');
    world.github.addInstallation({ id: 8, account: 'far-away' });
    await outbox.redeliver(letter!.delivery, Date.now());
    await startSource();
    await until(() => pull.labels.length > 0, 'not labelled');
    await cluster.quiet();
    expect(published()).toEqual(['8']);
    expect(await outbox.depth()).toEqual({ due: 0, dead: 0 });
    expect(await outbox.unknown('8', ['e-1'])).toEqual([]);
  });

  test('a webhook is refused with 503 while the broker is away, and nothing is noted as accepted', async () => {
    await open({}, { config: { sink: 'http://127.0.0.1:9/' } });
    const delivery = await world.tell(world.pull(), 'opened');
    expect(delivery.statusCode).toBe(503);
    expect(await cluster.store.outbox.unknown('7', [delivery.guid])).toEqual([delivery.guid]);
  });
});

describe('where the cluster’s tokens are asked for', () => {
  test('source, runner and notifier take events with one for their audience, and none without', async () => {
    const issuer = await startIssuer('fairlead');
    await open({}, { config: { oidc: issuer.oidc } });
    const event = {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/test',
      'ce-type': 'test.happened',
      'ce-tenant': '7',
    };
    const paths = [
      ['source', '/events'],
      ['runner', '/tick'],
      ['runner', '/runner-pull-request'],
      ['notifier', `/notify-${SLACK_BOT}`],
      ['notifier', '/dead-letters'],
    ] as const;
    for (const [role, path] of paths) {
      const { url } = await cluster.service(role);
      const statusWith = async (authorization: Record<string, string>) =>
        (await fetch(url + path, { method: 'POST', headers: { ...event, ...authorization } })).status;
      const statuses = [
        await statusWith({}),
        await statusWith({ authorization: `Bearer ${issuer.tokenFor('another')}` }),
        await statusWith({ authorization: `Bearer ${issuer.tokenFor('fairlead')}` }),
      ];
      expect(statuses, role + path).toEqual([401, 401, 202]);
    }
    await issuer.close();
  });
});

describe('each service', () => {
  test.each(['source', 'runner', 'functions', 'notifier'] as const)(
    '%s says that it lives, that it is ready, and its metrics only to who has the token',
    async (role) => {
      await open();
      const { url } = await cluster.service(role);
      const statusOf = async (path: string, headers: Record<string, string> = {}) =>
        (await fetch(url + path, { headers })).status;
      expect(await statusOf('/livez')).toBe(200);
      expect(await statusOf('/readyz')).toBe(200);
      expect(await statusOf('/metrics')).toBe(401);
      expect(await statusOf('/metrics', { authorization: `Bearer ${TOKEN}` })).toBe(200);
      expect(await statusOf('/nothing')).toBe(404);
    },
  );

  test('functions answers nobody without the token', async () => {
    await open();
    const { url } = await cluster.service('functions');
    const answer = await fetch(`${url}/decide`, { method: 'POST', body: '{}' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'application/problem+json']);
  });

  test('the runner keeps a delivery open until the run has ended', async () => {
    await open();
    const pull = world.pull();
    const runner = await cluster.service('runner');
    const payload = world.github.payload(world.repository, pull, 'opened');
    const answer = await fetch(`${runner.url}/runner-pull-request`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify({
        specversion: '1.0',
        id: 'd-7',
        source: 'https://github.com/octo-org/hello',
        type: 'dev.knative.source.github.pull_request',
        action: 'opened',
        tenant: '7',
        time: '2026-11-21T12:00:00Z',
        data: payload,
      }),
    });
    expect(answer.status).toBe(202);
    expect(await cluster.store.journal.list({ limit: 10 })).toMatchObject([{ status: 'completed' }]);
  });
});
