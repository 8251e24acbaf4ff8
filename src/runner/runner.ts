/**
 * Event → run. The runner is a subscriber: its part of a delivery ends when the runs that the event starts are in the
 * journal, once per definition and event, and the event has been given to the runs that wait for it. From there on order,
 * superseding and resuming lie with the journal, in one process and on a cluster alike, because a broker promises no order.
 */
import type { Subscriber, Trigger } from '../broker/broker.ts';
import { createFilterIndex } from '../broker/trigger.ts';
import { type Event, tenantOf } from '../events/event.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Notes } from '../store/store.ts';
import type { Engine } from '../workflow/engine.ts';
import type { Journal, Lane, NewRun } from '../workflow/journal.ts';
import { newRunId } from '../workflow/run-id.ts';
import { createExecutor, type ExecutorOptions } from './executor.ts';
import { createGathering } from './gathering.ts';
import { anyOf, type Starter, toTriggers } from './starters.ts';

export interface RunnerDependencies {
  readonly journal: Journal;
  readonly engine: Engine;
  /** Keeps the events of a definition that starts by several until all of them are here. */
  readonly notes: Pick<Notes, 'change'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly laneOf: (event: Event) => Lane | undefined;
  readonly isOwn: (event: Event) => boolean;
}

export interface RunnerOptions extends ExecutorOptions {
  readonly starters: readonly Starter[];
}

export interface Runner {
  /** What to subscribe {@link Runner.handle} to; by name, so that a trigger's deliveries outlive a restart. */
  readonly triggers: readonly Trigger[];
  /** Resolves once all that the event leads to is durable. The same event again changes nothing. */
  readonly handle: Subscriber;
  /** Begins to claim and execute runs; until `settled`, those alone that events bring. */
  start(settled?: Promise<void>): Promise<void>;
  /** Begins nothing more; what is not done after `deadlineMs` is stopped, and goes on in the next process. */
  drain(deadlineMs: number): Promise<void>;
  /** A run may have become claimable by another hand (a command, a timer of the platform). */
  wake(): void;
  /** A run, perhaps one under way here, was asked to stop or was suspended. */
  recheck(): void;
  /** Resolves when nothing is left to do here for now, or `signal` ends the waiting. */
  resting(signal: AbortSignal): Promise<void>;
}

export function createRunner(dependencies: RunnerDependencies, options: RunnerOptions): Runner {
  const { journal, engine, notes, clock, log, laneOf, isOwn } = dependencies;
  const { starters, ...executorOptions } = options;
  const gathering = createGathering({ notes, clock });
  const executor = createExecutor({ journal, engine, clock, log }, executorOptions);
  const starting = createFilterIndex(
    starters.filter(({ starts }) => starts.length > 0).map(toEntry(({ starts }) => starts)),
  );
  const listening = createFilterIndex(
    starters.filter(({ listens }) => listens?.length).map(toEntry(({ listens = [] }) => listens)),
  );

  async function handle(event: Event): Promise<undefined> {
    if (isOwn(event)) {
      log.debug({ event: event.id, type: event.type, tenant: tenantOf(event) }, 'own event: it starts nothing');
      return undefined;
    }
    const lane = laneOf(event);
    const effects = starting.matching(event).map((starter) => start(starter, event, lane));
    if (listening.matching(event).length > 0) effects.push(give(event));
    // One definition's failure keeps no other from its run; the delivery is tried again for its sake.
    const failure = (await Promise.allSettled(effects)).find(({ status }) => status === 'rejected');
    if (failure?.status === 'rejected') throw failure.reason;
    return undefined;
  }

  async function start(starter: Starter, event: Event, lane: Lane | undefined): Promise<void> {
    if (starter.matches?.(event) === false) return;
    const { definition, needs } = starter;
    if (needs === undefined) return create(starter, [event], lane);
    for (const events of await gathering.offer(definition, needs, event)) {
      // Of the set, not of the event that happened to complete it.
      await create(
        starter,
        events,
        events.map(laneOf).find((found) => found !== undefined),
      );
      await gathering.settle(definition, needs, events);
    }
  }

  async function create(starter: Starter, events: readonly Event[], laneOfEvent: Lane | undefined): Promise<void> {
    const [event] = events as readonly [Event];
    const { definition, lane: mode = 'heads' } = starter;
    const lane = laneOfEvent !== undefined && mode === 'each' ? withoutRevision(laneOfEvent) : laneOfEvent;
    const tenant = tenantOf(event);
    const createdAt = clock.now();
    const created = journal.create({
      tenant,
      id: newRunId(createdAt),
      definition,
      key: JSON.stringify([definition.namespace, definition.name, ...events.flatMap(({ source, id }) => [source, id])]),
      input: starter.toInput === undefined ? events.map(toJson) : starter.toInput(events),
      createdAt,
      ...(lane === undefined ? {} : { lane, ...(mode === 'latest' ? { joins: joinsOf(event) } : {}) }),
    });
    // Where the store takes what is asked in one turn together, the run is created and claimed in one commit.
    executor.wake();
    const result = await created;
    // Else, as when another process had the lane in hand.
    if (!(await executor.has(tenant, result.runId))) executor.wake();
    const { runId, ...rest } = result;
    const { outcome } = result;
    log.info(
      { run: runId, workflow: definition.name, tenant, event: event.id, lane: lane?.name, ...rest },
      'run queued',
    );
    if (outcome === 'created' && lane?.revision !== undefined)
      await executor.recheck(
        (other) => other.id !== runId && other.tenant === tenant && other.lane?.name === lane.name,
      );
  }

  async function give(event: Event): Promise<void> {
    const key = JSON.stringify([event.source, event.id]);
    const given = journal.give(tenantOf(event), event.type, key, toJson(event));
    // As above: whom the event wakes is claimed in one commit with it.
    executor.wake();
    if ((await given).length > 0) executor.wake();
  }

  return {
    triggers: toTriggers(starters),
    handle,
    start: executor.start,
    drain: executor.drain,
    wake: executor.wake,
    recheck() {
      executor.wake();
      executor.recheck().catch((error) => log.error({ err: error }, 'leases cannot be renewed'));
    },
    resting: executor.resting,
  };
}

/**
 * A webhook tells a state: one that comes after a newer one tells nothing new. What is asked for from inside may be about
 * something else, such as checks or what the bot remembers, which whoever has begun may not have seen.
 */
function joinsOf({ type }: Event): NewRun['joins'] {
  return type.startsWith('dev.fairlead.') ? 'unbegun' : 'newer';
}

/** Still in its place, but nothing ends it. */
function withoutRevision({ name, order }: Lane): Lane {
  return { name, order };
}

/** Every event has been JSON on its way in. */
function toJson(event: Event): NewRun['input'] {
  return event as NewRun['input'];
}

function toEntry(filtersOf: (starter: Starter) => Starter['starts']) {
  return (starter: Starter) => ({
    entry: starter,
    filters: anyOf(filtersOf(starter)),
    where: `workflow "${starter.definition.name}"`,
  });
}
