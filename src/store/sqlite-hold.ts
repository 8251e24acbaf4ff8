/**
 * One owner per store file. The hold is a lock of the operating system on a file beside the store, taken through SQLite
 * because Node offers none: it needs no heartbeat, and the kernel lets go of it when the process dies, however it dies.
 * The store's own file stays open to guests.
 */
import BetterSqlite from 'better-sqlite3';
import { FairleadError } from '../events/fairlead-error.ts';

/**
 * Answers the function that lets go.
 * @throws FairleadError `store.in_use` when another process, or another store of this one, holds the file
 */
export function holdSqliteFile(path: string): () => void {
  const lock = new BetterSqlite(`${path}.lock`, { timeout: 0 });
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw error;
    throw new FairleadError(
      'store.in_use',
      `Another Fairlead process works on the store ${path}. Stop it, or give this one a file of its own by FAIRLEAD_STORE.`,
      { cause: error },
    );
  }
  return () => lock.close();
}
