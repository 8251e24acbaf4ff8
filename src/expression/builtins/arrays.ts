/** Arrays as a whole: `map`, `add`, `sort`, `group_by`, `any`, `flatten`, `index` and their like. */
import { elementsOf, indicesOfArray, readIndex, readSlice } from '../access.ts';
import { type Code, type Env, firstOf, fromMany, fromOne, GO, leave, run, STOP } from '../code.ts';
import { collectInto } from '../generate-construct.ts';
import { updateElements } from '../generate-update.ts';
import { JqError } from '../jq-error.ts';
import { isArray, isTruthy, type Json } from '../json.ts';
import { at, countArray, countBytes, countGrowth, countString, tick, work } from '../meter.ts';
import { add, subtract } from '../operators.ts';
import { compare } from '../order.ts';
import { describe } from '../to-json.ts';
import { argument, type Builtin, byValue, type Family, withValues } from './builtin.ts';
import { toText } from './formats.ts';
import { indicesOfText } from './strings.ts';
import { length } from './values.ts';

/** `[.[] | f]`. */
function map(f: Code): Code {
  const { opt } = f;
  if (opt !== undefined) {
    return fromOne((input, env) => {
      const elements = elementsOf(input);
      const result: Json[] = [];
      for (let i = 0; i < elements.length; i += 1) {
        tick();
        const value = opt(elements[i] as Json, env);
        if (value !== undefined) countGrowth(result.push(value));
      }
      return result;
    });
  }
  return fromOne((input, env) => {
    const result: Json[] = [];
    for (const element of elementsOf(input)) {
      tick();
      collectInto(result, f, element, env);
    }
    return result;
  });
}

/** `any` and `all`: stops at the first output that decides. */
function quantify(decisive: boolean): {
  overElements: (condition: Code) => Code;
  over: (source: Code, condition: Code) => Code;
} {
  const decides = (condition: Code, value: Json, env: Env): boolean => {
    if (condition.one !== undefined) return isTruthy(condition.one(value, env)) === decisive;
    let found = false;
    const flow = condition.many(value, env, (result) => {
      found = isTruthy(result) === decisive;
      return found ? STOP : GO;
    });
    if (flow === STOP && !found) leave();
    return found;
  };
  return {
    overElements: (condition) =>
      fromOne((input, env) => {
        const elements = elementsOf(input);
        for (let i = 0; i < elements.length; i += 1) {
          tick();
          if (decides(condition, elements[i] as Json, env)) return decisive;
        }
        return !decisive;
      }),
    over: (source, condition) =>
      fromOne((input, env) => {
        let found = false;
        const flow = source.many(input, env, (value) => {
          found = decides(condition, value, env);
          return found ? STOP : GO;
        });
        if (flow === STOP && !found) leave();
        return found === decisive;
      }),
  };
}

const ANY = quantify(true);
const ALL = quantify(false);
const ITSELF = fromOne((input) => input);

function requireArray(input: Json, problem: string): readonly Json[] {
  if (isArray(input)) return input;
  throw new JqError(`${describe(input)} ${problem}`);
}

/** Stable, each comparison a step. */
function sort(items: readonly Json[]): Json[] {
  countArray(items.length);
  return items.toSorted((a, b) => {
    tick();
    return compare(a, b);
  });
}

interface Keyed {
  readonly key: Json;
  readonly value: Json;
}

/** Each element with what `f` makes of it: one output as itself, several as an array of them. */
function keyed(items: readonly Json[], f: Code, env: Env): Keyed[] {
  countArray(items.length);
  countBytes(items.length * 32);
  const { one } = f;
  if (one !== undefined) {
    return items.map((value) => {
      tick();
      return { key: one(value, env), value };
    });
  }
  return items.map((value) => {
    tick();
    const key: Json[] = [];
    collectInto(key, f, value, env);
    return { key, value };
  });
}

function byKey(problem: string, finish: (items: Keyed[]) => Json): Builtin {
  return (args, { at: place }) => {
    const f = argument(args, 0);
    return fromOne((input, env) => {
      at(place);
      const items = keyed(elementsOf(input), f, env);
      if (isArray(input)) return finish(items);
      throw new JqError(`${describe(input)} and ${describe(items.map((item) => item.key))} ${problem}`);
    });
  };
}

