/** Death at every place between the webhook of a new pull request and its chat message. */
import { dieAtEveryPlace } from './every-place.ts';
import { opened } from './scenario.ts';

await dieAtEveryPlace(opened, [
  'outbox.publish dev.knative.source.github.pull_request:after#1',
  'journal.create:after#1',
  'github POST /repos/octo-org/hello/issues/1/labels:after#1',
  'github POST /repos/octo-org/hello/pulls/1/requested_reviewers:after#1',
  'github POST /repos/octo-org/hello/check-runs:after#1',
  'workflow.emit.after-publish#1',
  'notifier.before-send#1',
  'slack POST /api/chat.postMessage:after#1',
  'notifier.after-send#1',
]);
