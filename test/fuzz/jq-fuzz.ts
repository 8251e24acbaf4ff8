/**
 * Random programs on random input, run by our engine and by jq itself (`jq-wasm`): the same outputs, and an error from
 * both or from neither. `npm run fuzz -- jq [--runs N] [--seed N]`; a failure is shrunk and printed with its seed.
 *
 * The grammar leaves out what is known to differ (docs/jq.md): keys that look like array indices, whose order JavaScript
 * decides, number literals that a double cannot hold, and broken-down times with parts missing; and what may not end,
 * since jq has no budget.
 */
import fc from 'fast-check';
import { type Jq, loadJq } from 'jq-wasm';
import { compile, JqBudgetError, type Json } from '../../src/expression/compile.ts';
import { fromJson } from '../../src/expression/from-json.ts';
import { toJson } from '../../src/expression/to-json.ts';

const KEYS = ['a', 'b', 'c', 'é', 'key', 'value', '__proto__', 'constructor'];
const TEXTS = [
  '',
  'a',
  'b',
  'ab',
  'abc',
  'a,b',
  'B',
  ' a ',
  'é',
  '😀b',
  '12',
  '1.5',
  'null',
  'true',
  '[1]',
  'x1y22',
  '2015-03-05T23:51:47Z',
];
const NUMBERS = [0, 1, 2, 3, -1, -2, 10, 0.5, 1.5, -1.5, 3.7, 1425599621];
const REGEXES = [
  'a',
  '[a-z]+',
  '(?<x>[a-z])(?<n>[0-9]+)?',
  '^a',
  'b$',
  '.',
  '\\\\d+',
  '(a)|b',
  'a|ab',
  '(?i)B',
  '\\\\s',
  '[^a]',
  '\\\\bb',
];
const FLAGS = ['', 'g', 'i', 'gi', 'x', 'n', 'gn'];

const ZERO_ARY = (
  'length utf8bytelength not keys keys_unsorted values nulls booleans numbers strings arrays objects iterables scalars empty add any all flatten ' +
  'floor sqrt tostring tonumber toboolean type sort unique min max reverse to_entries from_entries tojson fromjson ascii_downcase ' +
  'ascii_upcase explode implode trim ltrim rtrim first last transpose tostream paths recurse abs ceil round trunc fabs isnan isinfinite ' +
  'isnormal infinite nan error combinations gmtime (numbers|todate) (numbers|gmtime|todate) fromdate input_line_number ' +
  '@text @json @html @uri @urid @csv @tsv @sh @base64 @base64d getpath([]) splits("a") ' +
  'significand logb frexp modf rint nearbyint'
).split(' ');
const OF_FILTER =
  'map map_values select any all paths with_entries sort_by group_by unique_by min_by max_by recurse_5 first last isempty walk add debug error in inside'.split(
    ' ',
  );
const OF_VALUE =
  'has contains inside startswith endswith ltrimstr rtrimstr trimstr split join index rindex indices flatten range getpath bsearch error nth'.split(
    ' ',
  );

const literal = fc.oneof(
  fc.constantFrom(...NUMBERS).map((value) => (value < 0 ? `(${value})` : `${value}`)),
  fc.constantFrom(...TEXTS).map((text) => JSON.stringify(text)),
  fc.constantFrom('null', 'true', 'false', '[]', '{}', '$x', '$y', '$__loc__'),
);

