/**
 * Which process works on which run. A claim raises the run's fence, and all that is written under an older one is refused,
 * so it does no harm when a process that was thought dead wakes up. Tenants take turns, from call to call too.
 */
import { type Kysely, sql } from 'kysely';
import { ahead, all, type Database, defineStatement, first, type Unit } from '../database.ts';
import type { RunRow, Tables } from '../tables.ts';
import { bodyOf, fromBody } from './body.ts';
import type { FreshInputs } from './fresh-inputs.ts';
import { type History, type StoredEntry, type StoredRun, toEntry, toRecord } from './history.ts';
import type { Claim, ClaimedRun, Json, Renewal } from './run.ts';

interface ClaimDependencies {
  readonly database: Database;
  readonly history: History;
  readonly freshInputs: FreshInputs;
}

interface Claims {
  readonly claim: (owner: string, now: number, leaseUntil: number, limit: number) => Promise<readonly ClaimedRun[]>;
  readonly renew: (claims: readonly Claim[], leaseUntil: number) => Promise<readonly Renewal[]>;
}

interface Lease {
  readonly owner: string;
  readonly now: number;
  readonly leaseUntil: number;
}

interface Ready {
  readonly id: string;
  readonly ready_at: number | null;
}

interface StoredClaim extends StoredRun {
  /** The input, where it need not be read. */
  readonly fresh: { readonly input: Json } | undefined;
  readonly entries: readonly StoredEntry[];
  readonly events: readonly { readonly sequence: number; readonly body: string | null }[];
}

/**
 * Not parked: to be begun, or worked on until its lease ends. It has an index of its own, beside the runs that wait for a
 * time or an event, which may be many in many tenants.
 */
const AT_HAND = sql<boolean>`ready_at is not null and status != 'waiting'`;

