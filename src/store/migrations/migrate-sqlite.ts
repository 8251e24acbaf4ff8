import type { Database as Connection } from 'better-sqlite3';
import { Kysely, SqliteDialect, sql } from 'kysely';
import { migrate } from './migrate.ts';

/** Brings a SQLite file to the last migration. */
export async function migrateSqlite(connection: Connection): Promise<void> {
  const db = new Kysely({ dialect: new SqliteDialect({ database: connection }) });
  await migrate(db, { clustered: sql`without rowid` });
}
