/**
 * The bot as its four services in one process, over one store, with the look-alike of Knative's broker between them: each
 * service listens on a port of its own and is started by its first request, as from zero.
 */

import { createLookAlikeBroker, type LookAlikeBroker } from '../../src/broker/look-alike/knative-broker.ts';
import type { Eventing } from '../../src/broker/look-alike/manifests.ts';
import type { Role, ServiceConfig } from '../../src/config.ts';
import type { Event } from '../../src/events/event.ts';
import { startService } from '../../src/house/service.ts';
import type { Service } from '../../src/house/start-role.ts';
import { type Clock, systemClock } from '../../src/observe/clock.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import type { Journal } from '../../src/workflow/journal.ts';
import { serve } from '../broker/knative-stage.ts';
import { quiet, SECRET, until, type World } from './house.ts';
import { createQuietLog, type QuietLog } from './quiet.ts';

export const NAMESPACE = 'fairlead';
export const TOKEN = 'a token of the services among themselves';

export interface Cluster {
  readonly store: Store<Journal>;
  readonly log: QuietLog;
  /** Every event that the broker took, in that order. */
  readonly events: readonly Event[];
  readonly brokerUrl: string;
  /** The service of the role, started where it is not. */
  service(role: Role): Promise<Service>;
  /** Ends the service; the next request starts it again. */
  stop(role: Role): Promise<void>;
  /** Resolves when nothing is left to do anywhere. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export async function openCluster(
  world: World,
  eventing: Eventing,
  options: {
    readonly config?: Partial<ServiceConfig>;
    readonly store?: Store<Journal>;
    /** Of the services; the broker's is the system's. */
    readonly serviceClock?: Clock;
  } = {},
): Promise<Cluster> {
  const { clock, log, events } = { clock: systemClock, log: createQuietLog(), events: [] as Event[] };
  const store = options.store ?? (await openSqliteStore({ path: world.storePath }));
  const services = new Map<Role, Promise<Service>>();
  const broker: LookAlikeBroker = createLookAlikeBroker(
    {
      clock,
      log,
      observe: (event) => void events.push(event),
      locate: async ({ ref, uri = '/' }) => new URL(uri, (await service(ref?.name as Role)).url),
    },
    eventing,
  );
  const ingress = await serve((req, res) => {
    if (!broker.receive(req, res)) res.writeHead(404).end();
  });
  const gate = await serve(async (req, res) => {
    const { url } = await service('functions');
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const answer = await fetch(url + req.url, {
      method: 'POST',
      headers: req.headers as Record<string, string>,
      body: Buffer.concat(chunks),
    });
    res.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  });
  const brokerUrl = `${ingress.url}/${NAMESPACE}/fairlead`;

  function service(role: Role): Promise<Service> {
    const running =
      services.get(role) ?? startService(configOf(), role, { store, log, clock: options.serviceClock ?? clock });
    services.set(role, running);
    return running;
  }

  function configOf(): ServiceConfig {
    const base = world.config();
    return {
      ...base,
      http: { ...base.http, internalToken: TOKEN },
      sink: brokerUrl,
      overrides: {},
      functionsUrl: gate.url,
      operation: undefined,
      holdMs: 5_000,
      acceptEvents: false,
      sinkTokenFile: undefined,
      ...options.config,
    };
  }

  const { url } = await service('source');
  world.github.connect({ url: `${url}/api/github/webhooks`, secret: SECRET });

  return {
    store,
    log,
    events,
    brokerUrl,
    service,
    async stop(role) {
      const running = services.get(role);
      services.delete(role);
      await (await running)?.stop();
    },
    async quiet() {
      const settled = () => world.github.settled();
      await quiet(store as SqliteStore, settled);
      await until(() => broker.isIdle(), 'the broker has deliveries under way');
      await quiet(store as SqliteStore, settled);
    },
    async close() {
      await Promise.all([...services.values()].map(async (running) => (await running).stop()));
      broker.stop();
      await Promise.all([ingress.close(), gate.close()]);
      await store.close();
    },
  };
}
