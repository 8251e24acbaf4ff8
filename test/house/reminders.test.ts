/** Reviewers who do not answer, over the whole house: reminded, told of in the chat, replaced; and left alone once they answer. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Pull } from '../../src/demo/fake-github/world.ts';
import { type House, openWorld, until, type World } from '../support/house.ts';
import { createLeapingClock } from '../support/leaping-clock.ts';

const REMINDERS = 'after: 1h, hours: "00:00-24:00", days: [mon, tue, wed, thu, fri, sat, sun]';
const RULES = `labels: []
reviewers:
  - { files: ["**"], people: [octocat, hubot], count: 1, strategy: round-robin }
`;
const HOUR = 3_600_000;

const clock = createLeapingClock();
let world: World;
let house: House;
beforeEach(async () => {
  world = await openWorld({ rules: `${RULES}reminders: { ${REMINDERS}, next: replace }\n` });
  house = await world.start({ clock });
});
afterEach(() => world.close());

const asked = (pull: Pull) => pull.reviewers.map(({ login }) => login);
const comments = () => world.repository.comments.map(({ body }) => body.split('\n')[0]);
const reminding = async () =>
  (await house.runs()).filter(
    ({ definition, status }) => definition.name === 'review-reminder' && status === 'waiting',
  );

/** Asked, and the run that reminds is waiting. */
async function open(): Promise<Pull> {
  const pull = world.pull();
  await world.tell(pull, 'opened');
  await until(async () => (await reminding()).length === 1, 'a run waits to remind');
  return pull;
}

test('who does not answer is reminded, then replaced, over a restart too; who answers is left alone', async () => {
  const pull = await open();
  expect(asked(pull)).toEqual(['octocat']);

  clock.leap(HOUR);
  await until(() => world.slack.messages.length === 2, 'the chat is told');
  expect(comments()).toEqual(['@octocat: your review is awaited, for an hour of work now.']);
  expect(JSON.stringify(world.slack.messages[1])).toContain('octocat has not answered for an hour of work');

  await until(async () => (await reminding()).length === 1, 'it waits for the next round');
  await house.stop();
  house = await world.start({ clock });
  clock.leap(HOUR);
  await until(() => asked(pull).join() === 'hubot', 'the next candidate is asked, and the first let go');
  await until(() => world.repository.checkRuns.length === 2, 'the choice is explained');
  expect(world.repository.checkRuns[1]?.output.text).toMatch(/octocat.*has not answered for 2 hours of work/);

  await until(async () => (await reminding()).length === 1, 'the new reviewer is going to be reminded');
  world.github.review(pull, 'hubot', 'APPROVED');
  const review = world.github.payload(world.repository, pull, 'submitted', { sender: 'hubot' });
  await world.github.deliver('pull_request_review', review);
  await house.quiet();
  expect(comments()).toHaveLength(1);
});

test('where nobody else can be asked, who does not answer stays asked', async () => {
  world.repository.branches
    .get('main')
    ?.set('.github/fairlead.yml', `${RULES.replace(', hubot', '')}reminders: { ${REMINDERS}, next: replace }\n`);
  const pull = await open();
  for (const round of [1, 2]) {
    clock.leap(HOUR);
    await until(() => house.events.filter(({ type }) => type.endsWith('overdue.v1')).length === round, 'it is told');
    await until(async () => round === 2 || (await reminding()).length === 1, 'it goes on');
  }
  await house.quiet();
  expect(asked(pull)).toEqual(['octocat']);
});