function sorted(items: Keyed[]): Keyed[] {
  return items.sort((a, b) => {
    tick();
    return compare(a.key, b.key);
  });
}

function grouped(items: Keyed[]): Keyed[][] {
  const groups: Keyed[][] = [];
  let last: Keyed[] | undefined;
  for (const item of sorted(items)) {
    if (last !== undefined && compare((last[0] as Keyed).key, item.key) === 0) last.push(item);
    else {
      last = [item];
      groups.push(last);
    }
  }
  return groups;
}

/** The least by key, the first of equals; with `sign` -1 the greatest, the last of equals. */
function extreme(items: readonly Keyed[], sign: 1 | -1): Json {
  let best: Keyed | undefined;
  for (const item of items) {
    tick();
    const order = best === undefined ? -1 : compare(item.key, best.key) * sign;
    if (order < 0 || (order === 0 && sign === -1)) best = item;
  }
  return best?.value ?? null;
}

function itself(input: Json): Keyed[] {
  if (isArray(input)) return input.map((value) => ({ key: value, value }));
  throw new JqError(`${describe(input)} and ${describe(input)} ${NOT_ITERABLE}`);
}

function flatten(input: Json, depth: Json): Json {
  if (compare(depth, 0) < 0) throw new JqError('flatten depth must not be negative');
  const result: Json[] = [];
  const levels = [{ items: elementsOf(input), index: 0 }];
  for (let level = levels[0]; level !== undefined; level = levels[levels.length - 1]) {
    tick();
    const { items, index } = level;
    if (index === items.length) {
      levels.pop();
      continue;
    }
    level.index += 1;
    const item = items[index] as Json;
    // As jq counts: each level takes one off, which fails for what is no number, and only zero ends it.
    const left = levels.length === 1 ? depth : subtract(depth, levels.length - 1);
    if (isArray(item) && left !== 0) {
      subtract(left, 1);
      levels.push({ items: item, index: 0 });
    } else countGrowth(result.push(item));
  }
  return result;
}

function indices(input: Json, wanted: Json): Json {
  if (isArray(input)) return indicesOfArray(input, isArray(wanted) ? wanted : [wanted]);
  if (typeof input === 'string' && typeof wanted === 'string') return indicesOfText(input, wanted);
  return readIndex(input, wanted);
}

function join(input: Json, separator: Json): Json {
  let result: Json = null;
  for (const item of elementsOf(input)) {
    tick();
    const text = item === null ? '' : typeof item === 'number' || typeof item === 'boolean' ? toText(item) : item;
    const before: Json = result === null ? '' : add(result, separator);
    result = add(before, text);
  }
  return result ?? '';
}

function transpose(input: Json): Json {
  const rows = elementsOf(input);
  const width = rows.reduce<number>((most, row) => Math.max(most, length(row)), 0);
  countArray(width);
  return Array.from({ length: Math.ceil(width) }, (_, i) => {
    countArray(rows.length);
    work(rows.length);
    return rows.map((row) => readIndex(row, i));
  });
}

function bsearch(input: Json, target: Json): Json {
  const items = requireArray(input, 'cannot be searched from');
  let low = 0;
  let high = items.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compare(items[middle] as Json, target);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1 - low;
}

function reverse(input: Json): Json {
  if (!isArray(input)) {
    // By its definition in jq, what has length zero is reversed to nothing.
    const size = length(input);
    return size === 0 ? [] : readIndex(input, size - 1);
  }
  countArray(input.length);
  return input.toReversed();
}

/** All ways to take one element of each array. */
function combine(
  columns: readonly Json[],
  index: number,
  chosen: readonly Json[],
  emit: (value: Json) => 0 | 1 | 2,
): 0 | 1 | 2 {
  if (index === columns.length) return emit(chosen);
  for (const item of elementsOf(columns[index] as Json)) {
    work(1 + chosen.length);
    const flow = combine(columns, index + 1, [...chosen, item], emit);
    if (flow !== GO) return flow;
  }
  return GO;
}

