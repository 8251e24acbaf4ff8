/**
 * The seam over Postgres. Writes that queue up while a transaction is under way share the next, over one connection (group
 * commit): one after the other in the order in which they were asked for, so that no two units of a process get in each
 * other's way; those that say they are of different subjects go side by side, which saves the waits for the network.
 * Units of other processes are kept apart by Postgres, and by `shared.lock`. A unit that finds its lock taken waits for it
 * with nothing in hand: what else its group has done is committed first, so locks cause no deadlock. Reads have
 * connections of their own.
 */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely';
import { FairleadError } from '../events/fairlead-error.ts';
import { type Database, defineStatement, type Question, type Unit } from './database.ts';
import type { Connect } from './postgres-connector.ts';
import { ConnectionLost, isPassing, toPostgresError } from './postgres-error.ts';
import type { Session } from './postgres-session.ts';
import { askAlone, beginTransaction, type Transaction } from './postgres-transaction.ts';
import type { Tables } from './tables.ts';

export interface PostgresDatabase extends Database {
  /** Transactions committed since the start, those of reads aside. */
  commits(): number;
  /** Commits what is queued and lets go of the connections. */
  close(): Promise<void>;
}

export interface PostgresDatabaseOptions {
  /** The channel of `announce`, and how this process signs there. */
  readonly channel: string;
  readonly sender: string;
  /** Connections for reads. */
  readonly readers: number;
}

/** Units that share a commit at most: what they have changed is locked until then. */
const GROUP = 128;
/** How often a unit is tried when others get in its way, or the connection is lost before its commit was sent. */
const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 5;
const BEGIN_WRITE = 'begin isolation level read committed read write';
const BEGIN_READ = 'begin isolation level repeatable read read only';

