/**
 * The functions every engine of CloudEvents SQL has. Characters are Unicode code points.
 * @see https://github.com/cloudevents/spec/blob/main/cesql/spec.md#35-functions
 */
import type { CesqlError, Type, Value } from './value.ts';

type Fail = (kind: CesqlError['kind'], message: string) => void;

export interface CesqlFunction {
  /** `any`: taken as it is. */
  readonly parameters: readonly (Type | 'any')[];
  /** Type of any number of further arguments. */
  readonly rest?: Type;
  readonly returns: Type;
  /** Arguments are cast already. What it answers after `fail` is the value that goes with the error. */
  call(args: readonly Value[], fail: Fail): Value;
}

const LARGEST = 2 ** 31 - 1;

const FUNCTIONS: Readonly<Record<string, readonly CesqlFunction[]>> = {
  INT: [{ parameters: ['integer'], returns: 'integer', call: ([value]) => value as Value }],
  // Alone among casts, an explicit one takes a number for a truth.
  BOOL: [
    {
      parameters: ['any'],
      returns: 'boolean',
      call([value], fail) {
        if (typeof value !== 'string') return Boolean(value);
        const lower = value.toLowerCase();
        if (lower !== 'true' && lower !== 'false') fail('cast', `${JSON.stringify(value)} is neither true nor false`);
        return lower === 'true';
      },
    },
  ],
  STRING: [{ parameters: ['string'], returns: 'string', call: ([value]) => value as Value }],
  ABS: [{ parameters: ['integer'], returns: 'integer', call: ([value], fail) => abs(value as number, fail) }],
  LENGTH: [{ parameters: ['string'], returns: 'integer', call: ([text]) => Array.from(text as string).length }],
  CONCAT: [{ parameters: [], rest: 'string', returns: 'string', call: (texts) => texts.join('') }],
  CONCAT_WS: [
    {
      parameters: ['string'],
      rest: 'string',
      returns: 'string',
      call: ([delimiter, ...texts]) => texts.join(delimiter as string),
    },
  ],
  LOWER: [{ parameters: ['string'], returns: 'string', call: ([text]) => (text as string).toLowerCase() }],
  UPPER: [{ parameters: ['string'], returns: 'string', call: ([text]) => (text as string).toUpperCase() }],
  TRIM: [{ parameters: ['string'], returns: 'string', call: ([text]) => (text as string).trim() }],
  LEFT: [
    {
      parameters: ['string', 'integer'],
      returns: 'string',
      call: ([text, count], fail) =>
        part(text as string, count as number, fail, (all) => all.slice(0, count as number)),
    },
  ],
  RIGHT: [
    {
      parameters: ['string', 'integer'],
      returns: 'string',
      call: ([text, count], fail) =>
        part(text as string, count as number, fail, (all) => all.slice(Math.max(0, all.length - (count as number)))),
    },
  ],
  SUBSTRING: [
    {
      parameters: ['string', 'integer'],
      returns: 'string',
      call: ([text, position], fail) => substring(text as string, position as number, LARGEST, fail),
    },
    {
      parameters: ['string', 'integer', 'integer'],
      returns: 'string',
      call: ([text, position, length], fail) => substring(text as string, position as number, length as number, fail),
    },
  ],
};

/** The function of that name that takes so many arguments. */
export function findFunction(name: string, arity: number): CesqlFunction | undefined {
  const overloads = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  return overloads?.find(({ parameters, rest }) =>
    rest === undefined ? parameters.length === arity : parameters.length <= arity,
  );
}

function abs(value: number, fail: Fail): number {
  if (value >= -LARGEST) return Math.abs(value);
  fail('math', `the absolute value of ${value} does not fit into 32 bits`);
  return LARGEST;
}

function part(text: string, count: number, fail: Fail, cut: (all: readonly string[]) => readonly string[]): string {
  if (count >= 0) return cut(Array.from(text)).join('');
  fail('functionEvaluation', `a number of characters must not be negative, and is ${count}`);
  return text;
}

function substring(text: string, position: number, length: number, fail: Fail): string {
  const all = Array.from(text);
  if (Math.abs(position) > all.length) {
    fail('functionEvaluation', `position ${position} is outside of a string of ${all.length} characters`);
    return '';
  }
  if (length < 0) {
    fail('functionEvaluation', `a length must not be negative, and is ${length}`);
    return '';
  }
  if (position === 0) return '';
  const start = position > 0 ? position - 1 : all.length + position;
  return all.slice(start, start + length).join('');
}
