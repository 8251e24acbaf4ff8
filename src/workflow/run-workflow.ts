import { type Event, NO_TENANT } from '../events/event.ts';
import type { Json } from '../expression/json.ts';
import type { Definition } from './definition.ts';
import { createDefinitions } from './definitions.ts';
import { createEngine, type Engine, type EngineOptions, type Stop } from './engine.ts';
import type { Fault } from './fault.ts';
import type { ClaimedRun, Journal, RunRecord } from './journal.ts';
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
/** As long as this, who goes on with a run waits after the process that had it was killed. */
const LEASE_MS = 10_000;
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
  await journal.keepDefinition(definition.ref, definition.text, clock.now());
  const id = newRunId(clock.now(), options.random);
  const { runId } = await journal.create({
    tenant,
    id,
    definition: definition.ref,
    key: options.key ?? id,
    input,
    createdAt: clock.now(),
  });
  const feed = createFeed(options.events ?? []);
  const offer = (event: Event) => give(journal, tenant, event);
  const aborted = new Promise<void>((resolve) => {
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
  for (;;) {
    signal?.throwIfAborted();
    const record = (await journal.read(tenant, runId))?.record;
    const ended = record === undefined ? undefined : toResult(record);
    if (ended !== undefined) return ended;
    const claimed = await journal.claim(OWNER, clock.now(), clock.now() + LEASE_MS, 16);
    if (claimed.length > 0) {
      await Promise.all(claimed.map((run) => keepAlive({ journal, clock, engine }, run, signal)));
      continue;
    }
    if (await feed.offerOne(offer)) continue;
    await rest(clock, await journal.nextDue(), Promise.race([aborted, ...feed.arrival()]));
  }
}

async function give(journal: Journal, tenant: string, event: Event): Promise<boolean> {
  const reached = await journal.give(tenant, event.type, `${event.source} ${event.id}`, event as unknown as Json);
  return reached.length > 0;
}

/** Holds the lease while the execution goes on, and hears of what is asked of the run meanwhile. */
async function keepAlive(
  { journal, clock, engine }: { readonly journal: Journal; readonly clock: Clock; readonly engine: Engine },
  run: ClaimedRun,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stopping = new AbortController();
  const stop = (reason: Stop): void => stopping.abort(reason);
  const pass = (): void => stopping.abort(signal?.reason);
  let disarm = (): void => {};
  const renew = (): void => {
    disarm = clock.after(LEASE_MS / 3, () => {
      journal.renew([run.claim], clock.now() + LEASE_MS).then(([answer]) => {
        if (answer?.isSuspended) stop({ kind: 'suspended' });
        if (!answer?.held) return;
        if (answer.cancel !== undefined && run.cancel === undefined) stop({ kind: 'cancel', reason: answer.cancel });
        renew();
      }, renew);
    });
  };
  renew();
  if (signal?.aborted) pass();
  else signal?.addEventListener('abort', pass);
  try {
    await engine.execute(run, stopping.signal);
  } finally {
    signal?.removeEventListener('abort', pass);
    disarm();
  }
}

/** Until the next run is due, a moment at most (events may come from outside), or until `sooner`. */
function rest(clock: Clock, due: number | undefined, sooner: Promise<void>): Promise<void> {
  const ms = Math.min(due === undefined ? IDLE_MS : Math.max(0, due - clock.now()), Number.MAX_SAFE_INTEGER);
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, resolve);
    sooner.then(() => {
      cancel();
      resolve();
    }, reject);
  });
}

/** Events to come, and those that nobody has listened for yet: each is kept until somebody does. */
function createFeed(events: AsyncIterable<Event> | Iterable<Event>) {
  const source = iterate(events);
  const kept: Event[] = [];
  let arriving: Promise<void> | undefined;
  let isOver = false;
  return {
    /** Offers what is here, oldest first, until one is taken. */
    async offerOne(offer: (event: Event) => Promise<boolean>): Promise<boolean> {
      for (const [nth, event] of kept.entries()) {
        if (!(await offer(event))) continue;
        kept.splice(nth, 1);
        return true;
      }
      return false;
    },
    /** Resolves when there is one more; nothing when no more will come. */
    arrival(): readonly Promise<void>[] {
      if (isOver) return [];
      arriving ??= source.next().then(({ done, value }) => {
        arriving = undefined;
        if (done) isOver = true;
        else kept.push(value);
      });
      return [arriving];
    },
  };
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
      return { status: 'cancelled', runId: record.id, reason: reasonOf(record.fault) };
    default:
      return undefined;
  }
}

/** Who asked the engine to stop gave a reason; what was superseded before it began has that for one. */
function reasonOf(fault: Json | undefined): string {
  return typeof fault === 'string' ? fault : String(Reflect.get(Object(fault), 'reason'));
}

/** Keeps the process alive while a run waits, unlike the clock of a server. */
const systemClock: Clock = {
  now: Date.now,
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};
