/** Values as streams of `[path, leaf]` events: `tostream`, `fromstream`, `truncate_stream`. */

import { readField, readIndex } from '../access.ts';
import { type Flow, fromMany, GO } from '../code.ts';
import { JqError } from '../jq-error.ts';
import { isArray, type Json } from '../json.ts';
import { countArray, tick, tooDeep } from '../meter.ts';
import { MAX_DEPTH } from '../order.ts';
import { writePath } from '../replace-at.ts';
import { describe } from '../to-json.ts';
import { argument, type Family } from './builtin.ts';

function isLeaf(value: Json): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0;
}

interface Level {
  readonly value: Json;
  readonly keys: readonly Json[];
  index: number;
}

/** Each leaf with its path; after the last element of a container, its path alone. */
function toStream(input: Json, emit: (value: Json) => Flow): Flow {
  if (isLeaf(input)) return emit([[], input]);
  const path: Json[] = [];
  const levels: Level[] = [open(input)];
  for (let level = levels[0]; level !== undefined; level = levels[levels.length - 1]) {
    tick();
    if (level.index === level.keys.length) {
      path[levels.length - 1] = level.keys[level.keys.length - 1] as Json;
      const flow = emit([path.slice(0, levels.length)]);
      if (flow !== GO) return flow;
      levels.pop();
      continue;
    }
    const key = level.keys[level.index] as Json;
    level.index += 1;
    path[levels.length - 1] = key;
    const value = typeof key === 'string' ? readField(level.value, key) : readIndex(level.value, key);
    if (!isLeaf(value)) {
      if (levels.length > MAX_DEPTH) tooDeep();
      levels.push(open(value));
      continue;
    }
    countArray(levels.length);
    const flow = emit([path.slice(0, levels.length), value]);
    if (flow !== GO) return flow;
  }
  return GO;
}

function open(value: Json): Level {
  return { value, keys: isArray(value) ? [...value.keys()] : Object.keys(value as object), index: 0 };
}

/** The path of an event, and whether it carries a leaf. */
function toEvent(value: Json): { path: readonly Json[]; leaf: Json | undefined } {
  const path = readIndex(value, 0);
  if (!isArray(path)) throw new JqError(`Invalid streaming event: ${describe(value)}`);
  return { path, leaf: (value as readonly Json[]).length > 1 ? readIndex(value, 1) : undefined };
}

export const streams: Family = {
  'tostream/0': () => fromMany((input, _env, emit) => toStream(input, emit)),
  'fromstream/1': (args) => {
    const source = argument(args, 0);
    return fromMany((input, env, emit) => {
      let built: Json = null;
      return source.many(input, env, (value) => {
        tick();
        const { path, leaf } = toEvent(value);
        if (leaf !== undefined) {
          built = path.length === 0 ? leaf : writePath(built, path, leaf);
          if (path.length > 0) return GO;
        } else if (path.length !== 1) return GO;
        const whole = built;
        built = null;
        return emit(whole);
      });
    });
  },
  'truncate_stream/1': (args) => {
    const source = argument(args, 0);
    return fromMany((input, env, emit) => {
      if (typeof input !== 'number') throw new JqError(`${describe(input)} is not a depth`);
      return source.many(null, env, (value) => {
        const { path, leaf } = toEvent(value);
        if (path.length <= input) return GO;
        const rest = path.slice(input);
        return emit(leaf === undefined ? [rest] : [rest, leaf]);
      });
    });
  },
};
