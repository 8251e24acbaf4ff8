import { type Kysely, sql } from 'kysely';
import type { Ddl } from './ddl.ts';

/** Runs, their histories, what they wait for, and the definitions they are pinned to. */
export async function createJournalTables(db: Kysely<unknown>, { clustered }: Ddl): Promise<void> {
  await db.schema
    .createTable('runs')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('namespace', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('lane', 'text')
    .addColumn('lane_order', 'bigint')
    .addColumn('revision', 'text')
    .addColumn('blocked', 'integer', (column) => column.notNull())
    .addColumn('parent_run', 'text')
    .addColumn('parent_position', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('due_at', 'bigint')
    .addColumn('ready_at', 'bigint')
    .addColumn('owner', 'text')
    .addColumn('claims', 'integer', (column) => column.notNull())
    .addColumn('fence', 'integer', (column) => column.notNull())
    .addColumn('cancel', 'text')
    .addColumn('events', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('runs_key', ['tenant', 'id'])
    .modifyEnd(clustered)
    .execute();
  await db.schema.createIndex('runs_by_key').on('runs').columns(['tenant', 'key']).unique().execute();
  await db.schema.createIndex('runs_by_age').on('runs').column('id').execute();
  await db.schema
    .createIndex('runs_ready')
    .on('runs')
    .columns(['tenant', 'ready_at'])
    .where((eb) => eb.and([eb(sql.ref('ready_at'), 'is not', null), eb(sql.ref('status'), '!=', sql.lit('waiting'))]))
    .execute();
  await db.schema
    .createIndex('runs_parked')
    .on('runs')
    .column('ready_at')
    .where(sql.ref('status'), '=', sql.lit('waiting'))
    .execute();
  await db.schema
    .createIndex('runs_by_lane')
    .on('runs')
    .columns(['tenant', 'lane', 'lane_order'])
    .where(sql.ref('lane'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('lane_queue')
    .on('runs')
    .columns(['tenant', 'lane', 'blocked', 'lane_order', 'id'])
    .where((eb) => eb.and([eb(sql.ref('lane'), 'is not', null), eb(sql.ref('ended_at'), 'is', null)]))
    .execute();

  await db.schema
    .createTable('run_bodies')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('part', 'text', (column) => column.notNull())
    .addColumn('body_digest', 'text')
    .addColumn('body', 'text')
    .addPrimaryKeyConstraint('run_bodies_key', ['tenant', 'run_id', 'part'])
    .execute();

  await db.schema
    .createTable('entries')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('position', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('body_digest', 'text')
    .addColumn('body', 'text')
    .addPrimaryKeyConstraint('entries_key', ['tenant', 'run_id', 'sequence'])
    .execute();

  await db.schema
    .createTable('waits')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('position', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('waits_key', ['tenant', 'run_id', 'position', 'type'])
    .modifyEnd(clustered)
    .execute();
  await db.schema.createIndex('waits_by_type').on('waits').columns(['tenant', 'type', 'run_id']).execute();

  await db.schema
    .createTable('given')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('consumed', 'integer', (column) => column.notNull())
    .addColumn('body_digest', 'text')
    .addColumn('body', 'text')
    .addPrimaryKeyConstraint('given_key', ['tenant', 'run_id', 'sequence'])
    .execute();
  await db.schema.createIndex('given_once').on('given').columns(['tenant', 'run_id', 'key']).unique().execute();
  await db.schema
    .createIndex('given_unconsumed')
    .on('given')
    .columns(['tenant', 'run_id', 'sequence'])
    .where(sql.ref('consumed'), '=', sql.lit(0))
    .execute();

  await db.schema
    .createTable('definitions')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('namespace', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('definitions_key', ['tenant', 'digest'])
    .execute();

  await db.schema
    .createTable('payloads')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('payloads_key', ['tenant', 'digest'])
    .execute();
}
