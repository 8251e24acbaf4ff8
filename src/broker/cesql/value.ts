/**
 * Values of CloudEvents SQL and the implicit casts between their types. Everything is total: what cannot be done yields
 * the zero value of the type that was asked for, and an error beside it.
 * @see https://github.com/cloudevents/spec/blob/main/cesql/spec.md#31-type-system
 */
export type Value = string | number | boolean;
export type Type = 'string' | 'integer' | 'boolean';

export interface CesqlError {
  readonly kind: 'cast' | 'math' | 'missingAttribute' | 'missingFunction' | 'functionEvaluation';
  readonly message: string;
}

export const ZERO = { string: '', integer: 0, boolean: false } as const satisfies Record<Type, Value>;

const INTEGER = /^[+-]?\d+$/;

export function typeOf(value: Value): Type {
  if (typeof value === 'string') return 'string';
  return typeof value === 'number' ? 'integer' : 'boolean';
}

export function isInt32(value: number): boolean {
  return value >= -(2 ** 31) && value < 2 ** 31;
}

/** The value as one of the type; undefined where there is no such cast. Numbers do not become booleans by themselves. */
export function cast(value: Value, type: Type): Value | undefined {
  if (typeOf(value) === type) return value;
  if (type === 'string') return String(value);
  if (type === 'integer') return typeof value === 'boolean' ? Number(value) : parseInteger(String(value));
  return typeof value === 'string' ? parseBoolean(value) : undefined;
}

function parseInteger(text: string): number | undefined {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN;
  return isInt32(value) ? value + 0 : undefined;
}

function parseBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (lower === 'true') return true;
  return lower === 'false' ? false : undefined;
}
