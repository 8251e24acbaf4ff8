/** What only the composed house can promise: lanes, a person's word, channels, the store's failures, recovery, the internal port. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { redeliver } from '../../src/cli/redeliver.ts';
import { NO_TENANT } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { startEmbedded } from '../../src/house/embedded.ts';
import type { SqliteStore } from '../../src/store/sqlite.ts';
import { addRepository, openWorld, post, SLACK_BOT, until, type World } from '../support/house.ts';
import { startIssuer } from '../support/issuer.ts';
import { createLeapingClock } from '../support/leaping-clock.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const statuses = async (house: { runs(): Promise<readonly { readonly status: string }[]> }) =>
  (await house.runs()).map(({ status }) => status).sort();

describe('one lane per pull request', () => {
  test('a push while an older run is under way supersedes it: nothing is done or told about the old head', async () => {
    const { github, slack, repository } = world;
    const house = await world.start();
    const pull = world.pull();
    const old = pull.head.sha;
    const release = github.hold({ path: /\/pulls\/1\/files$/ });
    await world.tell(pull, 'opened');
    await release.reached;

    github.push(pull, ['src/main.c']);
    await world.tell(pull, 'synchronize');
    await house.quiet();
    release();
    await house.quiet();

    expect(await statuses(house)).toEqual(['cancelled', 'completed']);
    expect(pull.labels).toEqual(['source']);
    expect(repository.checkRuns.map(({ headSha }) => headSha)).toEqual([pull.head.sha]);
    expect(pull.head.sha).not.toBe(old);
    expect(house.verified.map(({ head }) => head.sha)).toEqual([pull.head.sha]);
    expect(slack.messages).toMatchObject([{ edits: 0 }]);
  });

  test('a webhook that GitHub delivers late, of a head that is history, changes nothing', async () => {
    const { github, repository } = world;
    const house = await world.start();
    const pull = world.pull();
    const late = structuredClone(github.payload(repository, pull, 'opened'));
    await wait(2);
    github.push(pull, ['src/main.c']);
    await world.tell(pull, 'synchronize');
    await house.quiet();
    const before = world.calls().length;

    expect((await post(house.webhookUrl, { payload: late })).status).toBe(202);
    await house.quiet();

    expect(await statuses(house)).toEqual(['cancelled', 'completed']);
    expect(world.calls()).toHaveLength(before);
    expect(pull.labels).toEqual(['source']);
  });

  test('events about one head wait for each other, in order', async () => {
    const { github } = world;
    const house = await world.start();
    const pull = world.pull();
    const release = github.hold({ path: /\/pulls\/1\/files$/ });
    await world.tell(pull, 'opened');
    await release.reached;
    pull.title = 'Explain how to moor, and when';
    await world.tell(pull, 'edited');
    await until(async () => (await house.runs()).length === 2, 'the second run is queued');
    expect(await statuses(house)).toEqual(['pending', 'running']);

    release();
    await house.quiet();

    expect(await statuses(house)).toEqual(['completed', 'completed']);
    expect(house.verified.map(({ action }) => action)).toEqual(['opened', 'edited']);
    expect(world.slack.messages).toMatchObject([{ edits: 1 }]);
    expect(JSON.stringify(world.slack.messages[0]?.blocks)).toContain('and when');
  });

  test('another pull request does not wait for a slow one', async () => {
    const { github } = world;
    const house = await world.start();
    const [slow, quick] = [world.pull(), world.pull()];
    const release = github.hold({ path: /\/pulls\/1\/files$/ });
    await world.tell(slow, 'opened');
    await release.reached;
    await world.tell(quick, 'opened');
    await until(() => world.slack.messages.length === 1, 'the quick one is announced');

    expect(slow.labels).toEqual([]);
    expect(quick.labels).toEqual(['documentation']);
    release();
    await house.quiet();
    expect(slow.labels).toEqual(['documentation']);
  });
});

describe('a person’s word wins', () => {
  test('a label that a person took off is not put back by any later event', async () => {
    const { github } = world;
    const house = await world.start();
    const pull = world.pull();
    await world.tell(pull, 'opened');
    await house.quiet();

    pull.labels = [];
    await world.tell(pull, 'unlabeled', { sender: 'hubot', label: { name: 'documentation' } });
    await house.quiet();
    for (const action of ['synchronize', 'edited', 'reopened']) {
      github.push(pull);
      await world.tell(pull, action);
      await house.quiet();
    }

    expect(pull.labels).toEqual([]);
    expect(house.verified.at(-1)?.labels).toEqual({ added: [], removed: [], kept: [] });
    expect(world.repository.checkRuns.at(-1)?.output.text).toMatch(
      /removed by hubot on \d{4}-\d\d-\d\d at \d\d:\d\d UTC/,
    );
  });

  test('what a person said of a head holds though a push and another word come before it was heard', async () => {
    const { github } = world;
    const house = await world.start();
    const pull = world.pull();
    const release = github.hold({ path: /\/files$/ });
    await world.tell(pull, 'opened');
    await release.reached;
    await world.tell(pull, 'unlabeled', { sender: 'hubot', label: { name: 'documentation' } });
    github.push(pull);
    await world.tell(pull, 'labeled', { sender: 'hubot', label: { name: 'unrelated' } });
    await world.tell(pull, 'synchronize');
    release();
    await house.quiet();

    expect(pull.labels).toEqual([]);
    expect(house.verified.at(-1)?.labels).toEqual({ added: [], removed: [], kept: [] });
  });

  test('deliveries that come late, in whatever order, do not bring back what was edited since', async () => {
    const { github, repository } = world;
    const rules = 'labels: [{ label: last, title: "^Last word" }]\n';
    repository.branches.get('main')?.set('.github/fairlead.yml', rules);
    const house = await world.start();
    const pull = world.pull();
    const edits = ['A word', 'Another word', 'Last word'].map((title, nth) => {
      Object.assign(pull, { title, updatedAt: new Date(Date.now() + nth * 1_000).toISOString() });
      return github.payload(repository, pull, 'edited');
    });
    for (const payload of edits.toReversed()) {
      await github.deliver('pull_request', payload);
      await house.quiet();
    }

    expect(house.verified.map(({ title }) => title)).toEqual(['Last word']);
    expect(pull.labels).toEqual(['last']);
  });

  test('a label that they put on has nothing judged by what the pull request was before it was edited', async () => {
    const { github, repository } = world;
    const rules = 'labels: [{ label: last, title: "^Last word" }]\nrequire: [{ no_label: [wip] }]\n';
    repository.branches.get('main')?.set('.github/fairlead.yml', rules);
    const house = await world.start();
    const pull = world.pull();
    await world.tell(pull, 'opened');
    await house.quiet();
    const release = github.hold({ path: /\/files$/ });
    await world.tell(pull, 'edited');
    await release.reached;
    pull.labels.push('wip');
    await world.tell(pull, 'labeled', { sender: 'hubot', label: { name: 'wip' } });
    pull.title = 'Last word';
    await world.tell(pull, 'edited');
    release();
    await house.quiet();

    expect(house.verified.at(-1)).toMatchObject({ action: 'evaluation_requested', title: 'Last word' });
    expect(pull.labels).toEqual(['wip', 'last']);
  });

  test('a label that a person put on is not taken off, though its rule no longer holds', async () => {
    const { github } = world;
    const house = await world.start();
    const pull = world.pull({ files: ['README.md'], labels: ['source', 'urgent'] });
    await world.tell(pull, 'opened');
    await house.quiet();
    github.push(pull, ['Makefile']);
    await world.tell(pull, 'synchronize');
    await house.quiet();

    // Ours is gone, theirs stay.
    expect(pull.labels).toEqual(['source', 'urgent']);
  });

  test('a reviewer whom a person released is not asked again', async () => {
    const { github } = world;
    const house = await world.start();
    const pull = world.pull();
    await world.tell(pull, 'opened');
    await house.quiet();
    pull.reviewers = [];
    await world.tell(pull, 'review_request_removed', { sender: 'hubot', requested_reviewer: { login: 'octocat' } });
    await house.quiet();
    github.push(pull);
    await world.tell(pull, 'synchronize');
    await house.quiet();

    expect(pull.reviewers).toEqual([]);
  });
});

describe('channels', () => {
  beforeEach(async () => {
    await world.close();
    const broken = { name: 'revoked', platform: 'slack', webhook: { env: 'SLACK_REVOKED' } };
    world = await openWorld({ channels: [broken, SLACK_BOT] });
  });

  const withRevoked = (url: string) => {
    const { secrets } = world.config();
    return { secrets: { ...secrets, env: (name: string) => (name === 'SLACK_REVOKED' ? url : secrets.env(name)) } };
  };

  test('one that fails for good is a dead letter of its own, and keeps neither the run nor the others', async () => {
    const house = await world.start({ config: withRevoked(`${world.slack.url}/services/gone`) });
    await world.tell(world.pull(), 'opened');
    await house.quiet();

    expect(await statuses(house)).toEqual(['completed']);
    expect(world.slack.messages).toMatchObject([{ by: 'bot' }]);
    expect(await house.guest.outbox.deadLetters({ limit: 10 })).toMatchObject([
      { trigger: 'notify-revoked', tenant: '7', reason: expect.stringContaining('chat.refused') },
    ]);
  });

  test('a dead letter that is delivered again after the mending arrives, and only there', async () => {
    const house = await world.start({ config: withRevoked(`${world.slack.url}/services/gone`) });
    await world.tell(world.pull(), 'opened');
    await house.quiet();
    const [letter] = await house.guest.outbox.deadLetters({ limit: 10 });
    await house.stop();

    const mended = await world.start({ config: withRevoked(world.slack.webhookUrl) });
    let said = '';
    const output = {
      write: (text: string) => {
        said += text;
      },
    };
    const context = {
      stdout: output,
      stderr: output,
      now: Date.now,
      openStore: async () => ({ ...mended.guest, close: async () => {} }),
    };
    const exitCode = await redeliver({
      context: { ...context, environment: {}, readLocalConfig: () => world.config() },
      arguments: [String(letter?.delivery)],
      flag: () => false,
    } as unknown as Parameters<typeof redeliver>[0]);
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: `${letter?.delivery} will be delivered again.\n` });
    await until(() => world.slack.messages.length === 2, 'the letter is delivered');
    await mended.quiet();

    expect(world.slack.messages.map(({ by }) => by)).toEqual(['bot', 'webhook']);
    expect(await mended.guest.outbox.depth()).toEqual({ due: 0, dead: 0 });
  });

  test('one that is down for a while is told once it is back', async () => {
    const clock = createLeapingClock();
    const house = await world.start({ clock, config: withRevoked(world.slack.webhookUrl) });
    world.slack.fail({ answer: { status: 503 }, times: 2 });
    await world.tell(world.pull(), 'opened');
    await house.quiet();

    expect(world.slack.messages.map(({ by }) => by).sort()).toEqual(['bot', 'webhook']);
  });
});

describe('a store that fails', () => {
  function createFailing() {
    let failing = false;
    const failed = () => Promise.reject(new FairleadError('store.unavailable', 'The disk is full.'));
    return {
      fail: (value: boolean) => {
        failing = value;
      },
      wrapStore: (store: SqliteStore) => ({
        ...store,
        check: () => (failing ? failed() : store.check()),
        outbox: {
          ...store.outbox,
          publish: (publication: Parameters<SqliteStore['outbox']['publish']>[0]) =>
            failing ? failed() : store.outbox.publish(publication),
        },
      }),
    };
  }

  test('makes a webhook answered 503 and the house unready; afterwards the same delivery is taken', async () => {
    const failing = createFailing();
    const clock = createLeapingClock();
    const house = await world.start({ clock, wrapStore: failing.wrapStore });
    const payload = world.github.payload(world.repository, world.pull(), 'opened');
    const readiness = async () => (await fetch(`${house.internalUrl}/readyz`)).status;
    expect(await readiness()).toBe(200);

    failing.fail(true);
    clock.leap(2_000);
    const refused = await post(house.webhookUrl, { payload, guid: 'd-1' });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await readiness()).toBe(503);

    failing.fail(false);
    clock.leap(2_000);
    expect(await readiness()).toBe(200);
    expect((await post(house.webhookUrl, { payload, guid: 'd-1' })).status).toBe(202);
    await house.quiet();
    expect(world.slack.messages).toHaveLength(1);
  });

  test('is told with its cause in the log and on the internal port, and to nobody on the public one', async () => {
    const failing = createFailing();
    const house = await world.start({ wrapStore: failing.wrapStore });
    failing.fail(true);

    const [told, kept] = await Promise.all(
      [house.internalUrl, new URL(house.webhookUrl).origin].map(async (url) => {
        const answer = await fetch(`${url}/readyz`);
        return { status: answer.status, ...((await answer.json()) as { readonly detail: string }) };
      }),
    );

    expect(told).toMatchObject({ status: 503, detail: 'Not ready: The disk is full.' });
    expect(kept).toMatchObject({ status: 503, detail: 'Not ready; the log says why.' });
    expect(house.log.lines.filter(({ message }) => message === 'not ready')).toMatchObject([
      { level: 'warn', fields: { err: { message: 'The disk is full.' } } },
    ]);
  });

  test('is not asked for each of those who ask whether the house is ready', async () => {
    let checks = 0;
    const check = async (store: SqliteStore) => {
      checks += 1;
      await store.check();
    };
    const house = await world.start({ wrapStore: (store) => ({ ...store, check: () => check(store) }) });
    const { origin } = new URL(house.webhookUrl);
    const answers = await Promise.all(Array.from({ length: 40 }, () => fetch(`${origin}/readyz`)));
    answers.push(await fetch(`${house.internalUrl}/readyz`));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(checks).toBe(1);
  });

  test('keeps the verified event from being published for a while, and it is not lost', async () => {
    const failing = createFailing();
    const clock = createLeapingClock();
    const house = await world.start({ clock, wrapStore: failing.wrapStore });
    world.github.onRequest(({ path }) => {
      if (path.endsWith('/check-runs')) failing.fail(true);
    });
    await world.tell(world.pull(), 'opened');
    await until(() => world.repository.checkRuns.length === 1, 'the check run is there');
    await wait(50);
    expect(house.verified).toEqual([]);

    failing.fail(false);
    clock.leap(10_000);
    await until(() => world.slack.messages.length === 1, 'the message is sent');
    await house.quiet();
    expect(world.repository.checkRuns).toHaveLength(1);
    expect(await statuses(house)).toEqual(['completed']);
  });

  test('at the start is asked again until it is back; what was accepted meanwhile is then done', async () => {
    let failures = 2;
    const wrapStore = (store: SqliteStore) => ({
      ...store,
      journal: {
        ...store.journal,
        keepDefinition: (...given: Parameters<SqliteStore['journal']['keepDefinition']>) => {
          failures -= 1;
          if (failures < 0) return store.journal.keepDefinition(...given);
          return Promise.reject(new FairleadError('store.unavailable', 'The disk is full.'));
        },
      },
    });
    const house = await world.start({ wrapStore });
    const payload = world.github.payload(world.repository, world.pull(), 'opened');
    expect((await post(house.webhookUrl, { payload, guid: 'd-1' })).status).toBe(202);
    await until(() => house.verified.length === 1, 'the pull request is verified');
  });
});

describe('nothing is missed', () => {
  test('a webhook that GitHub could not deliver is asked for again, and ends as any other', async () => {
    const { github, repository } = world;
    const clock = createLeapingClock();
    const house = await world.start({ clock });
    const pull = world.pull();
    await until(
      async () => (await house.guest.notes.read(NO_TENANT, 'source.recovery.cursor')) !== undefined,
      'a first pass',
    );
    await github.deliver('pull_request', github.payload(repository, pull, 'opened'), { lost: true });
    expect(house.events).toEqual([]);

    clock.leap(5 * 60_000 + 1_000);
    await until(() => github.world.deliveries.length === 2, 'GitHub was asked to deliver again');
    await house.quiet();

    expect(github.world.deliveries.map(({ statusCode, redelivery }) => [statusCode, redelivery])).toEqual([
      [502, false],
      [202, true],
    ]);
    expect(pull.labels).toEqual(['documentation']);
    clock.leap(5 * 60_000 + 1_000);
    await wait(30);
    await house.quiet();
    expect(github.world.deliveries).toHaveLength(2);
    expect(await (await fetch(`${house.internalUrl}/metrics`)).text()).toContain(
      'fairlead_recovered_deliveries_total{why="failed"} 1',
    );
  });

  test('the same delivery again is answered 200 and does nothing; with another body it is refused', async () => {
    const { github, repository } = world;
    const house = await world.start();
    const pull = world.pull();
    const payload = github.payload(repository, pull, 'opened');
    const send = (sent: unknown) => post(house.webhookUrl, { payload: sent, guid: 'd-1' });
    expect((await send(payload)).status).toBe(202);
    await house.quiet();
    const before = world.calls().length;

    expect((await send(payload)).status).toBe(200);
    expect((await send({ ...payload, number: 99 })).status).toBe(409);
    await house.quiet();

    expect(await house.runs()).toHaveLength(1);
    expect(world.calls()).toHaveLength(before);
    expect(world.slack.messages).toHaveLength(1);
  });
});

describe('a webhook of a repository in place of the App’s', () => {
  test('acts in the name of the installation, and ends as the App’s does', async () => {
    const house = await world.start();
    const pull = world.pull();
    const { installation: _, ...payload } = world.github.payload(world.repository, pull, 'opened');

    expect((await post(house.webhookUrl, { payload })).status).toBe(202);
    await house.quiet();

    expect(pull.labels).toEqual(['documentation']);
    expect((await house.runs()).map(({ tenant }) => tenant)).toEqual(['7']);
  });
});

describe('the internal port', () => {
  const attributes = (id: string) => ({
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-source': 'https://github.com/octo-org/hello',
    'ce-type': 'dev.knative.source.github.pull_request',
    'ce-action': 'opened',
    'content-type': 'application/json',
  });
  /** As Knative's GitHubSource sends it: the payload without what its library does not know. */
  function asKnativeSends(payload: Readonly<Record<string, unknown>>) {
    const { draft: _, requested_teams: __, ...pull } = payload.pull_request as Record<string, unknown>;
    const { installation: ___, ...rest } = payload;
    return { ...rest, pull_request: pull };
  }

  test('takes an event of another producer, finds its installation, and it ends as a webhook does', async () => {
    const house = await world.start();
    const pull = world.pull();
    const payload = asKnativeSends(world.github.payload(world.repository, pull, 'opened'));
    const response = await fetch(`${house.internalUrl}/events`, {
      method: 'POST',
      headers: attributes(randomUUID()),
      body: JSON.stringify(payload),
    });
    expect(response.status).toBe(202);
    await house.quiet();

    expect(pull.labels).toEqual(['documentation']);
    expect(house.verified).toMatchObject([{ number: 1, draft: false, problems: [] }]);
    expect(world.slack.messages).toHaveLength(1);
    expect((await house.runs()).map(({ tenant }) => tenant)).toEqual(['7']);
  });

  test('does not start anything for what the bot did itself, whoever sends it', async () => {
    const house = await world.start();
    const payload = world.github.payload(world.repository, world.pull(), 'opened', { sender: world.github.botLogin });
    await fetch(`${house.internalUrl}/events`, {
      method: 'POST',
      headers: attributes(randomUUID()),
      body: JSON.stringify(payload),
    });
    await house.quiet();

    expect(house.events).toHaveLength(1);
    expect(await house.runs()).toEqual([]);
  });

  test('keeps an event of no installation among the dead letters, and acts on it once the App is installed and a person says so', async () => {
    const house = await world.start();
    const elsewhere = addRepository(world.github, { fullName: 'far-away/shore', installation: 8 });
    const pull = world.pull({}, elsewhere);
    const { installation: _, ...payload } = world.github.payload(elsewhere, pull, 'opened');
    const letters = () => house.guest.outbox.deadLetters({ limit: 10 });
    await fetch(`${house.internalUrl}/events`, {
      method: 'POST',
      headers: { ...attributes('e-1'), 'ce-source': 'https://github.com/far-away/shore' },
      body: JSON.stringify(payload),
    });
    const [letter] = await letters();
    expect(letter).toMatchObject({
      trigger: '',
      reason: expect.stringContaining('is not installed on its repository'),
    });

    const redeliver = () => house.guest.outbox.redeliver(letter!.delivery, Date.now());
    await redeliver();
    await until(async () => (await letters()).length === 1, 'it is a dead letter again');
    await house.quiet();
    expect(await letters()).toMatchObject([
      { delivery: letter!.delivery, reason: expect.stringContaining('is not installed on its repository') },
    ]);
    expect(await house.runs()).toEqual([]);

    world.github.addInstallation({ id: 8, account: 'far-away' });
    await redeliver();
    await until(() => pull.labels.length > 0, 'it is labelled');
    await house.quiet();
    expect((await house.runs()).map(({ tenant, status }) => [tenant, status])).toEqual([['8', 'completed']]);
    expect(await house.guest.outbox.depth()).toEqual({ due: 0, dead: 0 });
  });

  test('demands the bearer token where one is set, but for health', async () => {
    const http = { ...world.config().http, internalToken: 'let me in' };
    const house = await world.start({ config: { http } });
    const get = (path: string, headers = {}) => fetch(`${house.internalUrl}${path}`, { headers });

    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/metrics')).status).toBe(401);
    expect((await get('/metrics', { authorization: 'Bearer let me out' })).status).toBe(401);
    expect((await get('/metrics', { authorization: 'Bearer let me in' })).status).toBe(200);
    expect((await fetch(`${house.internalUrl}/events`, { method: 'POST' })).status).toBe(401);
  });

  test('takes a token of the cluster for its audience in place of the bearer token, and nothing else', async () => {
    const issuer = await startIssuer('fairlead');
    for (const internalToken of ['let me in', undefined]) {
      const http = { ...world.config().http, internalToken };
      const house = await world.start({ config: { http, oidc: issuer.oidc } });
      const statusOf = async (method: string, path: string, token?: string) => {
        const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
        const headers = { ...attributes(randomUUID()), 'ce-tenant': '7', ...authorization };
        return (await fetch(house.internalUrl + path, { method, headers })).status;
      };
      for (const [method, path, taken] of [
        ['POST', '/events', 202],
        ['GET', '/metrics', 200],
      ] as const) {
        expect(await statusOf(method, path)).toBe(401);
        expect(await statusOf(method, path, issuer.tokenFor('another'))).toBe(401);
        expect(await statusOf(method, path, issuer.tokenFor('fairlead'))).toBe(taken);
        expect(await statusOf(method, path, 'let me in')).toBe(internalToken === undefined ? 401 : taken);
      }
      expect(await statusOf('GET', '/livez')).toBe(200);
      await house.stop();
    }
    await issuer.close();
  });

  test('tells the depth of the store among the metrics', async () => {
    const house = await world.start();
    await world.tell(world.pull(), 'opened');
    await house.quiet();
    const text = await (await fetch(`${house.internalUrl}/metrics`)).text();

    for (const line of [
      'fairlead_deliveries_due 0',
      'fairlead_dead_letters 0',
      'fairlead_webhooks_total{status="202"} 1',
      'fairlead_runs_total{workflow="pull-request",status="completed"} 1',
      'fairlead_notifications_total{platform="slack",outcome="sent"} 1',
    ]) {
      expect(text).toContain(line);
    }
  });

  test('is not the public one: neither events nor metrics are served there', async () => {
    const house = await world.start();
    const root = new URL(house.webhookUrl).origin;
    expect((await fetch(`${root}/events`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${root}/metrics`)).status).toBe(404);
    expect((await fetch(`${root}/livez`)).status).toBe(200);
  });
});

describe('a stop', () => {
  test('finishes what is under way, then leaves no one listening', async () => {
    const house = await world.start();
    const release = world.github.hold({ path: /\/pulls\/1\/files$/ });
    const pull = world.pull();
    await world.tell(pull, 'opened');
    await release.reached;
    const stopped = house.stop();
    await wait(20);
    release();
    await stopped;

    expect(pull.labels).toEqual(['documentation']);
    await expect(fetch(house.webhookUrl, { method: 'POST' })).rejects.toThrow('fetch failed');
  });

  test('leaves to the next house what outlasts its deadline', async () => {
    const house = await world.start({ config: { drainMs: 50 } });
    const release = world.github.hold({ path: /\/pulls\/1\/files$/ });
    const pull = world.pull();
    await world.tell(pull, 'opened');
    await release.reached;
    await house.stop();
    release();
    expect(pull.labels).toEqual([]);

    const began = performance.now();
    const next = await world.start();
    await until(() => world.slack.messages.length === 1, 'the next house has gone on');
    // A lease of 7.5 s that nobody had given up would have to end first.
    expect(performance.now() - began).toBeLessThan(6_000);
    await next.quiet();
    expect(pull.labels).toEqual(['documentation']);
    expect(await statuses(next)).toEqual(['completed']);
  });
});

describe('a start', () => {
  test('accepts webhooks while GitHub does not answer, and handles them when it does', async () => {
    world.github.fail({ path: /^\/app$/, times: 3 }, { status: 503 });
    const clock = createLeapingClock();
    const house = await world.start({ clock });
    const pull = world.pull();
    expect(await world.tell(pull, 'opened')).toMatchObject({ statusCode: 202 });
    await wait(20);
    expect(world.calls()).toEqual([]);

    const leaping = setInterval(() => clock.leap(1_000), 20);
    await until(() => world.slack.messages.length === 1, 'the event is handled').finally(() => clearInterval(leaping));
    await house.quiet();
    expect(pull.labels).toEqual(['documentation']);
  });

  test('over a store that another house has is refused, with how to fix it', async () => {
    await world.start();
    await expect(
      startEmbedded(world.config(), { log: (await import('../support/quiet.ts')).createQuietLog() }),
    ).rejects.toMatchObject({
      code: 'store.in_use',
      message: expect.stringContaining('FAIRLEAD_STORE'),
    });
  });

  test('with channels that cannot be read is refused before anything listens', async () => {
    const { channelsPath } = world.config();
    writeFileSync(channelsPath as string, 'channels: [{ name: x, platform: pigeon }]');
    await expect(world.start()).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('channels.yml:1:23: channels.0.platform'),
    });
    await expect(world.start({ config: { channelsPath: '/nowhere/channels.yml' } })).rejects.toThrow(
      'FAIRLEAD_CHANNELS',
    );
  });
});
