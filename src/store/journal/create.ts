/**
 * Runs come to be: once per key, in their lane, never where a newer revision is there already, and where they join, never
 * beside another of their revision that has not begun.
 */
import { sql } from 'kysely';
import { ahead, type Database, defineStatement, run, tell, type Unit } from '../database.ts';
import type { KeptEvents } from '../kept-events.ts';
import type { RunRow } from '../tables.ts';
import { toBody } from './body.ts';
import { type Control, type Revision, superseded } from './control.ts';
import type { FreshInputs } from './fresh-inputs.ts';
import type { KeepPart } from './history.ts';
import { type InputBody, toInputBody } from './input.ts';
import type { ArrangeLane, HoldLane } from './lane.ts';
import type { CreateResult, NewRun } from './run.ts';

interface CreateDependencies {
  readonly database: Database;
  readonly arrangeLane: ArrangeLane;
  readonly holdLane: HoldLane;
  readonly keepPart: KeepPart;
  readonly askToCancel: Control['askToCancel'];
  readonly freshInputs: FreshInputs;
  readonly keptEvents: KeptEvents | undefined;
}

type Rival = Pick<RunRow, 'id' | 'status' | 'lane_order' | 'revision' | 'cancel'>;

export function createCreate(dependencies: CreateDependencies): (newRun: NewRun) => Promise<CreateResult> {
  const { database, arrangeLane, holdLane, keepPart, askToCancel, freshInputs, keptEvents } = dependencies;
  const { builder, shared } = database;
  const byKey = defineStatement(builder, (db, p: { tenant: string; key: string }) =>
    db.selectFrom('runs').select('id').where('tenant', '=', p.tenant).where('key', '=', p.key),
  );
  const insert = defineStatement(builder, (db, p: RunRow) =>
    db.insertInto('runs').values({
      tenant: p.tenant,
      id: p.id,
      key: p.key,
      namespace: p.namespace,
      name: p.name,
      version: p.version,
      digest: p.digest,
      status: p.status,
      lane: p.lane,
      lane_order: p.lane_order,
      revision: p.revision,
      blocked: p.blocked,
      parent_run: p.parent_run,
      parent_position: p.parent_position,
      created_at: p.created_at,
      ended_at: p.ended_at,
      due_at: p.due_at,
      ready_at: p.ready_at,
      claims: 0,
      fence: 0,
      events: 0,
    }),
  );
  /** Ended or not: what is newest stays newest. */
  const later = defineStatement(builder, (db, p: Revision) =>
    db
      .selectFrom('runs')
      .select(['id', 'status', 'lane_order', 'revision', 'cancel'])
      .where('tenant', '=', p.tenant)
      .where('lane', '=', p.lane)
      .where('lane', 'is not', null)
      .where('lane_order', '>', p.order)
      .where('revision', 'is not', null)
      .where('namespace', '=', p.namespace)
      .where('name', '=', p.name)
      .orderBy('lane_order', 'desc'),
  );
  const rivals = defineStatement(builder, (db, p: Revision) =>
    db
      .selectFrom('runs')
      .select(['id', 'status', 'lane_order', 'revision', 'cancel'])
      .where('tenant', '=', p.tenant)
      .where('lane', '=', p.lane)
      .where('lane', 'is not', null)
      .where('ended_at', 'is', null)
      .where('revision', 'is not', null)
      .where('namespace', '=', p.namespace)
      .where('name', '=', p.name),
  );
  const endPending = defineStatement(builder, (db, p: { tenant: string; id: string; at: number }) =>
    db
      .updateTable('runs')
      .set({ status: 'cancelled', ended_at: p.at, due_at: null, ready_at: null, blocked: 0 })
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.id)
      .where('status', '=', sql.lit('pending' as const)),
  );

  /** False where the run has begun meanwhile. */
  function* endUnbegun({ tenant, createdAt: at }: NewRun, id: string, reason: string): Unit<boolean> {
    if ((yield* run(endPending, { tenant, id, at })) === 0) return false;
    yield* keepPart(tenant, id, 'fault', toBody(reason));
    return true;
  }

  /** Answers those that had not begun, and have ended by it. */
  function* supersede(newRun: NewRun, older: readonly Rival[]): Unit<readonly string[]> {
    const reason = superseded(newRun.id);
    const ended: string[] = [];
    for (const { id, status } of older) {
      const hasEnded = status === 'pending' && (yield* endUnbegun(newRun, id, reason));
      if (hasEnded) ended.push(id);
      else yield* askToCancel(newRun.tenant, id, reason);
    }
    return ended;
  }

  /** Answers those that need not begin any more. */
  function* takeIn(newRun: NewRun, queued: readonly Rival[]): Unit<readonly string[]> {
    const taken: string[] = [];
    for (const { id } of queued) if (yield* endUnbegun(newRun, id, joined(newRun.id))) taken.push(id);
    return taken;
  }

  /** Recorded, though it never begins: the same event again finds it. */
  function* insertEnded(newRun: NewRun, reason: string): Unit<void> {
    yield* tell(insert, { ...toRow(newRun), status: 'cancelled', ended_at: newRun.createdAt, due_at: null });
    yield* keepPart(newRun.tenant, newRun.id, 'fault', toBody(reason));
  }

  function* create(newRun: NewRun, input: InputBody): Unit<CreateResult> {
    const { tenant, id: runId, lane, createdAt } = newRun;
    // What can be asked before the last answer is there is asked with it.
    const byItsKey = yield* ahead(byKey, { tenant, key: newRun.key });
    yield* holdLane.of(tenant, lane?.name ?? null);
    const [known] = yield* byItsKey();
    if (known !== undefined) return { outcome: 'known', runId: known.id };
    yield* keepPart(tenant, runId, 'input', input);
    const revision = toRevision(newRun);
    const laterOnes = revision && (yield* ahead(later, revision));
    const rivalOnes = revision && (yield* ahead(rivals, revision));
    const before = laterOnes === undefined ? [] : yield* laterOnes();
    const newer = before.find((one) => one.revision !== revision?.revision);
    if (newer !== undefined) {
      yield* insertEnded(newRun, superseded(newer.id));
      return { outcome: 'superseded', runId, by: newer.id };
    }
    const other = before.find((one) => doesFor(one, newRun.joins));
    if (other !== undefined) {
      yield* insertEnded(newRun, joined(other.id));
      return { outcome: 'joined', runId, by: other.id };
    }
    let joining: readonly string[] = [];
    let overtaken: readonly string[] = [];
    if (revision !== undefined && rivalOnes !== undefined) {
      const others = yield* rivalOnes();
      overtaken = yield* supersede(
        newRun,
        others.filter((one) => one.revision !== revision.revision && Number(one.lane_order) < revision.order),
      );
      const queued = others.filter((one) => one.revision === revision.revision && doesFor(one, 'unbegun'));
      if (newRun.joins !== undefined) joining = yield* takeIn(newRun, queued);
    }
    yield* tell(
      insert,
      lane === undefined ? { ...toRow(newRun), ready_at: createdAt } : { ...toRow(newRun), blocked: 1 },
    );
    yield* arrangeLane(tenant, lane?.name ?? null);
    if (shared !== undefined) yield* shared.announce('runs');
    return {
      outcome: 'created',
      runId,
      ...(joining.length === 0 ? {} : { joined: joining }),
      ...(overtaken.length === 0 ? {} : { superseded: overtaken }),
    };
  }

  return async (newRun) => {
    const { tenant, key, lane } = newRun;
    const input = toInputBody(tenant, newRun.input, keptEvents);
    const subject = lane === undefined ? ['key', tenant, key] : ['lane', tenant, lane.name];
    // Before the write: the run may be claimed in the same commit.
    freshInputs.keep(tenant, newRun.id, newRun.input, input);
    const result = await database.write(() => create(newRun, input), JSON.stringify(subject));
    if (result.outcome !== 'created') freshInputs.drop(tenant, newRun.id);
    return result;
  };
}

