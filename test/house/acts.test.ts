/** What rules do beside labels and reviews, in the whole house and on GitHub's own terms; and that none of it answers itself. */
import { afterEach, expect, test } from 'vitest';
import { openWorld, type World } from '../support/house.ts';

let world: World;
afterEach(() => world.close());

const RULES = `
labels: [{ label: documentation, files: ["**/*.md"] }]
require: [{ no_label: [wip] }, { any_label: [documentation] }]
assign: [{ to: owners, files: ["**"] }]
milestones: [{ name: "2.0", files: ["**"] }]
comments: [{ name: hello, text: "Hello @{author}", files: ["**"], not: { labels: [quiet] } }]
automerge: [{ method: squash, files: ["**"], not: { labels: [wip] } }]
`;

async function begin() {
  world = await openWorld({ channels: [], rules: RULES, github: { echo: true } });
  const { github, repository } = world;
  github.world.installations.set(7, {
    ...github.addInstallation({ id: 7, account: 'octo-org' }),
    permissions: {
      checks: 'write',
      contents: 'write',
      issues: 'read',
      metadata: 'read',
      pull_requests: 'write',
      statuses: 'read',
    },
  });
  repository.branches.get('main')?.set('CODEOWNERS', '* @octocat\n');
  repository.milestones.push({ id: 1, number: 4, title: '2.0', state: 'open' });
  const house = await world.start();
  const pull = world.pull({ files: ['README.md'] });
  await world.tell(pull, 'opened');
  await house.quiet();
  await github.settled();
  await house.quiet();
  return { house, pull, github, repository };
}

test('a pull request is assigned, given its milestone, greeted once, and to be merged by itself', async () => {
  const { house, pull, repository } = await begin();
  expect(pull.assignees.map(({ login }) => login)).toEqual(['octocat']);
  expect(pull.milestone?.title).toBe('2.0');
  expect(pull.autoMerge?.method).toBe('squash');
  expect(repository.comments.map(({ body }) => body.split('\n')[1])).toEqual([`Hello @${pull.author.login}`]);
  expect(repository.checkRuns.map(({ conclusion }) => conclusion)).toEqual(['success']);
  // What it did itself came back as webhooks, and started nothing.
  expect(house.verified).toHaveLength(1);

  await world.tell(pull, 'synchronize');
  await house.quiet();
  expect(repository.comments).toHaveLength(1);
  expect(house.verified).toHaveLength(2);
});

test('a label that a person puts on fails the check and takes back what no longer holds, in one evaluation', async () => {
  const { house, pull, github, repository } = await begin();

  pull.labels.push('wip');
  await world.tell(pull, 'labeled', { sender: 'hubot', label: { name: 'wip' } });
  await house.quiet();
  expect(repository.checkRuns.map(({ conclusion }) => conclusion)).toEqual(['success', 'failure']);
  expect(repository.checkRuns.at(-1)?.output.summary).toContain('Take off wip once it may go on.');
  expect(pull.autoMerge).toBeUndefined();

  pull.labels = pull.labels.filter((name) => name !== 'wip').concat('quiet');
  await world.tell(pull, 'unlabeled', { sender: 'hubot', label: { name: 'wip' } });
  await house.quiet();
  await github.settled();
  await house.quiet();
  expect(repository.checkRuns.at(-1)?.conclusion).toBe('success');
  expect(pull.autoMerge?.method).toBe('squash');
  expect(repository.comments).toEqual([]);
  expect(house.verified).toHaveLength(3);
});
