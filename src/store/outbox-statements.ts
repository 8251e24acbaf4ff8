/** The outbox's questions. Each that runs often is answered from an index alone (`test/store/query-plans.test.ts`). */
import { type Kysely, sql } from 'kysely';
import { NO_TENANT } from '../events/event.ts';
import { defineStatement } from './database.ts';
import type { Packed } from './packed-data.ts';
import type { Tables } from './tables.ts';

type Db = Kysely<Tables>;

/** Literals, for an index over a part of a table is only used where the query names that part itself. */
const DUE = sql.lit('due' as const);
const DEAD = sql.lit('dead' as const);

export type OutboxStatements = ReturnType<typeof defineOutboxStatements>;

export function defineOutboxStatements(builder: Db) {
  return {
    eventsById: defineStatement(builder, (db, p: { tenant: string; id: string }) =>
      db
        .selectFrom('events')
        .select(['type', 'attributes', 'data'])
        .where('tenant', '=', p.tenant)
        .where('id', '=', p.id),
    ),
    isKnown: defineStatement(builder, (db, p: { tenant: string; id: string }) =>
      db.selectFrom('events').select('id').where('tenant', '=', p.tenant).where('id', '=', p.id).limit(1),
    ),
    /** Changes nothing where an event of that id is known, whatever its source. */
    insertEvent: defineStatement(
      builder,
      (
        db,
        p: {
          tenant: string;
          id: string;
          source: string;
          type: string;
          attributes: string;
          data: Packed | null;
          now: number;
        },
      ) =>
        db
          .insertInto('events')
          .values({
            tenant: p.tenant,
            id: p.id,
            source: p.source,
            type: p.type,
            attributes: p.attributes,
            data: p.data,
            accepted_at: p.now,
          })
          .onConflict((conflict) => conflict.doNothing()),
    ),
    /** Takes `count` numbers and answers the last of them. */
    advanceSequence: defineStatement(builder, (db, p: { count: number }) =>
      db
        .insertInto('sequences')
        .values({ tenant: NO_TENANT, name: 'delivery', value: p.count })
        .onConflict((conflict) =>
          conflict.columns(['tenant', 'name']).doUpdateSet({ value: sql`sequences.value + excluded.value` }),
        )
        .returning('value'),
    ),
    /** The same where several processes publish: none of them waits for another's commit to have its numbers. */
    takeNumbers: defineStatement(builder, (db, p: { count: number }) =>
      db
        .selectFrom(sql`generate_series(1, ${p.count})`.as('each'))
        .select(sql<number>`nextval('delivery_numbers')`.as('value')),
    ),
    insertDelivery: defineStatement(
      builder,
      (db, p: { tenant: string; number: number; id: string; source: string; trigger: string; dueAt: number }) =>
        db.insertInto('deliveries').values({
          tenant: p.tenant,
          number: p.number,
          event_id: p.id,
          event_source: p.source,
          trigger: p.trigger,
          state: DUE,
          attempts: 0,
          due_at: p.dueAt,
        }),
    ),
    dueNumbers: defineStatement(builder, (db, p: { tenant: string; now: number; limit: number }) =>
      db
        .selectFrom('deliveries')
        .select('number')
        .where('state', '=', DUE)
        .where('tenant', '=', p.tenant)
        .where('due_at', '<=', p.now)
        .orderBy('due_at')
        .orderBy('number')
        .limit(p.limit),
    ),
    /** Due deliveries with their events, for this process alone until then; what another is taking is left to it. */
    takeDue: defineStatement(builder, (db, p: { tenant: string; now: number; limit: number; until: number }) =>
      db
        .with('taken', (cte) =>
          cte
            .selectFrom('deliveries')
            .select('number as taken_number')
            .where('state', '=', DUE)
            .where('tenant', '=', p.tenant)
            .where('due_at', '<=', p.now)
            .orderBy('due_at')
            .orderBy('number')
            .limit(p.limit)
            .forUpdate()
            .skipLocked(),
        )
        .updateTable('deliveries')
        .from(['taken', 'events'])
        .set({ due_at: p.until })
        .whereRef('deliveries.number', '=', 'taken.taken_number')
        .whereRef('events.tenant', '=', 'deliveries.tenant')
        .whereRef('events.id', '=', 'deliveries.event_id')
        .whereRef('events.source', '=', 'deliveries.event_source')
        .returning([
          'deliveries.number',
          'deliveries.trigger',
          'deliveries.attempts',
          'events.attributes',
          'events.data',
        ]),
    ),
    lease: defineStatement(builder, (db, p: { numbers: readonly number[]; until: number }) =>
      db
        .updateTable('deliveries')
        .set({ due_at: p.until })
        .where(sql<boolean>`number = any(${p.numbers}::bigint[])`)
        .where('state', '=', DUE),
    ),
    delivery: defineStatement(builder, (db, p: { number: number }) =>
      deliveriesWithEvents(db).where('deliveries.number', '=', p.number),
    ),
    tenantsDue: defineStatement(builder, (db, p: { now: number }) =>
      tenantsWithDeliveries(db)
        .select('tenant')
        .where('tenant', 'is not', null)
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom('deliveries')
              .select('number')
              .where('state', '=', DUE)
              .whereRef('deliveries.tenant', '=', 'waiting.tenant')
              .where('due_at', '<=', p.now),
          ),
        ),
    ),
    nextDue: defineStatement(builder, (db, p: { now: number }) =>
      tenantsWithDeliveries(db).select((eb) =>
        eb.fn
          .min<number | null>(
            eb
              .selectFrom('deliveries')
              .select((inner) => inner.fn.min('due_at').as('at'))
              .where('state', '=', DUE)
              .whereRef('deliveries.tenant', '=', 'waiting.tenant')
              .where('due_at', '>', p.now),
          )
          .as('at'),
      ),
    ),
    deleteDelivery: defineStatement(builder, (db, p: { number: number }) =>
      db.deleteFrom('deliveries').where('number', '=', p.number),
    ),
    postpone: defineStatement(builder, (db, p: { number: number; at: number; reason: string }) =>
      db
        .updateTable('deliveries')
        .set((eb) => ({ attempts: eb('attempts', '+', 1), due_at: p.at, reason: p.reason }))
        .where('number', '=', p.number),
    ),
    giveUp: defineStatement(
      builder,
      (db, p: { number: number; at: number; reason: string; status: number | null; tries: number }) =>
        db
          .updateTable('deliveries')
          .set((eb) => ({
            state: DEAD,
            attempts: eb('attempts', '+', p.tries),
            dead_at: p.at,
            reason: p.reason,
            status: p.status,
          }))
          .where('number', '=', p.number),
    ),
    revive: defineStatement(builder, (db, p: { number: number; now: number }) =>
      db
        .updateTable('deliveries')
        .set({ state: DUE, attempts: 0, due_at: p.now, dead_at: null, reason: null, status: null })
        .where('number', '=', p.number)
        .where('state', '=', DEAD),
    ),
    deadLetter: defineStatement(builder, (db, p: { number: number }) =>
      deliveriesWithEvents(db).where('deliveries.number', '=', p.number).where('state', '=', DEAD),
    ),
    /** Looks through the dead letters, which are few or somebody's trouble. */
    buried: defineStatement(builder, (db, p: { tenant: string; id: string; source: string; trigger: string }) =>
      db
        .selectFrom('deliveries')
        .select('number')
        .where('state', '=', DEAD)
        .where('tenant', '=', p.tenant)
        .where('event_id', '=', p.id)
        .where('event_source', '=', p.source)
        .where('trigger', '=', p.trigger)
        .limit(1),
    ),
    deadLetters: defineStatement(builder, (db, p: { before: number; limit: number }) =>
      deliveriesWithEvents(db)
        .where('state', '=', DEAD)
        .where('number', '<', p.before)
        .orderBy('number', 'desc')
        .limit(p.limit),
    ),
    deadLettersOf: defineStatement(builder, (db, p: { tenant: string; before: number; limit: number }) =>
      deliveriesWithEvents(db)
        .where('state', '=', DEAD)
        .where('deliveries.tenant', '=', p.tenant)
        .where('number', '<', p.before)
        .orderBy('number', 'desc')
        .limit(p.limit),
    ),
    /**
     * What has deliveries is looked up in a set made once, for the table holds no more than what is not done. What a run has
     * as its input goes with the run.
     */
    prune: defineStatement(builder, (db, p: { before: number; limit: number }) =>
      db.deleteFrom('events').where((eb) =>
        eb(
          eb.refTuple('tenant', 'id', 'source'),
          'in',
          eb
            .selectFrom('events as old')
            .select(['old.tenant', 'old.id', 'old.source'])
            .where('old.accepted_at', '<', p.before)
            .where((inner) =>
              inner(
                inner.refTuple('old.tenant', 'old.id', 'old.source'),
                'not in',
                inner
                  .selectFrom('deliveries')
                  .select(['tenant', 'event_id', 'event_source'])
                  .$asTuple('tenant', 'event_id', 'event_source'),
              ),
            )
            .where(({ not, exists, selectFrom }) =>
              not(
                exists(
                  selectFrom('run_bodies')
                    .select('run_id')
                    .whereRef('run_bodies.tenant', '=', 'old.tenant')
                    .whereRef('run_bodies.event_id', '=', 'old.id'),
                ),
              ),
            )
            .limit(p.limit)
            .$asTuple('tenant', 'id', 'source'),
        ),
      ),
    ),
    depth: defineStatement(builder, (db, _: object) =>
      db.selectNoFrom((eb) => [
        eb.selectFrom('deliveries').select(eb.fn.countAll<number>().as('n')).where('state', '=', DUE).as('due'),
        eb.selectFrom('deliveries').select(eb.fn.countAll<number>().as('n')).where('state', '=', DEAD).as('dead'),
      ]),
    ),
  };
}

