/**
 * JSON bodies of runs, entries and given events. A long one is kept once in its tenant, under its digest, however many
 * rows tell it: a webhook's payload is a run's input, and comes back in the outcomes of its tasks.
 */
import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { type Database, defineStatement, tell, type Unit } from '../database.ts';
import type { Json } from './run.ts';

/** Characters of JSON from which a body is kept apart. */
export const LONG = 64 * 1024;

export interface Body {
  readonly body: string | null;
  readonly body_digest: string | null;
  /** The text that `body_digest` stands for. */
  readonly payload?: string;
}

export function toBody(value: Json): Body {
  const text = JSON.stringify(value);
  return text.length < LONG
    ? { body: text, body_digest: null }
    : { body: null, body_digest: hash('sha256', text), payload: text };
}

/** The value of a row's body, its payload put in its place by the query. */
export function fromBody(text: string): Json {
  return JSON.parse(text) as Json;
}

/** A row's body, its payload in its place; `table` is the row's in the query. */
export function bodyOf(table: 'b' | 'e' | 'g') {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  const payload = sql`select p.body from payloads as p where p.tenant = ${column('tenant')} and p.digest = ${column('body_digest')}`;
  return sql<string | null>`coalesce(${column('body')}, (${payload}))`.as('body');
}

export type KeepBody = (tenant: string, body: Body) => Unit<void>;

/** Makes the unit that keeps the long part of a body; the row that refers to it is the caller's. */
export function createKeepBody({ database }: { readonly database: Database }): KeepBody {
  const insert = defineStatement(database.builder, (db, p: { tenant: string; digest: string; body: string }) =>
    db
      .insertInto('payloads')
      .values({ tenant: p.tenant, digest: p.digest, body: p.body })
      .onConflict((conflict) => conflict.doNothing()),
  );
  return function* (tenant, { body_digest: digest, payload }) {
    if (digest !== null && payload !== undefined) yield* tell(insert, { tenant, digest, body: payload });
  };
}
