import { FairleadError } from '../events/fairlead-error.ts';
import type { Json } from '../expression/json.ts';
import type {
  Claim,
  ClaimedRun,
  Entry,
  GivenEvent,
  Journal,
  NewRun,
  RunChange,
  RunRecord,
  RunStatus,
  Wait,
} from './journal.ts';

interface StoredRun {
  record: RunRecord;
  readonly entries: Entry[];
  waits: readonly Wait[];
  readonly given: (GivenEvent & { readonly key: string; consumed: boolean })[];
  lease: { readonly fence: number; until: number } | undefined;
  fence: number;
  cancel: string | undefined;
  isWoken: boolean;
  isSuspended: boolean;
}

const ENDED: ReadonlySet<RunStatus> = new Set(['completed', 'faulted', 'cancelled']);

/**
 * A journal that lasts as long as the process: for workflows run without durability, for tests, and for simulations, where
 * it stands for a store that survives the engine.
 */
export function createMemoryJournal(): Journal {
  const runs = new Map<string, StoredRun>();
  const keys = new Map<string, string>();
  const definitions = new Map<string, string>();

  const idOf = (tenant: string, runId: string): string => `${tenant} ${runId}`;
  const find = (tenant: string, runId: string): StoredRun | undefined => runs.get(idOf(tenant, runId));
  const hasEnded = (run: StoredRun): boolean => ENDED.has(run.record.status);

  function held(claim: Claim): StoredRun {
    const run = find(claim.tenant, claim.runId);
    if (run?.lease?.fence !== claim.fence)
      throw new FairleadError('store.fenced', `The run ${claim.runId} was taken over by another process.`);
    return run;
  }

  function isClaimable(run: StoredRun, now: number): boolean {
    if (hasEnded(run)) return false;
    if (run.lease !== undefined) return run.lease.until <= now;
    if (run.cancel !== undefined) return true;
    if (run.isSuspended) return false;
    if (run.isWoken || run.record.status === 'pending' || run.record.status === 'running') return true;
    return run.record.dueAt !== undefined && run.record.dueAt <= now;
  }

  function isFirstInLane(run: StoredRun): boolean {
    const { lane, tenant } = run.record;
    if (lane === undefined) return true;
    return [...runs.values()].every(
      (other) =>
        other === run ||
        hasEnded(other) ||
        other.record.tenant !== tenant ||
        other.record.lane?.name !== lane.name ||
        compare(run.record, other.record) < 0,
    );
  }

  function claimRun(run: StoredRun, leaseUntil: number, now: number): ClaimedRun {
    run.fence += 1;
    run.lease = { fence: run.fence, until: leaseUntil };
    run.isWoken = false;
    const { record } = run;
    run.record = {
      ...record,
      status: 'running',
      startedAt: record.startedAt ?? now,
      claims: record.claims + 1,
      dueAt: undefined,
    };
    return {
      claim: { tenant: record.tenant, runId: record.id, fence: run.fence },
      record: run.record,
      entries: [...run.entries],
      events: run.given.filter((given) => !given.consumed).map(({ sequence, event }) => ({ sequence, event })),
      cancel: run.cancel,
    };
  }

  function apply(run: StoredRun, change: RunChange): void {
    const { record } = run;
    switch (change.status) {
      case 'running':
        if (change.waits !== undefined) run.waits = change.waits;
        return;
      case 'waiting':
        run.waits = change.waits;
        run.lease = undefined;
        run.isWoken = run.given.some((given) => !given.consumed);
        run.record = { ...record, status: run.isSuspended ? 'suspended' : 'waiting', dueAt: change.dueAt };
        return;
      case 'suspended':
        run.lease = undefined;
        run.isSuspended = true;
        run.record = { ...record, status: 'suspended' };
        return;
      case 'completed':
        run.record = { ...record, status: 'completed', output: change.output, fault: undefined, endedAt: change.at };
        break;
      case 'faulted':
      case 'cancelled':
        run.record = { ...record, status: change.status, fault: change.fault, endedAt: change.at };
        break;
    }
    run.lease = undefined;
    run.waits = [];
  }

  /** The newer revision in a lane wins: older runs of the same definition are asked to stop. Answers the winner if it is not the new one. */
  function supersede(created: NewRun): string | undefined {
    const { lane } = created;
    if (lane?.revision === undefined) return undefined;
    for (const other of runs.values()) {
      const { record } = other;
      const isRival =
        record.tenant === created.tenant &&
        record.definition.namespace === created.definition.namespace &&
        record.definition.name === created.definition.name &&
        record.lane?.name === lane.name &&
        record.lane.revision !== lane.revision;
      if (!isRival) continue;
      if ((record.lane?.order ?? 0) > lane.order) return record.id;
      if (!hasEnded(other)) other.cancel ??= `Superseded by ${lane.revision}.`;
    }
    return undefined;
  }

  return {
    async create(run) {
      const key = idOf(run.tenant, run.key);
      const known = keys.get(key);
      if (known !== undefined) return { outcome: 'known', runId: known };
      const by = supersede(run);
      keys.set(key, run.id);
      runs.set(idOf(run.tenant, run.id), {
        record: newRecord(run, by),
        entries: [],
        waits: [],
        given: [],
        lease: undefined,
        fence: 0,
        cancel: undefined,
        isWoken: false,
        isSuspended: false,
      });
      return by === undefined ? { outcome: 'created', runId: run.id } : { outcome: 'superseded', runId: run.id, by };
    },
    async claim(_owner, now, leaseUntil, limit) {
      const claimable = [...runs.values()].filter((run) => isClaimable(run, now) && isFirstInLane(run));
      return claimable.slice(0, limit).map((run) => claimRun(run, leaseUntil, now));
    },
    async renew(claims, leaseUntil) {
      return claims.map((claim) => {
        const run = find(claim.tenant, claim.runId);
        const isHeld = run?.lease?.fence === claim.fence;
        if (isHeld && run.lease !== undefined) run.lease.until = leaseUntil;
        return { held: isHeld, cancel: isHeld ? run.cancel : undefined };
      });
    },
    async append(claim, entries, change, consumed = []) {
      const run = held(claim);
      run.entries.push(...entries);
      for (const given of run.given) if (consumed.includes(given.sequence)) given.consumed = true;
      if (change !== undefined) apply(run, change);
    },
    async give(tenant, type, key, event) {
      const woken: string[] = [];
      for (const run of runs.values()) {
        if (run.record.tenant !== tenant || hasEnded(run)) continue;
        if (!run.waits.some((wait) => wait.type === undefined || wait.type === type)) continue;
        if (run.given.some((given) => given.key === key)) continue;
        run.given.push({ sequence: run.given.length + 1, key, event, consumed: false });
        run.isWoken = run.lease === undefined;
        woken.push(run.record.id);
      }
      return woken;
    },
    async cancel(tenant, runId, reason) {
      const run = find(tenant, runId);
      if (run === undefined || hasEnded(run)) return false;
      run.cancel ??= reason;
      return true;
    },
    async suspend(tenant, runId) {
      const run = find(tenant, runId);
      if (run === undefined || hasEnded(run)) return false;
      run.isSuspended = true;
      if (run.lease === undefined) run.record = { ...run.record, status: 'suspended' };
      return true;
    },
    async resume(tenant, runId) {
      const run = find(tenant, runId);
      if (run === undefined || !run.isSuspended) return false;
      run.isSuspended = false;
      run.isWoken = true;
      if (run.lease === undefined) run.record = { ...run.record, status: 'waiting' };
      return true;
    },
    async retry(tenant, runId) {
      const run = find(tenant, runId);
      if (run?.record.status !== 'faulted') return false;
      run.record = { ...run.record, status: 'pending', endedAt: undefined };
      return true;
    },
    async read(tenant, runId) {
      const run = find(tenant, runId);
      return run === undefined ? undefined : { record: run.record, entries: [...run.entries] };
    },
    async list({ tenant, status, before, limit }) {
      return [...runs.values()]
        .map((run) => run.record)
        .filter((record) => tenant === undefined || record.tenant === tenant)
        .filter((record) => status === undefined || record.status === status)
        .filter((record) => before === undefined || record.id < before)
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, limit);
    },
    async nextDue() {
      const due = [...runs.values()].flatMap((run) =>
        run.lease === undefined && !run.isSuspended && !hasEnded(run) && run.record.dueAt !== undefined
          ? [run.record.dueAt]
          : [],
      );
      return due.length === 0 ? undefined : Math.min(...due);
    },
    async keepDefinition(ref, text) {
      definitions.set(ref.digest, text);
    },
    async readDefinition(digest) {
      return definitions.get(digest);
    },
  };
}

function newRecord(run: NewRun, supersededBy: string | undefined): RunRecord {
  const fault: Json | undefined =
    supersededBy === undefined ? undefined : { reason: `Superseded by the run ${supersededBy}.` };
  return {
    tenant: run.tenant,
    id: run.id,
    definition: run.definition,
    key: run.key,
    status: supersededBy === undefined ? 'pending' : 'cancelled',
    lane: run.lane,
    parent: run.parent,
    input: run.input,
    output: undefined,
    fault,
    createdAt: run.createdAt,
    startedAt: undefined,
    endedAt: supersededBy === undefined ? undefined : run.createdAt,
    dueAt: undefined,
    claims: 0,
  };
}

/** Order within a lane: by the change they tell of, then by creation. */
function compare(a: RunRecord, b: RunRecord): number {
  return (a.lane?.order ?? 0) - (b.lane?.order ?? 0) || (a.id < b.id ? -1 : 1);
}
