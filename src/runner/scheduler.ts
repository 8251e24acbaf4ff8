/**
 * Runs that start by time (`schedule.every`, `cron`, `after`). What was started last is in the store, so that a restart
 * neither forgets a tick nor repeats one: a run's key holds its tick, and ticks missed while nothing ran are made up for
 * by one run.
 */
import { NO_TENANT } from '../events/event.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Notes } from '../store/store.ts';
import type { DefinitionRef, Journal } from '../workflow/journal.ts';
import { newRunId } from '../workflow/run-id.ts';
import type { Timetable } from '../workflow/schedule.ts';

export interface ScheduledDefinition {
  readonly definition: DefinitionRef;
  readonly timetable: Timetable;
}

export interface SchedulerDependencies {
  readonly journal: Pick<Journal, 'create' | 'read'>;
  readonly notes: Pick<Notes, 'read' | 'write'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told when a run was created. */
  readonly wake: () => void;
}

export interface Scheduler {
  start(): void;
  /** No tick fires after this; resolves when the one under way is over. */
  stop(): Promise<void>;
}

/** How soon to look again: for the end of the run before, or for a store that failed. */
const LOOK_AGAIN_MS = 1_000;

interface Last {
  /** What the next tick counts from, epoch milliseconds. */
  readonly since: number;
  readonly runId?: string;
}

export function createScheduler(
  dependencies: SchedulerDependencies,
  scheduled: readonly ScheduledDefinition[],
): Scheduler {
  const { journal, notes, clock, log, wake } = dependencies;
  const timers = new Map<ScheduledDefinition, () => void>();
  const underWay = new Set<Promise<void>>();
  let isStopped = false;

  function look(one: ScheduledDefinition, inMs: number): void {
    if (isStopped) return;
    const cancel = clock.after(inMs, () => {
      const turn = tick(one)
        .catch((error) => {
          log.error(
            { err: error, workflow: one.definition.name },
            'a scheduled run could not be started; it is tried again',
          );
          return LOOK_AGAIN_MS;
        })
        .then((next) => {
          underWay.delete(turn);
          if (next !== undefined) look(one, next);
        });
      underWay.add(turn);
    });
    timers.set(one, cancel);
  }

  /** Starts a run if one is due. Answers when to look again, if ever. */
  async function tick({ definition, timetable }: ScheduledDefinition): Promise<number | undefined> {
    const name = `schedule ${definition.namespace}/${definition.name}`;
    const last = await lastOf(name);
    const since = timetable.followsEnd ? await endOf(last) : last.since;
    if (since === undefined) return LOOK_AGAIN_MS;
    const at = timetable.next(since);
    if (at === undefined) return undefined;
    const now = clock.now();
    if (at > now) return at - now;
    const { runId, outcome } = await journal.create({
      tenant: NO_TENANT,
      id: newRunId(now),
      definition,
      key: JSON.stringify([definition.namespace, definition.name, 'schedule', at]),
      input: {},
      createdAt: now,
    });
    log.info({ workflow: definition.name, run: runId, outcome }, 'scheduled run queued');
    // Where a later tick has passed as well, this run makes up for it.
    const after = timetable.next(at);
    await remember(name, { since: after !== undefined && after <= now ? now : at, runId });
    wake();
    return 0;
  }

  async function lastOf(name: string): Promise<Last> {
    const text = await notes.read(NO_TENANT, name);
    if (text !== undefined) return JSON.parse(text) as Last;
    const first = { since: clock.now() };
    await remember(name, first);
    return first;
  }

  async function remember(name: string, last: Last): Promise<void> {
    await notes.write(NO_TENANT, name, JSON.stringify(last));
  }

  async function endOf({ since, runId }: Last): Promise<number | undefined> {
    if (runId === undefined) return since;
    return (await journal.read(NO_TENANT, runId))?.record.endedAt;
  }

  return {
    start() {
      for (const one of scheduled) look(one, 0);
    },
    async stop() {
      isStopped = true;
      for (const cancel of timers.values()) cancel();
      await Promise.all(underWay);
    },
  };
}
