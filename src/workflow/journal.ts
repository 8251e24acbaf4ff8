import type { Json } from '../expression/json.ts';

/** Identifies one exact text of a definition; a run is pinned to it. */
export interface DefinitionRef {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the definition's canonical JSON, hex. */
  readonly digest: string;
}

export type RunStatus = 'pending' | 'running' | 'waiting' | 'suspended' | 'completed' | 'faulted' | 'cancelled';

/** A run about to be created. */
export interface NewRun {
  readonly tenant: string;
  /** Sortable by creation (UUID v7). */
  readonly id: string;
  readonly definition: DefinitionRef;
  /** What makes the run one of a kind within its tenant (definition + event source and id): a second create under it creates nothing. */
  readonly key: string;
  readonly input: Json;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Runs of one lane run one after the other, by `order`, then by creation. */
  readonly lane?: Lane;
  /**
   * Whether one run does for several of a revision. `unbegun`: of two that have not begun the one of the lower order (of the
   * same, the older) is ended as joined, with all that its event tells told by the other's; one that has begun is left alone, for
   * it may have read already what has changed since. `newer`: beside that, one that comes late is not run where another of a
   * higher order has begun, or is done: its event tells nothing that was not known to that one.
   */
  readonly joins?: 'unbegun' | 'newer';
  /** Set for a sub-flow: the run and task that wait for it. */
  readonly parent?: { readonly runId: string; readonly position: string };
}

export interface Lane {
  /** E.g. `4711/12`: repository id and pull request number (the tenant is the run's own). */
  readonly name: string;
  /** Later is larger (epoch milliseconds of the change that the event tells of). */
  readonly order: number;
  /**
   * Runs of one definition in one lane that differ in this (a head sha) supersede each other: the one of the lower order
   * is cancelled, whether it is pending, running, waiting, or only about to be created.
   */
  readonly revision?: string;
}

/** The run as the store keeps it, without its entries. Times are epoch milliseconds. */
export interface RunRecord {
  readonly tenant: string;
  readonly id: string;
  readonly definition: DefinitionRef;
  readonly key: string;
  readonly status: RunStatus;
  readonly lane: Lane | undefined;
  readonly parent: { readonly runId: string; readonly position: string } | undefined;
  readonly input: Json;
  readonly output: Json | undefined;
  /** RFC 7807 object of a faulted run; for a cancelled one, why. */
  readonly fault: Json | undefined;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** When the run wants to be woken, for a waiting one. */
  readonly dueAt: number | undefined;
  /** How many times it was claimed. Above 1, tasks without an outcome may have had their effect already. */
  readonly claims: number;
}

/**
 * The right to write to a run. `fence` grows with every claim of that run; a write under an older one is refused with
 * `FairleadError` `store.fenced`, so that a paused process that wakes after its lease cannot act twice. It grows by one with
 * each claim (as `claims` of the record does) and with each {@link Journal.suspend}, and by nothing else.
 */
export interface Claim {
  readonly tenant: string;
  readonly runId: string;
  readonly fence: number;
}

/**
 * One fact of a run's history, written once. `position` is the task's instance pointer with the indices of the iterations
 * around it, unique per execution of a task; `kind` and `body` are the runtime's own.
 */
