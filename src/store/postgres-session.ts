/**
 * One connection to Postgres. Questions are sent as they are asked, without waiting for the answers before (pipelining),
 * and are prepared once under a name of their own. Numbers come back as numbers.
 */
import pg from 'pg';
import type { Question } from './database.ts';
import { ConnectionLost, endsConnection } from './postgres-error.ts';

export interface Session {
  /** Rows, or how many were changed. Rejects with `ConnectionLost`, or with what Postgres said. */
  ask(question: Question): Promise<unknown>;
  /** Runs a statement without parameters; answers what was done (`COMMIT`, `ROLLBACK`, …). */
  command(sql: string): Promise<string>;
  readonly isOpen: boolean;
  /** Calls back at each notification on the channels that the connection listens to. */
  onNotification(callback: (payload: string) => void): void;
  onLost(callback: () => void): void;
  close(): Promise<void>;
  /** Ends the connection without a word to the server: for one that does not answer. */
  cut(): void;
}

export interface SessionOptions {
  readonly url: string;
  /** How long one statement may take, milliseconds. */
  readonly statementMs: number;
}

const CONNECT_MS = 5_000;
/** What the network may take on top of the statement before the connection is given up. */
const NETWORK_MS = 5_000;
const INT8 = 20;

/** The store's whole numbers are below 2^53: times, counts and sequences. */
const TYPES = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    return oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text');
  },
};

/**
 * An answer is a promise that "accepted means durable", and a statement by itself is to see what others have committed: a
 * role may have been set up otherwise.
 */
const SETTINGS = `
  select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'
  union all
  select set_config('default_transaction_isolation', 'read committed', false)`;

/** Names of prepared statements; a connection prepares each when it first meets it. */
const names = new WeakMap<Question['statement'], string>();
let named = 0;

/** @throws what `pg` says of the attempt; never a word of the URL */
export async function openSession({ url, statementMs }: SessionOptions): Promise<Session> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'fairlead',
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: statementMs,
    query_timeout: statementMs + NETWORK_MS,
    types: TYPES as pg.CustomTypesConfig,
  });
  let isOpen = true;
  let onLost = () => {};
  let isCorked = false;

  /** What is asked in one turn of the event loop leaves in one packet. */
  function cork(): void {
    if (isCorked) return;
    const { stream } = client.connection;
    isCorked = true;
    stream.cork();
    process.nextTick(() => {
      isCorked = false;
      stream.uncork();
    });
  }

  function lose(): void {
    if (!isOpen) return;
    isOpen = false;
    onLost();
  }

  function failed(error: unknown): never {
    if (!endsConnection(error)) throw error;
    lose();
    client.end().catch(() => {});
    throw new ConnectionLost('The connection to Postgres is lost.', { cause: error });
  }

  client.on('error', lose);
  client.on('end', lose);
  await client.connect();
  // Nobody waits for it: what is asked next goes the same way and comes after it.
  client.query(SETTINGS).catch(() => {
    lose();
    client.end().catch(() => {});
  });

  return {
    ask({ statement, params }) {
      const { sql, bind } = statement.compile();
      cork();
      return client
        .query({ name: nameOf(statement), text: sql, values: bind(params as never) })
        .then((result) => (result.fields.length > 0 ? result.rows : (result.rowCount ?? 0)), failed);
    },
    command(sql) {
      cork();
      return client.query(sql).then((result) => result.command, failed);
    },
    get isOpen() {
      return isOpen;
    },
    onNotification(callback) {
      client.on('notification', ({ payload = '' }) => callback(payload));
    },
    onLost(callback) {
      onLost = callback;
    },
    async close() {
      isOpen = false;
      await client.end().catch(() => {});
    },
    cut() {
      lose();
      client.connection.stream.destroy();
    },
  };
}

function nameOf(statement: Question['statement']): string {
  let name = names.get(statement);
  if (name === undefined) {
    named += 1;
    name = `fairlead_${named}`;
    names.set(statement, name);
  }
  return name;
}
