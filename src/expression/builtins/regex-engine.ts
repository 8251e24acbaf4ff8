/**
 * Runs regular expressions as Oniguruma understands them, in bounded time, by the first of three engines that can: the
 * platform's, where the pattern's shape and the text's length leave it no room to backtrack; RE2, which takes linear time;
 * and the platform's again, on a full translation, under a timeout. The last two are loaded when first needed.
 */
import { createRequire } from 'node:module';
import { JqError } from '../jq-error.ts';
import { countBytes, outOfTime, tick, timeLeft, work } from '../meter.ts';
import { type RegexFlags, type Translation, translate } from './regex-syntax.ts';

/** UTF-16 offsets of the match and then of each group; -1 where a group took no part. */
export type Spans = readonly (readonly [start: number, end: number])[];

export interface Regex {
  readonly groups: readonly (string | null)[];
  test(text: string): boolean;
  /** The matches from the beginning; one at most unless `global`. */
  matches(text: string, global: boolean): Spans[];
}

interface Engine {
  readonly groups: readonly (string | null)[];
  /** The first match at or after the offset. */
  find(text: string, offset: number): Spans | undefined;
  test(text: string): boolean;
}

const load = createRequire(import.meta.filename);
/** Steps of backtracking that cost less than setting up anything safer. */
const AFFORDABLE = 100_000;
const SPAN_BYTES = 100;
/** The platform compiles a pattern without pause: what it may be given is bounded in length and in its repeat counts multiplied. */
const MAX_PATTERN = 5000;
const MAX_REPEATS = 10_000;
const CACHE_SIZE = 500;
const cache = new Map<string, Regex>();

