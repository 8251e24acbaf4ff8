/**
 * The store in a Postgres database that several processes share. What it promises beside the port: a write is committed
 * (`synchronous_commit` is never off) before its promise resolves; a process that dies leaves nothing locked; a lost
 * connection is `store.unavailable` until there is another, which is looked for with the next call. No error and no log
 * line carries the database's URL.
 */
import { randomUUID } from 'node:crypto';
import { NO_TENANT } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { type Clock, elapsed, systemClock } from '../observe/clock.ts';
import { createBudget } from './budget.ts';
import { createJournal, type Journal } from './journal.ts';
import { createLedger } from './ledger.ts';
import { createMessages } from './messages.ts';
import { createNotes } from './notes.ts';
import { createOutbox } from './outbox.ts';
import { createConnector } from './postgres-connector.ts';
import { createPostgresDatabase, type PostgresDatabase } from './postgres-database.ts';
import { codeOf, toConnectError } from './postgres-error.ts';
import { createListener, type Listener } from './postgres-listener.ts';
import { ensurePostgresSchema } from './postgres-schema.ts';
import { openSession, type Session } from './postgres-session.ts';
import type { Store } from './store.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, with `?sslmode=verify-full` and more: https://node-postgres.com/features/connecting */
  readonly url: string;
  /** Connections for reads beside the one that writes and the one that listens; default 2. */
  readonly readers?: number;
  /** How long one statement may take, milliseconds; default 10,000. */
  readonly statementMs?: number;
  readonly clock?: Clock;
}

export interface PostgresStore extends Store<Journal> {
  /** Transactions of writes committed since it was opened. */
  commits(): number;
}

const CHANNEL = 'fairlead';
const DEFAULT_READERS = 2;
const DEFAULT_STATEMENT_MS = 10_000;

/** What a person has to put right before it can work. */
const MISTAKES: Readonly<Record<string, string>> = {
  '28P01': 'refuses the password',
  '28000': 'refuses the user',
  '3D000': 'has no database of that name',
  '42501': 'does not let the user create tables in it',
  ENOTFOUND: 'is on a host that cannot be found',
};

/** @throws FairleadError `config.invalid`, `store.schema`, `store.unavailable` */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { url, readers = DEFAULT_READERS, statementMs = DEFAULT_STATEMENT_MS, clock = systemClock } = options;
  refuseUrl(url);
  const sessions = new Set<Session>();
  let isCut = false;
  let first: Session | undefined;
  try {
    first = await openSession({ url, statementMs });
    await ensurePostgresSchema(first, url);
  } catch (error) {
    await first?.close();
    throw toOpenError(error);
  }
  // Whoever needs a connection first gets the one that there is.
  async function open(): Promise<Session> {
    if (isCut) throw new FairleadError('store.unavailable', 'The store is closed: the process is stopping.');
    const ready = first;
    first = undefined;
    const session = ready?.isOpen ? ready : await openSession({ url, statementMs });
    sessions.add(session);
    for (const other of sessions) if (!other.isOpen) sessions.delete(other);
    if (isCut) session.cut();
    return session;
  }
  const connect = createConnector({ clock, open });
  const sender = randomUUID();
  const database = createPostgresDatabase({ connect }, { channel: CHANNEL, sender, readers });
  const listener = createListener({ connect, clock }, { channel: CHANNEL, sender });
  const store = assemblePostgresStore(database, listener);
  return {
    ...store,
    async close(withinMs) {
      const closed = Promise.all([store.close(), first?.close()]);
      if (withinMs === undefined) return void (await closed);
      await Promise.race([closed, elapsed(clock, withinMs)]);
      closed.catch(() => {});
      isCut = true;
      for (const session of [first, ...sessions]) session?.cut();
    },
  };
}

/** The store over a database that is there. */
export function assemblePostgresStore(database: PostgresDatabase, listener: Listener): PostgresStore {
  const notes = createNotes({ database });
  let checks = 0;
  return {
    outbox: createOutbox({ database }),
    journal: createJournal({ database }),
    ledger: createLedger({ database }),
    messages: createMessages({ database }),
    budget: createBudget({ database }),
    notes,
    onWork: listener.onWork,
    async check() {
      checks += 1;
      await notes.write(NO_TENANT, 'store.check', String(checks));
    },
    async close() {
      await listener.close();
      await database.close();
    },
    commits: database.commits,
  };
}

function refuseUrl(url: string): void {
  const parsed = URL.parse(url);
  const isPostgres = parsed?.protocol === 'postgres:' || parsed?.protocol === 'postgresql:';
  if (isPostgres) return;
  throw new FairleadError(
    'config.invalid',
    'DATABASE_URL is not the URL of a Postgres database. Give one like postgres://user:password@host:5432/database, ' +
      'with special characters of the password percent-encoded.',
  );
}

function toOpenError(error: unknown): unknown {
  const mistake = MISTAKES[codeOf(error) ?? ''];
  if (mistake === undefined) return toConnectError(error);
  return new FairleadError('config.invalid', `The Postgres database of DATABASE_URL ${mistake}.`, { cause: error });
}
