import { describe, expect, it } from 'vitest';
import { compile, JqError, JqSyntaxError, type Json } from '../../src/expression/compile.ts';

describe('compile', () => {
  it.each([
    { program: '.a |', line: 1, column: 5, message: /end of the program/ },
    { program: '{', line: 1, column: 2, expected: /key|"}"/ },
    { program: '.a\n| $nope', line: 2, column: 3, message: /\$nope is not defined/ },
    { program: '.a | nope(1)', line: 1, column: 6, message: /nope\/1 is not defined/ },
    { program: 'map', line: 1, column: 1, message: /map\/0 is not defined, map\/1 would be/ },
    { program: '"u\\vw"', line: 1, column: 3, message: /invalid escape/ },
    { program: '"abc', line: 1, column: 5, message: /not closed/ },
    { program: 'if . then 1', line: 1, column: 12, expected: /"elif", "else" or "end"/ },
    { program: '[1,2', line: 1, column: 5, expected: /"]"/ },
    { program: '1 == 2 == 3', line: 1, column: 8, message: /does not chain/ },
    { program: 'break $out', line: 1, column: 1, message: /label-out is not defined/ },
    { program: '. as [] | 1', line: 1, column: 7, expected: /\$name/ },
    { program: '{(0): 1}', line: 1, column: 3, message: /keys must be strings/ },
    { program: '. ~ 1', line: 1, column: 3, message: /unexpected character/ },
    { program: '@nope', line: 1, column: 1, message: /not a valid format/ },
    { program: 'input', line: 1, column: 1, message: /input is closed/ },
    { program: 'import "a" as a; .', line: 1, column: 1, message: /modules are closed/ },
    { program: 'include "a"; .', line: 1, column: 1, message: /modules are closed/ },
  ])('refuses $program and says where', ({ program, line, column, message, expected }) => {
    let error: unknown;

    try {
      compile(program);
    } catch (caught) {
      error = caught;
    }

    expect(error).toBeInstanceOf(JqSyntaxError);
    expect(error).toMatchObject({ line, column });
    if (message !== undefined) expect((error as Error).message).toMatch(message);
    if (expected !== undefined) expect((error as JqSyntaxError).expected).toMatch(expected);
  });

  it('binds the variables it was told of, and lists where a program reads them', () => {
    const program = compile('$context.a +\n $input', { variables: ['context', 'input', 'unused'] });

    expect(program.first(null, { context: { a: 1 }, input: 2 })).toBe(3);
    expect(program.variables).toEqual([
      { name: 'context', line: 1, column: 1 },
      { name: 'input', line: 2, column: 2 },
    ]);
  });

  it('gives a declared variable without a value null, and no variable of another run', () => {
    const program = compile('$a', { variables: ['a'] });
    program.first(null, { a: 1 });

    expect(program.first(null)).toBeNull();
    expect(program.first(null, { constructor: 1 } as never)).toBeNull();
  });

  it('calls functions of the host by value, for each combination of arguments', () => {
    const program = compile('[.[] | scale(1, 2; 10)]', {
      functions: {
        scale: (input: Json, factor: Json, offset: Json) => Number(input) * Number(factor) + Number(offset),
      },
    });

    expect(program.first([1, 2])).toEqual([11, 12, 12, 14]);
  });

  it('lets a function of the host run another program, each with its own budget and variables', () => {
    const inner = compile('[range($n)] | add', { variables: ['n'] });
    const outer = compile('[$n, sum, $n]', {
      variables: ['n'],
      functions: { sum: (input: Json) => inner.first(null, { n: input }) ?? null },
    });

    expect(outer.first(5, { n: 'outer' })).toEqual(['outer', 10, 'outer']);
  });
});

