/** The one way a run's history grows: under its claim, entries and what becomes of the run in the same commit. */
import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import { FairleadError } from '../../events/fairlead-error.ts';
import { type Database, defineStatement, first, run, runAlone, tell, type Unit } from '../database.ts';
import type { EntryRow, Tables, WaitRow } from '../tables.ts';
import { type Body, type KeepBody, toBody } from './body.ts';
import type { KeepPart } from './history.ts';
import type { ArrangeLane, HoldLane } from './lane.ts';
import type { Claim, Entry, RunChange, Wait } from './run.ts';

/** Stands for any type; no event has an empty one. */
export const ANY_TYPE = '';

export type Append = (
  claim: Claim,
  entries: readonly Entry[],
  change?: RunChange,
  consumed?: readonly number[],
) => Promise<void>;

interface AppendDependencies {
  readonly database: Database;
  readonly arrangeLane: ArrangeLane;
  readonly holdLane: HoldLane;
  readonly keepBody: KeepBody;
  readonly keepPart: KeepPart;
}

interface RunKey {
  readonly tenant: string;
  readonly id: string;
}

type Told = Omit<Entry, 'body'> & { readonly body: Body };
type End = Extract<RunChange, { readonly at: number }>;

export function createAppend({ database, arrangeLane, holdLane, keepBody, keepPart }: AppendDependencies): Append {
  const { builder, shared } = database;
  function claimed(db: Kysely<Tables>, claim: Claim) {
    return db
      .selectFrom('runs')
      .where('runs.tenant', '=', claim.tenant)
      .where('runs.id', '=', claim.runId)
      .where('runs.fence', '=', claim.fence)
      .where('runs.status', '=', sql.lit('running' as const))
      .$if(shared !== undefined, (query) => query.forUpdate('runs'));
  }

  /** Finds nothing where the claim is of an older fence or has ended; else the row is held until the commit. */
  const held = defineStatement(builder, (db, p: Claim) => claimed(db, p).select('runs.lane'));
  /** The same, in one statement with the entry: nothing else of the run is touched by most outcomes. */
  const insert = defineStatement(builder, (db, p: Claim & Omit<EntryRow, 'tenant' | 'run_id' | 'sequence'>) =>
    db
      .insertInto('entries')
      .columns(['tenant', 'run_id', 'sequence', 'position', 'kind', 'at', 'body', 'body_digest'])
      .expression(
        claimed(db, p).select((eb) => [
          'runs.tenant',
          'runs.id',
          nextSequence(eb),
          sql<string>`${p.position}`.as('position'),
          sql<string>`${p.kind}`.as('kind'),
          sql<number>`cast(${p.at} as bigint)`.as('at'),
          sql<string | null>`${p.body}`.as('body'),
          sql<string | null>`${p.body_digest}`.as('body_digest'),
        ]),
      ),
  );
  const consume = defineStatement(builder, (db, p: RunKey & { sequence: number }) =>
    db
      .updateTable('given')
      .set({ consumed: 1, body: null, body_digest: null })
      .where('tenant', '=', p.tenant)
      .where('run_id', '=', p.id)
      .where('sequence', '=', p.sequence),
  );
  const dropWaits = defineStatement(builder, (db, p: RunKey) =>
    db.deleteFrom('waits').where('tenant', '=', p.tenant).where('run_id', '=', p.id),
  );
  const insertWait = defineStatement(builder, (db, p: WaitRow) =>
    db
      .insertInto('waits')
      .values({ tenant: p.tenant, run_id: p.run_id, position: p.position, type: p.type })
      .onConflict((conflict) => conflict.doNothing()),
  );
  const dropGiven = defineStatement(builder, (db, p: RunKey) =>
    db.deleteFrom('given').where('tenant', '=', p.tenant).where('run_id', '=', p.id),
  );
  const park = defineStatement(builder, (db, p: RunKey & { dueAt: number | null }) =>
    db
      .updateTable('runs')
      .set({
        status: 'waiting',
        owner: null,
        due_at: p.dueAt,
        ready_at: sql`case
          when cancel is not null or exists (
            select 1 from given where given.tenant = runs.tenant and given.run_id = runs.id and consumed = 0
          ) then 0
          else cast(${p.dueAt} as bigint) end`,
      })
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.id),
  );
  /** A run that was asked to stop meanwhile is parked instead, to be claimed for that. */
  const suspend = defineStatement(builder, (db, p: RunKey) =>
    db
      .updateTable('runs')
      .set({
        status: sql`case when cancel is null then 'suspended' else 'waiting' end`,
        owner: null,
        due_at: 0,
        ready_at: sql`case when cancel is null then null else 0 end`,
      })
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.id),
  );
  const end = defineStatement(builder, (db, p: RunKey & { status: End['status']; at: number }) =>
    db
      .updateTable('runs')
      .set({ status: p.status, ended_at: p.at, owner: null, due_at: null, ready_at: null })
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.id),
  );

  /** Answers the run's lane where the run ends. */
  function* write(
    claim: Claim,
    told: readonly Told[],
    consumed: readonly number[],
    { isEnd, isOneRow }: { readonly isEnd: boolean; readonly isOneRow: boolean },
  ): Unit<string | null> {
    const { tenant, runId: id } = claim;
    let lane: string | null | undefined;
    const toRow = ({ position, kind, at, body }: Told) => {
      return { ...claim, position, kind, at, body: body.body, body_digest: body.body_digest };
    };
    if (isEnd || told.length === 0) {
      lane = (yield* first(held, claim))?.lane;
      if (lane === undefined) throw fenced(claim);
    }
    for (const [index, entry] of told.entries()) {
      yield* keepBody(tenant, entry.body);
      if (lane !== undefined || index > 0) yield* tell(insert, toRow(entry));
      else if ((yield* (isOneRow ? runAlone : run)(insert, toRow(entry))) === 0) throw fenced(claim);
    }
    for (const given of consumed) yield* tell(consume, { tenant, id, sequence: given });
    return lane ?? null;
  }

  function* replaceWaits(key: RunKey, waits: readonly Wait[]): Unit<void> {
    yield* tell(dropWaits, key);
    for (const { position, type = ANY_TYPE } of waits) {
      yield* tell(insertWait, { tenant: key.tenant, run_id: key.id, position, type });
    }
  }

  function* finish(key: RunKey, change: End, result: Body, lane: string | null): Unit<void> {
    yield* tell(end, { ...key, status: change.status, at: change.at });
    yield* keepPart(key.tenant, key.id, change.status === 'completed' ? 'output' : 'fault', result);
    yield* tell(dropWaits, key);
    yield* tell(dropGiven, key);
    yield* arrangeLane(key.tenant, lane);
  }

  function* apply(key: RunKey, change: RunChange, result: Body | undefined, lane: string | null): Unit<void> {
    switch (change.status) {
      case 'running':
        if (change.waits !== undefined) yield* replaceWaits(key, change.waits);
        return;
      case 'waiting':
        yield* replaceWaits(key, change.waits);
        yield* tell(park, { ...key, dueAt: change.dueAt ?? null });
        return;
      case 'suspended':
        yield* tell(suspend, key);
        return;
      case 'completed':
      case 'faulted':
      case 'cancelled':
        yield* finish(key, change, result as Body, lane);
    }
  }

  return async (claim, entries, change, consumed = []) => {
    const told = entries.map((entry) => ({ ...entry, body: toBody(entry.body) }));
    const result = change && toResult(change);
    const isEnd = change !== undefined && 'at' in change;
    const isOneRow = change === undefined && consumed.length === 0 && told.length === 1 && !isLong(told[0] as Told);
    const subject = isEnd ? undefined : JSON.stringify(['run', claim.tenant, claim.runId]);
    await database.write(function* () {
      // Whoever ends gives its lane to the next.
      if (isEnd) yield* holdLane.ofRun(claim.tenant, claim.runId);
      const lane = yield* write(claim, told, consumed, { isEnd, isOneRow });
      if (change === undefined) return;
      const key = { tenant: claim.tenant, id: claim.runId };
      yield* apply(key, change, result, lane);
      // Whoever brought the event may be waiting for this in another process.
      if (shared !== undefined && change.status !== 'running') yield* shared.announceRest(key);
    }, subject);
  };
}

/** Where the next entry of a run comes, for a query about the run. */
export function nextSequence(eb: ExpressionBuilder<Tables, 'runs'>) {
  return eb
    .selectFrom('entries as e')
    .select((last) => last(last.fn.coalesce(last.fn.max('e.sequence'), sql.lit(0)), '+', sql.lit(1)).as('next'))
    .whereRef('e.tenant', '=', 'runs.tenant')
    .whereRef('e.run_id', '=', 'runs.id')
    .$asScalar()
    .as('sequence');
}

/** Its body has a row of its own. */
function isLong({ body }: Told): boolean {
  return body.body_digest !== null;
}

function toResult(change: RunChange): Body | undefined {
  if ('output' in change) return toBody(change.output);
  return 'fault' in change ? toBody(change.fault) : undefined;
}

function fenced({ runId, fence }: Claim): FairleadError {
  return new FairleadError(
    'store.fenced',
    `The claim ${fence} of run ${runId} has ended: the run was claimed again, parked, held or ended. Nothing was written.`,
  );
}
