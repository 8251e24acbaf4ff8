import type { Event } from '../events/event.ts';

/**
 * The durable memory of the house as a port: SQLite and Postgres satisfy it, and one contract suite holds both to it.
 * Each method is one atomic write that resolves after the commit that holds it (concurrent callers share commits), or one
 * read. Times are epoch milliseconds. Every key begins with the tenant. Rejects with `FairleadError` `store.unavailable`.
 * `journal` has the shape that the workflow runtime declares in `workflow/journal.ts`.
 */
export interface Store<Journal = unknown> {
  readonly outbox: Outbox;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly messages: Messages;
  readonly budget: Budget;
  readonly notes: Notes;
  /**
   * Calls back whenever another process may have made deliveries due or runs claimable, asked a run under way to stop, or
   * ended or parked one (any, where none is named); answers the function that ends it.
   * Absent where one process owns the store. It saves waiting for the next look and does not replace it.
   */
  onWork?(callback: (work: Work, run?: NamedRun) => void): () => void;
  /** Rejects when the store cannot be written right now. */
  check(): Promise<void>;
  /** Commits what is queued; where that takes longer than `withinMs`, it is left undone. */
  close(withinMs?: number): Promise<void>;
}

export type Work = 'deliveries' | 'runs' | 'orders' | 'rests';

export interface NamedRun {
  readonly tenant: string;
  readonly id: string;
}

export interface Publication {
  readonly event: Event;
  /** Exact JSON text of `event.data`, or its bytes in UTF-8, where the caller has it. */
  readonly dataText?: string | Buffer;
  /** Names of the triggers that match, one delivery each. */
  readonly triggers: readonly string[];
  readonly now: number;
  /** The publisher makes the deliveries itself: until then they are due for nobody else, where others share the store. */
  readonly leaseUntil?: number;
}

export type PublishOutcome =
  /** `deliveries` in the order of `triggers`. */
  | { readonly outcome: 'accepted'; readonly deliveries: readonly number[] }
  | { readonly outcome: 'duplicate' }
  /** The id is known in this tenant, from this source or another, with other content. */
  | { readonly outcome: 'conflict' };

export interface DueDelivery {
  readonly delivery: number;
  readonly tenant: string;
  readonly trigger: string;
  readonly event: Event;
  /** Tries made so far. */
  readonly attempts: number;
}

export type Settlement =
  | { readonly delivery: number; readonly outcome: 'done' }
  | { readonly delivery: number; readonly outcome: 'retry'; readonly at: number; readonly reason: string }
  | {
      readonly delivery: number;
      readonly outcome: 'dead';
      readonly at: number;
      readonly reason: string;
      readonly status?: number;
    };

/** The trigger of a dead letter that no subscriber was found for: it belongs to no installation, or its broker did not say. */
export const NO_TRIGGER = '';

export interface DeadLetter {
  readonly delivery: number;
  readonly tenant: string;
  readonly trigger: string;
  readonly event: Event;
  readonly attempts: number;
  readonly reason: string;
  readonly status: number | undefined;
  readonly at: number;
}

/** Events accepted (the inbox: unique per tenant and id) and what is still to be delivered of them. */
export interface Outbox {
  publish(publication: Publication): Promise<PublishOutcome>;
  /** Of the ids given, those that no event of the tenant carries. */
  unknown(tenant: string, ids: readonly string[]): Promise<readonly string[]>;
  /** Tenants that have deliveries due at `now`. */
  tenantsDue(now: number): Promise<readonly string[]>;
  /**
   * Due deliveries of one tenant, oldest first, but for those in `except` (already under way in this process). With
   * `leaseUntil`, they are due for nobody else until then, where others share the store.
   */
  due(
    tenant: string,
    now: number,
    limit: number,
    except: ReadonlySet<number>,
    leaseUntil?: number,
  ): Promise<readonly DueDelivery[]>;
  /** Sets until when deliveries in hand are due for nobody else; now: they are given up. Absent where one process owns the store. */
  lease?(deliveries: readonly number[], until: number): Promise<void>;
  /** When the next delivery not due at `now` becomes due. */
  nextDue(now: number): Promise<number | undefined>;
  settle(settlements: readonly Settlement[]): Promise<void>;
  deadLetters(query: {
    readonly tenant?: string;
    readonly before?: number;
    readonly limit: number;
  }): Promise<readonly DeadLetter[]>;
  deadLetter(delivery: number): Promise<DeadLetter | undefined>;
  /** Makes a dead letter due again with its attempts set to none. False when there is no such dead letter. */
  redeliver(delivery: number, now: number): Promise<boolean>;
  /**
   * Keeps an event straight in the dead letters: one nobody may act on (no installation), or one that another broker gave up
   * for the trigger named. Once per event and trigger.
   */
  bury(event: Event, reason: string, now: number, trigger?: string): Promise<void>;
  /** Forgets events accepted before `before` that have nothing left to deliver. Answers how many, until `signal` aborts. */
  prune(before: number, signal?: AbortSignal): Promise<number>;
  /** Depth figures for the metrics. */
  depth(): Promise<{ readonly due: number; readonly dead: number }>;
}