export function createClaims({ database, history, freshInputs }: ClaimDependencies): Claims {
  const { builder, shared } = database;
  const tenantsReady = defineStatement(builder, (db, p: { now: number }) =>
    tenantsWithWork(db)
      .select((eb) => eb.ref('tenant').$notNull().as('tenant'))
      .where('tenant', 'is not', null)
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('runs')
            .select('id')
            .where(AT_HAND)
            .whereRef('runs.tenant', '=', 'working.tenant')
            .where('ready_at', '<=', p.now),
        ),
      ),
  );
  const readyOf = defineStatement(builder, (db, p: { tenant: string; now: number; limit: number }) =>
    db
      .selectFrom('runs')
      .select(['id', 'ready_at'])
      .where(AT_HAND)
      .where('tenant', '=', p.tenant)
      .where('ready_at', '<=', p.now)
      .orderBy('ready_at')
      .orderBy('id')
      .limit(p.limit)
      // Others' claims under way are left to them: nobody waits in a queue for what is gone when it comes out of it.
      .$if(shared !== undefined, (query) => query.forUpdate().skipLocked()),
  );
  /** Of all tenants, the longest due first: those that are not due cost nothing, however many tenants have some. */
  const parkedReady = defineStatement(builder, (db, p: { now: number; limit: number }) =>
    db
      .selectFrom('runs')
      .select(['tenant', 'id', 'ready_at'])
      .where('status', '=', sql.lit('waiting' as const))
      .where('ready_at', '<=', p.now)
      .orderBy('ready_at')
      .limit(p.limit)
      .$if(shared !== undefined, (query) => query.forUpdate().skipLocked()),
  );
  /** Asks again whether it is ready: over Postgres, another process may just have claimed it. */
  const take = defineStatement(builder, (db, p: Lease & { tenant: string; id: string }) =>
    db
      .updateTable('runs')
      .set({
        status: 'running',
        owner: p.owner,
        // A lease holds through its last millisecond.
        ready_at: sql`cast(${p.leaseUntil} as bigint) + 1`,
        due_at: null,
        started_at: sql`coalesce(started_at, ${p.now})`,
        claims: sql`claims + 1`,
        fence: sql`fence + 1`,
      })
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.id)
      .where('ready_at', '<=', p.now)
      .returningAll(),
  );
  const unconsumed = defineStatement(builder, (db, p: { tenant: string; id: string }) =>
    db
      .selectFrom('given as g')
      .select(['g.sequence', bodyOf('g')])
      .where('g.tenant', '=', p.tenant)
      .where('g.run_id', '=', p.id)
      .where('g.consumed', '=', sql.lit(0))
      .orderBy('g.sequence'),
  );
  const prolong = defineStatement(builder, (db, p: Claim & { leaseUntil: number }) =>
    db
      .updateTable('runs')
      .set({ ready_at: sql`cast(${p.leaseUntil} as bigint) + 1` })
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.runId)
      .where('fence', '=', p.fence)
      .where('status', '=', sql.lit('running' as const))
      .returning('cancel'),
  );
  /** Nobody has had the run since the claim, which ended with a suspension. */
  const suspendedAfter = defineStatement(builder, (db, p: Claim) =>
    db
      .selectFrom('runs')
      .select('id')
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.runId)
      .where('fence', '=', sql<number>`cast(${p.fence} as integer) + 1`)
      .where('status', '=', sql.lit('suspended' as const)),
  );
  /** The tenant served last: the next call begins with the one after it. */
  let last = '';

  function* takeOf(
    tenant: string,
    lease: Lease,
    limit: number,
    parked: readonly Ready[],
  ): Unit<readonly StoredClaim[]> {
    const ready = [...(yield* all(readyOf, { tenant, now: lease.now, limit })), ...parked];
    ready.sort((one, other) => Number(one.ready_at) - Number(other.ready_at) || (one.id < other.id ? -1 : 1));
    const taking: (() => Unit<readonly RunRow[]>)[] = [];
    for (const { id } of ready.slice(0, limit)) taking.push(yield* ahead(take, { tenant, id, ...lease }));
    const loading: (() => Unit<StoredClaim>)[] = [];
    for (const answer of taking) {
      for (const row of yield* answer()) loading.push(yield* load(row));
    }
    const taken: StoredClaim[] = [];
    for (const answer of loading) taken.push(yield* answer());
    return taken;
  }

  function* load(row: RunRow): Unit<() => Unit<StoredClaim>> {
    const { tenant, id } = row;
    // What came of a run is not there before its first claim.
    const fresh = row.claims === 1 ? freshInputs.find(tenant, id) : undefined;
    const parts = fresh === undefined ? yield* history.partsOf(tenant, id) : none;
    // Most runs are claimed once, with nothing behind them: entries are made under a claim,
    // or with a suspension.
    const entries = row.claims === 1 && row.fence === 1 ? none : yield* history.entriesOf(tenant, id);
    const events = row.events === 0 ? none : yield* ahead(unconsumed, { tenant, id });
    return function* () {
      return { row, fresh, parts: yield* parts(), entries: yield* entries(), events: yield* events() };
    };
  }

  /** Gives each tenant an equal share, and what some leave over to the others, until nothing is left of either. */
  function* takeTurns(lease: Lease, limit: number): Unit<readonly StoredClaim[]> {
    const parkedOnes = yield* ahead(parkedReady, { now: lease.now, limit });
    const readyOnes = yield* ahead(tenantsReady, { now: lease.now });
    const parked = Map.groupBy(yield* parkedOnes(), ({ tenant }) => tenant);
    const ready = yield* readyOnes();
    let tenants = inTurn([...new Set([...ready.map(({ tenant }) => tenant), ...parked.keys()])].sort(), last);
    const taken: StoredClaim[] = [];
    while (tenants.length > 0 && taken.length < limit) {
      const share = Math.max(1, Math.floor((limit - taken.length) / tenants.length));
      const more: string[] = [];
      for (const tenant of tenants.slice(0, limit - taken.length)) {
        const left = parked.get(tenant) ?? [];
        const runs = yield* takeOf(tenant, lease, share, left);
        taken.push(...runs);
        const isTaken = new Set(runs.map(({ row }) => row.id));
        parked.set(
          tenant,
          left.filter(({ id }) => !isTaken.has(id)),
        );
        if (runs.length === share) more.push(tenant);
      }
      tenants = more;
    }
    return taken;
  }

  return {
    async claim(owner, now, leaseUntil, limit) {
      const taken = await database.write(() => takeTurns({ owner, now, leaseUntil }, limit));
      last = taken.at(-1)?.row.tenant ?? last;
      for (const { row } of taken) freshInputs.drop(row.tenant, row.id);
      return taken.map(toClaimed);
    },
    renew(claims, leaseUntil) {
      return database.write(function* () {
        const answers: Renewal[] = [];
        for (const claim of claims) {
          const held = yield* first(prolong, { ...claim, leaseUntil });
          const isSuspended = held === undefined && (yield* first(suspendedAfter, claim)) !== undefined;
          answers.push({ held: held !== undefined, cancel: held?.cancel ?? undefined, isSuspended });
        }
        return answers;
      });
    },
  };
}

// biome-ignore lint/correctness/useYield: a unit that asks the store nothing, beside those that do.
function* none(): Unit<readonly never[]> {
  return [];
}

function toClaimed(stored: StoredClaim): ClaimedRun {
  const { row, fresh, entries, events } = stored;
  return {
    claim: { tenant: row.tenant, runId: row.id, fence: row.fence },
    record: { ...toRecord(stored), ...fresh },
    entries: entries.map(toEntry),
    events: events.map(({ sequence, body }) => ({ sequence, event: fromBody(body as string) })),
    cancel: row.cancel ?? undefined,
  };
}

/** The tenants in order, beginning with the first after `last`. */
function inTurn(tenants: readonly string[], last: string): readonly string[] {
  const start = tenants.findIndex((tenant) => tenant > last);
  return start === -1 ? tenants : [...tenants.slice(start), ...tenants.slice(0, start)];
}

/** One step in the index for each tenant that has work at hand, as in `outbox-statements.ts`. */
function tenantsWithWork(db: Kysely<Tables>) {
  return db
    .withRecursive('working', (cte) =>
      cte
        .selectFrom('runs')
        .where(AT_HAND)
        .select((eb) => eb.fn.min<string | null>('tenant').as('tenant'))
        .unionAll((eb) =>
          eb
            .selectFrom('working')
            .where('working.tenant', 'is not', null)
            .select((inner) =>
              inner
                .selectFrom('runs')
                .where(AT_HAND)
                .select((next) => next.fn.min<string | null>('tenant').as('tenant'))
                .whereRef('runs.tenant', '>', 'working.tenant')
                .as('tenant'),
            ),
        ),
    )
    .selectFrom('working');
}
