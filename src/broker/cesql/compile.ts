/**
 * CloudEvents SQL 1.0: an expression over an event's attributes, compiled once into closures. An evaluation never throws
 * and always ends; it answers a value, and beside it the errors met on the way. An operand that met an error makes its
 * operator answer the zero value of its type (AND, OR and XOR go on with `false` for it, so that short-circuits stay).
 *
 * @see https://github.com/cloudevents/spec/blob/main/cesql/spec.md
 */
import type { Event } from '../../events/event.ts';
import { readAttribute } from '../attribute.ts';
import { findFunction } from './functions.ts';
import { SyntaxProblem } from './lexer.ts';
import { compileLike } from './like.ts';
import { type ComparisonOperator, type LogicOperator, type MathOperator, type Node, parse } from './parser.ts';
import { type CesqlError, cast, isInt32, type Type, typeOf, type Value, ZERO } from './value.ts';

export interface CesqlExpression {
  evaluate(event: Event): { readonly value: Value; readonly errors: readonly CesqlError[] };
  /** Calls of functions that do not exist, e.g. `FOO of 2 arguments`; evaluating one is an error. */
  readonly unknownFunctions: readonly string[];
}

/** Where and why an expression does not parse; line and column count from 1. */
export interface CesqlProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

interface Scope {
  readonly event: Event;
  readonly errors: CesqlError[];
}

type Evaluate = (scope: Scope) => Value;

export function compileCesql(text: string): CesqlExpression | { readonly problem: CesqlProblem } {
  const unknownFunctions: string[] = [];
  try {
    const evaluate = compile(parse(text), unknownFunctions);
    return {
      unknownFunctions,
      evaluate(event) {
        const errors: CesqlError[] = [];
        return { value: evaluate({ event, errors }), errors };
      },
    };
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    const before = text.slice(0, error.at).split('\n');
    return { problem: { message: error.message, line: before.length, column: (before.at(-1) ?? '').length + 1 } };
  }
}

function compile(node: Node, unknown: string[]): Evaluate {
  switch (node.kind) {
    case 'literal':
      return () => node.value;
    case 'attribute':
      return compileAttribute(node.name);
    case 'exists':
      return ({ event }) => readAttribute(event, node.name) !== undefined;
    case 'not':
      return compileNot(compile(node.operand, unknown));
    case 'negate':
      return compileNegate(compile(node.operand, unknown));
    case 'logic':
      return compileLogic(node.operator, compile(node.left, unknown), compile(node.right, unknown));
    case 'comparison':
      return compileComparison(node.operator, compile(node.left, unknown), compile(node.right, unknown));
    case 'math':
      return compileMath(node.operator, compile(node.left, unknown), compile(node.right, unknown));
    case 'like': {
      const like = compileLike(node.pattern);
      return guarded('boolean', [compile(node.operand, unknown)], ([value]) => like(String(value)) !== node.isNegated);
    }
    case 'in':
      return compileIn(
        node.isNegated,
        [node.operand, ...node.set].map((each) => compile(each, unknown)),
      );
    case 'call':
      return compileCall(
        node.name,
        node.args.map((each) => compile(each, unknown)),
        unknown,
      );
  }
}

function compileAttribute(name: string): Evaluate {
  return ({ event, errors }) => {
    const value = readAttribute(event, name);
    if (value !== undefined) return value;
    errors.push({ kind: 'missingAttribute', message: `the event has no attribute ${name}` });
    return false;
  };
}

/** Evaluates the operands from left to right; where one meets an error, the result is the zero value of the type. */
function guarded(
  type: Type,
  operands: readonly Evaluate[],
  apply: (values: readonly Value[], scope: Scope) => Value | undefined,
): Evaluate {
  return (scope) => {
    const before = scope.errors.length;
    const values: Value[] = [];
    for (const operand of operands) {
      values.push(operand(scope));
      if (scope.errors.length > before) return ZERO[type];
    }
    return apply(values, scope) ?? ZERO[type];
  };
}

/** The value as one of the type, or undefined with an error. */
function castOrFail(value: Value, type: Type, { errors }: Scope): Value | undefined {
  const result = cast(value, type);
  if (result === undefined) {
    errors.push({ kind: 'cast', message: `${JSON.stringify(value)} cannot be taken for a value of type ${type}` });
  }
  return result;
}

