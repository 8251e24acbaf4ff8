import type { Json } from '../expression/json.ts';
import { standardFault } from './fault.ts';
import type { ClaimedRun, Entry, GivenEvent, Journal, RunChange, Wait } from './journal.ts';
import type { Clock, Limits } from './ports.ts';
import { createStrands, type Strand, type Strands } from './strands.ts';

/** What a task came to, as the journal keeps it. */
export interface Outcome {
  readonly output: Json;
  /** Where the list goes on: an index, or leaves. Absent: with the task after it. */
  readonly next?: Directive;
  /** When it was recorded, epoch milliseconds. */
  readonly at: number;
}

export type Directive = number | 'continue' | 'exit' | 'end';

/** Kinds of journal entries. `done` ends a task; the others are facts that must survive until it does. */
export type EntryKind =
  | 'done'
  | 'timer'
  | 'retry'
  | 'caught'
  | 'heard'
  | 'child'
  | 'rested'
  | 'faulted'
  /** The tasks under way when the run came to rest, kept for lifecycle events alone. */
  | 'open'
  | 'suspended'
  | 'resumed';

export interface Listener {
  readonly type: string | undefined;
  /** Answers whether the event is taken. */
  offer(given: GivenEvent): boolean;
}

/**
 * One claimed run in memory: its history, what is still to be written, its strands. Everything a task wants to keep goes
 * through here. Two ways to write: `commit` resolves once the entry is durable; `note` is for facts that follow from
 * what is recorded already, and rides along with the next commit, at the latest before the next effect.
 */
export interface Run {
  readonly id: string;
  readonly tenant: string;
  readonly claimed: ClaimedRun;
  readonly startedAt: number;
  readonly strands: Strands;
  /** An earlier claim ended without resting: tasks at its frontier may have had their effect. */
  readonly isRecovering: boolean;
  /** Tasks that lifecycle events have told the beginning of but not the end: pointers by position, outer ones first. */
  readonly open: Map<string, string>;
  /** Suspensions of the run that no claim has gone on from yet: what tells each from the others. */
  readonly suspensions: readonly Suspension[];
  /** `$context`. */
  context: Json;
  /** The outcome recorded at the position by an earlier claim. `input` is what the task was given. */
  outcomeOf(position: string, input: Json): Outcome | undefined;
  /** Place in the history of the outcome at the position; for telling which branch was first. */
  orderOf(position: string): number | undefined;
  factOf(kind: EntryKind, position: string): Entry | undefined;
  note(position: string, kind: EntryKind, body: Json): Entry;
  /** `waits` come into force with the entry, before the task begins to listen. */
  commit(position: string, kind: EntryKind, body: Json, options?: { readonly waits?: readonly Wait[] }): Promise<Entry>;
  /** The next commit says that the given event has been made use of. */
  consume(sequence: number): void;
  /** Resolves once everything noted is durable. */
  flush(): Promise<void>;
  /** The position, told apart from the same one before the faulted run was retried. */
  inGeneration(position: string): string;
  /** The time that a duration which began at `position` is over: as recorded, or from now on (and noted). */
  deadline(position: string, milliseconds: number): number;
  /** The same, if it was recorded. */
  knownDeadline(position: string): number | undefined;
  /** The store failed: everything stops, and whoever claims the run next goes on. */
  fail(error: unknown): void;
  isSuspending(): boolean;
  /** Rests until an event arrives that the listener takes, or at once when one has arrived already. */
  listen(strand: Strand, position: string, listeners: readonly Listener[], isOver: () => boolean): Promise<void>;
  /** Counts one step; throws when the limit is reached. */
  step(): void;
  now(): number;
}

export interface Suspension {
  /** Unique among the suspensions of the run; part of its lifecycle events' ids. */
  readonly place: string;
  /** Ordered from outside, beside whoever worked on the run, so that nobody has told of it. */
  readonly isUntold: boolean;
}

export interface RunPorts {
  readonly journal: Pick<Journal, 'append'>;
  readonly clock: Clock;
  readonly limits: Limits;
}

export interface RunCallbacks {
  /** The run is about to be recorded as suspended. */
  suspending(place: string): Promise<void>;
  /** Everything rests and nothing is due soon: `dueAt` and `waits` say what would wake it. */
  parked(): void;
  failed(error: unknown): void;
}

/** Waits up to this long are slept through in memory: parking and claiming again would cost more. */
const SHORT_WAIT_MS = 1000;

