/** Death at every place between the webhook of a push and the edit of the message there is: a label comes off, another one goes on. */
import { post } from '../support/house.ts';
import { dieAtEveryPlace } from './every-place.ts';
import { live } from './life.ts';
import { opened, pushed } from './scenario.ts';

await dieAtEveryPlace(async () => {
  const before = await opened();
  const { house } = await live(before.world);
  await post(house.webhookUrl, before);
  await house.quiet();
  await house.stop();
  return pushed(before);
}, [
  'github POST /repos/octo-org/hello/issues/1/labels:after#1',
  'github DELETE /repos/octo-org/hello/issues/1/labels/documentation:after#1',
  'ledger.forget:after#1',
  'github POST /repos/octo-org/hello/check-runs:after#1',
  'slack POST /api/chat.update:after#1',
  'notifier.after-send#1',
]);
