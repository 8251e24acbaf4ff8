import { type Event, NO_TENANT } from '../events/event.ts';
import type { Json } from '../expression/json.ts';
import type { Definition } from './definition.ts';
import { createDefinitions } from './definitions.ts';
import { createEngine, type EngineOptions } from './engine.ts';
import type { Fault } from './fault.ts';
import type { Journal, RunRecord } from './journal.ts';
import { createMemoryJournal } from './memory-journal.ts';
import type { Clock, EventBus } from './ports.ts';
import { newRunId } from './run-id.ts';

export interface RunWorkflowOptions extends Partial<Omit<EngineOptions, 'definitions' | 'bus'>> {
  /** Definitions that it may run as sub-flows. */
  readonly workflows?: readonly Definition[];
  readonly tenant?: string;
  /** The same key again goes on with, or answers, the run that has it: give one when the journal is durable. */
  readonly key?: string;
  /** Sees every event that is emitted; those are handed to runs that listen, too. */
  readonly onEvent?: (event: Event) => void | Promise<void>;
  /** Events for runs that listen, each given as soon as somebody listens for it. */
  readonly events?: AsyncIterable<Event> | Iterable<Event>;
  readonly signal?: AbortSignal;
}

export type RunResult =
  | { readonly status: 'completed'; readonly runId: string; readonly output: Json }
  | { readonly status: 'faulted'; readonly runId: string; readonly fault: Fault }
  | { readonly status: 'cancelled'; readonly runId: string; readonly reason: string };

const OWNER = 'run-workflow';
const LEASE_MS = 60_000;
const IDLE_MS = 250;

/**
 * Runs one workflow to its end, sub-flows included, and answers how it ended. With a durable journal and a key it goes on
 * where a process that died had left it.
 */
export async function runWorkflow(
  definition: Definition,
  input: Json,
  options: RunWorkflowOptions = {},
): Promise<RunResult> {
  const { journal = createMemoryJournal(), clock = systemClock, tenant = NO_TENANT, signal } = options;
  const definitions = createDefinitions([definition, ...(options.workflows ?? [])]);
  const bus: EventBus = {
    async publish(event) {
      await options.onEvent?.(event);
      await give(journal, tenant, event);
    },
  };
  const engine = createEngine({ ...options, journal, clock, definitions, bus });
  await journal.keepDefinition(definition.ref, definition.text);
  const id = newRunId(clock.now(), options.random);
  const { runId } = await journal.create({
    tenant,
    id,
    definition: definition.ref,
    key: options.key ?? id,
    input,
    createdAt: clock.now(),
  });
  const feed = iterate(options.events ?? []);
  let offered: Event | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const record = (await journal.read(tenant, runId))?.record;
    const ended = record === undefined ? undefined : toResult(record);
    if (ended !== undefined) return ended;
    const claimed = await journal.claim(OWNER, clock.now(), clock.now() + LEASE_MS, 16);
    if (claimed.length > 0) {
      await Promise.all(claimed.map((run) => keepAlive(journal, clock, engine.execute(run, signal), run.claim)));
      continue;
    }
    offered ??= (await feed.next()).value as Event | undefined;
    if (offered !== undefined && (await give(journal, tenant, offered))) {
      offered = undefined;
      continue;
    }
    await rest(clock, await journal.nextDue());
  }
}

async function give(journal: Journal, tenant: string, event: Event): Promise<boolean> {
  const reached = await journal.give(tenant, event.type, `${event.source} ${event.id}`, event as unknown as Json);
  return reached.length > 0;
}

/** Holds the lease while the execution goes on. */
async function keepAlive<T>(
  journal: Journal,
  clock: Clock,
  execution: Promise<T>,
  claim: Parameters<Journal['renew']>[0][number],
): Promise<T> {
  let disarm = (): void => {};
  const renew = (): void => {
    disarm = clock.after(LEASE_MS / 3, () => {
      journal.renew([claim], clock.now() + LEASE_MS).then(renew, () => {});
    });
  };
  renew();
  try {
    return await execution;
  } finally {
    disarm();
  }
}

/** Until the next run is due, and a moment at most: events may come from outside. */
function rest(clock: Clock, due: number | undefined): Promise<void> {
  const ms = Math.min(due === undefined ? IDLE_MS : Math.max(0, due - clock.now()), Number.MAX_SAFE_INTEGER);
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

async function* iterate(events: AsyncIterable<Event> | Iterable<Event>): AsyncGenerator<Event, undefined> {
  yield* events;
  return undefined;
}

function toResult(record: RunRecord): RunResult | undefined {
  switch (record.status) {
    case 'completed':
      return { status: 'completed', runId: record.id, output: record.output ?? null };
    case 'faulted':
      return { status: 'faulted', runId: record.id, fault: record.fault as unknown as Fault };
    case 'cancelled':
      return { status: 'cancelled', runId: record.id, reason: String(Reflect.get(Object(record.fault), 'reason')) };
    default:
      return undefined;
  }
}

/** Keeps the process alive while a run waits, unlike the clock of a server. */
const systemClock: Clock = {
  now: Date.now,
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};