function sum(source: Code, input: Json, env: Env): Json {
  let total: Json = null;
  let texts: string | undefined;
  run(source, input, env, (value) => {
    tick();
    if (texts !== undefined && typeof value === 'string') {
      countString(texts.length + value.length, value.length);
      texts += value;
    } else {
      total = add(texts ?? total, value);
      texts = typeof total === 'string' ? total : undefined;
    }
  });
  return texts ?? total;
}

/** Arrays add up in one growing array, not in a new one each time. */
function sumElements(elements: readonly Json[]): Json {
  if (elements.length > 1 && elements.every(isArray)) {
    const result: Json[] = [];
    for (const part of elements as readonly (readonly Json[])[]) {
      countArray(part.length);
      for (const item of part) result.push(item);
    }
    countArray(result.length);
    return result;
  }
  let total: Json = null;
  for (let i = 0; i < elements.length; i += 1) {
    tick();
    total = add(total, elements[i] as Json);
  }
  return total;
}

const NOT_SORTABLE = 'cannot be sorted, as they are not both arrays';
const NOT_ITERABLE = 'cannot be iterated over';

export const arrays: Family = {
  'map/1': (args) => map(argument(args, 0)),
  'map_values/1': (args) => {
    const f = argument(args, 0);
    return fromOne((input, env) => updateElements(input, (value) => firstOf(f, value, env)));
  },
  'any/0': () => ANY.overElements(ITSELF),
  'any/1': (args) => ANY.overElements(argument(args, 0)),
  'any/2': (args) => ANY.over(argument(args, 0), argument(args, 1)),
  'all/0': () => ALL.overElements(ITSELF),
  'all/1': (args) => ALL.overElements(argument(args, 0)),
  'all/2': (args) => ALL.over(argument(args, 0), argument(args, 1)),
  'add/0': byValue((input) => sumElements(elementsOf(input))),
  'add/1': (args) => fromOne((input, env) => sum(argument(args, 0), input, env)),
  'reverse/0': byValue(reverse),
  'flatten/0': byValue((input) => flatten(input, Infinity)),
  'flatten/1': byValue((input, depth) => flatten(input, depth as Json)),
  'transpose/0': byValue(transpose),
  'sort/0': byValue((input) => sort(requireArray(input, 'cannot be sorted, as it is not an array'))),
  'sort_by/1': byKey(NOT_SORTABLE, (items) => sorted(items).map((item) => item.value)),
  'group_by/1': byKey(NOT_SORTABLE, (items) => grouped(items).map((group) => group.map((item) => item.value))),
  'unique/0': byValue((input) => {
    const items = sort(requireArray(input, 'cannot be sorted, as it is not an array'));
    return items.filter((item, i) => i === 0 || compare(items[i - 1] as Json, item) !== 0);
  }),
  'unique_by/1': byKey(NOT_SORTABLE, (items) => grouped(items).map((group) => (group[0] as Keyed).value)),
  'min/0': byValue((input) => extreme(itself(input), 1)),
  'max/0': byValue((input) => extreme(itself(input), -1)),
  'min_by/1': byKey(NOT_ITERABLE, (items) => extreme(items, 1)),
  'max_by/1': byKey(NOT_ITERABLE, (items) => extreme(items, -1)),
  'indices/1': byValue((input, wanted) => indices(input, wanted as Json)),
  'index/1': byValue((input, wanted) => readIndex(indices(input, wanted as Json), 0)),
  'rindex/1': byValue((input, wanted) =>
    readIndex(readSlice(indices(input, wanted as Json), { start: -1, end: null }), 0),
  ),
  'join/1': byValue((input, separator) => join(input, separator as Json)),
  'bsearch/1': byValue((input, target) => bsearch(input, target as Json)),
  'combinations/0': () =>
    fromMany((input, _env, emit) => {
      if (length(input) === 0) return emit([]);
      return combine(isArray(input) ? input : elementsOf(readIndex(input, 0)), 0, [], emit);
    }),
  'combinations/1': (args) =>
    withValues(args, ([count], input, _env, emit) => {
      if (typeof count !== 'number') throw new JqError('Range bounds must be numeric');
      const size = Math.max(0, Math.ceil(count));
      countArray(size);
      return combine(new Array<Json>(size).fill(input), 0, [], emit);
    }),
};
