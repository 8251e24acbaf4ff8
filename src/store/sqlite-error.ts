import BetterSqlite from 'better-sqlite3';
import { FairleadError } from '../events/fairlead-error.ts';

/** What SQLite says of the disk, the file or other processes, and not of our own statements: https://sqlite.org/rescode.html */
const UNAVAILABLE: readonly (readonly [prefix: string, meaning: string, retryable: boolean])[] = [
  ['SQLITE_FULL', 'the disk is full', true],
  ['SQLITE_BUSY', 'another process is writing to it', true],
  ['SQLITE_LOCKED', 'another connection is writing to it', true],
  ['SQLITE_PROTOCOL', 'other processes are opening it', true],
  ['SQLITE_IOERR', 'the disk failed to read or write', true],
  ['SQLITE_NOMEM', 'there is not enough memory', true],
  ['SQLITE_INTERRUPT', 'the work was interrupted', true],
  ['SQLITE_READONLY', 'it may only be read; give this process the right to write the file and its directory', true],
  ['SQLITE_CANTOPEN', 'it cannot be opened; the directory must exist and be writable', true],
  ['SQLITE_PERM', 'this process may not open it', true],
  ['SQLITE_AUTH', 'this process may not open it', true],
  ['SQLITE_CORRUPT', 'the file is damaged; restore it from a backup', false],
  ['SQLITE_NOTADB', 'the file is not a SQLite database; name another', false],
];

/** Turns SQLite's errors about its surroundings into `store.unavailable`; any other error is answered as it is. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof BetterSqlite.SqliteError)) return error;
  const known = UNAVAILABLE.find(([prefix]) => error.code.startsWith(prefix));
  if (known === undefined) return error;
  const [, meaning, retryable] = known;
  return new FairleadError('store.unavailable', `The store cannot be used: ${meaning} (${error.code}).`, {
    cause: error,
    retryable,
  });
}