/** Every part of an expression is in parentheses: what is tested here is not precedence. */
export const program: fc.Arbitrary<string> = fc
  .letrec<{ expr: string; path: string; pattern: string }>((tie) => {
    const e = tie('expr');
    const p = tie('path');
    const key = fc.constantFrom(...KEYS);
    return {
      path: fc.oneof(
        { maxDepth: 3, depthIdentifier: 'path' },
        fc.constantFrom(
          '.',
          '.a',
          '.b',
          '.[]',
          '.[0]',
          '.[-1]',
          '.[1:]',
          '.[]?',
          '.a?',
          '..',
          '.["é"]',
          '.c[]?',
          '.[:1]',
          '.constructor',
          '.__proto__',
        ),
        fc.tuple(p, p).map(([a, b]) => `(${a}) | (${b})`),
        fc.tuple(p, p).map(([a, b]) => `(${a}), (${b})`),
        fc.tuple(p, key).map(([a, k]) => `(${a}).[${JSON.stringify(k)}]`),
        fc.tuple(p, e).map(([a, b]) => `(${a})[${b}]`),
        fc.tuple(p, e).map(([a, b]) => `(${a}) | select(${b})`),
        fc.tuple(e, p, p).map(([c, a, b]) => `if ${c} then ${a} else ${b} end`),
        fc.tuple(p, p).map(([a, b]) => `(${a}) // (${b})`),
        p.map((a) => `first(${a})`),
        p.map((a) => `limit(2; ${a})`),
        p.map((a) => `try (${a})`),
        p.map((a) => `(${a})?`),
        fc
          .tuple(
            p,
            fc.constantFrom(
              'getpath(["a","b"])',
              'getpath(["a",0])',
              'first',
              'last',
              'values',
              'arrays',
              'recurse',
              'empty',
            ),
          )
          .map(([a, b]) => `(${a}) | ${b}`),
      ),
      pattern: fc.oneof(
        { maxDepth: 2, depthIdentifier: 'pattern' },
        fc.constantFrom(
          '$x',
          '$y',
          '[$x]',
          '[$x, $y]',
          '{a: $x}',
          '{$x}',
          '{b: [$y]}',
          '{"a": $x, b: $y}',
          '{$y: [$x]}',
          '{("a","b"): $x}',
        ),
        fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `[${a}, {a: ${b}}]`),
      ),
      expr: fc.oneof(
        { maxDepth: 4, depthIdentifier: 'expr' },
        { weight: 3, arbitrary: literal },
        { weight: 3, arbitrary: p },
        { weight: 2, arbitrary: fc.constantFrom(...ZERO_ARY) },
        { weight: 3, arbitrary: fc.tuple(e, e).map(([a, b]) => `(${a}) | (${b})`) },
        fc.tuple(e, e).map(([a, b]) => `(${a}), (${b})`),
        fc
          .tuple(e, fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', 'and', 'or', '//'), e)
          .map(([a, op, b]) => `(${a}) ${op} (${b})`),
        fc.tuple(p, fc.constantFrom('=', '|=', '+=', '-=', '*=', '//='), e).map(([a, op, b]) => `(${a}) ${op} (${b})`),
        e.map((a) => `[${a}]`),
        fc.tuple(key, e, e).map(([k, a, b]) => `{${JSON.stringify(k)}: (${a}), b: (${b})}`),
        fc
          .tuple(e, e)
          .map(([a, b]) => `{("a", ${a} | strings | "k" + .): ${b.includes(' as ') ? `(${b})` : `(${b})`}}`),
        fc.tuple(e, e, e).map(([a, b, c]) => `if ${a} then ${b} else ${c} end`),
        fc.tuple(e, e).map(([a, b]) => `if ${a} then ${b} end`),
        fc.tuple(e, e).map(([a, b]) => `try (${a}) catch (${b})`),
        e.map((a) => `(${a})?`),
        e.map((a) => `-(${a})`),
        fc
          .tuple(e, tie('pattern'), e)
          .map(([a, q, b]) => `(${a}) as ${q} | ${b.replaceAll('$y', '$x')}`)
          .map((text) => (/as [^|]*\$x/.test(text) ? text : text.replaceAll('$x', '$y'))),
        fc.tuple(e, tie('pattern'), tie('pattern'), e).map(([a, q, r, b]) => `(${a}) as ${q} ?// ${r} | ${b}`),
        fc.tuple(e, e, e).map(([a, b, c]) => `reduce (${a}) as $x (first(${b}); ${c})`),
        fc.tuple(e, e, e, e).map(([a, b, c, d]) => `foreach (${a}) as $x (${b}; ${c}; ${d})`),
        fc.tuple(e, e).map(([a, b]) => `label $out | (${a}), (${b} | ., break $out)`),
        fc.tuple(e, e).map(([a, b]) => `def f: ${a}; (${b}) | f`),
        fc.tuple(e, e).map(([a, b]) => `def g(h; $v): h | ($v, h, ${a}); g(${b}; ${a})`),
        e.map((a) => `"<\\(${a})>"`),
        fc
          .tuple(fc.constantFrom('@json', '@html', '@uri', '@base64', '@sh', '@csv'), e)
          .map(([f, a]) => `${f} "\\(${a})!"`),
        fc
          .tuple(fc.constantFrom(...OF_FILTER), e)
          .map(([name, a]) => (name === 'recurse_5' ? `limit(5; recurse(${a}))` : `${name}(${a})`)),
        fc
          .tuple(fc.constantFrom('path', 'paths', 'del', 'pick', 'first', 'map', 'to_entries |'), p)
          .map(([name, a]) => (name.endsWith('|') ? `${name} (${a})` : `${name}(${a})`)),
        fc
          .tuple(fc.constantFrom(...OF_VALUE), e)
          .map(([name, a]) => (name === 'bsearch' ? `arrays | sort | bsearch(${a})` : `${name}(${a})`)),
        fc
          .tuple(fc.constantFrom('limit', 'skip', 'nth', 'any', 'all', 'IN', 'INDEX', 'range', 'setpath', 'JOIN'), e, e)
          .map(([name, a, b]) => `${name}(${a}; ${b})`),
        fc.tuple(e, e).map(([a, b]) => `limit(5; while(${a}; ${b}))`),
        fc.tuple(e, e).map(([a, b]) => `limit(5; recurse(${a}; ${b}))`),
        fc
          .tuple(
            fc.constantFrom('test', 'match', 'capture', 'scan', 'splits', 'split'),
            fc.constantFrom(...REGEXES),
            fc.constantFrom(...FLAGS),
          )
          .map(([name, re, flags]) => `${name}("${re}"; "${flags}")`),
        fc
          .tuple(fc.constantFrom('sub', 'gsub'), fc.constantFrom(...REGEXES), e)
          .map(([name, re, a]) => `${name}("${re}"; ${a})`),
        fc.constantFrom(
          '(numbers | strftime("%Y-%m-%dT%H:%M:%SZ %a %b %e"))',
          'strptime("%Y-%m-%dT%H:%M:%SZ")',
          'range(0; 5; 2)',
          'getpath(["a","b"])',
          'delpaths([["a"],["b",0]])',
          'tojson',
          'ltrimstr("a")',
          '[splits(", *")]',
          'fromstream(tostream)',
          '[limit(3; .[]?)]',
          'to_entries',
          'ascii_downcase',
          'pow(2; 3)',
          'atan2(1; 2)',
          'truncate_stream(1; tostream)',
          '[.[]?]',
          '[..]',
          'error(null)',
        ),
      ),
    };
  })
  .expr.map((text) => `1 as $x | "a" as $y | ${text}`);

