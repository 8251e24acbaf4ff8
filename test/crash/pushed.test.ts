/** Death at every place between the webhook of a push and the edit of the message there is: a label comes off, another one goes on. */
import { dieAtEveryPlace } from './every-place.ts';
import { judged, pushed } from './scenario.ts';

await dieAtEveryPlace(
  async () => pushed(await judged()),
  [
    'github POST /repos/octo-org/hello/issues/1/labels:after#1',
    'github DELETE /repos/octo-org/hello/issues/1/labels/documentation:after#1',
    'ledger.forget:after#1',
    'github POST /repos/octo-org/hello/check-runs:after#1',
    'slack POST /api/chat.update:after#1',
    'notifier.after-send#1',
  ],
);
