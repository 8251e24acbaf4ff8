/**
 * The whole bot as one process: every room over one SQLite file. This and `service.ts` are the only places that know how
 * the rooms stand to each other.
 *
 * Accepting a webhook needs the store and the broker alone; what acts (GitHub, the workflows' functions) is brought up
 * behind the open port, and events that arrive in between wait in the store.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createFunctionContexts } from '../../functions/context.ts';
import { FUNCTIONS } from '../../functions/index.ts';
import { createEmbeddedBroker } from '../broker/embedded.ts';
import type { Config } from '../config.ts';
import { CATALOGUE, type CatalogueType } from '../events/catalogue.ts';
import type { Event } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { createGitHub } from '../github/github.ts';
import { type ChannelsFile, DEFAULT_CHANNELS, readChannels } from '../notifier/channels.ts';
import { createNotifier } from '../notifier/notifier.ts';
import { type Clock, systemClock } from '../observe/clock.ts';
import { createHealth } from '../observe/health.ts';
import { createLogger, type Logger } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { countRuns } from '../runner/counted-journal.ts';
import { laneOf } from '../runner/lane.ts';
import { createOwnEvents } from '../runner/own-events.ts';
import { createRunner } from '../runner/runner.ts';
import { createEventsEndpoint } from '../source/events-endpoint.ts';
import { createHookDeliveries } from '../source/hook-deliveries.ts';
import { createIntake } from '../source/intake.ts';
import { createPublicHandler } from '../source/public-handler.ts';
import { createRecovery } from '../source/recovery.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { createEngine } from '../workflow/engine.ts';
import type { Journal } from '../workflow/journal.ts';
import { learnBotLogin } from './bot-identity.ts';
import { readDefinitions, toStarter } from './definitions.ts';
import { listen } from './listener.ts';
import { createLocalCaller } from './local-caller.ts';
import { createApp, createHealthRoutes, createMetricsRoutes } from './operator-routes.ts';

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

/** @throws FairleadError `config.invalid`, `workflow.invalid`, `store.*`: what has to be put right before it can start */
export async function startEmbedded(config: Config, options: EmbeddedOptions = {}): Promise<EmbeddedHouse> {
  const { clock = systemClock, log = createLogger({ level: config.logLevel }), crashPoint = () => {} } = options;
  const metrics = createMetrics();
  const definitions = readDefinitions(config.workflowsPath);
  const channels = readChannels(
    { secrets: config.secrets, clock, write: (text) => process.stdout.write(text) },
    channelsFile(config.channelsPath),
  );
  const store: Store<Journal> = options.store ?? (await openSqliteStore({ path: config.storePath }));
  const broker = createEmbeddedBroker({ outbox: store.outbox, clock, log, metrics, crashPoint });
  const github = createGitHub({
    appId: config.github.appId,
    privateKey: config.github.privateKey,
    baseUrl: config.github.apiUrl,
    budget: store.budget,
    clock,
    log,
    metrics,
  });
  const caller = createLocalCaller({
    functions: FUNCTIONS,
    toContext: createFunctionContexts({
      github,
      ledger: store.ledger,
      checkRuns: config.checkRuns,
      now: clock.now,
    }),
  });
  const journal = countRuns({ journal: store.journal, metrics, clock });
  const engine = createEngine({
    journal,
    clock,
    bus: { publish: async (event) => void (await broker.publish(checked(event))) },
    definitions,
    caller,
    log,
    crashPoint,
  });
  const own = createOwnEvents(config.github.botLogin);
  const runner = createRunner(
    { journal, engine, clock, log, laneOf, isOwn: own.isOwn },
    { owner: `${process.pid}-${randomUUID()}`, starters: definitions.all.map(toStarter) },
  );
  for (const trigger of runner.triggers) broker.subscribe(trigger, runner.handle);
  for (const { trigger, subscriber } of createNotifier({
    channels,
    messages: store.messages,
    clock,
    log,
    metrics,
    crashPoint,
  })) {
    broker.subscribe(trigger, subscriber);
  }
  const { observe } = options;
  if (observe) {
    broker.subscribe({ name: 'observer', filters: [] }, async (event) => {
      observe(event);
      return undefined;
    });
  }

  const health = createHealth({ check: store.check });
  const intake = createIntake({
    broker,
    secrets: config.github.webhookSecrets,
    log,
    metrics,
    clock,
    convention: config.eventConvention,
    path: config.http.webhookPath,
  });
  const { host, port, internalHost, internalPort, internalToken } = config.http;
  const publicListener = await listen(
    createPublicHandler({ intake, app: createApp([createHealthRoutes({ health })]) }),
    { host, port },
  );
  const internalListener = await listen(
    createApp([
      createHealthRoutes({ health }),
      createMetricsRoutes({ metrics, refresh }),
      createEventsEndpoint({
        broker,
        outbox: store.outbox,
        findTenant: github.findInstallation,
        log,
        clock,
        token: internalToken,
      }),
    ]),
    { host: internalHost, port: internalPort },
  );
  const recovery = createRecovery({
    hookDeliveries: createHookDeliveries({ app: github.app }),
    outbox: store.outbox,
    notes: store.notes,
    clock,
    log,
    metrics,
  });
  const stopping = new AbortController();
  const takenUp = takeUp();
  health.ready();
  const webhookUrl = `${publicListener.url}${config.http.webhookPath}`;
  log.info(
    {
      webhookUrl,
      internalUrl: internalListener.url,
      workflows: definitions.all.map(({ ref }) => ref.name),
      channels: channels.map(({ name }) => name),
    },
    'ready',
  );

  async function refresh(): Promise<void> {
    const { due, dead } = await store.outbox.depth();
    metrics.set('deliveries_due', {}, due);
    metrics.set('dead_letters', {}, dead);
  }

  /** Begins to act on what is in the store, once it is known which events are the bot's own. */
  async function takeUp(): Promise<void> {
    for (const { ref, text } of definitions.all) await journal.keepDefinition(ref, text);
    const login = await learnBotLogin(
      { configured: config.github.botLogin, ask: github.botLogin, notes: store.notes, clock, log },
      stopping.signal,
    );
    if (login === undefined) return;
    own.learn(login);
    await runner.start();
    await broker.start();
    recovery.start();
  }

  return {
    webhookUrl,
    internalUrl: internalListener.url,
    async stop() {
      health.draining();
      stopping.abort();
      await takenUp;
      const { drainMs } = config;
      await Promise.all([
        publicListener.close(drainMs),
        internalListener.close(drainMs),
        recovery.stop(),
        broker.drain(drainMs),
        runner.drain(drainMs),
      ]);
      await store.close();
      log.info({}, 'stopped');
    },
  };
}

function channelsFile(path: string | undefined): ChannelsFile {
  if (path === undefined) return DEFAULT_CHANNELS;
  try {
    return { name: path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    throw new FairleadError(
      'config.invalid',
      `The channels file ${path} cannot be read. Set FAIRLEAD_CHANNELS to a file this process may read.`,
      { cause: error },
    );
  }
}

/** Holds our own events to the schema that the catalogue promises their consumers. */
function checked(event: Event): Event {
  const entry = CATALOGUE[event.type as CatalogueType];
  const problem = entry?.data.safeParse(event.data).error;
  if (problem === undefined) return event;
  const where = problem.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new FairleadError(
    'event.invalid',
    `The workflow emits a ${event.type} that is not what the catalogue says: ${where}.`,
  );
}
