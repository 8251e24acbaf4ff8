/** What Postgres' errors mean to us: https://www.postgresql.org/docs/current/errcodes-appendix.html */
import { FairleadError } from '../events/fairlead-error.ts';

/** What it says of its surroundings and not of our own statements. The longest prefix that fits comes first. */
const UNAVAILABLE: readonly (readonly [prefix: string, meaning: string, retryable: boolean])[] = [
  ['53100', 'its disk is full', true],
  ['53300', 'it has no connection left to give; raise max_connections or run fewer processes', true],
  ['53', 'it lacks memory or other resources', true],
  ['57014', 'it took longer than a statement may take', true],
  ['57', 'it is shutting down or starting', true],
  ['55P03', 'another process held what was needed for too long', true],
  ['25006', 'it may only be read, as a standby is; name the primary', true],
  ['25P0', 'a transaction was left waiting for too long', true],
  ['08', 'the connection was lost', true],
  ['58', 'its disk failed to read or write', true],
  ['40', 'other processes kept getting in the way', true],
  ['28', 'it refuses the user or the password', false],
  ['3D000', 'there is no such database', false],
  ['3F000', 'there is no such schema', false],
  ['42501', 'the user lacks a right on its tables', false],
  ['XX', 'it found its own data damaged', false],
];

/**
 * Others were in the way, and the same again may well succeed: a serialization failure, a deadlock, or a row that another
 * process has inserted since this one looked for it.
 */
const PASSING = new Set(['40001', '40P01', '23505']);

/** The schema changed under a prepared statement (another process migrates): a new connection prepares it anew. */
const STALE_PLAN = '0A000';

/** The connection ended, or must not be used again. Whether a commit that was on its way arrived, nobody knows. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** Whether Postgres has said that it did not do what it was asked for before the connection was given up. */
export function isRefusal({ cause }: ConnectionLost): boolean {
  return codeOf(cause) === STALE_PLAN;
}

/** An SQLSTATE, or Node's name of a network error; none where `pg` itself complains. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Node's names begin with E, which no class of SQLSTATE does. */
function sqlStateOf(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) ? code : undefined;
}

export function isPassing(error: unknown): boolean {
  return PASSING.has(codeOf(error) ?? '');
}

/** Whether the connection that answered so is of no more use. */
export function endsConnection(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || state === STALE_PLAN || state === '25006' || /^(?:08|57P)/.test(state);
}

/** Turns errors about the database's surroundings into `store.unavailable`; any other error is answered as it is. */
export function toPostgresError(error: unknown): unknown {
  if (error instanceof FairleadError) return error;
  if (error instanceof ConnectionLost) return unavailable('the connection was lost', true, error.cause ?? error);
  const known = UNAVAILABLE.find(([prefix]) => sqlStateOf(error)?.startsWith(prefix));
  return known === undefined ? error : unavailable(`${known[1]} (${codeOf(error)})`, known[2], error);
}

/** The same for what went wrong while connecting, where anything else means that nobody answered. */
export function toConnectError(error: unknown): unknown {
  if (error instanceof FairleadError || sqlStateOf(error) !== undefined) return toPostgresError(error);
  return unavailable(`it cannot be reached (${codeOf(error) ?? 'no answer'})`, true, error);
}

function unavailable(meaning: string, retryable: boolean, cause: unknown): FairleadError {
  return new FairleadError('store.unavailable', `The Postgres database cannot be used: ${meaning}.`, {
    cause,
    retryable,
  });
}
