import { type Kysely, sql } from 'kysely';

/** A run's input may leave the data of its event with the event, and say where it belongs. */
export async function referInputsToEvents(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('run_bodies').addColumn('event_id', 'text').execute();
  await db.schema.alterTable('run_bodies').addColumn('data_at', 'text').execute();
  await db.schema
    .createIndex('run_bodies_by_event')
    .on('run_bodies')
    .columns(['tenant', 'event_id'])
    .where(sql.ref('event_id'), 'is not', null)
    .execute();
}
