/** The store's schema over time. Imported only when a store is not at the last of these. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { outboxMigration } from './0001-outbox.ts';

/** In the order they are applied. One that was released is never edited. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-outbox': outboxMigration,
};

/** Brings the schema to the last migration, in one transaction. */
export async function migrate(db: Kysely<unknown>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
