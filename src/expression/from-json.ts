/**
 * JSON text → values, with what jq accepts beyond JSON: `nan`, `NaN`, `Infinity`, numbers like `+1`, `.5` and `01`.
 * Without recursion. Messages follow jq's.
 */
import { JqError } from './jq-error.ts';
import { type Json, writeKey } from './json.ts';
import { countArray, countObject, countString, tick } from './meter.ts';
import { MAX_DEPTH } from './order.ts';
import { quote } from './to-json.ts';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** As jq reads a number literal, or `undefined`. */
export function parseNumber(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  const named = /^([+-]?)(nan|infinity)$/i.exec(text);
  if (named === null) return undefined;
  if (named[2]?.toLowerCase() === 'nan') return Number.NaN;
  return named[1] === '-' ? -Infinity : Infinity;
}

export function fromJson(text: string): Json {
  countString(text.length);
  const fast = parseStrict(text);
  return fast === undefined ? createReader(text).read() : fast;
}

/** Plain JSON, which is nearly all of it, is the platform's to parse; its depth is checked after. */
function parseStrict(text: string): Json | undefined {
  if (/\\u[dD][89a-fA-F]/.test(text)) return undefined;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  return countValue(value) ? value : undefined;
}

/** Pays for what was parsed; `false` for what is nested too deeply. */
function countValue(value: Json): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= MAX_DEPTH) return false;
    const next: Json[] = [];
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue;
      tick();
      const inner = Object.values(item);
      if (Array.isArray(item)) countArray(inner.length);
      else countObject(inner.length);
      for (const element of inner) if (typeof element === 'object' && element !== null) next.push(element);
    }
    level = next;
  }
  return true;
}

/** jq lets control characters stand in strings, the platform does not. */
function escapeControls(text: string): string {
  return Array.from(text, (character) => (character < ' ' ? quote(character).slice(1, -1) : character)).join('');
}

interface Level {
  readonly array: Json[] | undefined;
  readonly object: Record<string, Json> | undefined;
  key: string | undefined;
  /** What was read last within: decides what may come next. */
  last: 'open' | 'value' | 'comma' | 'key' | 'colon';
}

function createReader(text: string) {
  let offset = 0;
  const levels: Level[] = [];
  let result: Json | undefined;

  function fail(problem: string, at = offset): never {
    const before = text.slice(0, at);
    const line = before.split('\n').length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1));
    const end =
      at >= text.length && !problem.startsWith('Expected') && !problem.startsWith('Unmatched') ? ' at EOF' : '';
    throw new JqError(`${problem}${end} at line ${line}, column ${column} (while parsing '${text}')`);
  }

  function put(value: Json): void {
    const level = levels[levels.length - 1];
    if (level === undefined) {
      if (result !== undefined) throw new JqError(`Unexpected extra JSON values (while parsing '${text}')`);
      result = value;
      return;
    }
    if (level.last === 'value' || level.last === 'key') fail('Expected separator between values');
    if (level.object !== undefined && level.last !== 'colon') {
      if (typeof value !== 'string') fail('Object keys must be strings');
      level.key = value;
      level.last = 'key';
      return;
    }
    if (level.array !== undefined) level.array.push(value);
    else if (level.object !== undefined) writeKey(level.object, level.key ?? '', value);
    level.last = 'value';
  }

  function open(level: Level): void {
    const outer = levels[levels.length - 1];
    if (outer?.last === 'value' || outer?.last === 'key') fail('Expected separator between values', offset + 1);
    if (outer?.object !== undefined && outer.last !== 'colon') fail('Object keys must be strings', offset + 1);
    if (levels.length >= MAX_DEPTH) fail('Exceeds depth limit for parsing', offset + 1);
    levels.push(level);
  }

  function close(kind: 'array' | 'object', sign: string): void {
    const level = levels.pop();
    const value = level?.[kind];
    if (level === undefined || value === undefined) fail(`Unmatched '${sign}'`, offset + 1);
    if (level.last === 'comma')
      fail(kind === 'array' ? 'Expected another array element' : 'Expected another key-value pair', offset + 1);
    if (level.last === 'key' || level.last === 'colon') fail(`Unmatched '${sign}'`, offset + 1);
    put(value);
  }

  function separate(sign: ',' | ':'): void {
    const level = levels[levels.length - 1];
    if (sign === ',' && level?.last === 'value') level.last = 'comma';
    else if (sign === ':' && level?.last === 'key') level.last = 'colon';
    else if (sign === ':' && level?.array !== undefined) fail("':' not as part of an object", offset + 1);
    else fail(`Expected value before '${sign}'`, offset + 1);
  }

  function readString(): string {
    const start = offset;
    for (offset += 1; text[offset] !== '"'; offset += 1) {
      if (offset >= text.length) fail('Unfinished string');
      if (text[offset] === '\\') offset += 1;
    }
    const raw = text.slice(start, offset + 1);
    if (/\\(?![bfnrt"\\/]|u[0-9a-fA-F]{4})/.test(raw.replaceAll('\\\\', ''))) fail('Invalid escape', offset + 1);
    return (JSON.parse(escapeControls(raw)) as string).toWellFormed();
  }

  function readWord(): Json {
    const word = /^[^\s[\]{}:,"]+/.exec(text.slice(offset))?.[0] ?? '';
    const at = offset + word.length;
    // jq reads a word when it sees what follows it, and counts that character.
    const after = Math.min(at + 1, text.length + (at < text.length ? 1 : 0));
    if (word.includes("'")) fail('Invalid string literal; expected ", but got \'', after);
    const constant = { null: null, true: true, false: false }[word];
    const value = constant === undefined ? parseNumber(word) : constant;
    if (value === undefined)
      return fail(/^[tfn](?!an)/.test(word) ? 'Invalid literal' : 'Invalid numeric literal', after);
    offset = at - 1;
    return value;
  }

  return {
    read(): Json {
      for (; offset < text.length; offset += 1) {
        tick();
        const character = text[offset] as string;
        if (character === '[') open({ array: [], object: undefined, key: undefined, last: 'open' });
        else if (character === '{') open({ array: undefined, object: {}, key: undefined, last: 'open' });
        else if (character === ']') close('array', ']');
        else if (character === '}') close('object', '}');
        else if (character === ',' || character === ':') separate(character);
        else if (character === '"') put(readString());
        else if (!/[ \t\r\n\ufeff]/.test(character)) put(readWord());
      }
      if (levels.length > 0) fail('Unfinished JSON term');
      if (result === undefined) throw new JqError(`Expected JSON value (while parsing '${text}')`);
      return result;
    },
  };
}
