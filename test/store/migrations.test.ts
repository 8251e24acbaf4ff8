/**
 * The rule for migrations (docs/decisions/0013-migrations.md) over those that exist: what the code of the version before
 * does still works, so that processes of both may share a database while one replaces the other.
 */
import Sqlite, { type Database } from 'better-sqlite3';
import { Kysely, SqliteDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterEach, describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/store/migrations/migrate.ts';
import { OLDEST_COMPATIBLE, SCHEMA_VERSION } from '../../src/store/migrations/schema-version.ts';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  readonly pk: number;
}

/** Tables of the migrator itself. */
const OWN = /^(kysely_|sqlite_)/;
const names = Object.keys(MIGRATIONS);
/** Each migration that may be applied while processes of the version before it work, by its version. */
const shared = names.map((name, nth) => [name, nth + 1] as const).filter(([, version]) => version > OLDEST_COMPATIBLE);

let connection: Database;
afterEach(() => connection.close());

async function migrateTo(version: number): Promise<void> {
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: connection }) });
  const clustered = sql`without rowid`;
  const migrations = Object.entries(MIGRATIONS).map(([name, up]) => [
    name,
    { up: (tx: Kysely<unknown>) => up(tx, { clustered }) },
  ]);
  const provider = { getMigrations: async () => Object.fromEntries(migrations) };
  const { error } = await new Migrator({ db, provider }).migrateTo(names[version - 1] as string);
  if (error !== undefined) throw error;
}

function tables(): ReadonlyMap<string, readonly Column[]> {
  const found = connection.prepare(`select name from sqlite_schema where type = 'table'`).pluck().all() as string[];
  return new Map(
    found
      .filter((name) => !OWN.test(name))
      .map((name) => [name, connection.prepare(`select * from pragma_table_info('${name}')`).all() as Column[]]),
  );
}

/** What keeps two rows apart, by table: the columns of each unique index, the primary key among them. */
function uniqueIndexes(): ReadonlyMap<string, readonly string[]> {
  const columns = connection.prepare('select name from pragma_index_info(?) order by seqno').pluck();
  return new Map(
    [...tables().keys()].map((table) => {
      const indexes = connection.prepare(`select name from pragma_index_list('${table}') where "unique" = 1`).pluck();
      return [table, (indexes.all() as string[]).map((index) => columns.all(index).join()).sort()];
    }),
  );
}

/** A row as the code that knows these columns writes one. */
function insert(table: string, columns: readonly Column[]): void {
  const listed = columns.map(({ name }) => `"${name}"`).join();
  const values = columns.map(({ type, name }) => (/int/i.test(type) ? 7 : `${name} of ${table}`));
  connection.prepare(`insert into ${table} (${listed}) values (${columns.map(() => '?').join()})`).run(...values);
}

test('there are as many migrations as the version says, in order', () => {
  connection = new Sqlite(':memory:');
  expect(names).toHaveLength(SCHEMA_VERSION);
  expect(names).toEqual(names.toSorted());
  expect(names.map((name) => Number.parseInt(name, 10))).toEqual(names.map((_, nth) => nth + 1));
});

test('the code before the last migration can work with it', () => {
  connection = new Sqlite(':memory:');
  expect(OLDEST_COMPATIBLE).toBeLessThan(SCHEMA_VERSION);
});

describe.each(shared)('%s', (_, version) => {
  test('leaves every table and column as it was, and keeps no more rows apart', async () => {
    connection = new Sqlite(':memory:');
    await migrateTo(version - 1);
    const [before, apart] = [tables(), uniqueIndexes()];
    await migrateTo(version);
    const after = tables();
    for (const [table, columns] of before) {
      expect(after.get(table), table).toEqual(
        expect.arrayContaining(columns.map((column) => expect.objectContaining(column))),
      );
      expect(uniqueIndexes().get(table), table).toEqual(apart.get(table));
    }
  });

  test('takes rows that the code before it writes, and keeps those that it has written', async () => {
    connection = new Sqlite(':memory:');
    await migrateTo(version - 1);
    const before = tables();
    for (const [table, columns] of before) insert(table, columns);
    const written = [...before.keys()].map((table) => connection.prepare(`select * from ${table}`).get());
    await migrateTo(version);
    const kept = [...before.keys()].map((table) => connection.prepare(`select * from ${table}`).get());
    expect(kept).toMatchObject(written as object[]);
    for (const [table, columns] of before) {
      connection.prepare(`delete from ${table}`).run();
      insert(table, columns);
    }
  });
});
