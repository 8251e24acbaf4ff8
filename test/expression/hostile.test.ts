import { afterEach, describe, expect, it } from 'vitest';
import { compile, JqBudgetError, JqError, type Json } from '../../src/expression/compile.ts';

/** Default budgets allow 50 ms; the rest is for a busy machine. */
const PATIENCE = 500;
const MEMORY = 64 * 1024 * 1024;

function nest(depth: number): Json {
  let value: Json = [];
  for (let i = 0; i < depth; i += 1) value = [value];
  return value;
}

/** What ended the program: the name of a budget, the message of an error, or nothing. */
function endOf(program: string, input: Json): string {
  try {
    compile(program).each(input, {}, () => undefined);
    return 'nothing';
  } catch (error) {
    if (error instanceof JqBudgetError) return error.budget;
    if (error instanceof JqError) return error.message;
    throw error;
  }
}

const LONG = `${'a'.repeat(100_000)}!`;
const DEEP = nest(100_000);
const TREE = nest(30);

describe('a hostile program ends in its budget', () => {
  afterEach(() => {
    expect(compile('map(. + 1)').first([1, 2])).toEqual([2, 3]);
  });

  it.each([
    { program: '[repeat(1)]', ends: ['time', 'collection', 'steps'] },
    { program: 'repeat(empty)', ends: ['time', 'steps'] },
    { program: 'def f: f; f', ends: ['time', 'steps'] },
    { program: 'def f: 1 + f; f', ends: ['depth'] },
    { program: 'def f: [f]; f', ends: ['depth'] },
    { program: 'def f: (., .) | f; f', ends: ['depth'] },
    { program: 'def f(g): f(g | g); f(.)', ends: ['time', 'steps', 'memory'] },
    { program: 'def f: try f catch f; f', ends: ['depth'] },
    { program: 'last(range(1e12))', ends: ['time', 'steps'] },
    { program: 'range(1e12)', ends: ['outputs', 'time'] },
    { program: '[range(1e9)]', ends: ['collection', 'time'] },
    { program: '[limit(1e9; repeat(1))]', ends: ['collection', 'time'] },
    { program: 'until(false; . + 1)', ends: ['time', 'steps'] },
    { program: '"x" * 3e9', ends: ['Repeat string result too long'] },
    { program: '"x" * 3e8', ends: ['string'] },
    { program: 'reduce range(60) as $i ("x"; . + .)', ends: ['string'] },
    { program: 'reduce range(60) as $i ([1]; . + .)', ends: ['collection'] },
    { program: 'reduce range(1e6) as $i ([]; . + [$i])', ends: ['memory', 'time', 'collection'] },
    { program: 'reduce range(1e6) as $i ({}; .["k\\($i)"] = $i)', ends: ['memory', 'time', 'collection'] },
    { program: '[range(3000)] as $a | [range(1e6) | $a + [1]]', ends: ['memory', 'time'] },
    { program: '"x" * 3e6 | gsub("x"; "yyyyyyyyyy")', ends: ['memory', 'time', 'string'] },
    { program: 'setpath([1e8]; 1)', ends: ['collection'] },
    { program: '.[1e8] = 1', ends: ['collection'] },
    { program: 'setpath([range(10001) | 0]; 1)', ends: ['Path too deep'] },
    {
      program: '[range(100)] | [combinations(9)]',
      ends: ['nothing', 'time', 'memory', 'collection', 'Cannot iterate over number (0)'],
    },
    { program: 'jn(1e9; 1e9), [range(1e5) | yn(1e9; 1e5)]', ends: ['time', 'steps'] },
    { program: 'strftime("%c" * 1000000)', input: 0, ends: ['string'] },
    { program: 'test("(a+)+$")', input: LONG, ends: ['time', 'nothing'] },
    { program: 'test("(?=a)(a|a)*$")', input: LONG, ends: ['time'] },
    { program: 'test("(a+)+\\\\1$")', input: LONG, ends: ['time'] },
    {
      program: 'test("(a{1000}){1000}{1000}")',
      input: LONG,
      ends: ['(a{1000}){1000}{1000} (at offset 0) is not a valid regex: too large'],
    },
    { program: '[..]', input: DEEP, ends: ['depth'] },
    { program: '[paths]', input: DEEP, ends: ['depth', 'time'] },
    { program: '.. |= .', input: DEEP, ends: ['depth', 'time'] },
    { program: 'walk(.)', input: DEEP, ends: ['depth'] },
    { program: '[tostream]', input: DEEP, ends: ['depth', 'memory', 'time'] },
    { program: '[., .] | sort', input: DEEP, ends: ['nothing', 'Comparison too deep', 'time'] },
    { program: 'tojson', input: DEEP, ends: ['nothing'] },
    { program: '..|..|..|..|..|..|..|..|..|..', input: TREE, ends: ['outputs', 'time'] },
    { program: 'getpath(["__proto__", "x"])', input: {}, ends: ['nothing'] },
  ] as readonly { program: string; input?: Json; ends: readonly string[] }[])(
    '$program',
    ({ program, input, ends }) => {
      const before = process.memoryUsage();
      const start = performance.now();

      const end = endOf(program, input ?? null);

      const elapsed = performance.now() - start;
      const after = process.memoryUsage();
      expect(ends).toContain(end);
      expect(elapsed).toBeLessThan(PATIENCE);
      expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(MEMORY);
    },
  );

  it('says which budget, how much of it there was, and where in the program', () => {
    const program = compile('.a |\n  [range(1e9)]');
    let error: unknown;

    try {
      program.first({ a: 1 }, {}, { collection: 1000 });
    } catch (caught) {
      error = caught;
    }

    expect(error).toBeInstanceOf(JqBudgetError);
    expect(error).toMatchObject({ budget: 'collection', limit: 1000, where: { line: 2 } });
    expect((error as Error).message).toMatch(/1000 elements .* at line 2, column \d+/);
  });

  it.each([
    'try (def f: 1 + f; f) catch "caught"',
    '([range(1e9)])?',
    '.a? // [range(1e9)]',
    'label $out | [range(1e9)]',
  ])('cannot be caught by the program itself: %s', (program) => {
    expect(() => compile(program).all({}, {}, { collection: 1000 })).toThrow(JqBudgetError);
  });

  it.each([
    { budget: { steps: 100 }, program: 'last(range(1e4))', end: 'steps' },
    { budget: { outputs: 3 }, program: 'range(10)', end: 'outputs' },
    { budget: { string: 10 }, program: '"abc" * 4', end: 'string' },
    { budget: { collection: 10 }, program: '[range(100)]', end: 'collection' },
    { budget: { memory: 1000 }, program: '[range(1000)]', end: 'memory' },
    { budget: { depth: 50 }, program: 'def f: if . > 100 then . else (. + 1 | f) + 0 end; 0 | f', end: 'depth' },
    { budget: { time: 10, now: clock(3) }, program: 'last(range(1e5))', end: 'time' },
  ])('keeps to a budget of $budget', ({ budget, program, end }) => {
    expect(() => compile(program).all(null, {}, budget)).toThrowError(expect.objectContaining({ budget: end }));
  });

  it('leaves the stack of a caller that is deep already whole', () => {
    const program = compile('def f: 1 + f; f');
    function descend(levels: number): unknown {
      return levels === 0 ? program.first(null) : [descend(levels - 1)];
    }

    expect(() => descend(5000)).toThrow(JqBudgetError);
  });

  it.each([
    { case: 'parentheses', program: `${'('.repeat(5000)}.${')'.repeat(5000)}` },
    { case: 'arrays', program: `${'['.repeat(5000)}.${']'.repeat(5000)}` },
    { case: 'definitions', program: `${'def f: '.repeat(5000)}.${'; .'.repeat(5000)}` },
    { case: 'a long text', program: `.${' | .'.repeat(100_000)}` },
  ])('$case nested beyond reason do not compile', ({ program }) => {
    expect(() => compile(program)).toThrowError(expect.objectContaining({ name: 'JqSyntaxError' }));
  });
});

/** A clock that moves by so many milliseconds whenever it is read. */
function clock(step: number): () => number {
  let now = 0;
  return () => {
    now += step;
    return now;
  };
}