export interface Entry {
  readonly position: string;
  readonly kind: string;
  readonly body: Json;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * What a run waits for: an event of the type (undefined: any) given to it wakes it. Finer filters are the runtime's.
 * A run's waits stay in force, across claims too, until a change that carries waits replaces them or the run ends: an event
 * that arrives while the run is under way is kept for it.
 */
export interface Wait {
  readonly position: string;
  readonly type: string | undefined;
}

/** What becomes of the run in the same commit as the entries. */
export type RunChange =
  /** `waits`, when given, replaces the run's waits while it stays claimed (one branch listens, another works). */
  | { readonly status: 'running'; readonly waits?: readonly Wait[] }
  /**
   * Parks the run: the claim ends, and it is claimable again from `dueAt`, when an event wakes it, or at once when an
   * event given to it is still unconsumed after this append (it came after the claim).
   */
  | { readonly status: 'waiting'; readonly dueAt: number | undefined; readonly waits: readonly Wait[] }
  | { readonly status: 'completed'; readonly output: Json; readonly at: number }
  | { readonly status: 'faulted' | 'cancelled'; readonly fault: Json; readonly at: number }
  | { readonly status: 'suspended' };

/** A run given to this process: its record, its history so far, and the right to continue it. */
export interface ClaimedRun {
  readonly claim: Claim;
  readonly record: RunRecord;
  readonly entries: readonly Entry[];
  /** Events given to the run (see {@link Journal.give}) that no entry has consumed yet, oldest first. */
  readonly events: readonly GivenEvent[];
  /** Why the run is to stop now, when somebody asked for it. */
  readonly cancel: string | undefined;
}

/** What became of a claim. */
export interface Renewal {
  readonly held: boolean;
  /** Why the run is to stop, where that was asked for. */
  readonly cancel: string | undefined;
  /** The claim ended with a {@link Journal.suspend}, and nobody has had the run since. */
  readonly isSuspended: boolean;
}

export interface GivenEvent {
  /** Grows with every event given to this run. */
  readonly sequence: number;
  readonly event: Json;
}

export type CreateResult =
  /**
   * Runs that had not begun and ended with its creation: this one does for those `joined`, and those `superseded` are of older
   * revisions.
   */
  | {
      readonly outcome: 'created';
      readonly runId: string;
      readonly joined?: readonly string[];
      readonly superseded?: readonly string[];
    }
  | { readonly outcome: 'known'; readonly runId: string }
  /** A newer revision is in the lane already: the run is recorded as cancelled and never starts. */
  | { readonly outcome: 'superseded'; readonly runId: string; readonly by: string }
  /** Another run does for it: it is recorded as cancelled and never starts. */
  | { readonly outcome: 'joined'; readonly runId: string; readonly by: string };

/**
 * Durable memory of runs. Every method is one atomic commit (shared with others' by group commit) and resolves after it.
 * The workflow runtime declares this port; the store satisfies it.
 */
export interface Journal {
  /** Creates the run once per `(tenant, key)`; cancels what its revision supersedes (`cancel` of running claims is seen by {@link renew}). */
  create(run: NewRun): Promise<CreateResult>;
  /**
   * Claims up to `limit` runs that can go on: pending, due, woken, asked to cancel, or with a lease that ended before
   * `now`; of each lane only its first unfinished one. Fair between tenants.
   */
  claim(owner: string, now: number, leaseUntil: number, limit: number): Promise<readonly ClaimedRun[]>;
  /** Prolongs leases; answers for each claim whether it still holds, and what was asked of the run meanwhile. */
  renew(claims: readonly Claim[], leaseUntil: number): Promise<readonly Renewal[]>;
  /** Writes entries and the run's change under the claim. `consumed` are sequences of given events that the entries made use of. */
  append(claim: Claim, entries: readonly Entry[], change?: RunChange, consumed?: readonly number[]): Promise<void>;
  /** Hands an event to the runs of the tenant whose waits name its type, parked or under way, and makes parked ones claimable; once per run and `key`. Answers their ids. */
  give(tenant: string, type: string, key: string, event: Json): Promise<readonly string[]>;
  /** Asks a run to stop; a pending or parked one is cancelled by its next claim. False when it has ended already. */
  cancel(tenant: string, runId: string, reason: string): Promise<boolean>;
  /** Takes a run from whoever has it, and writes an entry `suspended` (its body is null) whose position tells it from other suspensions. */
  suspend(tenant: string, runId: string, at: number): Promise<boolean>;
  /** Lets a suspended run go on, and writes an entry `resumed`. */
  resume(tenant: string, runId: string, at: number): Promise<boolean>;
  /** Makes a faulted run claimable again from its last recorded task; one that a newer revision has superseded, to be cancelled. */
  retry(tenant: string, runId: string): Promise<boolean>;
  read(
    tenant: string,
    runId: string,
  ): Promise<{ readonly record: RunRecord; readonly entries: readonly Entry[] } | undefined>;
  list(query: RunQuery): Promise<readonly RunRecord[]>;
  /**
   * Forgets runs that ended before `before`, with all that was kept of them; a sub-flow not before the run that it is a
   * part of, and one that has not ended never. Answers how many; once `signal` aborts, those until then.
   */
  prune(before: number, signal?: AbortSignal): Promise<number>;
  /**
   * Forgets definitions that no run is pinned to and that were not in use since `before`. Answers how many; none where
   * `signal` aborts.
   */
  pruneDefinitions(before: number, signal?: AbortSignal): Promise<number>;
  /** When the next parked run is due, if any. */
  nextDue(): Promise<number | undefined>;
  /**
   * Keeps the text of a definition, so that runs pinned to it can go on after its file changed. It is in use at `at`: who goes
   * on using it says so now and then.
   */
  keepDefinition(ref: DefinitionRef, text: string, at: number): Promise<void>;
  readDefinition(digest: string): Promise<string | undefined>;
}

export interface RunQuery {
  readonly tenant?: string;
  readonly status?: RunStatus;
  /** Newest first, from before this id. */
  readonly before?: string;
  readonly limit: number;
}
