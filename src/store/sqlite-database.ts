/**
 * The seam over SQLite. Everything runs within a tick: a read at once, the writes queued during one turn of the event loop
 * together in one transaction, with one fsync (group commit). While the disk syncs, further callers queue, so a busier
 * process commits in larger groups by itself.
 */
import type { Database as Connection, Statement as Prepared } from 'better-sqlite3';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Database, Question, Unit } from './database.ts';
import { toStoreError } from './sqlite-error.ts';
import type { Tables } from './tables.ts';

export interface SqliteDatabase extends Database {
  /** Transactions committed since the start. */
  commits(): number;
  /** Commits what is queued and lets go of the file. */
  close(): void;
}

/** Units that share a commit at most, so that a flood of writes does not hold the event loop for long. */
const GROUP = 1024;

interface Waiting {
  readonly unit: () => Unit<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

export function createSqliteDatabase(connection: Connection): SqliteDatabase {
  const builder = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  const prepared = new Map<Question['statement'], { statement: Prepared; bind: (params: never) => unknown[] }>();
  const begin = connection.prepare('begin');
  const beginWrite = connection.prepare('begin immediate');
  const commit = connection.prepare('commit');
  const rollback = connection.prepare('rollback');
  const savepoint = connection.prepare('savepoint unit');
  const release = connection.prepare('release unit');
  const rollbackUnit = connection.prepare('rollback to unit');
  let queue: Waiting[] = [];
  let commits = 0;

  function ask({ statement, params }: Question): unknown {
    let known = prepared.get(statement);
    if (known === undefined) {
      const { sql, bind } = statement.compile();
      known = { statement: connection.prepare(sql), bind };
      prepared.set(statement, known);
    }
    const values = known.bind(params as never);
    return known.statement.reader ? known.statement.all(values) : known.statement.run(values).changes;
  }

  function drive<Result>(unit: Unit<Result>): Result {
    let step = unit.next();
    while (!step.done) step = unit.next(ask(step.value));
    return step.value;
  }

  /** Runs each unit in a savepoint of its own and answers what to tell its caller once the group is committed. */
  function driveGroup(group: readonly Waiting[]): (() => void)[] {
    return group.map(({ unit, resolve, reject }) => {
      savepoint.run();
      try {
        const result = drive(unit());
        release.run();
        return () => resolve(result as never);
      } catch (error) {
        // Some errors (disk full, I/O) undo the whole transaction: https://sqlite.org/lang_transaction.html
        if (!connection.inTransaction) throw error;
        rollbackUnit.run();
        release.run();
        return () => reject(toStoreError(error));
      }
    });
  }

  function driveAlone({ unit, resolve }: Waiting): (() => void)[] {
    const result = drive(unit());
    return [() => resolve(result as never)];
  }

  function commitGroup(group: readonly Waiting[]): void {
    let answers: (() => void)[];
    try {
      beginWrite.run();
      const [only] = group;
      answers = group.length === 1 && only !== undefined ? driveAlone(only) : driveGroup(group);
      commit.run();
      commits += 1;
    } catch (error) {
      if (connection.inTransaction) rollback.run();
      answers = group.map(
        ({ reject }) =>
          () =>
            reject(toStoreError(error)),
      );
    }
    for (const answer of answers) answer();
  }

  function commitQueue(): void {
    const group = queue.slice(0, GROUP);
    queue = queue.slice(GROUP);
    if (queue.length > 0) setImmediate(commitQueue);
    if (group.length > 0) commitGroup(group);
  }

  return {
    builder,
    async read(unit) {
      if (!connection.open) throw closed();
      try {
        begin.run();
        return drive(unit());
      } catch (error) {
        throw toStoreError(error);
      } finally {
        if (connection.inTransaction) commit.run();
      }
    },
    write(unit) {
      return new Promise((resolve, reject) => {
        if (!connection.open) return reject(closed());
        if (queue.length === 0) setImmediate(commitQueue);
        queue.push({ unit, resolve, reject });
      });
    },
    commits: () => commits,
    close() {
      while (queue.length > 0) commitQueue();
      connection.close();
    },
  };
}

function closed(): FairleadError {
  return new FairleadError('store.unavailable', 'The store is closed: the process is stopping.');
}
