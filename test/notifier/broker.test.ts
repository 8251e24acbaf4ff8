import pino from 'pino';
import { expect, test } from 'vitest';
import { createEmbeddedBroker } from '../../src/broker/embedded.ts';
import { startFakeDiscord } from '../../src/demo/fake-discord.ts';
import { startFakeSlack } from '../../src/demo/fake-slack.ts';
import { readChannels } from '../../src/notifier/channels.ts';
import { createNotifier } from '../../src/notifier/notifier.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';
import { verifiedEvent } from './verified-event.ts';

const log = pino({ level: 'silent' });

async function startHouse() {
  const [slack, discord] = await Promise.all([startFakeSlack(), startFakeDiscord()]);
  const clock = createSimulatedClock();
  const metrics = createMetrics();
  const store = await openSqliteStore({ path: ':memory:', inTest: true });
  const broker = createEmbeddedBroker({ outbox: store.outbox, clock, log, metrics, random: () => 0 });
  const environment: Readonly<Record<string, string>> = { SLACK: slack.webhookUrl, DISCORD: discord.webhookUrl };
  const channels = readChannels(
    { secrets: { env: (name) => environment[name], file: () => '' }, clock, write: () => undefined },
    {
      name: 'channels.yaml',
      text: `channels:
        - { name: broken, platform: slack, webhook: { env: SLACK } }
        - { name: whole, platform: discord, webhook: { env: DISCORD } }`,
    },
  );
  for (const { trigger, subscriber } of createNotifier({
    channels,
    messages: store.messages,
    clock,
    log,
    metrics,
  })) {
    broker.subscribe(trigger, subscriber);
  }
  await broker.start();
  return {
    slack,
    discord,
    clock,
    broker,
    store,
    async close() {
      const drained = broker.drain(1000);
      await clock.advance(1000);
      await drained;
      await Promise.all([store.close(), slack.close(), discord.close()]);
    },
  };
}

test('a channel that fails for good is dead-lettered alone; the other has its message', async () => {
  const house = await startHouse();
  house.slack.fail({ answer: { status: 404, body: 'no_service' } });
  await house.broker.publish(verifiedEvent());
  await expect.poll(() => house.discord.messages.length).toBe(1);
  await expect
    .poll(() => house.store.outbox.deadLetters({ limit: 10 }))
    .toEqual([
      expect.objectContaining({
        trigger: 'notify-broken',
        attempts: 1,
        status: 404,
        reason: expect.stringContaining('make a new one'),
      }),
    ]);
  await house.close();
});

test('a channel that fails for now is tried again after as long as it asks, and the other does not wait', async () => {
  const house = await startHouse();
  house.slack.fail({ answer: { status: 429, headers: { 'retry-after': '30' } }, times: 2 });
  await house.broker.publish(verifiedEvent());
  await expect.poll(() => house.discord.messages.length).toBe(1);
  await expect.poll(() => house.slack.received.length).toBe(1);
  await house.clock.advance(29_000);
  expect(house.slack.received).toHaveLength(1);
  await house.clock.advance(2_000);
  await expect.poll(() => house.slack.received.length).toBe(2);
  await house.clock.settle();
  await house.clock.advance(31_000);
  await expect.poll(() => house.slack.messages.length).toBe(1);
  expect(house.discord.messages).toHaveLength(1);
  await house.close();
});

test('a channel that answers nothing at all holds up neither its own other pull requests nor other channels', async () => {
  const house = await startHouse();
  house.slack.fail({ answer: 'hang' });
  await house.broker.publish(verifiedEvent());
  await expect.poll(() => house.slack.received.length).toBe(1);
  await house.broker.publish(verifiedEvent({ number: 18 }, { id: 'verified-18' }));
  await expect.poll(() => house.slack.messages.length).toBe(1);
  await expect.poll(() => house.discord.messages.length).toBe(2);
  await house.close();
});
