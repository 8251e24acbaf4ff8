/** What a person or a newer revision does to a run from outside: stop it, hold it, let it go on. */
import { sql } from 'kysely';
import { type Database, defineStatement, first, run, tell, type Unit } from '../database.ts';
import { nextSequence } from './append.ts';
import type { ArrangeLane, HoldLane } from './lane.ts';

export interface Control {
  /** Answers whether the run was still there to be asked. */
  readonly askToCancel: (tenant: string, runId: string, reason: string) => Unit<boolean>;
  readonly cancel: (tenant: string, runId: string, reason: string) => Promise<boolean>;
  readonly suspend: (tenant: string, runId: string, at: number) => Promise<boolean>;
  readonly resume: (tenant: string, runId: string, at: number) => Promise<boolean>;
  readonly retry: (tenant: string, runId: string) => Promise<boolean>;
}

/** Of which definition a run is, and where in its lane. */
export interface Revision {
  readonly tenant: string;
  readonly lane: string;
  readonly order: number;
  readonly revision: string;
  readonly namespace: string;
  readonly name: string;
}

interface RunKey {
  readonly tenant: string;
  readonly id: string;
}

interface ControlDependencies {
  readonly database: Database;
  readonly arrangeLane: ArrangeLane;
  readonly holdLane: HoldLane;
}

export function createControl({ database, arrangeLane, holdLane }: ControlDependencies): Control {
  const { builder, shared } = database;
  /** The first reason given stays. A run under way keeps its lease and sees the reason at its next renewal. */
  const requestCancel = defineStatement(builder, (db, p: RunKey & { reason: string }) =>
    db
      .updateTable('runs')
      .set({
        cancel: sql`coalesce(cancel, ${p.reason})`,
        status: sql`case when status = 'suspended' then 'waiting' else status end`,
        ready_at: sql`case when status = 'running' or blocked = 1 then ready_at else 0 end`,
      })
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.id)
      .where('ended_at', 'is', null),
  );
  /** Whoever works on the run loses it: its claim is of an older fence from here on. */
  const hold = defineStatement(builder, (db, p: RunKey) =>
    db
      .updateTable('runs')
      .set({
        status: 'suspended',
        due_at: sql`case when status = 'running' then 0 else due_at end`,
        ready_at: null,
        owner: null,
        fence: sql`fence + 1`,
      })
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.id)
      .where('status', 'in', [sql.lit('pending' as const), sql.lit('running' as const), sql.lit('waiting' as const)])
      .where('cancel', 'is', null),
  );
  const letGoOn = defineStatement(builder, (db, p: RunKey) =>
    db
      .updateTable('runs')
      .set({
        status: sql`case when claims = 0 then 'pending' else 'waiting' end`,
        ready_at: sql`case
          when blocked = 1 then null
          when exists (
            select 1 from given where given.tenant = runs.tenant and given.run_id = runs.id and consumed = 0
          ) then 0
          else due_at end`,
      })
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.id)
      .where('status', '=', sql.lit('suspended' as const)),
  );
  const reopen = defineStatement(builder, (db, p: RunKey) =>
    db
      .updateTable('runs')
      .set({
        status: 'waiting',
        ended_at: null,
        cancel: null,
        due_at: 0,
        ready_at: sql`case when lane is null then 0 end`,
        blocked: sql`case when lane is null then 0 else 1 end`,
      })
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.id)
      .where('status', '=', sql.lit('faulted' as const))
      .returning(['lane', 'lane_order', 'revision', 'namespace', 'name']),
  );
  /** Ended or not: what is newest stays newest. */
  const newerRevision = defineStatement(builder, (db, p: Revision) =>
    db
      .selectFrom('runs')
      .select('id')
      .where('tenant', '=', p.tenant)
      .where('lane', '=', p.lane)
      .where('lane', 'is not', null)
      .where('lane_order', '>', p.order)
      .where('revision', 'is not', null)
      .where('revision', '<>', p.revision)
      .where('namespace', '=', p.namespace)
      .where('name', '=', p.name)
      .orderBy('lane_order', 'desc')
      .limit(1),
  );
  const forgetFault = defineStatement(builder, (db, p: RunKey) =>
    db
      .deleteFrom('run_bodies')
      .where('tenant', '=', p.tenant)
      .where('run_id', '=', p.id)
      .where('part', '=', sql.lit('fault' as const)),
  );

  function* askToCancel(tenant: string, id: string, reason: string): Unit<boolean> {
    return (yield* run(requestCancel, { tenant, id, reason })) === 1;
  }

  /** Follows the change of the run's row, which is held until the commit: no other entry comes between. */
  const noteHold = defineStatement(builder, (db, p: RunKey & { kind: 'suspended' | 'resumed'; at: number }) =>
    db
      .insertInto('entries')
      .columns(['tenant', 'run_id', 'sequence', 'position', 'kind', 'at', 'body'])
      .expression(
        db
          .selectFrom('runs')
          .where('runs.tenant', '=', p.tenant)
          .where('runs.id', '=', p.id)
          .select((eb) => [
            'runs.tenant',
            'runs.id',
            nextSequence(eb),
            // How many suspensions there were: the fence counts them with the claims.
            sql<string>`'~s' || (runs.fence - runs.claims)`.as('position'),
            sql<string>`${p.kind}`.as('kind'),
            sql<number>`cast(${p.at} as bigint)`.as('at'),
            sql<string>`'null'`.as('body'),
          ]),
      ),
  );

  function* suspend(tenant: string, id: string, at: number): Unit<boolean> {
    if ((yield* run(hold, { tenant, id })) === 0) return false;
    yield* tell(noteHold, { tenant, id, kind: 'suspended', at });
    if (shared !== undefined) yield* shared.announce('orders');
    return true;
  }

  function* resume(tenant: string, id: string, at: number): Unit<boolean> {
    if ((yield* run(letGoOn, { tenant, id })) === 0) return false;
    yield* tell(noteHold, { tenant, id, kind: 'resumed', at });
    if (shared !== undefined) yield* shared.announce('runs');
    return true;
  }

  function* cancel(tenant: string, id: string, reason: string): Unit<boolean> {
    if (!(yield* askToCancel(tenant, id, reason))) return false;
    if (shared !== undefined) yield* shared.announce('orders');
    return true;
  }

  function* retry(tenant: string, id: string): Unit<boolean> {
    yield* holdLane.ofRun(tenant, id);
    const reopened = yield* first(reopen, { tenant, id });
    if (reopened === undefined) return false;
    yield* run(forgetFault, { tenant, id });
    const { lane, lane_order: order, revision, namespace, name } = reopened;
    if (lane !== null && order !== null && revision !== null) {
      const newer = yield* first(newerRevision, { tenant, lane, order, revision, namespace, name });
      if (newer !== undefined) yield* askToCancel(tenant, id, superseded(newer.id));
    }
    yield* arrangeLane(tenant, lane);
    if (shared !== undefined) yield* shared.announce('runs');
    return true;
  }

  return {
    askToCancel,
    cancel: (tenant, runId, reason) => database.write(() => cancel(tenant, runId, reason)),
    suspend: (tenant, runId, at) => database.write(() => suspend(tenant, runId, at)),
    resume: (tenant, runId, at) => database.write(() => resume(tenant, runId, at)),
    retry: (tenant, runId) => database.write(() => retry(tenant, runId)),
  };
}

/** Why a run of an older revision ends. */
export function superseded(by: string): string {
  return `superseded by ${by}`;
}
