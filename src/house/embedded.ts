/**
 * The whole bot as one process: every room over one SQLite file. This and `service.ts` are the only places that know how
 * the rooms stand to each other.
 *
 * It starts in two steps. Accepting (`accept.ts`) takes the store, the broker and the names of the triggers; those are
 * known from the last start as long as nothing they come from has changed, and then the port is open before a workflow is
 * read. Acting (`act.ts`) is brought up behind it, and what was accepted in between waits in the store.
 */
import type { Subscriber } from '../broker/broker.ts';
import { createEmbeddedBroker } from '../broker/embedded.ts';
import type { Config } from '../config.ts';
import type { Event } from '../events/event.ts';
import { type Clock, systemClock } from '../observe/clock.ts';
import { createHealth } from '../observe/health.ts';
import { createLogger, type Logger } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import type { FindTenant } from '../source/tenant-for.ts';
import type { Store } from '../store/store.ts';
import type { Journal } from '../workflow/journal.ts';
import { accept } from './accept.ts';
import type { Actor } from './act.ts';
import { createKnownTriggers, fingerprintOf } from './known-triggers.ts';
import { endsWithin, GRACE_MS } from './lifecycle.ts';
import { openStore } from './open-store.ts';
import { readOperatorFiles } from './operator-files.ts';

/** A bot that runs in this process. */
export interface EmbeddedHouse {
  /** Where GitHub posts webhooks. */
  readonly webhookUrl: string;
  /** Where events, metrics and health are served to those who may have them. */
  readonly internalUrl: string;
  /** Accepts nothing more, finishes what is under way within the configured time, and leaves the rest to the next start. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Sees every event that the broker accepts, in the order of acceptance. */
  readonly observe?: (event: Event) => void;
  readonly log?: Logger;
  readonly clock?: Clock;
  /** Opened by the caller in place of the configured file; closed by the house. */
  readonly store?: Store<Journal>;
  /** Called at named points between effects and commits, for tests that end the process there. */
  readonly crashPoint?: (name: string) => void;
}

/**
 * Resolves when the bot acts. It may have accepted webhooks before: they are kept even where it rejects.
 * @throws FairleadError `config.invalid`, `workflow.invalid`, `store.*`: what has to be put right before it can start
 */
export async function startEmbedded(config: Config, options: EmbeddedOptions = {}): Promise<EmbeddedHouse> {
  const { clock = systemClock, log = createLogger({ level: config.logLevel }), crashPoint = () => {} } = options;
  const files = readOperatorFiles(config);
  const metrics = createMetrics();
  const store: Store<Journal> = options.store ?? (await openStore(config.storePath));
  const opened: ((deadlineMs: number) => Promise<void>)[] = [];
  const closeAll = async (deadlineMs: number) => {
    const closed = Promise.all(opened.map((close) => close(deadlineMs)));
    const isDone = await endsWithin(clock, deadlineMs + GRACE_MS, closed);
    if (!isDone) log.warn({}, 'not all could be finished in time');
    await store.close(GRACE_MS);
  };
  try {
    const broker = createEmbeddedBroker({ outbox: store.outbox, clock, log, metrics, crashPoint });
    const health = createHealth({ check: store.check, clock, log });
    let loading: Promise<Actor> | undefined;
    const loadActor = () => {
      loading ??= import('./act.ts').then(({ createActor }) =>
        createActor({ store, broker, clock, log, metrics, crashPoint }, config, files),
      );
      return loading;
    };

    const known = createKnownTriggers({ notes: store.notes }, { fingerprint: fingerprintOf(files) });
    const recalled = await known.recall();
    const triggers = recalled ?? (await loadActor()).triggers;
    for (const trigger of triggers) {
      const subscriber: Subscriber = async (event, delivery) =>
        (await loadActor()).subscriberOf(trigger.name)(event, delivery);
      broker.subscribe(trigger, subscriber);
    }
    const { observe } = options;
    if (observe) {
      broker.subscribe({ name: 'observer', filters: [] }, async (event) => {
        observe(event);
        return undefined;
      });
    }

    const { outbox } = store;
    const findTenant: FindTenant = async (owner, repo) => (await loadActor()).findInstallation(owner, repo);
    const reception = await accept({ broker, outbox, findTenant, health, log, metrics, clock }, config);
    opened.push(reception.close);
    health.ready();
    if (recalled) await reception.settled;
    const actor = await loadActor();
    await known.keep(actor.triggers);
    const { serveInternally } = await import('./serve-internally.ts');
    const internal = await serveInternally({ broker, outbox, health, metrics, log, clock, findTenant }, config);
    opened.push(internal.close, actor.drain);
    void actor.takeUp();
    const { webhookUrl } = reception;
    const { workflows, channels } = actor;
    log.info({ webhookUrl, internalUrl: internal.url, workflows, channels }, 'ready');
    return {
      webhookUrl,
      internalUrl: internal.url,
      async stop() {
        health.draining();
        await closeAll(config.drainMs);
        log.info({}, 'stopped');
      },
    };
  } catch (error) {
    await closeAll(0);
    throw error;
  }
}
