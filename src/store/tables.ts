/**
 * What is kept, as types for the query builder; `migrations/` creates it. Times are epoch milliseconds, JSON is text.
 * Every primary key begins with the tenant, so that one tenant's rows lie together and no question crosses tenants by
 * accident.
 */
import type { Packed } from './packed-data.ts';
import type { LedgerEntry } from './store.ts';

export interface Tables {
  readonly events: EventRow;
  readonly deliveries: DeliveryRow;
  readonly sequences: SequenceRow;
  readonly notes: NoteRow;
  readonly ledger: LedgerRow;
  readonly messages: MessageRow;
  readonly budgets: BudgetRow;
  readonly runs: RunRow;
  readonly run_bodies: RunBodyRow;
  readonly entries: EntryRow;
  readonly waits: WaitRow;
  readonly given: GivenRow;
  readonly definitions: DefinitionRow;
  readonly payloads: PayloadRow;
}

/** The inbox: each event accepted, once. */
export interface EventRow {
  readonly tenant: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** JSON of the event without its data. */
  readonly attributes: string;
  /** JSON of its data as it came, which may be compressed; null where it has none. */
  readonly data: Packed | null;
  readonly accepted_at: number;
}

/** The outbox: what is still to be delivered, and what was given up. A delivery that is done has no row. */
export interface DeliveryRow {
  readonly tenant: string;
  /** Unique over all tenants and never used twice. */
  readonly number: number;
  readonly event_id: string;
  readonly event_source: string;
  readonly trigger: string;
  readonly state: 'due' | 'dead';
  readonly attempts: number;
  readonly due_at: number;
  readonly dead_at: number | null;
  readonly reason: string | null;
  readonly status: number | null;
}

/** Numbers given out so far. */
export interface SequenceRow {
  readonly tenant: string;
  readonly name: string;
  readonly value: number;
}

export interface NoteRow {
  readonly tenant: string;
  readonly name: string;
  readonly value: string;
  /** When it was changed last, where it may be forgotten. */
  readonly at: number | null;
}

export interface LedgerRow {
  readonly tenant: string;
  readonly subject: string;
  readonly kind: LedgerEntry['kind'];
  /** The name in lower case: GitHub takes names that differ in case alone for one. */
  readonly name_key: string;
  readonly name: string;
  readonly state: 'ours' | 'refused';
  readonly reason: string;
  readonly at: number;
  readonly rule: string | null;
  readonly reference: string | null;
}

export interface MessageRow {
  readonly tenant: string;
  readonly channel: string;
  readonly subject: string;
  readonly state: 'sending' | 'sent';
  readonly reference: string | null;
  readonly digest: string;
  readonly at: number;
}

/** A token bucket as it was at `at`; its level is in 60,000ths of a token. */
export interface BudgetRow {
  readonly tenant: string;
  readonly bucket: string;
  readonly level: number;
  readonly at: number;
}

/** A run as it stands. What it was given and what came of it are in `run_bodies`, so that this row stays short. */
export interface RunRow {
  readonly tenant: string;
  readonly id: string;
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly status: 'pending' | 'running' | 'waiting' | 'suspended' | 'completed' | 'faulted' | 'cancelled';
  readonly lane: string | null;
  readonly lane_order: number | null;
  readonly revision: string | null;
  /** 1 while another run of the lane is before it. */
  readonly blocked: number;
  readonly parent_run: string | null;
  readonly parent_position: string | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  /** When a run that is not under way goes on by itself; 0: at once. */
  readonly due_at: number | null;
  /** From when the run may be claimed; null while it may not. Every change of the run keeps this up to date. */
  readonly ready_at: number | null;
  readonly owner: string | null;
  readonly claims: number;
  readonly fence: number;
  /** Why the run was asked to stop. */
  readonly cancel: string | null;
  /** How many events it was given. */
  readonly events: number;
}

/** JSON, either here or, where it is long, in `payloads` under its digest. */
interface BodyColumns {
  readonly body: string | null;
  readonly body_digest: string | null;
}

export interface RunBodyRow extends BodyColumns {
  readonly tenant: string;
  readonly run_id: string;
  readonly part: 'input' | 'output' | 'fault';
  /** The event whose data belongs into the body, and where (`journal/input.ts`). */
  readonly event_id: string | null;
  readonly data_at: string | null;
}

export interface EntryRow extends BodyColumns {
  readonly tenant: string;
  readonly run_id: string;
  readonly sequence: number;
  readonly position: string;
  readonly kind: string;
  readonly at: number;
}

export interface WaitRow {
  readonly tenant: string;
  readonly run_id: string;
  readonly position: string;
  /** Empty: any. */
  readonly type: string;
}

/** An event given to a run. Once consumed only its key is kept, so that it is not given again. */
export interface GivenRow extends BodyColumns {
  readonly tenant: string;
  readonly run_id: string;
  readonly sequence: number;
  readonly key: string;
  readonly consumed: number;
}

export interface DefinitionRow {
  readonly tenant: string;
  readonly digest: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly text: string;
  /** When a process last said that it is in use; not known of rows that an older version wrote. */
  readonly at: number | null;
}

/** Long texts, each kept once. */
export interface PayloadRow {
  readonly tenant: string;
  readonly digest: string;
  readonly body: string;
}
