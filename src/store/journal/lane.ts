/**
 * Lanes: the runs of one pull request, one after the other. At any time one unfinished run of a lane holds it (`blocked`
 * is 0) and the others wait. A run that has begun holds its lane until it ends; before that, one that sorts earlier may
 * still take its place.
 */
import { type Kysely, sql } from 'kysely';
import { type Database, defineStatement, first, run, tell, type Unit } from '../database.ts';
import type { Tables } from '../tables.ts';

interface LaneKey {
  readonly tenant: string;
  readonly lane: string;
}

interface Place {
  readonly id: string;
  readonly lane_order: number | null;
}

/** Gives the lane to the run whose turn it is. Called after each change of who is in it. */
export type ArrangeLane = (tenant: string, lane: string | null) => Unit<void>;

/**
 * From when a run that nobody is working on may be claimed: at once where it is asked to stop, never by itself while it is
 * suspended. For updates, where `due_at` and `cancel` are the row's own.
 */
export const READY_AT = sql<
  number | null
>`case when cancel is not null then 0 when status = 'suspended' then null else due_at end`;

export function createArrangeLane({ database }: { readonly database: Database }): ArrangeLane {
  const { builder } = database;
  const holderOf = defineStatement(builder, (db, p: LaneKey) =>
    unfinished(db, p).select('status').where('blocked', '=', 0).limit(1),
  );
  const nextOf = defineStatement(builder, (db, p: LaneKey) =>
    unfinished(db, p).where('blocked', '=', 1).orderBy('lane_order').orderBy('id').limit(1),
  );
  /** Not where it was claimed just now, by another process. */
  const block = defineStatement(builder, (db, p: { tenant: string; id: string }) =>
    db
      .updateTable('runs')
      .set({ blocked: 1, ready_at: null })
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.id)
      .where('status', '=', sql.lit('pending' as const)),
  );
  const unblock = defineStatement(builder, (db, p: { tenant: string; id: string }) =>
    db
      .updateTable('runs')
      .set({ blocked: 0, ready_at: READY_AT })
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.id),
  );

  return function* (tenant, lane) {
    if (lane === null) return;
    const next = yield* first(nextOf, { tenant, lane });
    if (next === undefined) return;
    const holder = yield* first(holderOf, { tenant, lane });
    if (holder !== undefined) {
      if (holder.status !== 'pending' || isBefore(holder, next)) return;
      if ((yield* run(block, { tenant, id: holder.id })) === 0) return;
    }
    yield* tell(unblock, { tenant, id: next.id });
  };
}

/**
 * Keeps a lane to a unit that changes who is in it, where other processes may change it too. Held before the unit writes,
 * so that nobody waits for a lane with anything in hand.
 */
export interface HoldLane {
  of(tenant: string, lane: string | null): Unit<void>;
  ofRun(tenant: string, runId: string): Unit<void>;
}

export function createHoldLane({ database: { builder, shared } }: { readonly database: Database }): HoldLane {
  const laneOf = defineStatement(builder, (db, p: { tenant: string; id: string }) =>
    db.selectFrom('runs').select('lane').where('tenant', '=', p.tenant).where('id', '=', p.id),
  );

  function* hold(tenant: string, lane: string | null): Unit<void> {
    if (shared !== undefined && lane !== null) yield* shared.lock(JSON.stringify(['lane', tenant, lane]));
  }

  return {
    of: hold,
    *ofRun(tenant, id) {
      if (shared === undefined) return;
      const found = yield* first(laneOf, { tenant, id });
      yield* hold(tenant, found?.lane ?? null);
    },
  };
}

function unfinished(db: Kysely<Tables>, key: LaneKey) {
  return db
    .selectFrom('runs')
    .select(['id', 'lane_order'])
    .where('tenant', '=', key.tenant)
    .where('lane', '=', key.lane)
    .where('lane', 'is not', null)
    .where('ended_at', 'is', null);
}

function isBefore(one: Place, other: Place): boolean {
  if (one.lane_order !== other.lane_order) return (one.lane_order ?? 0) < (other.lane_order ?? 0);
  return one.id < other.id;
}
