import { isObject, type Json, readKey } from '../expression/json.ts';
import { standardFault } from './fault.ts';

/**
 * Simple string expansion (RFC 6570 §3.2.2) of the top-level properties of the data, all that the DSL supports. A variable
 * without a value is the empty string; one that is neither string, number, boolean nor null is an expression fault.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#uri-template
 */
export function expandUriTemplate(template: string, data: Json): string {
  return template.replaceAll(/\{([^{}]*)\}/g, (_whole, name: string) => {
    const value = isObject(data) ? readKey(data, name) : null;
    if (value === null) return '';
    if (typeof value === 'object') {
      const detail = `{${name}} in “${template}” is ${Array.isArray(value) ? 'an array' : 'an object'}.`;
      throw standardFault('expression', 'Not a simple value', detail);
    }
    return encodeSimple(String(value));
  });
}

/** All but the unreserved characters of RFC 3986 is percent-encoded, so that a value never adds a path segment or a query. */
export function encodeSimple(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