describe('a program', () => {
  it('gives its first output, all of them, or each until the callback has enough', () => {
    const program = compile('.[]');
    const seen: Json[] = [];
    program.each([1, 2, 3], {}, (value) => {
      seen.push(value);
      return value !== 2;
    });

    expect(program.first([1, 2, 3])).toBe(1);
    expect(program.first([])).toBeUndefined();
    expect(program.all([1, 2, 3])).toEqual([1, 2, 3]);
    expect(seen).toEqual([1, 2]);
  });

  it('computes no more than the first output when that is all that was asked for', () => {
    expect(compile('1, error("too far")').first(null)).toBe(1);
  });

  it('raises what the program raises, with its value', () => {
    expect(() => compile('error({code: 7})').first(null)).toThrowError(expect.objectContaining({ value: { code: 7 } }));
    expect(() => compile('.a').first(1)).toThrow(new JqError('Cannot index number with string ("a")'));
  });

  it('never changes its input', () => {
    const input = { a: { b: [3, 1, 2] }, c: 'x' };
    const copy = structuredClone(input);

    compile('.a.b[0] = 9 | .a.b |= sort | del(.c) | .a.b += [1] | to_entries').all(input);

    expect(input).toEqual(copy);
  });

  it('shares no constant that a caller could change for the next run', () => {
    const program = compile('{a: [1]}');

    expect(Object.isFrozen(program.first(null))).toBe(true);
    expect(() => (program.first(null) as { a: number[] }).a.push(2)).toThrow(TypeError);
    expect(program.first(null)).toEqual({ a: [1] });
  });

  it('handles the names of Object.prototype as any other key', () => {
    const input = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as Json;
    const polluted = compile(
      'setpath(["__proto__", "y"]; 1), {"__proto__": {z: 1}}, (.constructor.prototype = 1)?',
    ).all({});

    expect(compile('[.__proto__.x, .constructor, keys, has("toString")]').first(input)).toEqual([
      1,
      2,
      ['__proto__', 'constructor'],
      false,
    ]);
    expect(compile('.toString, .__proto__, .["constructor"], has("constructor")').all({})).toEqual([
      null,
      null,
      null,
      false,
    ]);
    expect(polluted.map((value) => Object.keys(value as object))).toEqual([
      ['__proto__'],
      ['__proto__'],
      ['constructor'],
    ]);
    expect(({} as { y?: unknown }).y).toBeUndefined();
    expect(({} as { z?: unknown }).z).toBeUndefined();
  });

  it('grows the state of a reduce in place, and changes nothing that anybody else holds', () => {
    const input = { list: [0], table: { a: 1 } };
    const program = compile(`
      .list as $list | .table as $table
      | reduce range(3) as $i ($list; . + [$i]),
        reduce ("a", "b") as $k ($table; .[$k] += 1),
        reduce (1, 2) as $i ([]; . + [.]),
        $list, $table`);

    expect(program.all(input)).toEqual([[0, 0, 1, 2], { a: 2, b: 1 }, [[], [[]]], [0], { a: 1 }]);
    expect(input).toEqual({ list: [0], table: { a: 1 } });
    expect(compile('reduce range(30000) as $i ([]; . + [$i]) | length').first(null, {}, { time: 2000 })).toBe(30_000);
  });

  it('runs calls in tail position without using the stack', () => {
    const budget = { time: 5000 };

    expect(compile('def f: if . >= 100000 then . else . + 1 | f end; f').first(0, {}, budget)).toBe(100_000);
    expect(compile('last(def f: ., (select(. < 100000) | . + 1 | f); f)').first(0, {}, budget)).toBe(100_000);
    expect(compile('def f($n): if $n == 0 then "done" else f($n - 1) end; f(100000)').first(0, {}, budget)).toBe(
      'done',
    );
  });

  it('does not load what only regular expressions and their timeouts need', async () => {
    const { execFileSync } = await import('node:child_process');
    const script = `
      const { compile } = await import('./src/expression/compile.ts');
      compile('.a | test("^x")').first({ a: 'xy' });
      const packages = Object.keys((await import('node:module')).createRequire(import.meta.url).cache);
      console.log(JSON.stringify(packages.filter((name) => /re2js|oniguruma/.test(name))));`;

    const answer = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });

    expect(JSON.parse(answer)).toEqual([]);
  });
});
