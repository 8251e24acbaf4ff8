/**
 * The one exception that users are told of: an incoming webhook says nothing about what it was sent, so that a message on its
 * way when the process dies may come twice. It is never lost, and no other place repeats it.
 */
import { afterAll, expect, test } from 'vitest';
import { post, SLACK_WEBHOOK } from '../support/house.ts';
import { live } from './life.ts';
import { opened } from './scenario.ts';
import { unwatchHttp } from './seams.ts';

afterAll(unwatchHttp);

const SENT = 'slack POST /services/T0000000/B0000000/fake-webhook-secret';

test.each([
  ['before anything is written', 'delivery.handled#1', 1],
  ['when sending is written and nothing sent', 'messages.write:after#1', 1],
  ['before it is sent', 'notifier.before-send#1', 1],
  ['when it is sent and not written', `${SENT}:after#1`, 2],
  ['when it is answered and not written', 'notifier.after-send#1', 2],
  ['when it is written and not settled', 'messages.write:after#2', 1],
])('a death %s (%s) leaves %s message(s)', async (_, place, count) => {
  const scenario = await opened({ channels: [SLACK_WEBHOOK] });
  const { world } = scenario;
  try {
    const first = await live(world, 1);
    first.arm(place);
    await post(first.house.webhookUrl, scenario);
    await first.died;
    await first.house.abandon();
    const { house } = await live(world, 2);
    await house.quiet();

    expect(world.slack.messages).toHaveLength(count);
    expect(new Set(world.slack.messages.map(({ text }) => text)).size).toBe(1);
    expect((await house.guest.outbox.depth()).dead).toBe(0);
  } finally {
    await world.close();
  }
});
