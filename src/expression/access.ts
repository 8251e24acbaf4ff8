/** Reading a place: `.a`, `.[0]`, `.[1:3]`, `.[]`, `getpath`. Nothing here changes a value. */
import { JqError } from './jq-error.ts';
import { hasKey, isArray, isObject, type Json, type JsonObject, readKey, typeName } from './json.ts';
import { countArray, work } from './meter.ts';
import { isEqual, MAX_DEPTH } from './order.ts';
import { describe, excerpt } from './to-json.ts';
import { length as codepointLength, sliceText } from './unicode.ts';

/** `.["key"]` on what may be anything. */
export function readField(target: Json, key: string): Json {
  if (typeof target === 'object' && target !== null && !Array.isArray(target))
    return readKey(target as JsonObject, key);
  if (target === null) return null;
  throw new JqError(`Cannot index ${typeName(target)} with string (${excerpt(key)})`);
}

/** `.[key]` for a key of any type. */
export function readIndex(target: Json, key: Json): Json {
  if (typeof key === 'string') return readField(target, key);
  if (typeof key === 'number') {
    if (isArray(target)) return readElement(target, key);
    if (target === null) return null;
  } else if (isObject(key)) {
    if (target === null) return null;
    if (isArray(target) || typeof target === 'string') return readSlice(target, boundsOf(key));
  } else if (isArray(key) && isArray(target)) {
    return indicesOfArray(target, key);
  }
  return refuseIndex(target, key);
}

export function refuseIndex(target: Json, key: Json): never {
  throw new JqError(`Cannot index ${typeName(target)} with ${describe(key)}`);
}

export function readElement(array: readonly Json[], index: number): Json {
  const whole = Math.trunc(index);
  return array[whole < 0 ? whole + array.length : whole] ?? null;
}

export interface Bounds {
  readonly start: Json;
  readonly end: Json;
}

export function boundsOf(key: JsonObject): Bounds {
  if (!hasKey(key, 'start') && !hasKey(key, 'end')) throw new JqError('Array/string slice indices must be integers');
  return { start: readKey(key, 'start'), end: readKey(key, 'end') };
}

/** Bounds → whole numbers `0 <= from <= to <= size`; a fraction grows the slice outwards. */
export function resolveBounds({ start, end }: Bounds, size: number): { from: number; to: number } {
  if ((start !== null && typeof start !== 'number') || (end !== null && typeof end !== 'number')) {
    throw new JqError('Array/string slice indices must be integers');
  }
  const first = start === null || Number.isNaN(start) ? 0 : start;
  const last = end === null || Number.isNaN(end) ? size : end;
  const from = Math.floor(clamp(first < 0 ? first + size : first, size));
  const to = Math.ceil(clamp(last < 0 ? last + size : last, size));
  return { from, to: Math.max(from, to) };
}

function clamp(value: number, size: number): number {
  return Math.min(Math.max(value, 0), size);
}

export function readSlice(target: Json, bounds: Bounds): Json {
  if (target === null) return null;
  if (typeof target === 'string') {
    const { from, to } = resolveBounds(bounds, codepointLength(target));
    return sliceText(target, from, to);
  }
  if (!isArray(target)) return refuseIndex(target, { start: bounds.start, end: bounds.end });
  const { from, to } = resolveBounds(bounds, target.length);
  countArray(to - from);
  return target.slice(from, to);
}

/** Where the elements of `wanted` stand in a row in `array`. */
export function indicesOfArray(array: readonly Json[], wanted: readonly Json[]): Json {
  if (wanted.length === 0) return [];
  const found: number[] = [];
  for (let i = 0; i + wanted.length <= array.length; i += 1) {
    work(1);
    if (wanted.every((item, j) => isEqual(array[i + j] as Json, item))) found.push(i);
  }
  return found;
}

export function refuseIterate(target: Json): never {
  throw new JqError(`Cannot iterate over ${describe(target)}`);
}

/** The values of `.[]`. */
export function elementsOf(target: Json): readonly Json[] {
  if (isArray(target)) return target;
  if (isObject(target)) return Object.values(target);
  return refuseIterate(target);
}

/** `getpath`: `null` as soon as the way ends. */
export function readPath(input: Json, path: Json): Json {
  if (!isArray(path)) throw new JqError('Path must be specified as an array');
  if (path.length > MAX_DEPTH) throw new JqError('Path too deep');
  let value = input;
  for (const key of path) {
    if (value === null) return null;
    value = readIndex(value, key);
  }
  return value;
}