export function openRun(ports: RunPorts, claimed: ClaimedRun, callbacks: RunCallbacks): Run & RunControl {
  const { journal, clock, limits } = ports;
  const { record, claim } = claimed;
  const startedAt = record.startedAt ?? record.createdAt;
  const history = readHistory(claimed);
  let pending: Entry[] = [];
  const consumed: number[] = [];
  let writing: Promise<void> = Promise.resolve();
  let steps = history.steps;
  const { generation } = history;
  let isSuspending = false;
  let isParking = false;
  const events = [...claimed.events];
  const open = new Map(history.open);
  const listening = new Map<Listener, { position: string; wake: () => void }>();
  const strands = createStrands(clock, onRest);

  function onRest(): void {
    rest().catch(callbacks.failed);
  }

  async function rest(): Promise<void> {
    const due = strands.nextDue();
    if (!isSuspending && due !== undefined && due - clock.now() <= SHORT_WAIT_MS && listening.size === 0) {
      await flush();
      return;
    }
    isParking = true;
    strands.freeze();
    const place = `~c${record.claims}`;
    if (isSuspending) {
      await callbacks.suspending(place);
      pending.push(entry(place, 'suspended', record.claims));
    }
    noteOpen();
    pending.push(entry(place, 'rested', record.claims));
    const change: RunChange = isSuspending
      ? { status: 'suspended' }
      : { status: 'waiting', dueAt: wakeAt(due), waits: waits() };
    // Whoever listens has been offered these and did not want them; a suspended run has not come to listen yet.
    if (!isSuspending) discardEvents();
    await write(change);
    callbacks.parked();
  }

  /** A run that waits for events alone is still woken when its time is up. */
  function wakeAt(due: number | undefined): number {
    return Math.min(due ?? Number.POSITIVE_INFINITY, startedAt + limits.runTime);
  }

  function waits(): readonly Wait[] {
    return [...listening].map(([listener, { position }]) => ({ position, type: listener.type }));
  }

  function inGeneration(position: string): string {
    return generation === 0 ? position : `${position}~g${generation}`;
  }

  function knownDeadline(position: string): number | undefined {
    return history.facts.get(`timer ${inGeneration(position)}`)?.body as number | undefined;
  }

  function entry(position: string, kind: EntryKind, body: Json): Entry {
    return { position, kind, body, at: clock.now() };
  }

  function noteOpen(): void {
    if (open.size > 0) pending.push(entry(`~c${record.claims}`, 'open', [...open]));
  }

  function discardEvents(): void {
    for (const given of events.splice(0)) consumed.push(given.sequence);
  }

  function write(change?: RunChange): Promise<void> {
    const entries = pending;
    pending = [];
    writing = journal.append(claim, entries, change, consumed.splice(0));
    writing.catch(callbacks.failed);
    return writing;
  }

  function flush(): Promise<void> {
    return pending.length > 0 ? write() : writing;
  }

  return {
    id: record.id,
    tenant: record.tenant,
    claimed,
    startedAt,
    strands,
    isRecovering: history.isRecovering,
    open,
    suspensions: suspensionsOf(claimed, history),
    context: history.context,
    outcomeOf(position, input) {
      const found = history.facts.get(`done ${position}`);
      return found === undefined ? undefined : toOutcome(found, input);
    },
    orderOf: (position) => history.order.get(position),
    factOf: (kind, position) => history.facts.get(`${kind} ${position}`),
    note(position, kind, body) {
      const noted = entry(position, kind, body);
      pending.push(noted);
      return noted;
    },
    async commit(position, kind, body, { waits: more = [] } = {}) {
      const written = entry(position, kind, body);
      pending.push(written);
      await write(more.length === 0 ? undefined : { status: 'running', waits: [...waits(), ...more] });
      return written;
    },
    consume(sequence) {
      consumed.push(sequence);
    },
    flush,
    deadline(position, milliseconds) {
      const known = knownDeadline(position);
      if (known !== undefined) return known;
      const due = clock.now() + milliseconds;
      pending.push(entry(inGeneration(position), 'timer', due));
      return due;
    },
    knownDeadline,
    inGeneration,
    fail: callbacks.failed,
    async listen(strand, position, listeners, isOver) {
      const take = (): boolean => {
        for (let index = 0; index < events.length; ) {
          const given = events[index] as GivenEvent;
          if (isOver() || !listeners.some((listener) => listener.offer(given))) index += 1;
          else events.splice(index, 1);
        }
        return isOver();
      };
      if (take()) return;
      await strands.rest<void>(strand, (wake) => {
        for (const listener of listeners) listening.set(listener, { position, wake });
        strand.scope.signal.addEventListener('abort', () => {
          for (const listener of listeners) listening.delete(listener);
        });
        queueMicrotask(() => {
          if (!isParking) void write({ status: 'running', waits: waits() }).catch(() => {});
        });
      });
    },
    step() {
      steps += 1;
      if (steps > limits.steps)
        throw standardFault('runtime', 'Too many steps', `The run has executed ${limits.steps} tasks, the limit.`);
      if (clock.now() >= startedAt + limits.runTime)
        throw standardFault('timeout', 'Run time exceeded', `The run is older than ${limits.runTime} ms, the limit.`);
    },
    now: () => clock.now(),
    end(change) {
      discardEvents();
      // Deadlines and sub-flows recorded before a fault are void when the run is retried after it.
      if (change.status === 'faulted') pending.push(entry(`~c${record.claims}`, 'faulted', record.claims));
      return write(change);
    },
    suspend() {
      isSuspending = true;
    },
    async keepOpen() {
      noteOpen();
      await flush();
    },
    isSuspending: () => isSuspending,
  };
}

