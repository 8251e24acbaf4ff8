/**
 * One part of the bot as a process of its own, for a cluster: the same rooms as in one process, with a broker over HTTP
 * between them and a database that they share. This and `embedded.ts` are the only places that know how the rooms stand to
 * each other.
 *
 * A service has one port. `/livez` says that the process answers, `/readyz` that it should get work; `/metrics` is served
 * where a token guards it. At the end it takes nothing more, and finishes what is under way within the configured time.
 */
import type { RequestListener } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { createBodyBudget } from '../broker/body-budget.ts';
import type { Role, ServiceConfig } from '../config.ts';
import { type Clock, systemClock } from '../observe/clock.ts';
import { createHealth } from '../observe/health.ts';
import { createLogger, type Logger } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import type { Store } from '../store/store.ts';
import type { Journal } from '../workflow/journal.ts';
import { endsWithin, GRACE_MS } from './lifecycle.ts';
import { listen } from './listener.ts';
import type { PrepareRole } from './roles/role.ts';

export interface Service {
  /** Where its port is reached on this machine. */
  readonly url: string;
  /** Takes nothing more, finishes what is under way within the configured time, and gives back what is not done. */
  stop(): Promise<void>;
  /** Rejects when it can never do its work, and is not ready from then on: whoever runs the process ends it. */
  readonly failed: Promise<never>;
}

export interface ServiceOptions {
  readonly log?: Logger;
  readonly clock?: Clock;
  /** Opened by the caller in place of the configured database, and closed by the caller. */
  readonly store?: Store<Journal>;
}

export interface StartDependencies {
  readonly openStore: (where: string) => Promise<Store<Journal>>;
  readonly loadRole: () => Promise<PrepareRole>;
}

/** How long the first caller may take to come. A process that was started for a request has it waiting. */
const FIRST_CALL_MS = 50;
/** How long its answer may take before what does not belong to it begins beside it. */
const FIRST_ANSWER_MS = 1_000;

/** What all bodies may take that are in memory at once; the containers' limits are by it (docs/decisions/0012-services.md). */
const BODIES_BYTES = 32 * 1024 * 1024;

/** @throws FairleadError `config.invalid`, `workflow.invalid`, `store.*`: what has to be put right before it can start */
export async function startRole(
  { openStore, loadRole }: StartDependencies,
  config: ServiceConfig,
  role: Role,
  options: ServiceOptions = {},
): Promise<Service> {
  const { clock = systemClock } = options;
  const settled = Promise.withResolvers<void>();
  // The first line loads the logger, for which whoever started the process with a request need not wait.
  const log = (options.log ?? createLogger({ level: config.logLevel, after: settled.promise })).child({ role });
  const metrics = createMetrics({ after: settled.promise });
  const opening = options.store === undefined ? openStore(config.storePath) : Promise.resolve(options.store);
  // Heard of below; until then its failure is nobody's surprise.
  opening.catch(() => {});
  // The database answers while the role is loaded and the port is opened, if it has been asked by then.
  await turn();
  const prepare = await loadRole();
  await turn();
  const opened = Promise.withResolvers<RequestListener>();
  let serve: RequestListener | undefined;
  let isAsked = false;
  const listening = listen(
    (req, res) => {
      if (!isAsked) setTimeout(settled.resolve, FIRST_ANSWER_MS).unref();
      isAsked = true;
      res.once('close', settled.resolve);
      if (serve !== undefined) serve(req, res);
      else void opened.promise.then((serve) => serve(req, res));
    },
    { host: config.http.host, port: config.http.port },
  );
  const closeStore = async () => {
    if (options.store === undefined) await (await opening).close(GRACE_MS);
  };
  try {
    const [listener, createRole, store] = await Promise.all([listening, prepare(config), opening]);
    const health = createHealth({ check: store.check, clock, log });
    const bodies = createBodyBudget(BODIES_BYTES);
    const room = createRole({ store, clock, log, metrics, health, bodies }, config);
    let app: Promise<RequestListener> | undefined;
    serve = (req, res) => {
      if (room.handle(req, res)) return;
      app ??= loadApp();
      void app.then((serve) => serve(req, res));
    };
    opened.resolve(serve);
    if (!isAsked) setTimeout(() => isAsked || settled.resolve(), FIRST_CALL_MS);
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    room.begin(settled.promise).catch((error: unknown) => {
      health.draining();
      log.error({ err: error }, 'the service cannot do its work; it ends');
      failed.reject(error);
    });
    health.ready();
    log.info({ url: listener.url }, 'ready');

    async function loadApp(): Promise<RequestListener> {
      const { createApp, createHealthRoutes, createMetricsRoutes } = await import('./operator-routes.ts');
      const { createGuard } = await import('../source/bearer.ts');
      const { internalToken } = config.http;
      const routes = [createHealthRoutes({ health, saysWhy: false })];
      const guard = createGuard(internalToken);
      if (internalToken !== undefined) routes.push(createMetricsRoutes({ metrics, refresh, guard }));
      return createApp(routes);
    }

    async function refresh(): Promise<void> {
      const { due, dead } = await store.outbox.depth();
      metrics.set('deliveries_due', {}, due);
      metrics.set('dead_letters', {}, dead);
    }

    return {
      url: listener.url,
      failed: failed.promise,
      async stop() {
        health.draining();
        const drained = Promise.all([room.drain(config.drainMs), listener.close(config.drainMs)]);
        const isDone = await endsWithin(clock, config.drainMs + GRACE_MS, drained);
        if (!isDone) log.warn({}, 'not all could be finished in time');
        await closeStore();
        log.info({}, 'stopped');
      },
    };
  } catch (error) {
    settled.resolve();
    await Promise.allSettled([listening.then((listener) => listener.close(0)), closeStore()]);
    throw error;
  }
}