/** `flags` are jq's letters; unknown ones are an error. The last few hundred regexes are kept. */
export function compileRegex(pattern: string, flags: string): Regex {
  const key = `${flags}/${pattern}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const regex = createRegex(pattern, flags);
  if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value as string);
  cache.set(key, regex);
  return regex;
}

function createRegex(pattern: string, flags: string): Regex {
  const options: RegexFlags = {
    ignoreCase: flags.includes('i'),
    extended: flags.includes('x'),
    dotAll: /[pm]/.test(flags),
  };
  const notEmpty = flags.includes('n');
  const isLongest = flags.includes('l');
  const translation = translate(pattern, options);
  /** The platform's engine, where it may run on any text. */
  const free =
    translation !== undefined && isFree(translation) && !isLongest && !notEmpty ? createNative(translation) : undefined;
  let native = free;
  let linear: Engine | 'refused' | undefined;
  let full: Engine | undefined;

  function engineFor(text: string): { engine: Engine; isGuarded: boolean } {
    if (translation !== undefined && !(translation.hasBoundary && !isAscii(text))) {
      if (translation.native !== undefined && !isLongest && costOf(translation, text.length) <= AFFORDABLE) {
        native ??= createNative(translation);
        return { engine: native, isGuarded: false };
      }
      if (!(translation.endsLoosely && text.endsWith('\n'))) {
        linear ??= guarded(() => createLinear(translation, isLongest));
        if (linear !== 'refused') return { engine: linear, isGuarded: text.length * pattern.length > AFFORDABLE / 4 };
      }
    }
    return { engine: fullEngine(), isGuarded: true };
  }

  function fullEngine(): Engine {
    full ??= guarded(() => createFull(pattern, options));
    return full;
  }

  return {
    get groups() {
      return translation?.groups ?? fullEngine().groups;
    },
    test(text) {
      work(text.length >> 4);
      if (free !== undefined) return free.test(text);
      if (notEmpty) return this.matches(text, false).length > 0;
      const { engine, isGuarded } = engineFor(text);
      return isGuarded ? guarded(() => engine.test(text)) : engine.test(text);
    },
    matches(text, global) {
      work(text.length >> 4);
      const { engine, isGuarded } = engineFor(text);
      const collect = () => collectMatches(engine, text, global, notEmpty);
      return isGuarded ? guarded(collect) : collect();
    },
  };
}

function collectMatches(engine: Engine, text: string, global: boolean, notEmpty: boolean): Spans[] {
  const found: Spans[] = [];
  for (let offset = 0; offset <= text.length; ) {
    const spans = engine.find(text, offset);
    if (spans === undefined) break;
    const [start, end] = spans[0] as readonly [number, number];
    tick();
    if (!(notEmpty && start === end)) {
      countBytes(spans.length * SPAN_BYTES);
      found.push(spans);
      if (!global) break;
    }
    offset = end > start ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
  }
  return found;
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** An upper bound of the steps of a backtracking search: no loop is within another. */
function costOf({ choices, loops, isAnchored }: Translation, length: number): number {
  const freedom = loops + (isAnchored || (loops === 0 && choices === 1) ? 0 : 1);
  return loops === 0 && choices <= 16 ? 0 : choices * (length + 1) ** freedom;
}

function isFree(translation: Translation): boolean {
  return translation.native !== undefined && !translation.hasBoundary && costOf(translation, 1) === 0;
}

function spansOf(found: RegExpExecArray): Spans {
  return (found.indices as readonly (readonly [number, number] | undefined)[]).map((span) => span ?? [-1, -1]);
}

function createNative({ native, ignoreCase, groups }: Translation): Engine {
  const flags = ignoreCase ? 'iu' : 'u';
  const tester = new RegExp(native as string, flags);
  const finder = new RegExp(native as string, `${flags}dg`);
  return {
    groups,
    test: (text) => tester.test(text),
    find(text, offset) {
      finder.lastIndex = offset;
      const found = finder.exec(text);
      return found === null ? undefined : spansOf(found);
    },
  };
}

function createLinear({ re2, ignoreCase, groups }: Translation, isLongest: boolean): Engine | 'refused' {
  const { RE2JS } = load('re2js') as typeof import('re2js');
  let regex: InstanceType<typeof RE2JS>;
  try {
    regex = RE2JS.compile(re2, (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (isLongest ? RE2JS.LONGEST_MATCH : 0));
  } catch {
    return 'refused';
  }
  return {
    groups,
    test: (text) => regex.matcher(text).find(),
    find(text, offset) {
      const matcher = regex.matcher(text);
      if (!matcher.find(offset)) return undefined;
      return Array.from(
        { length: groups.length + 1 },
        (_, group) => [matcher.start(group), matcher.end(group)] as const,
      );
    },
  };
}

function createFull(pattern: string, { ignoreCase, extended, dotAll }: RegexFlags): Engine {
  const repeats = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, least, most]) => Number(most || least) || 1);
  if (pattern.length > MAX_PATTERN || repeats.reduce((product, count) => product * count, 1) > MAX_REPEATS) {
    throw new JqError(`${pattern.slice(0, 100)} (at offset 0) is not a valid regex: too large`);
  }
  const { toRegExp } = load('oniguruma-to-es') as typeof import('oniguruma-to-es');
  let regex: RegExp;
  try {
    regex = toRegExp(pattern, {
      flags: `${ignoreCase ? 'i' : ''}${extended ? 'x' : ''}${dotAll ? 'm' : ''}`,
      global: true,
      hasIndices: true,
      rules: { captureGroup: true, singleline: true },
    });
  } catch (error) {
    throw new JqError(`${pattern} (at offset 0) is not a valid regex: ${(error as Error).message}`);
  }
  return {
    groups: groupNames(regex),
    test(text) {
      regex.lastIndex = 0;
      return regex.exec(text) !== null;
    },
    find(text, offset) {
      regex.lastIndex = offset;
      const found = regex.exec(text);
      return found === null ? undefined : spansOf(found);
    },
  };
}

/** The names of the groups in order, read off the pattern that was made. */
function groupNames(regex: RegExp): (string | null)[] {
  const names: (string | null)[] = [];
  const token = /\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)|\(\?<([a-zA-Z_$][\w$]*)>/g;
  for (const found of regex.source.matchAll(token)) {
    if (found[0].startsWith('(')) names.push(found[1] ?? null);
  }
  return names;
}

let context: object | undefined;

/** Runs what may take long under the run's own deadline. */
function guarded<T>(action: () => T): T {
  const vm = process.getBuiltinModule('node:vm');
  context ??= vm.createContext({ action: undefined });
  const slot = context as { action: unknown };
  const outer = slot.action;
  slot.action = action;
  try {
    return vm.runInContext('action()', context as import('node:vm').Context, { timeout: timeLeft() }) as T;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') outOfTime();
    throw error;
  } finally {
    slot.action = outer;
  }
}
