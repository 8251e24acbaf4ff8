/** `test`, `match`, `capture`, `scan`, `split`, `splits`, `sub`, `gsub`. */
import { type Code, type Env, type Flow, fromMany, fromOne, GO, run } from '../code.ts';
import { JqError } from '../jq-error.ts';
import { isArray, type Json, type JsonObject, typeName, writeKey } from '../json.ts';
import { tick, work } from '../meter.ts';
import { add } from '../operators.ts';
import { describe } from '../to-json.ts';
import { hasSurrogates, offsetToIndex } from '../unicode.ts';
import { argument, type Builtin, byValue, type Family } from './builtin.ts';
import { compileRegex, type Regex, type Spans } from './regex-engine.ts';

interface Search {
  readonly text: string;
  readonly regex: Regex;
  readonly isGlobal: boolean;
}

function prepare(input: Json, pattern: Json, flags: Json): Search {
  if (typeof input !== 'string') throw new JqError(`${describe(input)} cannot be matched, as it is not a string`);
  if (typeof pattern !== 'string') throw new JqError(`${describe(pattern)} is not a string`);
  if (flags !== null && typeof flags !== 'string') throw new JqError(`${describe(flags)} is not a string`);
  const letters = flags ?? '';
  if (/[^gixsnplm]/.test(letters)) throw new JqError(`${letters} is not a valid modifier string`);
  return { text: input, regex: compileRegex(pattern, letters.replaceAll('g', '')), isGlobal: letters.includes('g') };
}

/** The one-argument forms take `"re"`, `["re"]` or `["re", "flags"]`. */
function patternAndFlags(value: Json): [Json, Json] {
  if (typeof value === 'string') return [value, null];
  if (isArray(value) && value.length > 0) return [value[0] as Json, value[1] ?? null];
  throw new JqError(`${typeName(value)} not a string or array`);
}

function test(input: Json, pattern: Json, flags: Json): boolean {
  const { text, regex } = prepare(input, pattern, flags);
  return regex.test(text);
}

/** `test` with a constant pattern, the usual case, finds its regex once per program. */
function testConstant(pattern: string, flags: string): Code {
  let regex: Regex | undefined;
  return fromOne((input) => {
    if (typeof input !== 'string' || regex === undefined) regex = prepare(input, pattern, flags).regex;
    return regex.test(input as string);
  });
}

/** Offsets as jq gives them, in codepoints; asked for in rising order, so that the text is walked once. */
function codepointCounter(text: string): (offset: number) => number {
  if (!hasSurrogates(text)) return (offset) => offset;
  let last = 0;
  let count = 0;
  return (offset) => {
    if (offset < last) return offsetToIndex(text, offset);
    for (; last < offset; last += (text.codePointAt(last) ?? 0) > 0xffff ? 2 : 1) count += 1;
    return count;
  };
}

function toMatch(
  text: string,
  spans: Spans,
  names: readonly (string | null)[],
  indexOf: (offset: number) => number,
): JsonObject {
  tick();
  const [whole, ...groups] = spans;
  const [start, end] = whole as readonly [number, number];
  const offset = indexOf(start);
  const captures = groups.map(([from, to], i) => {
    work(1);
    if (from < 0) return { offset: -1, length: 0, string: null, name: names[i] ?? null };
    const index = indexOf(from);
    return { offset: index, length: indexOf(to) - index, string: text.slice(from, to), name: names[i] ?? null };
  });
  return { offset, length: indexOf(end) - offset, string: text.slice(start, end), captures };
}

function matches(input: Json, pattern: Json, flags: Json): JsonObject[] {
  const { text, regex, isGlobal } = prepare(input, pattern, flags);
  const indexOf = codepointCounter(text);
  return regex.matches(text, isGlobal).map((spans) => toMatch(text, spans, regex.groups, indexOf));
}

/** The named groups of a match as an object. */
function captured(text: string, spans: Spans, names: readonly (string | null)[]): JsonObject {
  const result: Record<string, Json> = {};
  for (const [i, name] of names.entries()) {
    const [from, to] = spans[i + 1] ?? [-1, -1];
    if (name !== null) writeKey(result, name, from < 0 ? null : text.slice(from, to));
  }
  return result;
}

function captures(input: Json, pattern: Json, flags: Json): Json[] {
  const { text, regex, isGlobal } = prepare(input, pattern, flags);
  return regex.matches(text, isGlobal).map((spans) => {
    tick();
    return captured(text, spans, regex.groups);
  });
}

