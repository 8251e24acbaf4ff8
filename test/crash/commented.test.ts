/** Death at every place between the webhook of a comment that holds commands and its answer: each is obeyed once, and told once. */
import { dieAtEveryPlace } from './every-place.ts';
import { commented, judged, RULES_WITHOUT_CHECK } from './scenario.ts';

await dieAtEveryPlace(
  async () => {
    const before = await judged({ rules: RULES_WITHOUT_CHECK, channels: [] });
    const { labels, collaborators } = before.world.repository;
    labels.set('bug', { id: 1, name: 'bug', color: 'd73a4a', description: null });
    before.pull.assignees.push(collaborators.get('hubot') ?? before.pull.author);
    return commented(before, [
      '/label bug, no such',
      '/unlabel documentation',
      '/assign',
      '/unassign @hubot',
      '/cc @hubot',
      '/away until 2100-01-01',
      '/why',
      '/fairlead help',
    ]);
  },
  [
    'ledger.forget:after#1',
    'github POST /repos/octo-org/hello/issues/1/labels:after#1',
    'github DELETE /repos/octo-org/hello/issues/1/labels/documentation:after#1',
    'github POST /repos/octo-org/hello/issues/1/assignees:after#1',
    'github DELETE /repos/octo-org/hello/issues/1/assignees:after#1',
    'github POST /repos/octo-org/hello/pulls/1/requested_reviewers:after#1',
    'github POST /repos/octo-org/hello/issues/1/comments:after#1',
    'github POST /repos/octo-org/hello/issues/1/comments:after#2',
  ],
  { from: /^journal\.claim:after#1$/ },
);
