/** Objects as lists of entries. */
import { elementsOf, readField } from '../access.ts';
import { type Code, fromOne } from '../code.ts';
import { collectInto } from '../generate-construct.ts';
import { JqError } from '../jq-error.ts';
import { hasKey, isArray, isObject, isTruthy, type Json, writeKey } from '../json.ts';
import { countArray, countBytes, countObject, tick } from '../meter.ts';
import { describe } from '../to-json.ts';
import { argument, byValue, type Family } from './builtin.ts';

const ENTRY_BYTES = 40;

function toEntries(input: Json): Json[] {
  if (isArray(input)) {
    countArray(input.length);
    countBytes(input.length * ENTRY_BYTES);
    return input.map((value, key) => ({ key, value }));
  }
  if (!isObject(input)) throw new JqError(`${describe(input)} has no keys`);
  const keys = Object.keys(input);
  countArray(keys.length);
  countBytes(keys.length * ENTRY_BYTES);
  return keys.map((key) => {
    tick();
    return { key, value: input[key] as Json };
  });
}

const KEY_NAMES = ['key', 'Key', 'name', 'Name'];

function fromEntries(entries: readonly Json[]): Json {
  const result: Record<string, Json> = {};
  countObject(entries.length);
  for (const entry of entries) {
    tick();
    let key: Json = null;
    for (const name of KEY_NAMES) {
      key = readField(entry, name);
      if (isTruthy(key)) break;
    }
    if (typeof key !== 'string') throw new JqError(`Cannot use ${describe(key === false ? null : key)} as object key`);
    writeKey(
      result,
      key,
      isObject(entry) && hasKey(entry, 'value') ? (entry.value as Json) : readField(entry, 'Value'),
    );
  }
  return result;
}

function withEntries(f: Code): Code {
  return fromOne((input, env) => {
    const entries: Json[] = [];
    for (const entry of toEntries(input)) collectInto(entries, f, entry, env);
    return fromEntries(entries);
  });
}

export const objects: Family = {
  'to_entries/0': byValue(toEntries),
  'from_entries/0': byValue((input) => fromEntries(elementsOf(input))),
  'with_entries/1': (args) => withEntries(argument(args, 0)),
};