export const input: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 2, arbitrary: fc.constantFrom<Json>(null, true, false, ...NUMBERS, ...TEXTS) },
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

export interface Answer {
  readonly outputs: readonly string[];
  readonly failed: boolean;
}

/** Keys sorted: an object is equal whatever the order of its keys. */
function normalize(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(normalize).join()}]`;
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '0' : toJson(value);
  const entries = Object.entries(value as { readonly [key: string]: Json }).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${normalize(inner)}`).join()}}`;
}

/** `undefined` when a budget ended the run, which jq does not have. */
export function askOurs(text: string, value: Json): Answer | undefined {
  const outputs: string[] = [];
  try {
    compile(text).each(value, {}, (output) => outputs.push(normalize(output)), { time: 2000 });
    return { outputs, failed: false };
  } catch (error) {
    return error instanceof JqBudgetError ? undefined : { outputs, failed: true };
  }
}

export function askJq(jq: Jq, text: string, value: Json): Answer {
  const { stdout, exitCode } = jq.raw(toJson(value), text, ['-c']);
  const outputs = stdout.split('\n').filter((line) => line !== '');
  return { outputs: outputs.map((line) => normalize(fromJson(line))), failed: exitCode !== 0 };
}

/** jq lets `?//` catch the `break` that ends a `limit`, a `first` or an update around it, and errors of what comes after, and goes on with the next alternative. */
function isKnownToDiffer(text: string): boolean {
  return (
    text.includes('?//') &&
    /label|limit|first|any|all|isempty|nth|IN|while|recurse|skip|map_values|walk|with_entries|[|+*/-]=|try|\)\?/.test(
      text,
    )
  );
}

/** What is different, or `undefined`. */
export function differenceOf(jq: Jq, text: string, value: Json): string | undefined {
  if (isKnownToDiffer(text)) return undefined;
  const ours = askOurs(text, value);
  if (ours === undefined) return undefined;
  const theirs = askJq(jq, text, value);
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return undefined;
  return `${text}\n  on ${toJson(value)}\n  ours ${JSON.stringify(ours)}\n  jq's ${JSON.stringify(theirs)}`;
}

/** Throws the shrunk difference. A jq instance that breaks, as it does on deep values, is replaced. */
export async function compareEngines(options: {
  readonly runs: number;
  readonly seed: number;
  readonly milliseconds?: number;
}): Promise<void> {
  let jq = await loadJq();
  const property = fc.asyncProperty(program, input, async (text, value) => {
    let difference: string | undefined;
    try {
      difference = differenceOf(jq, text, value);
    } catch {
      // What our engine throws is part of its answer: this is jq's instance, broken.
      jq = await loadJq();
    }
    if (difference !== undefined) throw new Error(difference);
  });
  await fc.assert(property, {
    numRuns: options.runs,
    seed: options.seed,
    ...(options.milliseconds === undefined
      ? {}
      : { interruptAfterTimeLimit: options.milliseconds, markInterruptAsFailure: false }),
  });
}

function numberOption(argv: readonly string[], name: string, fallback: number): number {
  const at = argv.indexOf(name);
  const value = at < 0 ? fallback : Number(argv[at + 1]);
  if (!Number.isInteger(value)) throw new Error(`${name} needs a whole number`);
  return value;
}

export async function run(argv: readonly string[]): Promise<number> {
  const runs = numberOption(argv, '--runs', 50_000);
  const seed = numberOption(argv, '--seed', Date.now() % 2 ** 31);
  process.stdout.write(`${runs} programs, seed ${seed}\n`);
  try {
    await compareEngines({ runs, seed });
  } catch (error) {
    process.stdout.write(`${(error as Error).message}\n${String((error as { cause?: unknown }).cause ?? '')}\n`);
    return 1;
  }
  process.stdout.write('no difference\n');
  return 0;
}