function deliveriesWithEvents(db: Db) {
  return db
    .selectFrom('deliveries')
    .innerJoin('events', (join) =>
      join
        .onRef('events.tenant', '=', 'deliveries.tenant')
        .onRef('events.id', '=', 'deliveries.event_id')
        .onRef('events.source', '=', 'deliveries.event_source'),
    )
    .select([
      'deliveries.number',
      'deliveries.tenant',
      'deliveries.trigger',
      'deliveries.attempts',
      'deliveries.dead_at',
      'deliveries.reason',
      'deliveries.status',
      'events.attributes',
      'events.data',
    ]);
}

/**
 * The tenants that have deliveries to make, each found by one step in the index from the one before, however many
 * deliveries it has: https://wiki.postgresql.org/wiki/Loose_indexscan
 */
function tenantsWithDeliveries(db: Db) {
  return db
    .withRecursive('waiting', (cte) =>
      cte
        .selectFrom('deliveries')
        .select((eb) => eb.fn.min<string | null>('tenant').as('tenant'))
        .where('state', '=', DUE)
        .unionAll((eb) =>
          eb
            .selectFrom('waiting')
            .where('waiting.tenant', 'is not', null)
            .select((inner) =>
              inner
                .selectFrom('deliveries')
                .select((next) => next.fn.min<string | null>('tenant').as('tenant'))
                .where('state', '=', DUE)
                .whereRef('deliveries.tenant', '>', 'waiting.tenant')
                .as('tenant'),
            ),
        ),
    )
    .selectFrom('waiting');
}
