import type { Json } from '../expression/json.ts';
import type { Ending } from './chronicle.ts';
import { standardFault } from './fault.ts';
import type { ClaimedRun, Entry, GivenEvent, Journal, RunChange, RunRecord, Wait } from './journal.ts';
import type { Lifecycle, Teller } from './lifecycle.ts';
import type { Clock, Limits } from './ports.ts';
import { createStrands, type Strand, type Strands } from './strands.ts';
import { readSubFlows } from './sub-flows.ts';
import { restoreEntries, shorten } from './terse-entries.ts';

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
  | 'suspended'
  /** What the run ends with, before anything follows from that. */
  | 'ending'
  /** Kept for lifecycle events alone: a task begins, or has failed, before it is told. */
  | 'begun'
  | 'failed';

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
  /** Tells the lifecycle events, where they are on. */
  readonly teller: Teller | undefined;
  /** `$context`. */
  context: Json;
  /** The outcome recorded at the position by an earlier claim. `input` is what the task was given. */
  outcomeOf(position: string, input: Json): Outcome | undefined;
  /** Place in the history of the outcome at the position; for telling which branch was first. */
  orderOf(position: string): number | undefined;
  factOf(kind: EntryKind, position: string): Entry | undefined;
  /** @param options.derivedAt of an entry that may be lost, because whoever goes on comes to the very same: its time */
  note(position: string, kind: EntryKind, body: Json, options?: { readonly derivedAt?: number }): Entry;
  /** `waits` come into force with the entry, before the task begins to listen. */
  commit(position: string, kind: EntryKind, body: Json, options?: { readonly waits?: readonly Wait[] }): Promise<Entry>;
  /** The next commit says that the given event has been made use of. */
  consume(sequence: number): void;
  /** Resolves once everything noted is durable. */
  flush(): Promise<void>;
  /** The same, but for what is derived: that waits for the next commit. For before an effect. */
  secure(): Promise<void>;
  /** How often the run has faulted and was retried. */
  readonly generation: number;
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

export interface RunPorts {
  readonly journal: Pick<Journal, 'append' | 'cancel'>;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly lifecycle: Lifecycle | undefined;
}

export interface RunCallbacks {
  /** Everything rests and nothing is due soon: `dueAt` and `waits` say what would wake it. */
  parked(): void;
  failed(error: unknown): void;
}

/** Waits up to this long are slept through in memory: parking and claiming again would cost more. */
const SHORT_WAIT_MS = 1000;

export function openRun(ports: RunPorts, written: ClaimedRun, callbacks: RunCallbacks): Run & RunControl {
  const { journal, clock, limits } = ports;
  const { telling, entries } = restoreEntries(written.entries);
  const claimed: ClaimedRun = { ...written, entries };
  const { record, claim } = claimed;
  const place = `~c${record.claims}`;
  const startedAt = record.startedAt ?? record.createdAt;
  const history = readHistory(claimed);
  let pending: Entry[] = [];
  /** Something pending must be durable before the next effect. */
  let isOwed = false;
  const consumed: number[] = [];
  let writing: Promise<void> = Promise.resolve();
  let steps = history.steps;
  const { generation } = history;
  let isSuspending = false;
  let isParking = false;
  const events = [...claimed.events];
  const listening = new Map<Listener, { position: string; wake: () => void }>();
  const strands = createStrands(clock, onRest);
  const { subFlows, left } = readSubFlows(claimed.entries);
  let cancelling: Promise<void> | undefined;
  cancelSubFlows(left);
  const teller = ports.lifecycle?.open(claimed, { note, flush, fail: callbacks.failed });

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
    if (isSuspending) return hold(note(place, 'suspended', record.claims));
    const before = settled();
    if (before !== undefined) await before;
    note(place, 'rested', record.claims);
    // Whoever listens has been offered these and did not want them.
    discardEvents();
    await write({ status: 'waiting', dueAt: wakeAt(due), waits: waits() });
    callbacks.parked();
  }

  /** A run that is suspended keeps its events: it has not come to listen yet. */
  async function hold(suspended?: Entry): Promise<void> {
    if (suspended !== undefined) void teller?.follow(suspended);
    await settled();
    note(place, 'rested', record.claims);
    await write({ status: 'suspended' });
    callbacks.parked();
  }

  /** Resolves when all that follows from the entries so far is done; undefined where it is. */
  function settled(): Promise<unknown> | undefined {
    return cancelling === undefined && teller === undefined ? undefined : Promise.all([cancelling, teller?.settled()]);
  }

  function cancelSubFlows(ids: readonly string[], reason = 'Nobody awaits it any more.'): void {
    if (ids.length === 0) return;
    // Not before what it follows from is durable: a task that is executed once more waits for its sub-flow again.
    cancelling = (cancelling ?? Promise.resolve()).then(flush).then(async () => {
      for (const id of ids) await journal.cancel(record.tenant, id, reason);
    });
    cancelling.catch(callbacks.failed);
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

  function note(
    position: string,
    kind: EntryKind,
    body: Json,
    { derivedAt }: { readonly derivedAt?: number } = {},
  ): Entry {
    const noted: Entry = { position, kind, body, at: derivedAt ?? clock.now() };
    pending.push(noted);
    if (derivedAt === undefined) isOwed = true;
    cancelSubFlows(subFlows.follow(noted));
    return noted;
  }

  function discardEvents(): void {
    for (const given of events.splice(0)) consumed.push(given.sequence);
  }

  function write(change?: RunChange): Promise<void> {
    const next = pending.map((entry) => shorten(telling, entry));
    pending = [];
    isOwed = false;
    writing = journal.append(claim, next, change, consumed.splice(0));
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
    teller,
    ending: history.ending,
    isHalfSuspended: history.isHalfSuspended,
    context: history.context,
    outcomeOf(position, input) {
      const found = history.facts.get(`done ${position}`);
      return found === undefined ? undefined : toOutcome(found, input);
    },
    orderOf: (position) => history.order.get(position),
    factOf: (kind, position) => history.facts.get(`${kind} ${position}`),
    note,
    async commit(position, kind, body, { waits: more = [] } = {}) {
      const written = note(position, kind, body);
      await write(more.length === 0 ? undefined : { status: 'running', waits: [...waits(), ...more] });
      return written;
    },
    consume(sequence) {
      consumed.push(sequence);
    },
    flush,
    secure: () => (isOwed ? write() : writing),
    deadline(position, milliseconds) {
      const known = knownDeadline(position);
      if (known !== undefined) return known;
      const due = clock.now() + milliseconds;
      pending.push(entry(inGeneration(position), 'timer', due));
      isOwed = true;
      return due;
    },
    knownDeadline,
    generation,
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
      if (change.status === 'faulted') pending.push(faultedEntry(record, clock.now()));
      return write(change);
    },
    conclude(change) {
      const awaited = subFlows.awaited();
      if (history.ending === undefined && (teller !== undefined || awaited.length > 0)) {
        const ending = note(place, 'ending', change as unknown as Json);
        void teller?.follow(ending);
      }
      cancelSubFlows(awaited, change.status === 'cancelled' ? reasonOf(change.fault) : undefined);
      return settled();
    },
    suspend() {
      isSuspending = true;
    },
    hold: () => hold(),
    isSuspending: () => isSuspending,
  };
}