/** A cast that fails counts as false here, so that its opposite is true; the conformance tests have it so. */
function compileNot(operand: Evaluate): Evaluate {
  return guarded('boolean', [operand], ([value], scope) => !castOrFail(value as Value, 'boolean', scope));
}

function compileNegate(operand: Evaluate): Evaluate {
  return compileMath('-', () => 0, operand);
}

function compileLogic(operator: LogicOperator, left: Evaluate, right: Evaluate): Evaluate {
  const truth = (operand: Evaluate, scope: Scope) => castOrFail(operand(scope), 'boolean', scope) === true;
  switch (operator) {
    case 'AND':
      return (scope) => truth(left, scope) && truth(right, scope);
    case 'OR':
      return (scope) => truth(left, scope) || truth(right, scope);
    case 'XOR':
      return (scope) => truth(left, scope) !== truth(right, scope);
  }
}

function compileComparison(operator: ComparisonOperator, left: Evaluate, right: Evaluate): Evaluate {
  switch (operator) {
    case '=':
      return guarded('boolean', [left, right], (values, scope) => areEqual(values, scope));
    case '!=':
    case '<>':
      return guarded('boolean', [left, right], (values, scope) => {
        const equal = areEqual(values, scope);
        return equal === undefined ? undefined : !equal;
      });
    default:
      return guarded('boolean', [left, right], (values, scope) => {
        const [x, y] = values.map((value) => castOrFail(value, 'integer', scope));
        return x === undefined || y === undefined ? undefined : compareNumbers(operator, x as number, y as number);
      });
  }
}

/** The left operand is cast to the type of the right one. */
function areEqual([left, right]: readonly Value[], scope: Scope): boolean | undefined {
  const value = castOrFail(left as Value, typeOf(right as Value), scope);
  return value === undefined ? undefined : value === right;
}

function compareNumbers(operator: '<' | '<=' | '>' | '>=', x: number, y: number): boolean {
  switch (operator) {
    case '<':
      return x < y;
    case '<=':
      return x <= y;
    case '>':
      return x > y;
    case '>=':
      return x >= y;
  }
}

function compileMath(operator: MathOperator, left: Evaluate, right: Evaluate): Evaluate {
  return guarded('integer', [left, right], (values, scope) => {
    const [x, y] = values.map((value) => castOrFail(value, 'integer', scope));
    if (x === undefined || y === undefined) return undefined;
    const result = calculate(operator, x as number, y as number);
    if (typeof result === 'number') return result;
    scope.errors.push({ kind: 'math', message: result.problem });
    return undefined;
  });
}

function calculate(operator: MathOperator, x: number, y: number): number | { readonly problem: string } {
  if (y === 0 && (operator === '/' || operator === '%')) return { problem: `${x} ${operator} 0 is not defined` };
  const result = unbounded(operator, x, y);
  // Not -0, of which there is none among integers.
  return isInt32(result) ? result + 0 : { problem: `${x} ${operator} ${y} does not fit into 32 bits` };
}

function unbounded(operator: MathOperator, x: number, y: number): number {
  switch (operator) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return Math.trunc(x / y);
    case '%':
      return x % y;
  }
}

/** The first is looked for among the others, each cast to its type. */
function compileIn(isNegated: boolean, [operand, ...set]: readonly Evaluate[]): Evaluate {
  return guarded('boolean', [operand as Evaluate], ([value], scope) => {
    const type = typeOf(value as Value);
    const isFound = set.some((element) => {
      const before = scope.errors.length;
      const candidate = element(scope);
      return scope.errors.length === before && castOrFail(candidate, type, scope) === value;
    });
    return isFound !== isNegated;
  });
}

function compileCall(name: string, args: readonly Evaluate[], unknown: string[]): Evaluate {
  const found = findFunction(name, args.length);
  if (found === undefined) {
    const signature = `${name} of ${args.length} argument${args.length === 1 ? '' : 's'}`;
    unknown.push(signature);
    return ({ errors }) => {
      errors.push({ kind: 'missingFunction', message: `there is no function ${signature}` });
      return false;
    };
  }
  const { parameters, rest, returns } = found;
  return guarded(returns, args, (values, scope) => {
    const before = scope.errors.length;
    const cast = values.map((value, nth) => {
      const type = parameters[nth] ?? rest ?? 'any';
      return type === 'any' ? value : castOrFail(value, type, scope);
    });
    if (scope.errors.length > before) return undefined;
    return found.call(cast as readonly Value[], (kind, message) => scope.errors.push({ kind, message }));
  });
}
