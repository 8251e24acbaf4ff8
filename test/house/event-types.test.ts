/** The two conventions of event types (`FAIRLEAD_EVENT_TYPES`): under either, what happens on GitHub wakes the same workflows. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFilterIndex } from '../../src/broker/trigger.ts';
import { VERIFIED } from '../../src/events/catalogue.ts';
import { toDefinitionTable, toStarter } from '../../src/house/definitions.ts';
import { readOperatorFiles } from '../../src/house/operator-files.ts';
import { toTriggers } from '../../src/runner/starters.ts';
import { type Convention, toEvent } from '../../src/source/translate.ts';
import { openWorld, type World } from '../support/house.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** What is seen from outside of a pull request and of what is said on it. */
async function journey(eventConvention: Convention) {
  const house = await world.start({ config: { eventConvention } });
  const pull = world.pull();
  const runs = async () => (await house.runs()).map(({ definition, status }) => `${definition.name} ${status}`).sort();
  await world.tell(pull, 'opened');
  await house.quiet();
  const opened = { labels: [...pull.labels], reviewers: pull.reviewers.map(({ login }) => login), runs: await runs() };

  const { comment, payload } = world.github.comment(world.repository, pull, 'octocat', '/unlabel documentation');
  await world.github.deliver('issue_comment', payload);
  await house.quiet();
  const said = { labels: pull.labels, reactions: comment.reactions.map(({ content }) => content), runs: await runs() };

  await world.tell(pull, 'labeled', { sender: world.github.botLogin, label: { name: 'documentation' } });
  await world.tell(pull, 'closed');
  await house.quiet();
  return {
    opened,
    said,
    left: await runs(),
    types: [...new Set(house.events.map(({ type }) => type))].sort(),
    verified: house.verified.map(({ labels, reviewers }) =>
      [...labels.added, ...reviewers.requested].map(({ name }) => name),
    ),
    messages: world.slack.messages.length,
  };
}

describe('a pull request', () => {
  const opened = { labels: ['documentation'], reviewers: ['octocat'], runs: ['pull-request completed'] };
  const runs = ['comment-commands completed', 'pull-request completed'];

  test.each([
    ['knative', [VERIFIED, 'dev.knative.source.github.issue_comment', 'dev.knative.source.github.pull_request']],
    [
      'github',
      [
        'com.github.issue_comment.created',
        'com.github.pull_request.closed',
        'com.github.pull_request.labeled',
        'com.github.pull_request.opened',
        VERIFIED,
      ],
    ],
  ] as const)(
    'comes out labelled, reviewed, verified and announced, and hears commands, with types of %s',
    async (convention, types) => {
      expect(await journey(convention)).toMatchObject({
        opened,
        said: { labels: [], reactions: ['+1'], runs },
        left: runs,
        types,
        verified: [['documentation', 'octocat']],
        messages: 1,
      });
    },
  );
});

describe('the shipped workflows', () => {
  const ACTIONS = [
    ...['opened', 'reopened', 'synchronize', 'ready_for_review', 'edited', 'closed', 'labeled', 'unlabeled'],
    ...['review_requested', 'review_request_removed', 'assigned', 'submitted', 'dismissed', 'created', 'deleted'],
    ...['completed', 'requested'],
  ];
  const NAMES = ['pull_request', 'pull_request_review', 'issue_comment', 'issues', 'check_suite', 'check_run', 'push'];
  const payloads = [
    ...NAMES.flatMap((name) => ACTIONS.map((action) => ({ name, payload: { action } }))),
    ...['pending', 'success', 'failure', 'error'].map((state) => ({ name: 'status', payload: { state } })),
  ];

  test('are woken by the same of GitHub’s webhooks under either convention', async () => {
    const { workflows } = readOperatorFiles({
      workflowsPath: join(import.meta.dirname, '../../workflows'),
      channelsPath: undefined,
    });
    const triggers = toTriggers((await toDefinitionTable(workflows)).all.map(toStarter));
    const index = createFilterIndex(triggers.map(({ name, filters }) => ({ entry: name, filters, where: name })));
    const woken = (convention: Convention) =>
      payloads.flatMap(({ name, payload }) => {
        const matching = index.matching(toEvent({ name, id: '1', payload }, { convention, now: 0 }));
        return matching.map((trigger) => `${name} ${Object.values(payload)[0]}: ${trigger}`);
      });
    const knative = woken('knative');
    expect(woken('github')).toEqual(knative);
    expect(knative).toHaveLength(16);
  });
});
