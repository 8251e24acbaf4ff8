/**
 * What acts on accepted events: the workflows and what they call, the runner and the notifier. All of it is loaded with
 * this file, so whoever wants a fast start imports it late.
 */
import { createFunctionContexts } from '../../functions/context.ts';
import { FUNCTIONS } from '../../functions/index.ts';
import type { Subscriber, Trigger } from '../broker/broker.ts';
import type { EmbeddedBroker } from '../broker/embedded.ts';
import type { Config } from '../config.ts';
import { createGitHub } from '../github/github.ts';
import { DEFAULT_CHANNELS, readChannels } from '../notifier/channels.ts';
import { createNotifier } from '../notifier/notifier.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { countRuns } from '../runner/counted-journal.ts';
import { hearOrders } from '../runner/heard-orders.ts';
import { createScheduler, type Scheduler } from '../runner/scheduler.ts';
import { createHookDeliveries } from '../source/hook-deliveries.ts';
import { createRecovery } from '../source/recovery.ts';
import type { Store } from '../store/store.ts';
import type { Journal } from '../workflow/journal.ts';
import { learnBotLogin } from './bot-identity.ts';
import { scheduledIn, toDefinitionTable } from './definitions.ts';
import { createHousekeeping } from './housekeeping.ts';
import { createLocalCaller } from './local-caller.ts';
import type { OperatorFiles } from './operator-files.ts';
import { persistently } from './persistently.ts';
import { createWorkflowRunner } from './workflow-runner.ts';

/** What acts, ready and not yet begun. */
export interface Actor {
  /** What it wants of the broker; `subscriberOf` answers who handles a trigger's deliveries. */
  readonly triggers: readonly Trigger[];
  subscriberOf(trigger: string): Subscriber;
  readonly workflows: readonly string[];
  readonly channels: readonly string[];
  /** The installation that may act on a repository. */
  findInstallation(owner: string, repo: string): Promise<string | undefined>;
  /** Takes up what is in the store, once it is known which events are the bot's own. Resolves early when it is stopped. */
  takeUp(): Promise<void>;
  /** Begins nothing more, and stops what is not done in time; the next start goes on with it. */
  drain(deadlineMs: number): Promise<void>;
}

export interface ActorDependencies {
  readonly store: Store<Journal>;
  readonly broker: EmbeddedBroker;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly crashPoint: (name: string) => void;
}

/** @throws FairleadError `config.invalid`, `workflow.invalid`: what has to be put right in the operator's files */
export async function createActor(
  dependencies: ActorDependencies,
  config: Config,
  files: OperatorFiles,
): Promise<Actor> {
  const { store, broker, clock, log, metrics, crashPoint } = dependencies;
  const definitions = await toDefinitionTable(files.workflows);
  const channels = readChannels(
    { secrets: config.secrets, clock, write: (text) => process.stdout.write(text) },
    files.channels ?? DEFAULT_CHANNELS,
  );
  const { appId, privateKey, apiUrl: baseUrl } = config.github;
  const share = config.rateShare;
  const writes = config.dryRun === 'off' ? 'all' : 'check-runs';
  const github = createGitHub({ appId, privateKey, baseUrl, budget: store.budget, writes, share, clock, log, metrics });
  const caller = createLocalCaller({
    functions: FUNCTIONS,
    toContext: createFunctionContexts({
      github,
      ledger: store.ledger,
      appId,
      checkRuns: config.checkRuns,
      dryRun: config.dryRun,
      now: clock.now,
    }),
  });
  const journal = hearOrders({
    journal: countRuns({ journal: store.journal, metrics, clock }),
    heard: () => runner.recheck(),
  });
  const { runner, own } = createWorkflowRunner(
    { journal, notes: store.notes, broker, definitions, caller, clock, log, crashPoint },
    { botLogin: config.github.botLogin, lifecycle: config.lifecycleEvents },
  );
  const notifier = createNotifier({ channels, messages: store.messages, clock, log, metrics, crashPoint });
  const recovery = createRecovery({
    hookDeliveries: createHookDeliveries({ app: github.app }),
    outbox: store.outbox,
    notes: store.notes,
    clock,
    log,
    metrics,
  });
  broker.adopt(async (event) => {
    const { createAdoption } = await import('../source/adoption.ts');
    await createAdoption({ publish: broker.publish, findTenant: github.findInstallation })(event);
    return undefined;
  });
  const { outbox, notes } = store;
  const housekeeping = createHousekeeping({ outbox, journal, notes, definitions: definitions.all, clock, log }, config);
  const subscribers = new Map<string, Subscriber>([
    ...runner.triggers.map(({ name }) => [name, runner.handle] as const),
    ...notifier.map(({ trigger, subscriber }) => [trigger.name, subscriber] as const),
  ]);
  // Nobody waits here for the end of a run.
  const wake = { deliveries: broker.wake, runs: runner.wake, orders: runner.recheck, rests() {} };
  const stopping = new AbortController();
  let takenUp = Promise.resolve();
  let scheduler: Scheduler | undefined;

  async function begin(): Promise<void> {
    const { signal } = stopping;
    const login = await persistently({ clock, log }, { what: 'the store is away', signal }, async () => {
      await Promise.all(definitions.all.map(({ ref, text }) => journal.keepDefinition(ref, text, clock.now())));
      const configured = config.github.botLogin;
      return learnBotLogin({ configured, ask: github.botLogin, notes: store.notes, clock, log }, signal);
    });
    if (login === undefined) return;
    own.learn(login);
    await runner.start();
    await broker.start();
    store.onWork?.((work) => wake[work]());
    scheduler = createScheduler(
      { journal, notes: store.notes, clock, log, wake: runner.wake },
      await scheduledIn(definitions),
    );
    scheduler.start();
    recovery.start();
    housekeeping.start();
  }

  return {
    triggers: [...runner.triggers, ...notifier.map(({ trigger }) => trigger)],
    subscriberOf: (trigger) => subscribers.get(trigger) as Subscriber,
    workflows: definitions.all.map(({ ref }) => ref.name),
    channels: channels.map(({ name }) => name),
    findInstallation: github.findInstallation,
    takeUp() {
      takenUp = begin();
      return takenUp;
    },
    async drain(deadlineMs) {
      stopping.abort();
      await takenUp;
      await Promise.all([
        recovery.stop(),
        housekeeping.stop(),
        scheduler?.stop(),
        broker.drain(deadlineMs),
        runner.drain(deadlineMs),
      ]);
    },
  };
}
