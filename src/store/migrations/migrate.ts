/** The store's schema over time. Imported only when a store is not at the last of these. */
import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { createOutboxTables } from './0001-outbox.ts';
import { createWorkTables } from './0002-work.ts';
import { createJournalTables } from './0003-journal.ts';
import { addLedgerRule } from './0004-ledger-rule.ts';
import { indexPayloadUses } from './0005-payload-uses.ts';
import { referInputsToEvents } from './0006-input-events.ts';
import { addAges } from './0007-ages.ts';
import { allowPackedData } from './0008-packed-data.ts';
import type { Ddl } from './ddl.ts';

/** In the order they are applied. One that was released is never edited. */
export const MIGRATIONS: Readonly<Record<string, (db: Kysely<unknown>, ddl: Ddl) => Promise<void>>> = {
  '0001-outbox': createOutboxTables,
  '0002-work': createWorkTables,
  '0003-journal': createJournalTables,
  '0004-ledger-rule': addLedgerRule,
  '0005-payload-uses': indexPayloadUses,
  '0006-input-events': referInputsToEvents,
  '0007-ages': addAges,
  '0008-packed-data': allowPackedData,
};

/** Brings the schema to the last migration, in one transaction where the database can. */
export async function migrate(db: Kysely<unknown>, ddl: Ddl): Promise<void> {
  const migrations = Object.entries(MIGRATIONS).map(([name, up]) => [
    name,
    { up: (tx: Kysely<unknown>) => up(tx, ddl) },
  ]);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => Object.fromEntries(migrations) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
