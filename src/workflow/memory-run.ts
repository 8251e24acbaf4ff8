/** A run as the journal in memory holds it, and what follows from that. */
import type { Entry, GivenEvent, NewRun, RunRecord, RunStatus, Wait } from './journal.ts';

export interface StoredRun {
  record: RunRecord;
  readonly entries: Entry[];
  waits: readonly Wait[];
  readonly given: (GivenEvent & { readonly key: string; consumed: boolean })[];
  fence: number;
  cancel: string | undefined;
  /** When it goes on by itself, while nobody works on it; 0: at once. */
  dueAt: number | undefined;
  /** From when it may be claimed; undefined while it may not. */
  readyAt: number | undefined;
  /** Another run of its lane is before it. */
  isBlocked: boolean;
}

const ENDED: ReadonlySet<RunStatus> = new Set(['completed', 'faulted', 'cancelled']);

export function isOlder({ endedAt }: RunRecord, before: number): boolean {
  return endedAt !== undefined && endedAt < before;
}

export function orderOf({ record }: StoredRun): number {
  return record.lane?.order ?? 0;
}

export function newRecord(run: NewRun, by: string | undefined, reason: string): RunRecord {
  return {
    tenant: run.tenant,
    id: run.id,
    definition: run.definition,
    key: run.key,
    status: by === undefined ? 'pending' : 'cancelled',
    lane: run.lane,
    parent: run.parent,
    input: run.input,
    output: undefined,
    fault: by === undefined ? undefined : reason,
    createdAt: run.createdAt,
    startedAt: undefined,
    endedAt: by === undefined ? undefined : run.createdAt,
    dueAt: undefined,
    claims: 0,
  };
}

export function superseded(by: string): string {
  return `superseded by ${by}`;
}

export function hasEnded(run: StoredRun): boolean {
  return ENDED.has(run.record.status);
}

export function hasNews(run: StoredRun): boolean {
  return run.given.some((given) => !given.consumed);
}

/** From when a run that nobody works on may be claimed: one asked to stop at once, a suspended one not by itself. */
export function readyAtOf({ cancel, record, dueAt }: StoredRun): number | undefined {
  if (cancel !== undefined) return 0;
  return record.status === 'suspended' ? undefined : dueAt;
}

/** Order within a lane: by the change they tell of, then by creation. */
export function byTurn({ record: a }: StoredRun, { record: b }: StoredRun): number {
  return (a.lane?.order ?? 0) - (b.lane?.order ?? 0) || (a.id < b.id ? -1 : 1);
}

export function byReadiness(a: StoredRun, b: StoredRun): number {
  return (a.readyAt ?? 0) - (b.readyAt ?? 0) || (a.record.id < b.record.id ? -1 : 1);
}
