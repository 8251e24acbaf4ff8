/** The arithmetic of jq: what `+ - * / %` and the minus sign do to each pair of types. */
import { JqError } from './jq-error.ts';
import { isArray, isObject, type Json, type JsonObject, writeKey } from './json.ts';
import { countArray, countBytes, countObject, countString, tick } from './meter.ts';
import { compare, isEqual, MAX_DEPTH } from './order.ts';
import { describe } from './to-json.ts';

export type BinaryFunction = (a: Json, b: Json) => Json;

function refuse(a: Json, b: Json, what: string): never {
  throw new JqError(`${describe(a)} and ${describe(b)} cannot be ${what}`);
}

export function add(a: Json, b: Json): Json {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'string' && typeof b === 'string') {
    // The engine keeps a concatenation as a pair until its text is read: only the shorter side is new memory.
    countString(a.length + b.length, Math.min(a.length, b.length));
    return a + b;
  }
  if (a === null) return b;
  if (b === null) return a;
  if (isArray(a) && isArray(b)) {
    if (b.length === 0) return a;
    if (a.length === 0) return b;
    countArray(a.length + b.length);
    return a.concat(b);
  }
  if (isObject(a) && isObject(b)) {
    countObject(Object.keys(a).length + Object.keys(b).length);
    return { ...a, ...b };
  }
  return refuse(a, b, 'added');
}

export function subtract(a: Json, b: Json): Json {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (isArray(a) && isArray(b)) {
    return a.filter(
      (item) =>
        !b.some((other) => {
          tick();
          return isEqual(item, other);
        }),
    );
  }
  return refuse(a, b, 'subtracted');
}

export function multiply(a: Json, b: Json): Json {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (typeof a === 'string' && typeof b === 'number') return repeatString(a, b);
  if (typeof a === 'number' && typeof b === 'string') return repeatString(b, a);
  if (isObject(a) && isObject(b)) return mergeDeep(a, b);
  return refuse(a, b, 'multiplied');
}

/** jq's own bound on the length of a repeated string, in bytes. */
const MAX_REPEATED = 0x1fffffff;

function repeatString(text: string, times: number): Json {
  if (!(times >= 0)) return null;
  if (text === '') return '';
  const count = Math.floor(times);
  if (text.length * count > MAX_REPEATED) throw new JqError('Repeat string result too long');
  countString(text.length * count);
  return text.repeat(count);
}

/** `a * b` for objects: where both have an object, these are merged likewise. */
function mergeDeep(a: JsonObject, b: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...a };
  const work: { target: Record<string, Json>; from: JsonObject; depth: number }[] = [
    { target: result, from: b, depth: 0 },
  ];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { target, from, depth } = item;
    if (depth > MAX_DEPTH) throw new JqError('Object merge too deep');
    const keys = Object.keys(from);
    countObject(Object.keys(target).length + keys.length);
    for (const key of keys) {
      const theirs = from[key] as Json;
      const ours = Object.hasOwn(target, key) ? (target[key] as Json) : null;
      if (isObject(ours) && isObject(theirs)) {
        const merged: Record<string, Json> = { ...ours };
        writeKey(target, key, merged);
        work.push({ target: merged, from: theirs, depth: depth + 1 });
      } else {
        writeKey(target, key, theirs);
      }
    }
  }
  return result;
}

export function divide(a: Json, b: Json): Json {
  if (typeof a === 'number' && typeof b === 'number') {
    if (b === 0) refuse(a, b, 'divided because the divisor is zero');
    return a / b;
  }
  if (typeof a === 'string' && typeof b === 'string') return splitString(a, b);
  return refuse(a, b, 'divided');
}

/** On an empty separator into its codepoints; an empty text has no parts. */
export function splitString(text: string, separator: string): Json {
  if (text === '') return [];
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  countArray(parts.length);
  countBytes(parts.length * 24);
  return parts;
}

export function remainder(a: Json, b: Json): Json {
  if (typeof a !== 'number' || typeof b !== 'number') return refuse(a, b, 'divided (remainder)');
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  const divisor = toInteger(b);
  if (divisor === 0) refuse(a, b, 'divided (remainder) because the divisor is zero');
  const dividend = toInteger(a);
  if (Number.isSafeInteger(dividend) && Number.isSafeInteger(divisor)) return (dividend % Math.abs(divisor)) + 0;
  return Number(toInt64(dividend) % toInt64(Math.abs(divisor)));
}

function toInteger(value: number): number {
  return Math.trunc(value);
}

const INT64_MAX = 2n ** 63n - 1n;

/** As a C compiler converts a double that jq has first kept in range. */
function toInt64(value: number): bigint {
  if (value >= 2 ** 63) return INT64_MAX;
  if (value <= -(2 ** 63)) return -INT64_MAX - 1n;
  return BigInt(value);
}

export function negate(value: Json): Json {
  // From zero, so that the negative of 0 is 0 and not -0.
  if (typeof value === 'number') return 0 - value;
  throw new JqError(`${describe(value)} cannot be negated`);
}

export const OPERATIONS: Readonly<Record<string, BinaryFunction>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': remainder,
  '==': isEqual,
  '!=': (a, b) => !isEqual(a, b),
  '<': (a, b) => (typeof a === 'number' && typeof b === 'number' ? a < b || Number.isNaN(a) : compare(a, b) < 0),
  '<=': (a, b) => (typeof a === 'number' && typeof b === 'number' ? a <= b || Number.isNaN(a) : compare(a, b) <= 0),
  '>': (a, b) => compare(a, b) > 0,
  '>=': (a, b) => compare(a, b) >= 0,
};
