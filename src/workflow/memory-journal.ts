import { FairleadError } from '../events/fairlead-error.ts';
import type { Claim, ClaimedRun, CreateResult, Journal, NewRun, RunChange, RunRecord } from './journal.ts';
import { createMemoryDefinitions } from './memory-definitions.ts';
import {
  byReadiness,
  byTurn,
  hasEnded,
  hasNews,
  isOlder,
  newRecord,
  orderOf,
  readyAtOf,
  type StoredRun,
  superseded,
} from './memory-run.ts';

/** As far as lanes go. */
interface InLane extends Pick<RunRecord, 'tenant' | 'definition'> {
  readonly lane?: RunRecord['lane'];
}

/**
 * A journal that lasts as long as the process: for workflows run without durability, for tests, and for simulations, where
 * it stands for a store that survives the engine. It keeps every promise of {@link Journal} but to outlive the process.
 */
export function createMemoryJournal(): Journal {
  const runs = new Map<string, StoredRun>();
  const keys = new Map<string, string>();
  const lanes = new Map<string, StoredRun[]>();
  const definitions = createMemoryDefinitions();
  /** Served last by a claim: the next one begins with the tenant after it. */
  let lastTenant = '';

  const idOf = (tenant: string, name: string): string => JSON.stringify([tenant, name]);
  const find = (tenant: string, runId: string): StoredRun | undefined => runs.get(idOf(tenant, runId));
  const inLane = ({ tenant, lane }: Pick<NewRun, 'tenant' | 'lane'>): StoredRun[] =>
    lane === undefined ? [] : (lanes.get(idOf(tenant, lane.name)) ?? []);

  function isHeld(run: StoredRun | undefined, claim: Claim): run is StoredRun {
    return run !== undefined && run.fence === claim.fence && run.record.status === 'running';
  }

  function held(claim: Claim): StoredRun {
    const run = find(claim.tenant, claim.runId);
    if (!isHeld(run, claim))
      throw new FairleadError('store.fenced', `The claim ${claim.fence} of the run ${claim.runId} has ended.`);
    return run;
  }

  /** Gives the lane to the run whose turn it is: one that has begun keeps it, else the first in order has it. */
  function arrangeLane(record: RunRecord): void {
    const unfinished = inLane(record).filter((run) => !hasEnded(run));
    const next = unfinished.filter((run) => run.isBlocked).sort(byTurn)[0];
    if (next === undefined) return;
    const holder = unfinished.find((run) => !run.isBlocked);
    if (holder !== undefined) {
      if (holder.record.status !== 'pending' || byTurn(holder, next) < 0) return;
      holder.isBlocked = true;
      holder.readyAt = undefined;
    }
    next.isBlocked = false;
    next.readyAt = readyAtOf(next);
  }

  function claimRun(run: StoredRun, leaseUntil: number, now: number): ClaimedRun {
    const { record } = run;
    run.fence += 1;
    run.dueAt = undefined;
    // A lease holds through its last millisecond.
    run.readyAt = leaseUntil + 1;
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
        run.dueAt = change.dueAt;
        run.readyAt = run.cancel !== undefined || hasNews(run) ? 0 : change.dueAt;
        run.record = { ...record, status: 'waiting', dueAt: change.dueAt };
        return;
      case 'suspended':
        run.dueAt = 0;
        // One that was asked to stop meanwhile is parked instead, to be claimed for that.
        run.record = { ...record, status: run.cancel === undefined ? 'suspended' : 'waiting' };
        run.readyAt = readyAtOf(run);
        return;
      case 'completed':
        end(run, { status: 'completed', output: change.output, endedAt: change.at });
        return;
      case 'faulted':
      case 'cancelled':
        end(run, { status: change.status, fault: change.fault, endedAt: change.at });
    }
  }

  function end(run: StoredRun, how: Pick<RunRecord, 'status' | 'endedAt'> & Partial<RunRecord>): void {
    run.record = { ...run.record, ...how, dueAt: undefined };
    run.waits = [];
    run.given.length = 0;
    run.dueAt = undefined;
    run.readyAt = undefined;
    run.isBlocked = false;
    arrangeLane(run.record);
  }

  function askToCancel(run: StoredRun, reason: string): void {
    run.cancel ??= reason;
    if (run.record.status === 'suspended') run.record = { ...run.record, status: 'waiting' };
    if (run.record.status !== 'running' && !run.isBlocked) run.readyAt = 0;
  }

  /** The newest revision in a lane wins. Answers it when it is not the new one; else the older ones are told to stop, or have ended. */
  function supersede(created: NewRun): { readonly by?: string; readonly ended: readonly string[] } {
    const { lane } = created;
    if (lane?.revision === undefined) return { ended: [] };
    const newest = newerRevision(created);
    const rivals = ofDefinition(created).filter(({ record }) => record.lane?.revision !== lane.revision);
    if (newest !== undefined) return { by: newest.record.id, ended: [] };
    const older = rivals.filter((rival) => orderOf(rival) < lane.order && !hasEnded(rival));
    const reason = superseded(created.id);
    const ended: string[] = [];
    for (const rival of older) {
      if (rival.record.status === 'pending') {
        end(rival, { status: 'cancelled', fault: reason, endedAt: created.createdAt });
        ended.push(rival.record.id);
      } else askToCancel(rival, reason);
    }
    return { ended };
  }

  /** The newest run of another revision that is newer, ended or not. */
  function newerRevision(run: InLane): StoredRun | undefined {
    const { lane } = run;
    if (lane?.revision === undefined) return undefined;
    return ofDefinition(run)
      .filter((other) => other.record.lane?.revision !== lane.revision && orderOf(other) > lane.order)
      .sort((a, b) => orderOf(b) - orderOf(a))[0];
  }

  /** Runs of its definition in its lane that have a revision. */
  function ofDefinition(created: InLane): readonly StoredRun[] {
    const { namespace, name } = created.definition;
    return inLane(created).filter(
      ({ record: { definition, lane } }) =>
        definition.namespace === namespace && definition.name === name && lane?.revision !== undefined,
    );
  }

  /** Those of its revision that have not begun: it does for them, or the one it answers does for it. */
  function join(created: NewRun): { readonly by?: string; readonly joined: readonly string[] } {
    const { lane, joins } = created;
    if (joins === undefined || lane?.revision === undefined) return { joined: [] };
    const does = ['pending', ...(joins === 'newer' ? ['running', 'waiting', 'completed'] : [])];
    const others = ofDefinition(created).filter(
      ({ record, cancel }) =>
        record.lane?.revision === lane.revision && does.includes(record.status) && cancel === undefined,
    );
    const later = others.filter((one) => orderOf(one) > lane.order).sort((a, b) => orderOf(b) - orderOf(a))[0];
    if (later !== undefined) return { by: later.record.id, joined: [] };
    const queued = others.filter(({ record }) => record.status === 'pending');
    for (const one of queued) {
      end(one, { status: 'cancelled', fault: `joined by ${created.id}`, endedAt: created.createdAt });
    }
    return { joined: queued.map(({ record }) => record.id) };
  }

  function create(created: NewRun): CreateResult {
    const { tenant, id, lane, createdAt } = created;
    const key = idOf(tenant, created.key);
    const known = keys.get(key);
    if (known !== undefined) return { outcome: 'known', runId: known };
    const { by: newer, ended } = supersede(created);
    const { by = newer, joined } = newer === undefined ? join(created) : { joined: [] };
    const run: StoredRun = {
      record: newRecord(created, by, newer === undefined ? `joined by ${by}` : superseded(newer)),
      entries: [],
      waits: [],
      given: [],
      fence: 0,
      cancel: undefined,
      dueAt: by === undefined ? createdAt : undefined,
      readyAt: by === undefined && lane === undefined ? createdAt : undefined,
      isBlocked: by === undefined && lane !== undefined,
    };
    keys.set(key, id);
    runs.set(idOf(tenant, id), run);
    if (lane !== undefined) lanes.set(idOf(tenant, lane.name), [...inLane(created), run]);
    if (by !== undefined) return { outcome: newer === undefined ? 'joined' : 'superseded', runId: id, by };
    arrangeLane(run.record);
    return {
      outcome: 'created',
      runId: id,
      ...(joined.length === 0 ? {} : { joined }),
      ...(ended.length === 0 ? {} : { superseded: ended }),
    };
  }

  /** Ready runs of each tenant, the longest ready first, in the order of the tenants' turns. */
  function readyByTenant(now: number): StoredRun[][] {
    const byTenant = new Map<string, StoredRun[]>();
    for (const run of runs.values()) {
      if (run.readyAt === undefined || run.readyAt > now) continue;
      const { tenant } = run.record;
      const known = byTenant.get(tenant);
      if (known === undefined) byTenant.set(tenant, [run]);
      else known.push(run);
    }
    const tenants = [...byTenant.keys()].sort();
    const start = tenants.findIndex((tenant) => tenant > lastTenant);
    const inTurn = start < 0 ? tenants : [...tenants.slice(start), ...tenants.slice(0, start)];
    return inTurn.map((tenant) => (byTenant.get(tenant) as StoredRun[]).sort(byReadiness));
  }

  return {
    create: async (run) => create(run),
    async claim(_owner, now, leaseUntil, limit) {
      const taken: StoredRun[] = [];
      for (let queues = readyByTenant(now); queues.length > 0 && taken.length < limit; ) {
        // Each tenant gets an equal share, and what some leave over goes to the others.
        const share = Math.max(1, Math.floor((limit - taken.length) / queues.length));
        for (const queue of queues) taken.push(...queue.splice(0, Math.min(share, limit - taken.length)));
        queues = queues.filter((queue) => queue.length > 0);
      }
      lastTenant = taken.at(-1)?.record.tenant ?? lastTenant;
      return taken.map((run) => claimRun(run, leaseUntil, now));
    },
    async renew(claims, leaseUntil) {
      return claims.map((claim) => {
        const run = find(claim.tenant, claim.runId);
        const isSuspended = run?.record.status === 'suspended' && run.fence === claim.fence + 1;
        if (!isHeld(run, claim)) return { held: false, cancel: undefined, isSuspended };
        run.readyAt = leaseUntil + 1;
        return { held: true, cancel: run.cancel, isSuspended };
      });
    },
    async append(claim, entries, change, consumed = []) {
      const run = held(claim);
      run.entries.push(...entries);
      for (const given of run.given) if (consumed.includes(given.sequence)) given.consumed = true;
      if (change !== undefined) apply(run, change);
    },
    async give(tenant, type, key, event) {
      const reached: string[] = [];
      for (const run of runs.values()) {
        if (run.record.tenant !== tenant || !run.waits.some((wait) => (wait.type ?? type) === type)) continue;
        reached.push(run.record.id);
        if (run.given.some((given) => given.key === key)) continue;
        run.given.push({ sequence: run.given.length + 1, key, event, consumed: false });
        if (run.record.status === 'waiting' && !run.isBlocked) run.readyAt = 0;
      }
      return reached.sort();
    },
    async cancel(tenant, runId, reason) {
      const run = find(tenant, runId);
      if (run === undefined || hasEnded(run)) return false;
      askToCancel(run, reason);
      return true;
    },
    async suspend(tenant, runId, at) {
      const run = find(tenant, runId);
      if (run === undefined || hasEnded(run) || run.record.status === 'suspended' || run.cancel !== undefined)
        return false;
      if (run.record.status === 'running') run.dueAt = 0;
      run.fence += 1;
      run.readyAt = undefined;
      run.record = { ...run.record, status: 'suspended' };
      run.entries.push({ position: `~s${run.fence - run.record.claims}`, kind: 'suspended', body: null, at });
      return true;
    },
    async resume(tenant, runId, at) {
      const run = find(tenant, runId);
      if (run?.record.status !== 'suspended') return false;
      run.record = { ...run.record, status: run.record.claims === 0 ? 'pending' : 'waiting' };
      run.entries.push({ position: `~s${run.fence - run.record.claims}`, kind: 'resumed', body: null, at });
      if (!run.isBlocked) run.readyAt = hasNews(run) ? 0 : run.dueAt;
      return true;
    },
    async retry(tenant, runId) {
      const run = find(tenant, runId);
      if (run?.record.status !== 'faulted') return false;
      run.record = { ...run.record, status: 'waiting', fault: undefined, endedAt: undefined };
      run.cancel = undefined;
      run.dueAt = 0;
      run.isBlocked = run.record.lane !== undefined;
      run.readyAt = run.isBlocked ? undefined : 0;
      const newer = newerRevision(run.record);
      if (newer !== undefined) askToCancel(run, superseded(newer.record.id));
      arrangeLane(run.record);
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
    async prune(before, signal) {
      let count = 0;
      for (const [id, { record }] of runs) {
        const parent = record.parent && find(record.tenant, record.parent.runId);
        if (signal?.aborted || !isOlder(record, before) || (parent && !isOlder(parent.record, before))) continue;
        runs.delete(id);
        keys.delete(idOf(record.tenant, record.key));
        const lane = inLane(record);
        lane.splice(
          lane.findIndex((run) => run.record.id === record.id),
          record.lane === undefined ? 0 : 1,
        );
        count += 1;
      }
      return count;
    },
    async pruneDefinitions(before, signal) {
      const pinned = new Set([...runs.values()].map(({ record }) => record.definition.digest));
      return signal?.aborted ? 0 : definitions.prune(before, pinned);
    },
    async nextDue() {
      let earliest: number | undefined;
      for (const { readyAt, record } of runs.values()) {
        if (readyAt === undefined || record.status !== 'waiting') continue;
        if (earliest === undefined || readyAt < earliest) earliest = readyAt;
      }
      return earliest;
    },
    keepDefinition: async ({ digest }, text, at) => definitions.keep(digest, text, at),
    readDefinition: async (digest) => definitions.read(digest),
  };
}
