import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Subscriber } from '../../broker/broker.ts';
import { createRedelivery } from '../../broker/redelivery.ts';
import type { Event } from '../../events/event.ts';
import { loadSdk } from '../../events/http.ts';
import { countRuns } from '../../runner/counted-journal.ts';
import { hearOrders } from '../../runner/heard-orders.ts';
import { createHeldRuns } from '../../runner/held-runs.ts';
import { laneOf } from '../../runner/lane.ts';
import { createOwnEvents } from '../../runner/own-events.ts';
import { createRunner } from '../../runner/runner.ts';
import { createScheduler, type Scheduler } from '../../runner/scheduler.ts';
import type { NamedRun, Work } from '../../store/store.ts';
import { createEngine } from '../../workflow/engine.ts';
import { learnBotLogin, recallBotLogin } from '../bot-identity.ts';
import { checkedEvent } from '../checked-event.ts';
import { scheduledIn, toDefinitionTable, toStarter } from '../definitions.ts';
import { createHousekeeping } from '../housekeeping.ts';
import { readOperatorFiles } from '../operator-files.ts';
import { createRemoteCaller } from '../remote-caller.ts';
import { TICK } from './paths.ts';
import { createServiceBroker } from './publisher.ts';
import type { CreateRole } from './role.ts';

/**
 * Events in, runs executed. A delivery is answered once its runs have ended or parked (`FAIRLEAD_HOLD_SECONDS`); a tick,
 * once nothing is left to do. Until it is known which events are the bot's own, events are kept waiting.
 */
export const createRunnerRole: CreateRole = async (dependencies, config) => {
  const { store, clock, log, metrics } = dependencies;
  const broker = createServiceBroker(dependencies, config);
  const definitions = await toDefinitionTable(readOperatorFiles(config).workflows);
  const counted = countRuns({ journal: store.journal, metrics, clock });
  const heard = hearOrders({ journal: counted, heard: () => runner.recheck() });
  const heldRuns = createHeldRuns({ journal: heard, clock }, { holdMs: config.holdMs });
  const { journal } = heldRuns;
  const caller = createRemoteCaller({ url: new URL(config.functionsUrl), token: config.http.internalToken });
  const bus = { publish: async (event: Event) => void (await broker.publish(checkedEvent(event))) };
  const engine = createEngine({
    journal,
    clock,
    bus,
    definitions,
    caller,
    log,
    lifecycle: config.lifecycleEvents,
  });
  const own = createOwnEvents(config.github.botLogin);
  const runner = createRunner(
    { journal, engine, notes: store.notes, clock, log, laneOf, isOwn: own.isOwn },
    { owner: `${process.pid}-${randomUUID()}`, starters: definitions.all.map(toStarter) },
  );
  const { outbox, notes } = store;
  const housekeeping = createHousekeeping(
    { outbox, journal: store.journal, notes, definitions: definitions.all, clock, log },
    config,
  );
  const redelivery = createRedelivery({ outbox: store.outbox, publish: broker.publish, clock, log });
  const stopping = new AbortController();
  const stopped = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  let scheduler: Scheduler | undefined;
  let begun = Promise.resolve();
  let kept: Promise<unknown> = Promise.resolve();
  let endWork = () => {};

  const onEvent: Subscriber = async (event, delivery) => {
    await started.promise;
    const held = await heldRuns.hold(() => {
      const handled = runner.handle(event, delivery);
      // While the journal is asked; the run will want it soon.
      setImmediate(loadSdk);
      return handled;
    }, delivery.signal);
    await kept;
    return held;
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
    // In one commit with the first run, or before it: the journal makes what it is asked in that order.
    kept = Promise.all(definitions.all.map(({ ref, text }) => journal.keepDefinition(ref, text, clock.now())));
    started.resolve();
    // Events that were waiting are at the journal first, and what it claims is what they have brought.
    await turn();
    await Promise.all([kept, runner.start(settled)]);
    await Promise.race([settled, stopped.promise]);
    if (stopping.signal.aborted) return;
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
      begun.catch((error) => {
        started.reject(error);
        log.error({ err: error }, 'the runner cannot begin');
      });
      started.promise.catch(() => {});
    },
    async drain(deadlineMs) {
      stopping.abort();
      stopped.resolve();
      endWork();
      await begun.catch(() => {});
      await Promise.all([housekeeping.stop(), scheduler?.stop(), broker.drain(deadlineMs), runner.drain(deadlineMs)]);
    },
  };
};
