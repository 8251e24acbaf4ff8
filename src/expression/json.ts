/**
 * The values jq works on and the few questions every other file asks of them. A property named like one of
 * `Object.prototype` (`constructor`, `__proto__`) is plain data: it is read only when it is the object's own, and
 * written so that no setter runs.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
export type TypeName = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

export function typeName(value: Json): TypeName {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'number':
      return 'number';
    case 'string':
      return 'string';
    default:
      return Array.isArray(value) ? 'array' : 'object';
  }
}

export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether jq's conditionals take the value for true: all but `null` and `false`. */
export function isTruthy(value: Json): boolean {
  return value !== null && value !== false;
}

/** The value under the key, or `null` when the object has no such key of its own. */
export function readKey(object: JsonObject, key: string): Json {
  const value = object[key];
  if (value === undefined) return null;
  return key in Object.prototype && !Object.hasOwn(object, key) ? null : value;
}

export function hasKey(object: JsonObject, key: string): boolean {
  return Object.hasOwn(object, key) && object[key] !== undefined;
}

/** Writes into an object that the caller has made. */
export function writeKey(object: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}