export interface RunControl {
  /** Writes what is pending together with the run's end. */
  end(change: RunChange): Promise<void>;
  /** From now on no new task begins, and the run is suspended once those under way are recorded. */
  suspend(): void;
  /** Finishes a suspension. */
  hold(): Promise<void>;
  /**
   * Does what follows from the run's end before it is final: tells it and all before it, and cancels the sub-flows that are
   * awaited still. Where there is any of this, what the run ends with is recorded first.
   */
  conclude(change: Ending): Promise<unknown> | undefined;
  /** What an earlier claim has recorded that the run ends with, and did not come to make final. */
  readonly ending: Ending | undefined;
  /** The same of a suspension. */
  readonly isHalfSuspended: boolean;
}

interface History {
  readonly facts: ReadonlyMap<string, Entry>;
  readonly order: ReadonlyMap<string, number>;
  readonly context: Json;
  readonly steps: number;
  readonly isRecovering: boolean;
  readonly generation: number;
  readonly ending: Ending | undefined;
  readonly isHalfSuspended: boolean;
}

function readHistory({ entries, record }: ClaimedRun): History {
  const facts = new Map<string, Entry>();
  const order = new Map<string, number>();
  let context: Json = null;
  let lastRest = 0;
  let generation = 0;
  let ending: Ending | undefined;
  let isHalfSuspended = false;
  for (const entry of entries) {
    facts.set(`${entry.kind} ${entry.position}`, entry);
    if (entry.kind === 'done') {
      order.set(entry.position, order.size);
      const exported = (entry.body as { readonly context?: Json }).context;
      if (exported !== undefined) context = exported;
    } else if (entry.kind === 'rested') {
      lastRest = entry.body as number;
      isHalfSuspended = false;
    } else if (entry.kind === 'faulted') {
      generation += 1;
      ending = undefined;
      // What failed is done again when the run is retried.
      for (const fact of facts.keys()) if (fact.startsWith('failed ')) facts.delete(fact);
    } else if (entry.kind === 'ending') ending = entry.body as unknown as Ending;
    // One from outside is complete by itself.
    else if (entry.kind === 'suspended') isHalfSuspended = entry.body !== null;
  }
  const isRecovering = lastRest < record.claims - 1;
  return { facts, order, context, steps: order.size, isRecovering, generation, ending, isHalfSuspended };
}

/** Goes with the end of a faulted run: deadlines and sub-flows recorded before it are void when the run is retried. */
export function faultedEntry({ claims }: Pick<RunRecord, 'claims'>, at: number): Entry {
  return { position: `~c${claims}`, kind: 'faulted' satisfies EntryKind, body: claims, at };
}

function reasonOf(fault: Json): string {
  return String(Reflect.get(Object(fault), 'reason'));
}

function toOutcome(entry: Entry, input: Json): Outcome {
  const body = entry.body as { readonly output?: Json; readonly next?: Directive };
  // A task that hands its input on is recorded without it.
  const output = body.output === undefined ? input : body.output;
  return body.next === undefined ? { output, at: entry.at } : { output, next: body.next, at: entry.at };
}
