/** Commands in comments over the whole house: what is said on GitHub is done there, answered, and remembered as a person's word. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Comment, Pull, Repository } from '../../src/demo/fake-github/world.ts';
import { addRepository, type House, openWorld, until, type World } from '../support/house.ts';
import { createLeapingClock } from '../support/leaping-clock.ts';

const RULES = `labels:
  - { label: documentation, files: ["**/*.md"] }
reviewers:
  - { files: ["src/**"], people: [octocat] }
`;

const clock = createLeapingClock();
let world: World;
let house: House;
beforeAll(async () => {
  world = await openWorld({ channels: [], rules: RULES, github: { echo: true } });
  world.repository.labels.set('bug', { id: 1, name: 'bug', color: 'd73a4a', description: null });
  house = await world.start({ clock });
});
// So many writes a minute are let out, and no more.
beforeEach(() => clock.leap(60_000));
afterAll(() => world.close());

async function say(pull: Pull, login: string, body: string): Promise<Comment> {
  const { comment, payload } = world.github.comment(world.repository, pull, login, body);
  await world.github.deliver('issue_comment', payload);
  await house.quiet();
  return comment;
}

async function tell(pull: Pull, action = 'opened') {
  await world.tell(pull, action);
  await house.quiet();
}

const reactions = (comment: Comment) => comment.reactions.map(({ content }) => content);
const answersOn = (pull: Pull, { comments }: Repository = world.repository) =>
  comments.filter(({ on, author }) => on === pull.number && author.login === world.github.botLogin);

test('a label that a person /unlabels is not put back by the rules, and one that they /label is not taken off', async () => {
  const pull = world.pull();
  await tell(pull);
  expect(pull.labels).toEqual(['documentation']);

  const said = await say(pull, 'octocat', 'No docs here.\r\n\r\n/unlabel Documentation\r\n/label bug');
  expect(pull.labels).toEqual(['bug']);
  expect(reactions(said)).toEqual(['+1']);
  await tell(pull, 'edited');
  expect(pull.labels).toEqual(['bug']);

  await say(pull, 'octocat', '/label documentation');
  pull.files = [];
  await tell(pull, 'edited');
  expect(pull.labels).toEqual(['bug', 'documentation']);
  expect(answersOn(pull)).toEqual([]);
});

test('what is not done is told in one comment, which is edited the next time; the rest is done', async () => {
  const pull = world.pull();
  const said = await say(pull, 'octocat', '/label bug, no such\n/label\n/hold');
  expect(pull.labels.toSorted()).toEqual(['bug', 'do-not-merge/hold']);
  expect(reactions(said)).toEqual(['confused']);
  expect(answersOn(pull).map(({ body }) => body)).toEqual([
    expect.stringMatching(/^<!-- fairlead \S+ -->\nTo `octocat`[\s\S]*names no label[\s\S]*“no such” was not found/),
  ]);

  await say(pull, 'stranger', '/unhold\n/fairlead help');
  expect(pull.labels).toContain('do-not-merge/hold');
  expect(answersOn(pull).map(({ body }) => body)).toEqual([
    expect.stringMatching(/To `stranger`[\s\S]*\/unhold is for triage[\s\S]*\| `\/hold` \|/),
  ]);
});

test('/cc asks for a review, /assign assigns, /retry judges again, /why tells what the check run says', async () => {
  const pull = world.pull();
  pull.assignees.push(world.repository.collaborators.get('hubot') as Pull['author']);
  const said = await say(pull, 'octocat', '/cc @hubot\n/unassign @hubot\n/assign\n/retry');
  expect(reactions(said)).toEqual(['+1']);
  expect(pull.reviewers.map(({ login }) => login)).toEqual(['hubot']);
  expect(pull.assignees.map(({ login }) => login)).toEqual(['octocat']);
  expect(house.verified.at(-1)).toMatchObject({ number: pull.number, action: 'evaluation_requested' });

  await say(pull, 'stranger', '/why');
  await say(pull, 'stranger', '/why');
  expect(answersOn(pull)).toMatchObject([
    { body: expect.stringContaining('**1 label added**, decided for the commit') },
  ]);
});

test('/away is kept for every repository of the installation, until it is taken back', async () => {
  const inAWeek = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
  const pull = world.pull();
  await say(pull, 'octocat', `/away until ${inAWeek}`);
  const other = addRepository(world.github, {
    fullName: 'octo-org/other',
    contents: { '.github/fairlead.yml': RULES },
  });
  const elsewhere = world.pull({ files: ['src/a.ts'] }, other);
  await tell(elsewhere);
  expect(elsewhere.reviewers).toEqual([]);
  expect(house.verified.at(-1)?.reviewers.skipped).toMatchObject([{ reason: `is away until ${inAWeek}` }]);

  await say(pull, 'octocat', '/away off');
  await tell(elsewhere, 'reopened');
  expect(elsewhere.reviewers.map(({ login }) => login)).toEqual(['octocat']);
});

test('nothing is started by a comment without a command of ours, by an edit, on an issue, or by an App', async () => {
  const pull = world.pull();
  const [runs, calls] = [(await house.runs()).length, world.calls().length];
  const { payload } = world.github.comment(world.repository, pull, 'octocat', '/hold');
  const { issue, comment } = payload as { issue: object; comment: { user: object } };
  await world.github.deliver('issue_comment', { ...payload, action: 'edited' });
  await world.github.deliver('issue_comment', { ...payload, issue: { ...issue, pull_request: undefined } });
  const byApp = { ...comment, user: { ...comment.user, type: 'Bot' } };
  await world.github.deliver('issue_comment', { ...payload, comment: byApp });
  await say(pull, 'octocat', 'thanks, see src/label\n/ok-to-test');
  expect(await house.runs()).toHaveLength(runs);
  expect(world.calls()).toHaveLength(calls);
});

test('/review-later has the reviewer asked again when the time has come; meanwhile the lane is free', async () => {
  const putOff = async () => {
    const pull = world.pull({ reviewers: ['octocat'] });
    const { comment, payload } = world.github.comment(world.repository, pull, 'octocat', '/review-later 3d');
    await world.github.deliver('issue_comment', payload);
    await until(() => comment.reactions.length === 1, 'the comment is answered');
    expect(reactions(comment)).toEqual(['+1']);
    return pull;
  };
  const [pull, reviewed] = [await putOff(), await putOff()];
  const waiting = async () => (await house.runs()).filter(({ status }) => status === 'waiting').length;
  await until(async () => (await waiting()) === 2, 'two reviews are put off');
  const requests = () => world.calls().filter((call) => call.endsWith(`/${pull.number}/requested_reviewers`));

  const verified = house.verified.length;
  await world.tell(pull, 'edited');
  await until(() => house.verified.length > verified, 'the pull request is judged all the same');
  clock.leap(71 * 3_600_000);
  expect(await waiting()).toBe(2);
  expect(requests()).toEqual([]);

  world.github.review(reviewed, 'octocat', 'APPROVED');
  clock.leap(2 * 3_600_000);
  await house.quiet();
  const path = `/repos/octo-org/hello/pulls/${pull.number}/requested_reviewers`;
  expect(requests()).toEqual([`DELETE ${path}`, `POST ${path}`]);
  expect(pull.reviewers.map(({ login }) => login)).toEqual(['octocat']);
  expect(reviewed.reviewers).toEqual([]);
});
