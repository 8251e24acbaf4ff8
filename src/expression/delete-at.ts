/** Removing places: `delpaths`, `del`, and what an update with no output leaves behind. */
import { boundsOf, readIndex, resolveBounds } from './access.ts';
import { JqError } from './jq-error.ts';
import { isArray, isObject, type Json, typeName } from './json.ts';
import { countArray, countObject, enter, leave } from './meter.ts';
import { compare, isEqual, MAX_DEPTH } from './order.ts';
import { writeIndex } from './replace-at.ts';

/** About how many JavaScript frames one level takes. */
const WEIGHT = 2;

/** All paths mean places of the input as it came: none moves because another is removed first. */
export function deletePaths(input: Json, paths: Json): Json {
  if (!isArray(paths)) throw new JqError('Paths must be specified as an array');
  const sorted = paths.map((path) => {
    if (!isArray(path)) throw new JqError('Path must be specified as an array');
    if (path.length > MAX_DEPTH) throw new JqError('Path too deep');
    return path;
  });
  sorted.sort(compare);
  if (sorted.length === 0) return input;
  return sorted[0]?.length === 0 ? null : deleteBelow(input, sorted, 0);
}

/** Removes the paths, which agree in their first `level` keys and lead to `target` with them. */
function deleteBelow(target: Json, paths: readonly (readonly Json[])[], level: number): Json {
  if (target === null) return null;
  enter(WEIGHT);
  const keys: Json[] = [];
  let value: Json = target;
  for (let end = paths.length; end > 0; ) {
    const last = paths[end - 1] as readonly Json[];
    const key = last[level] as Json;
    let start = end - 1;
    while (start > 0 && isEqual(paths[start - 1]?.[level] as Json, key)) start -= 1;
    // Sorted: the path that ends here comes before those that lead further, and takes them with it.
    if ((paths[start] as readonly Json[]).length === level + 1) {
      keys.push(key);
    } else {
      const inner = readIndex(value, key);
      if (inner !== null) value = writeIndex(value, key, deleteBelow(inner, paths.slice(start, end), level + 1));
    }
    end = start;
  }
  leave(WEIGHT);
  return keys.length === 0 ? value : deleteKeys(value, keys);
}

function deleteKeys(target: Json, keys: readonly Json[]): Json {
  if (isArray(target)) return deleteElements(target, keys);
  if (!isObject(target)) throw new JqError(`Cannot delete fields from ${typeName(target)}`);
  const doomed = new Set<string>();
  for (const key of keys) {
    if (typeof key !== 'string') throw new JqError(`Cannot delete ${typeName(key)} field of object`);
    doomed.add(key);
  }
  const entries = Object.entries(target).filter(([key]) => !doomed.has(key));
  countObject(entries.length);
  return Object.fromEntries(entries);
}

function deleteElements(array: readonly Json[], keys: readonly Json[]): Json {
  const doomed = new Set<number>();
  for (const key of keys) {
    if (typeof key === 'number') {
      if (Number.isNaN(key)) continue;
      const whole = Math.trunc(key);
      doomed.add(whole < 0 ? whole + array.length : whole);
    } else if (isObject(key)) {
      const { from, to } = resolveBounds(boundsOf(key), array.length);
      for (let i = from; i < to; i += 1) doomed.add(i);
    } else {
      throw new JqError(`Cannot delete ${typeName(key)} element of array`);
    }
  }
  countArray(array.length);
  return array.filter((_, i) => !doomed.has(i));
}
