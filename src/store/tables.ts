/**
 * What is kept, as types for the query builder; `migrations/` creates it. Times are epoch milliseconds, JSON is text.
 * Every primary key begins with the tenant, so that one tenant's rows lie together and no question crosses tenants by
 * accident.
 */
export interface Tables {
  readonly events: EventRow;
  readonly deliveries: DeliveryRow;
  readonly sequences: SequenceRow;
  readonly notes: NoteRow;
}

/** The inbox: each event accepted, once. */
export interface EventRow {
  readonly tenant: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** JSON of the event without its data. */
  readonly attributes: string;
  /** JSON of its data as it came; null where it has none. */
  readonly data: string | null;
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
}
