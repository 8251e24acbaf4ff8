import type { Subscriber } from '../../broker/broker.ts';
import { createRedelivery } from '../../broker/redelivery.ts';
import type { ServiceConfig } from '../../config.ts';
import { countRuns } from '../../runner/counted-journal.ts';
import { hearOrders } from '../../runner/heard-orders.ts';
import { createHeldRuns } from '../../runner/held-runs.ts';
import { createScheduler, type Scheduler } from '../../runner/scheduler.ts';
import { type NamedRun, NO_TRIGGER, type Work } from '../../store/store.ts';
import { learnBotLogin, recallBotLogin } from '../bot-identity.ts';
import { type DefinitionTable, scheduledIn, toDefinitionTable } from '../definitions.ts';
import { createHousekeeping } from '../housekeeping.ts';
import { createKeptDefinitions } from '../kept-definitions.ts';
import { readOperatorFiles } from '../operator-files.ts';
import { persistently } from '../persistently.ts';
import { createRemoteCaller } from '../remote-caller.ts';
import { createWorkflowRunner } from '../workflow-runner.ts';
import { TICK } from './paths.ts';
import { createServiceBroker } from './publisher.ts';
import type { PrepareRole, RoleDependencies, ServiceRole } from './role.ts';

/**
 * Events in, runs executed. A delivery is answered once its runs have ended or parked (`FAIRLEAD_HOLD_SECONDS`); a tick,
 * once nothing is left to do. Until it is known which events are the bot's own, events are kept waiting.
 */
export const prepareRunnerRole: PrepareRole = async (config) => {
  const definitions = await toDefinitionTable(readOperatorFiles(config).workflows);
  return (dependencies) => createRunnerRole(dependencies, config, definitions);
};

function createRunnerRole(
  dependencies: RoleDependencies,
  config: ServiceConfig,
  definitions: DefinitionTable,
): ServiceRole {
  const { store, clock, log, metrics } = dependencies;
  const broker = createServiceBroker(dependencies, config);
  const counted = countRuns({ journal: store.journal, metrics, clock });
  const heard = hearOrders({ journal: counted, heard: () => runner.recheck() });
  const kept = createKeptDefinitions({ journal: heard, clock }, definitions.all);
  const heldRuns = createHeldRuns({ journal: kept.journal, clock }, { holdMs: config.holdMs });
  const { journal } = heldRuns;
  const caller = createRemoteCaller({ url: new URL(config.functionsUrl), token: config.http.internalToken });
  const { runner, own } = createWorkflowRunner(
    { journal, notes: store.notes, broker, definitions, caller, clock, log },
    { botLogin: config.github.botLogin, lifecycle: config.lifecycleEvents },
  );
  const { outbox, notes } = store;
  const housekeeping = createHousekeeping(
    { outbox, journal: store.journal, notes, definitions: definitions.all, clock, log },
    config,
  );
  const redelivery = createRedelivery(
    { outbox, publish: broker.publish, clock, log },
    // The others are the source's, which can ask GitHub whom they belong to.
    { takes: ({ trigger }) => trigger !== NO_TRIGGER },
  );
  const stopping = new AbortController();
  const stopped = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  let scheduler: Scheduler | undefined;
  let begun = Promise.resolve();
  let endWork = () => {};

  const onEvent: Subscriber = async (event, delivery) => {
    await started.promise;
    return heldRuns.hold(() => runner.handle(event, delivery), delivery.signal);
  };
  const onTick: Subscriber = async (_, { signal }) => {
    await started.promise;
    await redelivery.pass();
    runner.wake();
    if (config.holdMs === 0) return undefined;
    const patience = new AbortController();
    const cancel = clock.after(config.holdMs, () => patience.abort());
    await runner.resting(AbortSignal.any([signal, patience.signal])).finally(cancel);
    return undefined;
  };
  for (const trigger of runner.triggers) broker.subscribe(trigger, onEvent);
  broker.subscribe(TICK, onTick);

  async function begin(settled: Promise<void>): Promise<void> {
    const { notes } = store;
    const login = await learnBotLogin(
      { configured: config.github.botLogin, ask: () => recallBotLogin({ notes }), notes, clock, log },
      stopping.signal,
    );
    if (login === undefined) return;
    own.learn(login);
    started.resolve();
    await runner.start(settled);
    await Promise.race([settled, stopped.promise]);
    if (stopping.signal.aborted) return;
    const { signal } = stopping;
    await persistently({ clock, log }, { what: 'the workflows cannot be kept', signal }, kept.keepAll);
    endWork = store.onWork?.(onWork) ?? endWork;
    scheduler = createScheduler({ journal, notes, clock, log, wake: runner.wake }, await scheduledIn(definitions));
    scheduler.start();
    housekeeping.start();
  }

  function onWork(work: Work, run?: NamedRun): void {
    if (work === 'runs') runner.wake();
    if (work === 'orders') runner.recheck();
    if (work === 'rests') heldRuns.look(run);
  }

  return {
    handle: broker.receive,
    begin(settled) {
      begun = begin(settled);
      begun.catch(started.reject);
      started.promise.catch(() => {});
      return begun;
    },
    async drain(deadlineMs) {
      stopping.abort();
      stopped.resolve();
      endWork();
      await begun.catch(() => {});
      await Promise.all([housekeeping.stop(), scheduler?.stop(), broker.drain(deadlineMs), runner.drain(deadlineMs)]);
    },
  };
}