function toRevision({ tenant, lane, definition: { namespace, name } }: NewRun): Revision | undefined {
  if (lane?.revision === undefined) return undefined;
  return { tenant, lane: lane.name, order: lane.order, revision: lane.revision, namespace, name };
}

function toRow({ tenant, id, key, definition, lane, parent, createdAt }: NewRun): RunRow {
  return {
    tenant,
    id,
    key,
    ...definition,
    status: 'pending',
    lane: lane?.name ?? null,
    lane_order: lane?.order ?? null,
    revision: lane?.revision ?? null,
    blocked: 0,
    parent_run: parent?.runId ?? null,
    parent_position: parent?.position ?? null,
    created_at: createdAt,
    started_at: null,
    ended_at: null,
    due_at: createdAt,
    ready_at: null,
    owner: null,
    claims: 0,
    fence: 0,
    cancel: null,
    events: 0,
  };
}

/** Whether a run of the same revision and a higher order does for one that joins so. */
function doesFor({ status, cancel }: Rival, joins: NewRun['joins']): boolean {
  if (joins === undefined || cancel !== null) return false;
  return status === 'pending' || (joins === 'newer' && DOING.has(status));
}

/** Begun, and neither held nor come to nothing. */
const DOING: ReadonlySet<RunRow['status']> = new Set(['running', 'waiting', 'completed']);

function joined(by: string): string {
  return `joined by ${by}`;
}
