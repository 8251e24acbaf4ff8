/** A stack of pull requests is restacked: each is pushed, and the checks of each new head end in a swarm. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Pull } from '../../src/demo/fake-github/world.ts';
import { type House, INSTALLATION, openWorld, until, type World } from '../support/house.ts';
import { createLeapingClock, type LeapingClock } from '../support/leaping-clock.ts';

const PULLS = 25;
const CHECK_RUNS = 30;
const CHECK_SUITES = 2;
/** Without check runs of our own, whose pace would be waited for. */
const RULES = `labels:
  - { label: docs, files: ["docs/**"] }
  - { label: last, title: "^Last word" }
check: false`;

let world: World;
afterEach(() => world.close());

async function storm({ rateShare = 1, limit = 5_000, swarm = true, rules = RULES } = {}) {
  const clock = createLeapingClock();
  world = await openWorld({ rules, channels: [] });
  const { github, repository } = world;
  const installation = github.world.installations.get(INSTALLATION);
  if (installation) installation.rateLimit.limit = limit;
  const house = await world.start({ clock, config: { rateShare } });
  const stack = Array.from({ length: PULLS }, (_, nth) =>
    github.addPull(repository, { author: 'ann', title: `Part ${nth + 1}`, files: ['src/main.c'] }),
  );
  // The token and the rules are at hand.
  const first = world.pull();
  await world.tell(first, 'opened');
  await house.quiet();
  const before = { calls: world.calls().length, verified: house.verified.length };
  for (const pull of stack) {
    github.push(pull);
    await world.tell(pull, 'synchronize');
  }
  if (swarm) {
    await tellOfCheckRuns(house, stack);
    for (const pull of stack) {
      for (let nth = 0; nth < CHECK_SUITES; nth += 1) {
        const suite = github.check(repository, pull, { appId: 11 + nth, conclusion: 'success' });
        await github.deliver('check_suite', github.checkSuitePayload(repository, suite, 'ann'));
      }
      const status = github.status(repository, pull, { state: 'success' });
      await github.deliver('status', github.statusPayload(repository, status, 'ann'));
    }
  }
  return { clock, house, stack, before };
}

/** As another producer sends them, in one batch. */
async function tellOfCheckRuns(house: House, stack: readonly Pull[]): Promise<void> {
  const events = stack.flatMap((pull) => {
    const { repository } = world.github.payload(world.repository, pull, 'synchronize');
    return Array.from({ length: CHECK_RUNS }, () => ({
      specversion: '1.0',
      id: randomUUID(),
      source: 'https://github.com/octo-org/hello',
      type: 'dev.knative.source.github.check_run',
      action: 'completed',
      tenant: String(INSTALLATION),
      data: { action: 'completed', check_run: { head_sha: pull.head.sha, conclusion: 'success' }, repository },
    }));
  });
  const answer = await fetch(`${house.internalUrl}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(events),
  });
  expect([events.length, answer.status]).toEqual([PULLS * CHECK_RUNS, 202]);
}

/** Lets the calm after the last checks go by. */
async function settle(house: House, clock: LeapingClock): Promise<void> {
  for (;;) {
    // Seldom: the list is long, and what is waited for has a process of its own to share.
    await wait(200);
    const runs = await house.guest.journal.list({ limit: 1_000 });
    const open = runs.filter(({ status }) => ['pending', 'running', 'waiting'].includes(status));
    if (open.length === PULLS && open.every(({ status }) => status === 'waiting')) break;
  }
  clock.leap(16_000);
  await house.quiet();
}

test('without a rule on CI: one evaluation per pull request and head, one call each, whatever the checks tell', async () => {
  const { clock, house, stack, before } = await storm();
  await settle(house, clock);
  const heads = house.verified.slice(before.verified).map(({ head }) => head.sha);
  expect(heads.sort()).toEqual(stack.map(({ head }) => head.sha).sort());
  expect(world.calls()).toHaveLength(before.calls + PULLS);
});

test('with a rule on CI: one evaluation more for what all the checks and statuses of a head come to, and ten calls in all', async () => {
  const { clock, house, stack, before } = await storm({
    rules: `${RULES}\nreviewers: [{ files: ["**"], people: [octocat], wait_for: ci }]`,
  });
  await settle(house, clock);
  const heads = house.verified.slice(before.verified).map(({ head }) => head.sha);
  expect(heads.sort()).toEqual(stack.flatMap(({ head }) => [head.sha, head.sha]).sort());
  expect(stack.map(({ reviewers }) => reviewers.length)).toEqual(Array(PULLS).fill(1));
  // Files, suites and status; then a look at suites, status and the pull request; then the first three and the request.
  expect(world.calls()).toHaveLength(before.calls + PULLS * (3 + 3 + 4));
});

test('what is edited while the evaluation of a head is under way is one evaluation more, of the last word', async () => {
  world = await openWorld({ rules: RULES, channels: [] });
  const { github, repository } = world;
  const house = await world.start();
  await world.tell(world.pull(), 'opened');
  await house.quiet();
  const before = house.verified.length;
  const stack = Array.from({ length: PULLS }, () => github.addPull(repository, { author: 'ann', title: 'Part' }));
  const release = github.hold({ path: /\/files$/, times: PULLS });
  for (const pull of stack) await world.tell(pull, 'synchronize');
  const isUnderWay = async () => (await house.runs()).filter(({ status }) => status === 'running').length === PULLS;
  await until(isUnderWay, 'all of them are under way');
  for (const title of ['A word', 'Another word', 'Last word']) {
    for (const pull of stack) {
      pull.title = title;
      await world.tell(pull, 'edited');
    }
  }
  const isQueued = async () => (await house.guest.outbox.depth()).due === 0;
  await until(isQueued, 'all that was told is queued');
  release();
  await house.quiet();

  const titles = house.verified.slice(before).map(({ title }) => title);
  expect(titles.sort()).toEqual([...Array(PULLS).fill('Last word'), ...Array(PULLS).fill('Part')]);
  expect(stack.map(({ labels }) => labels)).toEqual(Array(PULLS).fill(['last']));
  const runs = await house.guest.journal.list({ limit: 1_000 });
  const joined = runs.filter(({ fault }) => String(fault).startsWith('joined by '));
  expect(joined).toHaveLength(2 * PULLS);
});

test('a storm spends no more than the share of the hour: what is left waits, and nothing of it fails', async () => {
  const { house, before } = await storm({ rateShare: 0.5, limit: 40, swarm: false });
  await until(async () => {
    const open = (await house.runs()).filter(({ status }) => status === 'pending' || status === 'running');
    return open.length === 0;
  }, 'nothing more can be done this hour');
  const runs = await house.runs();
  const spent = world.calls().length - before.calls;
  // GraphQL has an hour of its own, which the fake does not keep apart.
  expect(world.github.world.installations.get(INSTALLATION)?.rateLimit.used).toBeLessThanOrEqual(20);
  expect(world.calls().length).toBeGreaterThan(15);
  expect(runs.filter(({ status }) => status === 'faulted')).toEqual([]);
  expect(runs.filter(({ status }) => status === 'waiting')).toHaveLength(PULLS - spent);
});