export interface RunControl {
  /** Writes what is pending together with the run's end. */
  end(change: RunChange): Promise<void>;
  /** From now on no new task begins, and the run is suspended once those under way are recorded. */
  suspend(): void;
  /** Records which tasks are under way, before it is told of each that it is cancelled. */
  keepOpen(): Promise<void>;
}

interface History {
  readonly facts: ReadonlyMap<string, Entry>;
  readonly order: ReadonlyMap<string, number>;
  readonly context: Json;
  readonly steps: number;
  readonly isRecovering: boolean;
  readonly generation: number;
  readonly open: readonly (readonly [position: string, pointer: string])[];
  /** Where the run was suspended by the claim before this one. */
  readonly suspended: string | undefined;
  /** How many suspensions from outside earlier claims have told of. */
  readonly told: number;
}

const PROGRESS: ReadonlySet<string> = new Set<EntryKind>(['done', 'caught', 'retry', 'faulted']);

function readHistory({ entries, record }: ClaimedRun): History {
  const facts = new Map<string, Entry>();
  const order = new Map<string, number>();
  let context: Json = null;
  let lastRest = 0;
  let generation = 0;
  let open: History['open'] = [];
  let suspended: string | undefined;
  let told = 0;
  for (const entry of entries) {
    facts.set(`${entry.kind} ${entry.position}`, entry);
    // What was under way may have ended since; what has not will be told of again when it is begun again.
    if (PROGRESS.has(entry.kind)) open = [];
    if (entry.kind === 'done') {
      order.set(entry.position, order.size);
      const exported = (entry.body as { readonly context?: Json }).context;
      if (exported !== undefined) context = exported;
    } else if (entry.kind === 'rested') lastRest = entry.body as number;
    else if (entry.kind === 'faulted') generation += 1;
    else if (entry.kind === 'open') open = entry.body as unknown as History['open'];
    else if (entry.kind === 'suspended') suspended = entry.position;
    else if (entry.kind === 'resumed') {
      suspended = undefined;
      told = entry.body as number;
    }
  }
  const isRecovering = lastRest < record.claims - 1;
  return { facts, order, context, steps: order.size, isRecovering, generation, open, suspended, told };
}

/** The fence grows with each claim and with each suspension from outside, so what is over is how many of those there were. */
function suspensionsOf({ claim, record }: ClaimedRun, { suspended, told }: History): Suspension[] {
  const outside = Array.from({ length: Math.max(0, claim.fence - record.claims - told) }, (_, index) => ({
    place: `~s${told + index + 1}`,
    isUntold: true,
  }));
  return suspended === undefined ? outside : [{ place: suspended, isUntold: false }, ...outside];
}

function toOutcome(entry: Entry, input: Json): Outcome {
  const body = entry.body as { readonly output?: Json; readonly next?: Directive };
  // A task that hands its input on is recorded without it.
  const output = body.output === undefined ? input : body.output;
  return body.next === undefined ? { output, at: entry.at } : { output, next: body.next, at: entry.at };
}
