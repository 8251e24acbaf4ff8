/** Writing a place: new values that share all they can with the old ones. `setpath`, `delpaths` and assignment end here. */
import { boundsOf, readIndex, refuseIndex, resolveBounds } from './access.ts';
import { JqError } from './jq-error.ts';
import { isArray, isObject, type Json, writeKey } from './json.ts';
import { countArray, countObject } from './meter.ts';
import { MAX_DEPTH } from './order.ts';

/** jq's own bound on the index that an assignment may create. */
const MAX_INDEX = 536_870_911;

/** `target` with `value` under `key`; `null` becomes what the key needs. */
export function writeIndex(target: Json, key: Json, value: Json): Json {
  if (typeof key === 'string') {
    if (target !== null && !isObject(target)) return refuseIndex(target, key);
    const size = target === null ? 0 : Object.keys(target).length;
    countObject(size + 1);
    const copy: Record<string, Json> = { ...target };
    writeKey(copy, key, value);
    return copy;
  }
  if (typeof key === 'number') {
    if (target !== null && !isArray(target)) return refuseIndex(target, key);
    return writeElement(target ?? [], key, value);
  }
  if (isObject(key)) {
    if (typeof target === 'string') throw new JqError('Cannot update string slices');
    if (target !== null && !isArray(target)) return refuseIndex(target, key);
    return writeSlice(target ?? [], key, value);
  }
  if (isArray(key) && isArray(target)) throw new JqError('Cannot update field at array index of array');
  return refuseIndex(target, key);
}

function writeElement(array: readonly Json[], index: number, value: Json): Json {
  if (Number.isNaN(index)) throw new JqError('Cannot set array element at NaN index');
  const whole = Math.trunc(index);
  const position = whole < 0 ? whole + array.length : whole;
  if (position < 0) throw new JqError('Out of bounds negative array index');
  if (position > MAX_INDEX) throw new JqError('Array index too large');
  countArray(Math.max(array.length, position + 1));
  const copy = array.slice();
  while (copy.length < position) copy.push(null);
  copy[position] = value;
  return copy;
}

function writeSlice(array: readonly Json[], key: Json, value: Json): Json {
  const { from, to } = resolveBounds(boundsOf(key as { [key: string]: Json }), array.length);
  if (!isArray(value)) throw new JqError('A slice of an array can only be assigned another array');
  countArray(array.length + value.length);
  return [...array.slice(0, from), ...value, ...array.slice(to)];
}

/** `setpath`. */
export function writePath(input: Json, path: Json, value: Json): Json {
  if (!isArray(path)) throw new JqError('Path must be specified as an array');
  return updatePath(input, path, () => value) as Json;
}

/** The input with the value at the path replaced; `update` may answer `undefined` for "leave it be". */
export function updatePath(
  input: Json,
  path: readonly Json[],
  update: (value: Json) => Json | undefined,
): Json | undefined {
  if (path.length > MAX_DEPTH) throw new JqError('Path too deep');
  const way: Json[] = [input];
  for (const key of path) way.push(readForUpdate(way[way.length - 1] as Json, key));
  let value = update(way[path.length] as Json);
  if (value === undefined) return undefined;
  for (let i = path.length - 1; i >= 0; i -= 1) value = writeIndex(way[i] as Json, path[i] as Json, value);
  return value;
}

/** What stands there now; where writing will fail anyhow the write says why. */
function readForUpdate(target: Json, key: Json): Json {
  if (isArray(key) && isArray(target)) throw new JqError('Cannot update field at array index of array');
  return readIndex(target, key);
}
