/** What a value is, how large it is, and what it becomes as another type. */
import { fromMany } from '../code.ts';
import { fromJson, parseNumber } from '../from-json.ts';
import { JqError } from '../jq-error.ts';
import { hasKey, isArray, isObject, isTruthy, type Json, typeName } from '../json.ts';
import { countArray, work } from '../meter.ts';
import { negate } from '../operators.ts';
import { isEqual, MAX_DEPTH, sortedKeys } from '../order.ts';
import { describe, toJson } from '../to-json.ts';
import { length as codepointLength } from '../unicode.ts';
import { argument, byValue, type Family } from './builtin.ts';
import { toText } from './formats.ts';

export function length(input: Json): number {
  if (input === null) return 0;
  if (typeof input === 'string') return codepointLength(input);
  if (typeof input === 'number') return Math.abs(input);
  if (typeof input === 'boolean') throw new JqError(`${describe(input)} has no length`);
  return isArray(input) ? input.length : Object.keys(input).length;
}

function keys(input: Json, sorted: boolean): Json {
  if (isArray(input)) {
    countArray(input.length);
    return [...input.keys()];
  }
  if (!isObject(input)) throw new JqError(`${describe(input)} has no keys`);
  return sorted ? sortedKeys(input) : Object.keys(input);
}

function has(input: Json, key: Json): boolean {
  if (isObject(input) && typeof key === 'string') return hasKey(input, key);
  if (isArray(input) && typeof key === 'number') return key >= 0 && key < input.length;
  if (input === null) return false;
  throw new JqError(
    `Cannot check whether ${typeName(input)} has a ${typeof key === 'string' ? 'string' : typeName(key)} key`,
  );
}

/** jq searches text as bytes; whole characters of UTF-16 give the same answers. */
export function contains(input: Json, wanted: Json): boolean {
  const pairs: { a: Json; b: Json; depth: number }[] = [{ a: input, b: wanted, depth: 0 }];
  return containsAll(pairs);
}

/**
 * Every key of a wanted object must be found, but an element of a wanted array may be found anywhere: only the latter
 * needs a search, which recurses; the former is a list of pairs still to be seen.
 */
function containsAll(pairs: { a: Json; b: Json; depth: number }[]): boolean {
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const { a, b, depth } = pair;
    work(1);
    if (depth > MAX_DEPTH) throw new JqError('Containment check too deep');
    if (isObject(a) && isObject(b)) {
      for (const key of Object.keys(b)) {
        if (!hasKey(a, key)) return false;
        pairs.push({ a: a[key] as Json, b: b[key] as Json, depth: depth + 1 });
      }
    } else if (isArray(a) && isArray(b)) {
      const [only] = a;
      for (const item of b) {
        if (a.length === 1) pairs.push({ a: only as Json, b: item, depth: depth + 1 });
        else if (
          !a.some(
            (candidate) =>
              typeName(candidate) === typeName(item) && containsAll([{ a: candidate, b: item, depth: depth + 1 }]),
          )
        ) {
          return false;
        }
      }
    } else if (typeof a === 'string' && typeof b === 'string') {
      if (!a.includes(b)) return false;
    } else if (typeName(a) !== typeName(b) || (typeof a === 'boolean' && a !== b)) {
      if (depth === 0) throw new JqError(`${describe(a)} and ${describe(b)} cannot have their containment checked`);
      return false;
    } else if (!isEqual(a, b)) return false;
  }
  return true;
}

function toNumber(input: Json): Json {
  if (typeof input === 'number') return input;
  const number = typeof input === 'string' ? parseNumber(input) : undefined;
  if (number === undefined) throw new JqError(`${describe(input)} cannot be parsed as a number`);
  return number;
}

function toBoolean(input: Json): Json {
  if (typeof input === 'boolean') return input;
  if (input === 'true' || input === 'false') return input === 'true';
  throw new JqError(`${describe(input)} cannot be parsed as a boolean`);
}

function abs(input: Json): Json {
  if (typeof input === 'number') return input < 0 ? -input : input;
  // jq negates what is below zero in its order of values, where null and the booleans come first.
  return input === null || typeof input === 'boolean' ? negate(input) : input;
}

export const values: Family = {
  'type/0': byValue(typeName),
  'not/0': byValue((input) => !isTruthy(input)),
  'length/0': byValue(length),
  'utf8bytelength/0': byValue((input) => {
    if (typeof input !== 'string') throw new JqError(`${describe(input)} only strings have UTF-8 byte length`);
    return Buffer.byteLength(input);
  }),
  'keys/0': byValue((input) => keys(input, true)),
  'keys_unsorted/0': byValue((input) => keys(input, false)),
  'has/1': byValue(has),
  'in/1': (args) => {
    const xs = argument(args, 0);
    return fromMany((input, env, emit) => xs.many(input, env, (x) => emit(has(x, input))));
  },
  'contains/1': byValue(contains),
  'inside/1': byValue((input, xs) => contains(xs as Json, input)),
  'tostring/0': byValue(toText),
  'tonumber/0': byValue(toNumber),
  'toboolean/0': byValue(toBoolean),
  'toarray/0': byValue((input) => (isArray(input) ? input : [input])),
  'tojson/0': byValue((input) => toJson(input)),
  'fromjson/0': byValue((input) => {
    if (typeof input !== 'string') throw new JqError(`${describe(input)} only strings can be parsed`);
    return fromJson(input);
  }),
  'abs/0': byValue(abs),
  'error/0': byValue((input) => {
    throw new JqError(input);
  }),
  'error/1': byValue((_input, message) => {
    throw new JqError(message as Json);
  }),
};
