/** Reviewers that wait for green CI, over the whole house: asked once, whatever swarm of checks ends, and never in a loop. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommitStatus, Conclusion, Pull } from '../../src/demo/fake-github/world.ts';
import { EVALUATION_REQUESTED } from '../../src/events/catalogue.ts';
import { type House, INSTALLATION, openWorld, until, type World } from '../support/house.ts';
import { createLeapingClock } from '../support/leaping-clock.ts';

const RULES = `labels:
  - { label: broken, ci: failing }
reviewers:
  - { files: ["**"], people: [octocat], wait_for: ci }
`;

const clock = createLeapingClock();
let world: World;
let house: House;
beforeEach(async () => {
  world = await openWorld({ rules: RULES, channels: [] });
  house = await world.start({ clock });
});
afterEach(() => world.close());

/** The checks of an App end, and GitHub tells of it. */
async function end(pull: Pull, appId: number, conclusion: Conclusion): Promise<void> {
  const suite = world.github.check(world.repository, pull, { appId, conclusion });
  await world.github.deliver('check_suite', world.github.checkSuitePayload(world.repository, suite, 'Codertocat'));
}

/** Older CI sets a status, and GitHub tells of it. */
async function set(pull: Pull, state: CommitStatus['state'], context?: string): Promise<void> {
  const status = world.github.status(world.repository, pull, { state, ...(context === undefined ? {} : { context }) });
  await world.github.deliver('status', world.github.statusPayload(world.repository, status, 'Codertocat'));
}

/** Lets the calm after the last end go by. */
async function calm(): Promise<void> {
  await until(async () => (await house.runs()).some(({ status }) => status === 'waiting'), 'a run waits for the calm');
  await until(async () => {
    const open = (await house.runs()).filter(({ status }) => ['pending', 'running', 'waiting'].includes(status));
    return open.length === 1 && open[0]?.status === 'waiting';
  }, 'the runs before it have ended');
  clock.leap(16_000);
  await house.quiet();
}

const asked = (pull: Pull) => pull.reviewers.map(({ login }) => login);
const evaluations = () => house.events.filter(({ type }) => type === EVALUATION_REQUESTED).length;
const suiteCalls = () => world.calls().filter((call) => call.endsWith('/check-suites')).length;

test('a swarm of checks that end green leads to one evaluation, which asks', async () => {
  const pull = world.pull();
  for (const appId of [11, 12, 13]) world.github.check(world.repository, pull, { appId, conclusion: null });
  await world.tell(pull, 'opened');
  await house.quiet();
  expect(asked(pull)).toEqual([]);
  expect(world.repository.checkRuns.at(-1)?.output.text).toContain('waits for green CI, which is pending');

  for (const appId of [11, 12, 13]) await end(pull, appId, 'success');
  await calm();
  expect(asked(pull)).toEqual(['octocat']);
  expect([evaluations(), suiteCalls()]).toEqual([1, 3]);

  // Our own check run ends our own check suite, of which GitHub tells as of any other, sent by who pushed.
  await end(pull, 1, 'success');
  await calm();
  expect([evaluations(), suiteCalls()]).toEqual([1, 4]);
});

test('commit statuses count beside checks: a swarm of both leads to one evaluation, which asks when all are green', async () => {
  const pull = world.pull();
  world.github.check(world.repository, pull, { appId: 11, conclusion: 'success' });
  world.github.status(world.repository, pull, { state: 'pending' });
  await world.tell(pull, 'opened');
  await house.quiet();
  expect(asked(pull)).toEqual([]);

  await set(pull, 'failure', 'ci/lint');
  await calm();
  expect([pull.labels, asked(pull), evaluations()]).toEqual([['broken'], [], 1]);

  // Of one that begins anew nothing is asked.
  await set(pull, 'pending', 'ci/lint');
  await house.quiet();
  await set(pull, 'success', 'ci/lint');
  await end(pull, 11, 'success');
  await set(pull, 'success');
  await calm();
  expect([pull.labels, asked(pull), evaluations()]).toEqual([[], ['octocat'], 2]);
});

test('statuses alone make CI, too', async () => {
  const pull = world.pull();
  await world.tell(pull, 'opened');
  await house.quiet();
  await set(pull, 'success');
  await calm();
  expect(asked(pull)).toEqual(['octocat']);
});

test('where the App may not read statuses nothing is taken for green, and the check run says why', async () => {
  const installation = world.github.world.installations.get(INSTALLATION);
  Object.assign(installation as object, { permissions: { ...installation?.permissions, statuses: undefined } });
  const pull = world.pull();
  world.github.check(world.repository, pull, { conclusion: 'success' });
  await world.tell(pull, 'opened');
  await house.quiet();
  expect(asked(pull)).toEqual([]);
  expect(JSON.stringify(world.repository.checkRuns.at(-1)?.output)).toMatch(/commit statuses\) could not be read/);
});

test('what has failed is labelled; a draft waits for green checks and for being ready', async () => {
  const pull = world.pull({ draft: true });
  await world.tell(pull, 'opened');
  await house.quiet();
  await end(pull, 11, 'failure');
  await calm();
  expect([pull.labels, asked(pull)]).toEqual([['broken'], []]);
  await end(pull, 11, 'success');
  await calm();
  expect([pull.labels, asked(pull)]).toEqual([[], []]);
  pull.draft = false;
  await world.tell(pull, 'ready_for_review');
  await house.quiet();
  expect(asked(pull)).toEqual(['octocat']);
});
