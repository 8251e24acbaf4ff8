/**
 * From a question to its SQL. A bundle has another module in this one's place, which has the SQL of every question ready, in
 * the order in which they are defined, and so needs no Kysely (`scripts/compile-statements.ts`).
 */
import type { Compilable, Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** Plain data, so that it can be written down. */
export interface CompiledStatement {
  readonly sql: string;
  /** What is bound, in the order of the SQL: a parameter by its name, or a value. */
  readonly slots: readonly ({ readonly name: string } | { readonly name?: undefined; readonly value: unknown })[];
}

/** Stands in a query for a parameter until it is bound. */
interface Placeholder {
  readonly placeholder: string;
}

const placeholders = new WeakSet<object>();

function toPlaceholder(name: string): Placeholder {
  const placeholder = { placeholder: name };
  placeholders.add(placeholder);
  return placeholder;
}

function isPlaceholder(value: unknown): value is Placeholder {
  return typeof value === 'object' && value !== null && placeholders.has(value);
}

/** Answers every property with a placeholder of that name. */
const PARAMETERS = new Proxy({}, { get: (_, name) => toPlaceholder(String(name)) });

export function prepareCompile<Params>(
  builder: Kysely<Tables>,
  build: (db: Kysely<Tables>, params: Params) => Compilable<unknown>,
): () => CompiledStatement {
  return () => {
    const { sql, parameters } = build(builder, PARAMETERS as Params).compile();
    return {
      sql,
      slots: parameters.map((value) => (isPlaceholder(value) ? { name: value.placeholder } : { value })),
    };
  };
}
