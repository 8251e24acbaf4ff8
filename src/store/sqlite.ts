/**
 * The store in one SQLite file. What it promises beside the port: a write is on the disk (WAL, `synchronous=FULL`) before
 * its promise resolves, and one process at a time owns the file; others (the commands) may open it as guests, to read and
 * to write single rows.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import BetterSqlite, { type Database as Connection } from 'better-sqlite3';
import { NO_TENANT } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { createBudget } from './budget.ts';
import { createJournal, type Journal } from './journal.ts';
import { createKeptEvents } from './kept-events.ts';
import { createLedger } from './ledger.ts';
import { createMessages } from './messages.ts';
import { SCHEMA_VERSION } from './migrations/schema-version.ts';
import { createNotes } from './notes.ts';
import { createOutbox } from './outbox.ts';
import { createSqliteDatabase, type SqliteDatabase } from './sqlite-database.ts';
import { toStoreError } from './sqlite-error.ts';
import { holdSqliteFile } from './sqlite-hold.ts';
import type { Store } from './store.ts';

export interface SqliteStoreOptions {
  /** The file; its directory is created. */
  readonly path: string;
  /**
   * `owner` (default) works on the store: creates it, migrates it, and is alone in that. `guest` opens a store that
   * exists, beside its owner.
   */
  readonly as?: 'owner' | 'guest';
  /** Lets a test keep the store in memory, where nothing is durable. */
  readonly inTest?: boolean;
}

export interface SqliteStore extends Store<Journal> {
  /** Transactions committed since it was opened. */
  commits(): number;
}

/** How long a write waits for another process that is writing; the event loop stands still meanwhile. */
const BUSY_MS = 1000;

/**
 * @throws FairleadError `config.invalid` (no such store, or one in memory), `store.in_use` (another process owns the
 * file), `store.schema` (written by another version), `store.unavailable`
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { path, as = 'owner', inTest = false } = options;
  const inMemory = isInMemory(path);
  if (inMemory && !inTest) {
    throw new FairleadError(
      'config.invalid',
      `The store “${path}” would be in memory and lose everything at a restart. Set FAIRLEAD_STORE to the path of a file.`,
    );
  }
  if (as === 'guest' && !inMemory && !existsSync(path)) {
    throw new FairleadError(
      'config.invalid',
      `There is no store at ${path}. Start the bot first, or set FAIRLEAD_STORE to the file it uses.`,
    );
  }
  let release = () => {};
  let connection: Connection | undefined;
  try {
    if (as === 'owner' && !inMemory) {
      mkdirSync(dirname(resolve(path)), { recursive: true });
      release = holdSqliteFile(path);
    }
    connection = connect(path, as);
    await ensureSchema(connection, path, as);
    return assembleSqliteStore(createSqliteDatabase(connection), release);
  } catch (error) {
    connection?.close();
    release();
    throw toOpenError(error, path);
  }
}

function isInMemory(path: string): boolean {
  return path === '' || path.startsWith(':memory:') || path.startsWith('file:');
}

function connect(path: string, as: 'owner' | 'guest'): Connection {
  const connection = new BetterSqlite(path, { fileMustExist: as === 'guest', timeout: BUSY_MS });
  // Of a new file, and before WAL fixes it: larger ones carry a payload in fewer writes, smaller ones a change of an index.
  connection.pragma('page_size = 8192');
  connection.pragma('journal_mode = wal');
  // In WAL mode anything less than FULL may lose the last commits at a power cut: https://sqlite.org/pragma.html#pragma_synchronous
  connection.pragma('synchronous = full');
  connection.pragma('cache_size = -16000');
  // A page written many times between two checkpoints is copied into the file once.
  connection.pragma('wal_autocheckpoint = 4000');
  // Savepoints spill here; in memory they cost no file.
  connection.pragma('temp_store = memory');
  connection.pragma('journal_size_limit = 67108864');
  return connection;
}

async function ensureSchema(connection: Connection, path: string, as: 'owner' | 'guest'): Promise<void> {
  const version = connection.pragma('user_version', { simple: true }) as number;
  if (version === SCHEMA_VERSION) return;
  if (version > SCHEMA_VERSION || as === 'guest') {
    throw new FairleadError(
      'store.schema',
      `The store ${path} has schema ${version}, this version of Fairlead works with ${SCHEMA_VERSION}. ` +
        (version > SCHEMA_VERSION
          ? 'Use the version that wrote it, or a newer one.'
          : 'Start the bot of this version once: it brings the store up to date.'),
    );
  }
  const { migrateSqlite } = await import('./migrations/migrate-sqlite.ts');
  await migrateSqlite(connection);
  connection.pragma(`user_version = ${SCHEMA_VERSION}`);
}

/** The store over a database that is there. */
export function assembleSqliteStore(database: SqliteDatabase, release: () => void): SqliteStore {
  const notes = createNotes({ database });
  const keptEvents = createKeptEvents();
  let checks = 0;
  return {
    outbox: createOutbox({ database, keptEvents }),
    journal: createJournal({ database, keptEvents }),
    ledger: createLedger({ database }),
    messages: createMessages({ database }),
    budget: createBudget({ database }),
    notes,
    async check() {
      checks += 1;
      await notes.write(NO_TENANT, 'store.check', String(checks));
    },
    async close() {
      database.close();
      release();
    },
    commits: database.commits,
  };
}

function toOpenError(error: unknown, path: string): unknown {
  const code = (error as { code?: unknown }).code;
  if (code === 'EACCES' || code === 'EROFS' || code === 'EEXIST' || code === 'ENOTDIR') {
    return new FairleadError(
      'config.invalid',
      `The directory of the store ${path} cannot be made (${code}). Set FAIRLEAD_STORE to a file in one this process may write.`,
      { cause: error },
    );
  }
  return toStoreError(error);
}