interface Waiting {
  readonly unit: () => Unit<unknown>;
  readonly subject: string | undefined;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

type Results = ReadonlyMap<Waiting, unknown>;

/** The transaction is committed, but for the units of `left`. */
interface Committed {
  readonly results: Results;
  readonly left: readonly Waiting[];
}

interface Drive {
  /** Whether to wait for a lock that another process has. */
  readonly mayWait: boolean;
  /** What to announce with the commit, each once. */
  readonly told: Map<unknown, Question>;
}

const TO_READ: Drive = { mayWait: true, told: new Map() };

/** What comes of a unit that would have had to wait for its lock with others' work in hand. */
const POSTPONED = Symbol('postponed');

export function createPostgresDatabase(
  { connect }: { readonly connect: Connect },
  { channel, sender, readers }: PostgresDatabaseOptions,
): PostgresDatabase {
  const builder = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  const lock = defineStatement(builder, (db, p: { name: string }) =>
    db.selectNoFrom(sql`pg_advisory_xact_lock(hashtextextended(${p.name}, 0))`.as('held')),
  );
  const tryLock = defineStatement(builder, (db, p: { name: string }) =>
    db.selectNoFrom(sql<boolean>`pg_try_advisory_xact_lock(hashtextextended(${p.name}, 0))`.as('held')),
  );
  const notify = defineStatement(builder, (db, p: { payload: string }) =>
    db.selectNoFrom(sql`pg_notify(${sql.lit(channel)}, ${p.payload})`.as('told')),
  );
  const news = {
    deliveries: { payload: `deliveries ${sender}` },
    runs: { payload: `runs ${sender}` },
    orders: { payload: `orders ${sender}` },
  };
  /** Units that found their lock taken: in a transaction that has done nothing yet, they wait for it. */
  const postponed = new WeakSet<Waiting>();
  const idle: Session[] = [];
  const forReader: (() => void)[] = [];
  let reading = 0;
  let queue: Waiting[] = [];
  let writing: Promise<void> | undefined;
  let writer: Session | undefined;
  let isClosed = false;
  let commits = 0;

  async function drive(transaction: Transaction, unit: Unit<unknown>, { mayWait, told }: Drive): Promise<unknown> {
    let step = unit.next();
    while (!step.done) {
      const question = step.value;
      if (question.statement === notify) {
        told.set(question.params, question);
        step = unit.next();
      } else if (question.statement === lock && !mayWait) {
        const [row] = (await transaction.ask({ ...question, statement: tryLock })) as readonly { held: boolean }[];
        if (row?.held !== true) return POSTPONED;
        step = unit.next();
      } else if (question.isTold) {
        transaction.tell(question);
        step = unit.next();
      } else if (question.isAhead && question.answer === undefined) {
        step = unit.next(transaction.ask(question));
      } else {
        step = unit.next(await (question.answer ?? transaction.ask(question)));
      }
    }
    return step.value;
  }

  /** Answers the results of those that were done: all, but where one is postponed it and perhaps some after it. */
  async function driveGroup(
    transaction: Transaction,
    group: readonly Waiting[],
    told: Drive['told'],
  ): Promise<Results> {
    const results = new Map<Waiting, unknown>();
    let underWay: Promise<boolean>[] = [];
    const subjects = new Set<string>();

    async function begin(waiting: Waiting, mayWait: boolean): Promise<boolean> {
      const result = await drive(transaction, waiting.unit(), { mayWait, told });
      if (result !== POSTPONED) results.set(waiting, result);
      else postponed.add(waiting);
      return result !== POSTPONED;
    }

    for (const [nth, waiting] of group.entries()) {
      const { subject } = waiting;
      // Whoever waits for a lock has nothing else in hand.
      const mayWait = nth === 0 && postponed.has(waiting);
      if (subject === undefined || subjects.has(subject)) {
        const areDone = await allOf(underWay);
        if (areDone.includes(false)) return results;
        underWay = [];
        subjects.clear();
      }
      const begun = begin(waiting, mayWait);
      underWay.push(begun);
      if (subject !== undefined) subjects.add(subject);
      if ((subject === undefined || mayWait) && !(await begun)) return results;
    }
    await allOf(underWay);
    return results;
  }

  /** Undefined, with nothing done, where the unit is more than one question. */
  async function transactAlone(session: Session, waiting: Waiting): Promise<Committed | undefined> {
    const unit = waiting.unit();
    const first = unit.next();
    if (first.done || first.value.isAlone !== true) return undefined;
    const answer = await askAlone(session, first.value);
    commits += 1;
    return { results: new Map([[waiting, unit.next(answer).value]]), left: [] };
  }

  async function transact(group: readonly Waiting[]): Promise<Committed> {
    if (writer?.isOpen !== true) writer = await connect();
    const [only, ...others] = group;
    const alone = only !== undefined && others.length === 0 ? await transactAlone(writer, only) : undefined;
    if (alone !== undefined) return alone;
    const transaction = beginTransaction(writer, BEGIN_WRITE);
    const told = new Map<unknown, Question>();
    try {
      const results = await driveGroup(transaction, group, told);
      for (const question of told.values()) transaction.tell(question);
      await transaction.commit();
      commits += 1;
      return { results, left: group.filter((waiting) => !results.has(waiting)) };
    } catch (error) {
      throw await transaction.rollback(error);
    }
  }

  async function commitGroup(group: readonly Waiting[]): Promise<void> {
    let rest = group;
    for (let attempt = 1; rest.length > 0; attempt += 1) {
      try {
        const { results, left } = await transact(rest);
        for (const [{ resolve }, result] of results) resolve(result as never);
        rest = left;
        attempt = 0;
      } catch (error) {
        if (mayTryAgain(error) && attempt < ATTEMPTS) {
          // Whoever was in the way is to be gone by then.
          await pause(FIRST_PAUSE_MS * (1 + Math.random()) * 2 ** (attempt - 1));
        } else if (rest.length > 1 && !isUnreachable(error)) {
          for (const waiting of rest) await commitGroup([waiting]);
          return;
        } else {
          for (const { reject } of rest) reject(toPostgresError(error));
          return;
        }
      }
    }
  }

  async function commitQueue(): Promise<void> {
    // Whoever else asks in this turn of the event loop shares the commit.
    await turn();
    while (queue.length > 0) {
      const group = queue.slice(0, GROUP);
      queue = queue.slice(GROUP);
      await commitGroup(group);
    }
    writing = undefined;
  }

  async function toRead(): Promise<Session> {
    if (reading >= readers) await new Promise<void>((resolve) => forReader.push(resolve));
    else reading += 1;
    const session = idle.pop();
    return session?.isOpen ? session : connect();
  }

  function hasRead(session: Session | undefined): void {
    if (session?.isOpen && isClosed) void session.close();
    else if (session?.isOpen) idle.push(session);
    const next = forReader.shift();
    if (next !== undefined) next();
    else reading -= 1;
  }

  async function readOnce<Result>(unit: () => Unit<Result>): Promise<Result> {
    let session: Session | undefined;
    try {
      session = await toRead();
      const transaction = beginTransaction(session, BEGIN_READ);
      try {
        const result = (await drive(transaction, unit(), TO_READ)) as Result;
        // There is nothing to wait for: the next transaction on the connection comes after it.
        transaction.commit().catch(() => {});
        return result;
      } catch (error) {
        throw await transaction.rollback(error);
      }
    } finally {
      hasRead(session);
    }
  }

  return {
    builder,
    shared: {
      *lock(name) {
        yield { statement: lock as Question['statement'], params: { name } };
      },
      *announce(work) {
        yield { statement: notify as Question['statement'], params: news[work] };
      },
      *announceRest({ tenant, id }) {
        yield { statement: notify as Question['statement'], params: { payload: `rests ${sender} ${tenant} ${id}` } };
      },
    },
    async read(unit) {
      if (isClosed) throw closed();
      try {
        return await readOnce(unit);
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw toPostgresError(error);
      }
      // A connection that was idle may have been lost long ago.
      return readOnce(unit).catch((error) => {
        throw toPostgresError(error);
      });
    },
    write(unit, subject) {
      return new Promise((resolve, reject) => {
        if (isClosed) return reject(closed());
        queue.push({ unit, subject, resolve, reject });
        writing ??= commitQueue();
      });
    },
    commits: () => commits,
    async close() {
      isClosed = true;
      await writing;
      await Promise.all([writer, ...idle].map((session) => session?.close()));
    },
  };
}

/** Waits for the others where one fails: none may go on once the transaction is another. */
async function allOf<Result>(underWay: readonly Promise<Result>[]): Promise<readonly Result[]> {
  await Promise.allSettled(underWay);
  return Promise.all(underWay);
}

function mayTryAgain(error: unknown): boolean {
  return isPassing(error) || error instanceof ConnectionLost;
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ConnectionLost || (error instanceof FairleadError && error.code === 'store.unavailable');
}

function closed(): FairleadError {
  return new FairleadError('store.unavailable', 'The store is closed: the process is stopping.');
}
