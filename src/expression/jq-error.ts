/**
 * The three ways a program ends without its outputs: it does not compile (`JqSyntaxError`), it raised an error that jq
 * programs can catch (`JqError`), or it used up a budget, which they cannot catch (`JqBudgetError`).
 */
import type { Json } from './json.ts';

/** A program that jq would refuse, with the place (1-based line and column) and, where it is one thing, what was expected there. */
export class JqSyntaxError extends Error {
  override readonly name = 'JqSyntaxError';
  readonly line: number;
  readonly column: number;
  readonly expected: string | undefined;

  constructor(problem: string, place: { readonly line: number; readonly column: number }, expected?: string) {
    const wanted = expected === undefined ? '' : `, expected ${expected}`;
    super(`${problem}${wanted} at line ${place.line}, column ${place.column}`);
    this.line = place.line;
    this.column = place.column;
    this.expected = expected;
  }
}

/** An error raised while a program ran: `value` is what `catch` receives. */
export class JqError extends Error {
  override readonly name = 'JqError';
  readonly value: Json;

  constructor(
    value: Json,
    message = typeof value === 'string' ? value : 'the program raised an error that is not a string',
  ) {
    // An error that a program catches is an ordinary value, and `.a?` over a large array makes many: no stack is collected.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.value = value;
  }
}

export type BudgetName = 'steps' | 'outputs' | 'string' | 'collection' | 'memory' | 'depth' | 'time';

/** A program that wanted more than its budget; `where` is the construct that was running, in the program's text. */
export class JqBudgetError extends Error {
  override readonly name = 'JqBudgetError';
  readonly budget: BudgetName;
  readonly limit: number;
  readonly where: { readonly line: number; readonly column: number };

  constructor(budget: BudgetName, limit: number, where: { readonly line: number; readonly column: number }) {
    super(
      `the expression exceeds its budget of ${limit} ${UNITS[budget]} at line ${where.line}, column ${where.column}`,
    );
    this.budget = budget;
    this.limit = limit;
    this.where = where;
  }
}

const UNITS: Readonly<Record<BudgetName, string>> = {
  steps: 'steps',
  outputs: 'outputs',
  string: 'characters in one string',
  collection: 'elements in one array or object',
  memory: 'bytes built in one run',
  depth: 'levels of depth',
  time: 'milliseconds',
};

/** The 1-based line and column of an offset in a text. */
export function placeOf(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - start + 1 };
}
