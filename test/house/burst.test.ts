/** More verified events at once than the notifier handles at once: they wait, and none is refused or given up. */
import { afterEach, expect, test } from 'vitest';
import type { Eventing } from '../../src/broker/look-alike/manifests.ts';
import { toHttp } from '../../src/events/http.ts';
import { verifiedEvent } from '../notifier/verified-event.ts';
import { type Cluster, NAMESPACE, openCluster } from '../support/cluster.ts';
import { openWorld, SLACK_BOT, type World } from '../support/house.ts';

const BURST = Array.from({ length: 200 }, (_, nth) => nth + 1);
const TRIGGER = `notify-${SLACK_BOT}`;

/** Nothing is tried twice: whatever is refused is lost. */
const ONCE = { retry: 0, backoffPolicy: 'linear', backoffDelay: 'PT1S' } as const;
const to = (path: string) => ({ ref: { kind: 'Service', name: 'notifier' }, uri: path });
const EVENTING: Eventing = {
  brokers: [{ namespace: NAMESPACE, name: 'fairlead', delivery: { ...ONCE, deadLetterSink: to('/dead-letters') } }],
  triggers: [
    {
      namespace: NAMESPACE,
      name: TRIGGER,
      broker: 'fairlead',
      filters: [],
      delivery: undefined,
      subscriber: to(`/${TRIGGER}`),
    },
  ],
  pings: [],
};

let world: World;
let cluster: Cluster;
afterEach(async () => {
  await cluster?.close();
  await world?.close();
});

async function sendBurst(url: string): Promise<readonly number[]> {
  return Promise.all(
    BURST.map(async (number) => {
      const { headers, body } = toHttp(verifiedEvent({ number }, { id: `verified-${number}` }));
      return (await fetch(url, { method: 'POST', headers, body: Buffer.from(body).toString() })).status;
    }),
  );
}

test('200 verified events at once, straight at the notifier, are all taken and told once each', async () => {
  world = await openWorld();
  cluster = await openCluster(world, EVENTING);
  const { url } = await cluster.service('notifier');
  expect(new Set(await sendBurst(`${url}/${TRIGGER}`))).toEqual(new Set([202]));
  expect(world.slack.messages).toHaveLength(200);
});

test('200 verified events at once, by the broker, become 200 messages and no dead letter, without a second try', async () => {
  world = await openWorld();
  cluster = await openCluster(world, EVENTING);
  expect(new Set(await sendBurst(cluster.brokerUrl))).toEqual(new Set([202]));
  await cluster.quiet();
  expect(world.slack.messages).toHaveLength(200);
  expect(await cluster.store.outbox.depth()).toMatchObject({ due: 0, dead: 0 });
});
