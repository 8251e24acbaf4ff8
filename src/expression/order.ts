/**
 * jq's order of values: null, false, true, numbers, strings by codepoint, arrays, objects (first by their sorted keys,
 * then value by value). All of it without recursion, since data may nest deeper than the JavaScript stack.
 */
import { JqError } from './jq-error.ts';
import { isArray, type Json, type JsonObject } from './json.ts';
import { tick } from './meter.ts';

/** jq's own bound. */
export const MAX_DEPTH = 10_000;

export function isEqual(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return isEqualDeep(a, b);
}

function isEqualDeep(first: Json, second: Json): boolean {
  const lefts: Json[] = [first];
  const rights: Json[] = [second];
  const depths: number[] = [0];
  for (;;) {
    const a = lefts.pop();
    if (a === undefined) return true;
    const b = rights.pop() as Json;
    const depth = (depths.pop() ?? 0) + 1;
    if (a === b) continue;
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
    tick();
    if (depth > MAX_DEPTH + 1) throw new JqError('Equality check too deep');
    const keys = isArray(a) ? undefined : Object.keys(a);
    if (keys === undefined) {
      if (!isArray(b) || (a as readonly Json[]).length !== b.length) return false;
    } else if (isArray(b) || Object.keys(b).length !== keys.length || !keys.every((key) => Object.hasOwn(b, key))) {
      return false;
    }
    const size = keys?.length ?? (a as readonly Json[]).length;
    for (let i = 0; i < size; i += 1) {
      const key = keys === undefined ? i : (keys[i] as string);
      const left = (a as Record<string | number, Json>)[key] as Json;
      const right = (b as Record<string | number, Json>)[key] as Json;
      if (left === right) continue;
      if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
      lefts.push(left);
      rights.push(right);
      depths.push(depth);
    }
  }
}

function rank(value: Json): number {
  switch (typeof value) {
    case 'boolean':
      return value ? 2 : 1;
    case 'number':
      return 3;
    case 'string':
      return 4;
    default:
      return value === null ? 0 : Array.isArray(value) ? 5 : 6;
  }
}

/** By codepoint; JavaScript's own order is by UTF-16 unit, which puts U+1F600 before U+FF00. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    const isSurrogate = (left & 0xf800) === 0xd800;
    if (isSurrogate !== ((right & 0xf800) === 0xd800)) {
      if (isSurrogate && right >= 0xe000) return 1;
      if (!isSurrogate && left >= 0xe000) return -1;
    }
    return left < right ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

/** NaN is below every number, itself included. */
function compareNumbers(a: number, b: number): number {
  return a < b || Number.isNaN(a) ? -1 : a === b ? 0 : 1;
}

interface Level {
  readonly a: readonly Json[];
  readonly b: readonly Json[];
  index: number;
}

/** Negative, zero or positive, as `Array.prototype.sort` wants it. */
export function compare(a: Json, b: Json): number {
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  const difference = rank(a) - rank(b);
  if (difference !== 0) return difference;
  if (typeof a !== 'object' || a === null) return 0;
  return compareDeep(a, b as readonly Json[] | JsonObject);
}

function compareDeep(first: readonly Json[] | JsonObject, second: readonly Json[] | JsonObject): number {
  const levels: Level[] = [];
  let order = open(first, second, levels);
  while (order === 0) {
    const level = levels[levels.length - 1];
    if (level === undefined) return 0;
    const { a, b, index } = level;
    if (index >= a.length || index >= b.length) {
      order = a.length - b.length;
      levels.pop();
      continue;
    }
    level.index += 1;
    const left = a[index] as Json;
    const right = b[index] as Json;
    if (typeof left === 'object' && typeof right === 'object' && left !== null && right !== null) {
      order = rank(left) - rank(right) || open(left, right, levels);
    } else {
      order = compare(left, right);
    }
  }
  return order;
}

/** Begins the comparison of two arrays or two objects; objects are decided by their keys alone when those differ. */
function open(a: readonly Json[] | JsonObject, b: readonly Json[] | JsonObject, levels: Level[]): number {
  tick();
  if (levels.length > MAX_DEPTH) throw new JqError('Comparison too deep');
  if (isArray(a) && isArray(b)) {
    levels.push({ a, b, index: 0 });
    return 0;
  }
  const left = a as JsonObject;
  const right = b as JsonObject;
  const keys = sortedKeys(left);
  const others = sortedKeys(right);
  for (let i = 0; i < keys.length && i < others.length; i += 1) {
    const order = compareStrings(keys[i] as string, others[i] as string);
    if (order !== 0) return order;
  }
  if (keys.length !== others.length) return keys.length - others.length;
  levels.push({ a: keys.map((key) => left[key] as Json), b: keys.map((key) => right[key] as Json), index: 0 });
  return 0;
}

export function sortedKeys(object: JsonObject): string[] {
  return Object.keys(object).sort(compareStrings);
}
