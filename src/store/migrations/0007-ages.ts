import { type Kysely, sql } from 'kysely';

/** When a definition was last in use, and when a note was changed that may be forgotten: what has no age stays. */
export async function addAges(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('definitions').addColumn('at', 'bigint').execute();
  await db.schema.alterTable('notes').addColumn('at', 'bigint').execute();
  await db.schema.createIndex('notes_by_age').on('notes').column('at').where(sql.ref('at'), 'is not', null).execute();
}
