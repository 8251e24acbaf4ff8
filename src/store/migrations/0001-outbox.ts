import { type Kysely, sql } from 'kysely';
import type { Ddl } from './ddl.ts';

/** Events accepted, deliveries to make, dead letters, and small facts by name. */
export async function createOutboxTables(db: Kysely<unknown>, { clustered }: Ddl): Promise<void> {
  await db.schema
    .createTable('events')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('attributes', 'text', (column) => column.notNull())
    .addColumn('accepted_at', 'bigint', (column) => column.notNull())
    .addColumn('data', 'text')
    .addPrimaryKeyConstraint('events_key', ['tenant', 'id'])
    .execute();
  await db.schema.createIndex('events_by_age').on('events').column('accepted_at').execute();

  await db.schema
    .createTable('deliveries')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('number', 'bigint', (column) => column.notNull())
    .addColumn('event_id', 'text', (column) => column.notNull())
    .addColumn('event_source', 'text', (column) => column.notNull())
    .addColumn('trigger', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('dead_at', 'bigint')
    .addColumn('reason', 'text')
    .addColumn('status', 'integer')
    .addPrimaryKeyConstraint('deliveries_key', ['tenant', 'number'])
    .modifyEnd(clustered)
    .execute();
  await db.schema.createIndex('deliveries_by_number').on('deliveries').column('number').unique().execute();
  await db.schema
    .createIndex('deliveries_due')
    .on('deliveries')
    .columns(['tenant', 'due_at', 'number'])
    .where(sql.ref('state'), '=', sql.lit('due'))
    .execute();
  await db.schema
    .createIndex('deliveries_dead')
    .on('deliveries')
    .column('number')
    .where(sql.ref('state'), '=', sql.lit('dead'))
    .execute();

  await db.schema
    .createTable('sequences')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('value', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('sequences_key', ['tenant', 'name'])
    .modifyEnd(clustered)
    .execute();

  await db.schema
    .createTable('notes')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('notes_key', ['tenant', 'name'])
    .modifyEnd(clustered)
    .execute();
}
