/**
 * As much of the journal as the runner uses, as plain maps, with its failures at the test's command. What it promises is
 * the contract suite of the store.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import type {
  Claim,
  ClaimedRun,
  CreateResult,
  GivenEvent,
  Journal,
  NewRun,
  RunChange,
  RunRecord,
  RunStatus,
} from '../../src/workflow/journal.ts';

interface Row {
  readonly run: NewRun;
  status: RunStatus;
  cancel: string | undefined;
  fence: number;
  leaseUntil: number;
  dueAt: number | undefined;
  change: RunChange | undefined;
  readonly events: GivenEvent[];
  types: readonly (string | undefined)[];
}

export interface MemoryJournal
  extends Pick<Journal, 'create' | 'claim' | 'renew' | 'append' | 'give' | 'cancel' | 'nextDue'> {
  isDown: boolean;
  readonly runs: readonly {
    readonly run: NewRun;
    readonly status: RunStatus;
    readonly change: RunChange | undefined;
  }[];
  /** Makes another process take the run over. */
  steal(runId: string): void;
}

const ENDED: readonly RunStatus[] = ['completed', 'faulted', 'cancelled'];

export function createMemoryJournal(): MemoryJournal {
  const rows: Row[] = [];
  let isDown = false;

  async function io(): Promise<void> {
    await turn();
    if (isDown) throw new FairleadError('store.unavailable', 'The store is down.');
  }

  const isOpen = (row: Row) => !ENDED.includes(row.status);
  const sameLane = (a: NewRun, b: NewRun) =>
    a.lane !== undefined &&
    a.tenant === b.tenant &&
    a.lane.name === b.lane?.name &&
    a.definition.name === b.definition.name;
  const isFirstOfLane = (row: Row) =>
    rows.every(
      (other) =>
        other === row ||
        !isOpen(other) ||
        !sameLane(row.run, other.run) ||
        (other.run.lane?.order ?? 0) > (row.run.lane?.order ?? 0) ||
        ((other.run.lane?.order ?? 0) === (row.run.lane?.order ?? 0) && rows.indexOf(other) > rows.indexOf(row)),
    );

  function held({ runId, fence }: Claim): Row | undefined {
    const row = rows.find(({ run }) => run.id === runId);
    return row?.fence === fence ? row : undefined;
  }

  function toRecord(row: Row): RunRecord {
    const { run, status, fence, dueAt } = row;
    const { tenant, id, definition, key, input, createdAt, lane, parent } = run;
    const rest = { output: undefined, fault: undefined, startedAt: undefined, endedAt: undefined, claims: fence };
    return { tenant, id, definition, key, input, createdAt, lane, parent, status, dueAt, ...rest };
  }

  return {
    get isDown() {
      return isDown;
    },
    set isDown(value) {
      isDown = value;
    },
    runs: rows,
    steal(runId) {
      for (const row of rows) if (row.run.id === runId) row.fence += 1;
    },
    async create(run): Promise<CreateResult> {
      await io();
      const known = rows.find((row) => row.run.tenant === run.tenant && row.run.key === run.key);
      if (known !== undefined) return { outcome: 'known', runId: known.run.id };
      const row: Row = {
        run,
        status: 'pending',
        cancel: undefined,
        fence: 0,
        leaseUntil: 0,
        dueAt: undefined,
        change: undefined,
        events: [],
        types: [],
      };
      rows.push(row);
      const rivals = rows.filter(
        (other) =>
          other !== row &&
          sameLane(run, other.run) &&
          run.lane?.revision !== undefined &&
          other.run.lane?.revision !== run.lane.revision,
      );
      const newer = rivals.find((other) => (other.run.lane?.order ?? 0) > (run.lane?.order ?? 0));
      if (newer !== undefined) {
        row.status = 'cancelled';
        return { outcome: 'superseded', runId: run.id, by: newer.run.id };
      }
      for (const rival of rivals) if (isOpen(rival)) rival.cancel = `superseded by ${run.lane?.revision}`;
      return { outcome: 'created', runId: run.id };
    },
    async claim(_owner, now, leaseUntil, limit): Promise<readonly ClaimedRun[]> {
      await io();
      const claimed: ClaimedRun[] = [];
      for (const row of rows) {
        if (claimed.length === limit) break;
        const isAwake =
          row.events.length > 0 || row.cancel !== undefined || (row.dueAt ?? Number.POSITIVE_INFINITY) <= now;
        const canGoOn =
          row.status === 'pending' ||
          (row.status === 'running' && row.leaseUntil < now) ||
          (row.status === 'waiting' && isAwake);
        if (!canGoOn || !isFirstOfLane(row)) continue;
        row.status = 'running';
        row.fence += 1;
        row.leaseUntil = leaseUntil;
        const claim = { tenant: row.run.tenant, runId: row.run.id, fence: row.fence };
        claimed.push({ claim, record: toRecord(row), entries: [], events: [...row.events], cancel: row.cancel });
      }
      return claimed;
    },
    async renew(claims, leaseUntil) {
      await io();
      return claims.map((claim) => {
        const row = held(claim);
        if (row === undefined || !isOpen(row)) return { held: false, cancel: undefined };
        row.leaseUntil = leaseUntil;
        return { held: true, cancel: row.cancel };
      });
    },
    async append(claim, _entries, change, consumed = []) {
      await io();
      const row = held(claim);
      if (row === undefined) throw new FairleadError('store.fenced', 'Another process has the run.');
      for (const sequence of consumed)
        row.events.splice(
          row.events.findIndex((given) => given.sequence === sequence),
          1,
        );
      if (change === undefined) return;
      row.change = change;
      row.status = change.status;
      row.dueAt = change.status === 'waiting' ? change.dueAt : undefined;
      if (change.status === 'waiting') row.types = change.waits.map(({ type }) => type);
    },
    async give(tenant, type, _key, event) {
      await io();
      const waiting = rows.filter(
        (row) =>
          isOpen(row) &&
          row.run.tenant === tenant &&
          row.types.some((wanted) => wanted === undefined || wanted === type),
      );
      for (const row of waiting) row.events.push({ sequence: row.events.length + 1, event });
      return waiting.map(({ run }) => run.id);
    },
    async cancel(_tenant, runId, reason) {
      await io();
      const row = rows.find(({ run }) => run.id === runId);
      if (row === undefined || !isOpen(row)) return false;
      row.cancel = reason;
      return true;
    },
    async nextDue() {
      await io();
      const times = rows.filter(({ status }) => status === 'waiting').flatMap(({ dueAt }) => dueAt ?? []);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
}
