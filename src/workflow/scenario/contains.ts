import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../expression/json.ts';

/** Whether `actual` has all that `expected` says: objects may have more members, everything else is equal. */
export function contains(actual: unknown, expected: Json): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, nth) => contains(actual[nth], item as Json))
    );
  }
  if (typeof expected !== 'object' || expected === null) return isDeepStrictEqual(actual, expected);
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return false;
  return Object.entries(expected).every(
    ([key, value]) => Object.hasOwn(actual, key) && contains((actual as Record<string, unknown>)[key], value),
  );
}
