/** A service that subscribes by HTTP and the look-alike of Knative's broker, both listening, for the tests of the wire. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createBodyBudget } from '../../src/broker/body-budget.ts';
import type { Broker, Subscriber, Trigger } from '../../src/broker/broker.ts';
import { DEFAULT_POLICY } from '../../src/broker/delivery.ts';
import { createKnativeBroker, type KnativeBroker } from '../../src/broker/knative.ts';
import { createLookAlikeBroker, type LookAlikeBroker } from '../../src/broker/look-alike/knative-broker.ts';
import type { Delivery, Destination } from '../../src/broker/look-alike/manifests.ts';
import { createSink } from '../../src/broker/sink.ts';
import type { Event } from '../../src/events/event.ts';
import { fromHttp } from '../../src/events/http.ts';
import { type Clock, systemClock } from '../../src/observe/clock.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { createQuietLog } from '../support/quiet.ts';

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

export async function serve(handler: RequestListener): Promise<Served> {
  const server: Server = createServer(handler);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

export async function bodyOf(req: Parameters<RequestListener>[0]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function untilTrue(condition: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`The condition did not hold within ${withinMs} ms.`);
    await wait(5);
  }
}

export const INGRESS = '/test/default';

export interface Stage {
  readonly broker: Broker;
  readonly service: KnativeBroker;
  readonly lookAlike: LookAlikeBroker;
  readonly letters: readonly Event[];
  readonly subscribersUrl: string;
  start(): Promise<void>;
  close(): Promise<void>;
}

/**
 * One service and one broker. Triggers are declared at the service, as the house does, and the look-alike is given what
 * `knative generate` would have written of them.
 */
export async function openStage(
  options: { readonly delivery?: Delivery; readonly concurrency?: number; readonly brokerClock?: Clock } = {},
): Promise<Stage> {
  const log = createQuietLog();
  const clock = systemClock;
  const { brokerClock = clock } = options;
  const triggers: Trigger[] = [];
  const letters: Event[] = [];
  let lookAlike: LookAlikeBroker | undefined;
  const cluster = await serve((req, res) => {
    if (lookAlike?.receive(req, res)) return;
    res.writeHead(404).end();
  });
  const sink = createSink({ clock }, { url: new URL(cluster.url + INGRESS) });
  const service = createKnativeBroker({
    sink,
    bodies: createBodyBudget(1_000_000),
    clock,
    log,
    metrics: createMetrics(),
  });
  const subscribers = await serve((req, res) => {
    if (service.receive(req, res)) return;
    res.writeHead(404).end();
  });
  const graves = await serve(async (req, res) => {
    for (const { event } of fromHttp(req.headers, await bodyOf(req))) letters.push(event);
    res.writeHead(202).end();
  });

  function toLookAlike(): LookAlikeBroker {
    const broker = { namespace: 'test', name: 'default' };
    const deadLetterSink = { uri: graves.url };
    return createLookAlikeBroker(
      {
        clock: brokerClock,
        log,
        locate: async ({ uri }: Destination) => new URL(uri as string),
      },
      {
        brokers: [{ ...broker, delivery: { ...DEFAULT_POLICY, ...options.delivery, deadLetterSink } }],
        triggers: triggers.map(({ name, filters, delivery }) => ({
          name,
          namespace: 'test',
          broker: 'default',
          filters,
          delivery,
          subscriber: { uri: `${subscribers.url}/${name}` },
        })),
        pings: [],
      },
    );
  }

  const stage = {
    service,
    broker: {
      publish: service.publish,
      subscribe(trigger: Trigger, subscriber: Subscriber) {
        triggers.push(trigger);
        service.subscribe(trigger, subscriber);
      },
    },
    letters,
    subscribersUrl: subscribers.url,
    get lookAlike() {
      return lookAlike as LookAlikeBroker;
    },
    async start() {
      lookAlike = toLookAlike();
    },
    async close() {
      lookAlike?.stop();
      await service.drain(0);
      await Promise.all([cluster.close(), subscribers.close(), graves.close()]);
    },
  };
  return stage;
}