/** What the bot put on a pull request, and what a human took off again. */
export interface LedgerEntry {
  readonly kind:
    | 'label'
    | 'reviewer'
    | 'team'
    | 'assignee'
    | 'milestone'
    | 'comment'
    | 'automerge'
    | 'check'
    | 'absence'
    | 'postponement';
  /** As GitHub spells it. */
  readonly name: string;
  /** `ours`: we added it (written before the call that adds it). `refused`: a human removed it. */
  readonly state: 'ours' | 'refused';
  /** The rule or the person behind it. */
  readonly reason: string;
  readonly at: number;
  /** Digest of the rule that wants it, as it was then; absent where that is not known. */
  readonly rule?: string;
  /** What GitHub calls what we made, such as a comment's id. */
  readonly reference?: string;
}

export interface Ledger {
  /** `subject` is `<repository id>/<pull request number>`. */
  read(tenant: string, subject: string): Promise<readonly LedgerEntry[]>;
  /** Upserts by kind and (case-insensitive) name. */
  write(tenant: string, subject: string, entries: readonly LedgerEntry[]): Promise<void>;
  forget(tenant: string, subject: string, entries: readonly Pick<LedgerEntry, 'kind' | 'name'>[]): Promise<void>;
  /**
   * What is known of a name on any pull request of the repository is known of another name from now on. Where something is
   * known of that already, it counts.
   */
  rename(tenant: string, repositoryId: number, kind: LedgerEntry['kind'], from: string, to: string): Promise<void>;
}

/** One chat message per channel and subject, so that it can be edited as things change. */
export interface MessageRecord {
  /** `sending`: a send began and its outcome is not recorded. */
  readonly state: 'sending' | 'sent';
  /** The platform's own handle (e.g. Slack `channel` and `ts`), once known. */
  readonly reference: string | undefined;
  /** Digest of the content last sent, so that an unchanged message is not sent again. */
  readonly digest: string;
  readonly at: number;
}

export interface Messages {
  read(tenant: string, channel: string, subject: string): Promise<MessageRecord | undefined>;
  write(tenant: string, channel: string, subject: string, record: MessageRecord): Promise<void>;
}

/** A token bucket per tenant, shared by all processes over one store. */
export interface Budget {
  /**
   * Takes up to `count` tokens of a bucket that holds `burst` and gains `perMinute`. `granted` may be less, and then
   * `waitMs` says when one more will be there.
   */
  take(
    tenant: string,
    bucket: string,
    request: { readonly count: number; readonly burst: number; readonly perMinute: number; readonly now: number },
  ): Promise<{ readonly granted: number; readonly waitMs: number }>;
}

/** Small facts kept by name: the recovery's cursor, the bot's own identity, events that wait for others. */
export interface Notes {
  read(tenant: string, name: string): Promise<string | undefined>;
  write(tenant: string, name: string, value: string): Promise<void>;
  /**
   * Reads and writes in one commit, which no other change of the note comes between, in any process. `decide` says what the
   * note is from then on (undefined: what it was); it may be asked more than once, and has no other effect. A note that is
   * changed so has an age, from `at`.
   */
  change<Result>(
    tenant: string,
    name: string,
    at: number,
    decide: (value: string | undefined) => { readonly value: string | undefined; readonly result: Result },
  ): Promise<Result>;
  /** Forgets notes that were last changed before `before`; those without an age stay. Answers how many, until `signal` aborts. */
  prune(before: number, signal?: AbortSignal): Promise<number>;
}
