import { describe, expect, it } from 'vitest';
import { compileCesql } from '../../src/broker/cesql/compile.ts';
import { compileFilters } from '../../src/broker/trigger.ts';
import type { Event } from '../../src/events/event.ts';

const event: Event = {
  specversion: '1.0',
  id: 'e1',
  source: 'https://github.com/octo/hello',
  type: 'dev.example.pull_request',
  hop: '5',
  ttl: '10',
  flag: true,
  count: 7,
  smile: 'a😀b',
  lines: 'one\ntwo',
  data: { secret: 'x' },
};

function evaluate(expression: string) {
  const compiled = compileCesql(expression);
  if ('problem' in compiled) throw new Error(`${expression}: ${compiled.problem.message}`);
  const { value, errors } = compiled.evaluate(event);
  return [value, ...errors.map(({ kind }) => kind)];
}

describe('CloudEvents SQL', () => {
  it.each([
    // Values and attributes
    ['1', [1]],
    ['+5', [5]],
    ['-2147483648', [-2147483648]],
    ['-0', [0]],
    ['"it\'s"', ["it's"]],
    ["'a\\\\b'", ['a\\\\b']],
    ['ID', ['e1']],
    ['count', [7]],
    ['flag', [true]],
    ['missing', [false, 'missingAttribute']],
    ['data', [false, 'missingAttribute']],
    ['constructor', [false, 'missingAttribute']],
    ['EXISTS data', [false]],
    ['EXISTS Type', [true]],
    // Precedence
    ['2 + 3 * 4', [14]],
    ['10 - 4 - 3', [3]],
    ['4-1', [3]],
    ['4 -1', [3]],
    ['2 * -3', [-6]],
    ['1 + 1 = 2', [true]],
    ['NOT false = true', [true]],
    ["NOT type LIKE 'x'", [false, 'cast']],
    ['FALSE AND TRUE OR TRUE', [false]],
    ['(FALSE AND TRUE) OR TRUE', [true]],
    ['TRUE XOR TRUE XOR TRUE', [true]],
    ["type LIKE 'dev%' AND hop < ttl", [true]],
    ['1 < 2 = true', [true]],
    // Arithmetic in 32 bits
    ['-7 / 2', [-3]],
    ['-7 % 2', [-1]],
    ['7 % -2', [1]],
    ['-4 % 2', [0]],
    ['2147483647 + 1', [0, 'math']],
    ['65536 * 65536', [0, 'math']],
    ['-(-2147483648)', [0, 'math']],
    ['1 / 0 + missing', [0, 'math']],
    // Casts
    ["'5' = 5", [true]],
    ["5 = '5'", [true]],
    ["5 = '05'", [false]],
    ["'abc' = 5", [false, 'cast']],
    ["'abc' != 5", [false, 'cast']],
    ["'abc' < 5", [false, 'cast']],
    ["'99999999999' = 5", [false, 'cast']],
    ["' 5' = 5", [false, 'cast']],
    ["'TrUe' = TRUE", [true]],
    ['1 AND TRUE', [false, 'cast']],
    ['BOOL(1) AND TRUE', [true]],
    ['flag AND count > 6', [true]],
    // Short circuits
    ["EXISTS missing AND missing = 'x'", [false]],
    ["NOT EXISTS missing OR missing = 'x'", [true]],
    ["missing = 'x' OR TRUE", [true, 'missingAttribute']],
    // IN
    ["id IN ('a', 'e1')", [true]],
    ["id NOT IN ('a', 'b')", [true]],
    ["count IN ('x', 7)", [true, 'cast']],
    ["id IN (missing, 'e1')", [true, 'missingAttribute']],
    ["missing IN ('a')", [false, 'missingAttribute']],
    ['(id) IN (ID)', [true]],
    // LIKE
    ["type LIKE '%pull\\_request'", [true]],
    ["'pullXrequest' LIKE 'pull\\_request'", [false]],
    ["'a%' LIKE 'a\\%'", [true]],
    ["lines LIKE 'one%two'", [true]],
    ["smile LIKE 'a_b'", [true]],
    ["'' LIKE ''", [true]],
    ["'' LIKE '%'", [true]],
    ["'a' LIKE ''", [false]],
    ["'a.c' LIKE 'a.c'", [true]],
    ["'abc' LIKE 'a.c'", [false]],
    ["'aXbXc' LIKE '%X_'", [true]],
    ["'abab' LIKE '%ab'", [true]],
    ["'abc' LIKE '%%%'", [true]],
    // Functions
    ['LENGTH(smile)', [3]],
    ['left(smile, 2)', ['a😀']],
    ["RIGHT('abc', 0)", ['']],
    ["SUBSTRING('abcdef', -3, 2)", ['de']],
    ["SUBSTRING('abcdef', 2, 100)", ['bcdef']],
    ["SUBSTRING('abcdef', 2, -1)", ['', 'functionEvaluation']],
    ["SUBSTRING('', 0)", ['']],
    ["CONCAT_WS('-', 1, TRUE, 'x')", ['1-true-x']],
    ['LENGTH(missing)', [0, 'missingAttribute']],
    ["UPPER(LOWER('Ab')) = 'AB'", [true]],
    ['FOO(1)', [false, 'missingFunction']],
    ["LENGTH('a', 'b')", [false, 'missingFunction']],
    ['TOSTRING(1)', [false, 'missingFunction']],
    ["CONSTRUCTOR('a')", [false, 'missingFunction']],
  ])('%s → %j', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    ['', 1, 1, 'expected a value, found the end'],
    ['ABC(', 1, 5, 'expected a value, found the end'],
    ['(1', 1, 3, 'expected ), found the end'],
    ['1 1', 1, 3, 'expected an operator or the end, found "1"'],
    ['type =\n  = 3', 2, 3, 'expected a value, found "="'],
    ['type LIKE x', 1, 11, 'expected a string in quotes as the pattern of LIKE'],
    ['type NOT = 1', 1, 10, 'expected LIKE or IN after NOT'],
    ['id IN ()', 1, 8, 'expected a value, found ")"'],
    ['id IN 5', 1, 7, 'expected ( and the values of IN'],
    ["id = 'open", 1, 6, "the string that begins here has no closing '"],
    ['id = "a" ; drop', 1, 10, 'unexpected character ";"'],
    ['2147483648', 1, 1, '2147483648 does not fit into 32 bits'],
    ['EXISTS 5', 1, 8, 'expected the name of an attribute'],
    ['my_attribute', 1, 1, 'expected the name of an attribute'],
    ['a1(2)', 1, 1, 'expected the name of a function'],
    ['f(1,)', 1, 5, 'expected a value, found ")"'],
    ['+x', 1, 2, 'expected a number after +'],
    ['NOT', 1, 4, 'expected a value, found the end'],
  ])('%j does not parse, at line %i, column %i', (expression, line, column, message) => {
    const compiled = compileCesql(expression);
    expect(compiled).toEqual({ problem: { message: expect.stringContaining(message), line, column } });
  });

  it.each([
    ['parentheses', '('.repeat(50_000)],
    ['negations', `${'NOT '.repeat(2_000)}TRUE`],
    ['minuses', `${'-'.repeat(2_000)}1`],
    ['nested calls', `${'LOWER('.repeat(1_000)}id`],
    ['length', `1${'+1'.repeat(10_000)}`],
  ])('refuses %s without end instead of exhausting the stack', (_, expression) => {
    expect(compileCesql(expression)).toMatchObject({ problem: { message: expect.stringMatching(/nested|longer/) } });
  });

  it.each([
    ['sums', `1${'+1'.repeat(4_095)}`, 4_096],
    ['ANDs', `TRUE${' AND TRUE'.repeat(900)}`, true],
    ['XORs', `1=1${' XOR 1=1'.repeat(1_000)}`, true],
  ])('evaluates the longest chains of %s', (_, expression, expected) => {
    expect(evaluate(expression)).toEqual([expected]);
  });

  it('matches a hostile pattern of LIKE in time that the lengths bound', () => {
    const compiled = compileCesql(`id LIKE '${'%a'.repeat(200)}b'`);
    if ('problem' in compiled) throw new Error(compiled.problem.message);
    const begun = performance.now();
    expect(compiled.evaluate({ ...event, id: 'a'.repeat(20_000) }).value).toBe(false);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe('a cesql filter', () => {
  it.each([
    ['an expression that is true lets pass', { cesql: "int(hop) < int(ttl) AND type LIKE 'dev.%'" }, true],
    ['one that is false does not', { cesql: "id = 'e2'" }, false],
    ['one that is no boolean does not', { cesql: 'count' }, false],
    ['one that is the text true does not', { cesql: "'true'" }, false],
    ['one that meets an error does not, whatever its value', { cesql: "missing = 'x' OR TRUE" }, false],
    [
      'one that asks first whether an attribute exists meets none',
      { cesql: "NOT EXISTS missing OR missing = 'x'" },
      true,
    ],
    ['sql is the same dialect', { sql: "id = 'e1'" }, true],
    ['not turns round that an error lets nothing pass', { not: { cesql: 'missing = 1' } }, true],
  ])('%s', (_, filter, expected) => {
    expect(compileFilters([filter as { cesql: string }])(event)).toBe(expected);
  });

  it.each([
    [{ cesql: 'type =' }, 'filters[0].cesql does not parse at line 1, column 7: expected a value, found the end'],
    [{ cesql: 'REGEX(type)' }, 'filters[0].cesql calls functions that do not exist: REGEX of 1 argument'],
    [{ cesql: ' ' }, 'filters[0].cesql must be a CloudEvents SQL expression'],
    [{ cesql: 5 }, 'filters[0].cesql must be a CloudEvents SQL expression'],
  ])('%j is refused', (filter, message) => {
    expect(() => compileFilters([filter as { cesql: string }])).toThrow(message);
  });
});
