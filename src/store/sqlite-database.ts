/**
 * The seam over SQLite. Everything runs within a tick: a read at once, the writes queued within a few turns of the event
 * loop together in one transaction, with one fsync (group commit). While the disk syncs, further callers queue, so a busier
 * process commits in larger groups by itself.
 */
import type { Database as Connection, Statement as Prepared } from 'better-sqlite3';
import {
  DummyDriver,
  type InsertQueryNode,
  Kysely,
  OrActionNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
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

/**
 * Turns of the event loop that a group waits for others to join it, as long as some do. A commit costs half a millisecond of
 * CPU time whatever is in it, a turn costs microseconds: a fifth of a pull request's CPU time, and a lone writer waits one turn.
 */
const GATHERING_TURNS = 4;

interface Waiting {
  readonly unit: () => Unit<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * SQL that SQLite runs at its fastest.
 *
 * Parameters are written `+?`, which means the same. A bare one makes SQLite plan a query that sorts or limits anew for each
 * value it is bound to, in case another plan suits it better: five to ten times what the query itself costs.
 * @see https://sqlite.org/queryplanner-ng.html#_the_query_planner_stability_guarantee
 *
 * Inserts are `insert or fail`: a unit that fails is undone whole, so no statement needs to be undone alone, and SQLite does
 * not keep a copy of each page that a statement touches: a twentieth of the CPU time of taking a webhook.
 * @see https://sqlite.org/lang_conflict.html
 */
class FastCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '+?';
  }

  protected override visitInsertQuery(node: InsertQueryNode): void {
    super.visitInsertQuery({ ...node, orAction: node.orAction ?? OrActionNode.create('fail') });
  }
}

export function createSqliteDatabase(connection: Connection): SqliteDatabase {
  const builder = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new FastCompiler(),
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

  /** Runs the units one after another and answers what to tell each caller once the group is committed; undefined where one of several fails. */
  function driveGroup(group: readonly Waiting[]): (() => void)[] | undefined {
    try {
      return group.map(({ unit, resolve }) => {
        const result = drive(unit());
        return () => resolve(result as never);
      });
    } catch (error) {
      // Some errors (disk full, I/O) undo the whole transaction: https://sqlite.org/lang_transaction.html
      if (group.length === 1 || !connection.inTransaction) throw error;
      return undefined;
    }
  }

  /** The same, each unit in a savepoint of its own, so that the error of one does not undo another's rows. */
  function driveApart(group: readonly Waiting[]): (() => void)[] {
    return group.map(({ unit, resolve, reject }) => {
      savepoint.run();
      try {
        const result = drive(unit());
        release.run();
        return () => resolve(result as never);
      } catch (error) {
        if (!connection.inTransaction) throw error;
        rollbackUnit.run();
        release.run();
        return () => reject(toStoreError(error));
      }
    });
  }

  /**
   * Savepoints copy every page a unit touches, a fifth of a commit's CPU time, and errors are rare: so the group is run
   * without them, and where a unit fails all is undone and run once more with them.
   */
  function driveAll(group: readonly Waiting[]): (() => void)[] {
    const answers = driveGroup(group);
    if (answers !== undefined) return answers;
    rollback.run();
    beginWrite.run();
    return driveApart(group);
  }

  function commitGroup(group: readonly Waiting[]): void {
    let answers: (() => void)[];
    try {
      beginWrite.run();
      answers = driveAll(group);
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

  /** One turn without another caller, or turns enough, and the group is committed. */
  function gather(waiting = 0, turn = 0): void {
    if (queue.length > waiting && queue.length < GROUP && turn < GATHERING_TURNS) {
      setImmediate(gather, queue.length, turn + 1);
    } else {
      commitQueue();
    }
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
        if (queue.length === 0) setImmediate(gather);
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