function scans(input: Json, pattern: Json, flags: Json): Json[] {
  const { text, regex } = prepare(input, pattern, flags);
  return regex.matches(text, true).map((spans) => {
    tick();
    const [whole, ...groups] = spans.map(([from, to]) => (from < 0 ? null : text.slice(from, to)));
    return groups.length > 0 ? groups : (whole as string);
  });
}

function splits(input: Json, pattern: Json, flags: Json): Json[] {
  const { text, regex } = prepare(input, pattern, flags);
  const parts: string[] = [];
  let previous = 0;
  for (const [whole] of regex.matches(text, true)) {
    tick();
    const [start, end] = whole as readonly [number, number];
    parts.push(text.slice(previous, start));
    previous = end;
  }
  parts.push(text.slice(previous));
  return parts;
}

type Search3 = (input: Json, pattern: Json, flags: Json) => Json[];

/** A generator with `pattern` alone, which may be a pair with flags. */
function eachOfPair(search: Search3): Builtin {
  return (args) => {
    const pattern = argument(args, 0);
    return fromMany((input, env, emit) =>
      pattern.many(input, env, (value) => {
        const [text, flags] = patternAndFlags(value);
        return emitAll(search(input, text, flags), emit);
      }),
    );
  };
}

function eachOf(search: Search3): Builtin {
  return (args) => {
    const pattern = argument(args, 0);
    const flags = args[1];
    return fromMany((input, env, emit) => {
      const withFlags = (letters: Json) =>
        pattern.many(input, env, (text) => emitAll(search(input, text, letters), emit));
      return flags === undefined ? withFlags(null) : flags.many(input, env, withFlags);
    });
  };
}

function emitAll(values: readonly Json[], emit: (value: Json) => Flow): Flow {
  for (const value of values) {
    const flow = emit(value);
    if (flow !== GO) return flow;
  }
  return GO;
}

/**
 * The replacement may have several outputs: then so has the result, each made of the outputs in the same position. A
 * constant pattern is compiled with the program.
 */
function substitute(pattern: Code, replacement: Code, flags: Code, always: string): Code {
  const substituteOne = (input: Json, text: Json, letters: Json, env: Env, emit: (value: Json) => Flow): Flow => {
    const options = letters === null ? always : add(letters, always);
    const { text: subject, regex, isGlobal } = prepare(input, text, options);
    const found = regex.matches(subject, isGlobal);
    const results: Json[] = [];
    let previous = 0;
    for (const spans of found) {
      tick();
      const [start, end] = spans[0] as readonly [number, number];
      const gap = subject.slice(previous, start);
      let position = 0;
      run(replacement, captured(subject, spans, regex.groups), env, (value) => {
        results[position] = add(results[position] ?? null, add(gap, value));
        position += 1;
      });
      previous = end;
    }
    if (results.length === 0) return emit(subject);
    const rest = subject.slice(previous);
    return emitAll(
      results.map((result) => `${result as string}${rest}`),
      emit,
    );
  };
  return fromMany((input, env, emit) =>
    pattern.many(input, env, (text) =>
      flags.many(input, env, (letters) => substituteOne(input, text, letters, env, emit)),
    ),
  );
}

const NO_FLAGS = fromOne(() => null);

export const regex: Family = {
  'test/1': (args, context) => {
    const pattern = argument(args, 0).constant?.value;
    if (typeof pattern === 'string') return testConstant(pattern, '');
    return byValue((input, value) => test(input, ...patternAndFlags(value as Json)))(args, context);
  },
  'test/2': (args, context) => {
    const pattern = argument(args, 0).constant?.value;
    const flags = argument(args, 1).constant?.value;
    if (typeof pattern === 'string' && typeof flags === 'string') return testConstant(pattern, flags);
    return byValue((input, text, letters) => test(input, text as Json, letters as Json))(args, context);
  },
  'match/1': eachOfPair(matches),
  'match/2': eachOf(matches),
  'capture/1': eachOfPair(captures),
  'capture/2': eachOf(captures),
  'scan/1': eachOf(scans),
  'scan/2': eachOf(scans),
  'splits/1': eachOf(splits),
  'splits/2': eachOf(splits),
  'split/2': byValue((input, pattern, flags) => splits(input, pattern as Json, flags as Json)),
  'sub/2': (args) => substitute(argument(args, 0), argument(args, 1), NO_FLAGS, ''),
  'sub/3': (args) => substitute(argument(args, 0), argument(args, 1), argument(args, 2), ''),
  'gsub/2': (args) => substitute(argument(args, 0), argument(args, 1), NO_FLAGS, 'g'),
  'gsub/3': (args) => substitute(argument(args, 0), argument(args, 1), argument(args, 2), 'g'),
};
