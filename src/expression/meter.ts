/**
 * What a run has used of its budget. The engine is synchronous, so the meter of the current run is module state: a step
 * costs a decrement, and the clock is read once every few hundred steps. A run inside a run (a native function that
 * evaluates another program) has a meter of its own; `metered` restores the outer one whatever happens.
 */
import { type BudgetName, JqBudgetError, placeOf } from './jq-error.ts';

/** The most a run may use; what is left out has its default. */
export interface Budget {
  /** Iterations, calls and the like. */
  readonly steps?: number;
  /** Values handed to the caller. */
  readonly outputs?: number;
  /** UTF-16 units in one string. */
  readonly string?: number;
  /** Elements of one array, keys of one object. */
  readonly collection?: number;
  /** Bytes, roughly, of all arrays, objects and strings that the run builds, whether still in use or not. */
  readonly memory?: number;
  /** Nested calls, each counted with the height of what it calls; a share of the JavaScript stack. */
  readonly depth?: number;
  /** Milliseconds of the clock. */
  readonly time?: number;
  /** The clock, in milliseconds. */
  readonly now?: () => number;
}

export const DEFAULT_BUDGET = {
  steps: 5_000_000,
  outputs: 100_000,
  string: 4_000_000,
  collection: 500_000,
  memory: 40_000_000,
  depth: 2000,
  time: 50,
  now: () => performance.now(),
} as const satisfies Required<Budget>;

/** A clock read costs about as much as ten steps. */
const SLICE = 256;
const BYTES_PER_ELEMENT = 8;
const BYTES_PER_KEY = 24;

interface Meter {
  readonly limits: Required<Budget>;
  readonly source: string;
  /** Where `fuel` stood when this slice began. */
  slice: number;
  steps: number;
  outputs: number;
  bytes: number;
  deadline: number;
}

/** Outside of runs nothing is bounded: values may be printed, parsed and compared by whoever has them. */
const UNBOUNDED: Required<Budget> = {
  steps: Number.POSITIVE_INFINITY,
  outputs: Number.POSITIVE_INFINITY,
  string: Number.POSITIVE_INFINITY,
  collection: Number.POSITIVE_INFINITY,
  memory: Number.POSITIVE_INFINITY,
  depth: Number.POSITIVE_INFINITY,
  time: Number.POSITIVE_INFINITY,
  now: () => 0,
};

let fuel = 0;
let depth = 0;
let place = 0;
let meter: Meter = createMeter('', UNBOUNDED);

function createMeter(source: string, limits: Required<Budget>): Meter {
  return { limits, source, slice: SLICE, steps: 0, outputs: 0, bytes: 0, deadline: Number.NaN };
}

/** Runs `body` with a fresh meter. */
export function metered<T>(source: string, budget: Budget | undefined, body: () => T): T {
  const outer = { meter, fuel, depth, place };
  meter = createMeter(source, budget === undefined ? DEFAULT_BUDGET : { ...DEFAULT_BUDGET, ...budget });
  fuel = SLICE;
  depth = 0;
  place = 0;
  try {
    return body();
  } catch (error) {
    // The stack of the caller may already be deep, which our own count cannot know.
    if (error instanceof RangeError && /call stack/i.test(error.message)) throw exceeded('depth');
    throw error;
  } finally {
    ({ meter, fuel, depth, place } = outer);
  }
}

function exceeded(budget: BudgetName): JqBudgetError {
  return new JqBudgetError(budget, meter.limits[budget], placeOf(meter.source, place));
}

/** Notes the construct that runs now, an offset in the source, for the error that may follow. */
export function at(offset: number): void {
  place = offset;
}

export function tick(): void {
  if (--fuel < 0) refuel();
}

/** Counts work done in one go, such as a copy of `steps` elements. */
export function work(steps: number): void {
  fuel -= steps;
  if (fuel < 0) refuel();
}

function refuel(): void {
  meter.steps += meter.slice - fuel;
  if (meter.steps > meter.limits.steps) throw exceeded('steps');
  const now = meter.limits.now();
  if (Number.isNaN(meter.deadline)) meter.deadline = now + meter.limits.time;
  else if (now > meter.deadline) throw exceeded('time');
  fuel = SLICE;
}

export function countOutput(): void {
  if (++meter.outputs > meter.limits.outputs) throw exceeded('outputs');
}

/** Counts what the other functions here do not see: wrappers, copies, working memory. */
export function countBytes(bytes: number): void {
  meter.bytes += bytes;
  if (meter.bytes > meter.limits.memory) throw exceeded('memory');
}

/** Before an array of `length` elements is built at once, or when one has grown to it. */
export function countArray(length: number): void {
  if (length > meter.limits.collection) throw exceeded('collection');
  countBytes(length * BYTES_PER_ELEMENT);
  if (length > 64) work(length >> 5);
}

/** Before an object of `size` keys is built. */
export function countObject(size: number): void {
  if (size > meter.limits.collection) throw exceeded('collection');
  countBytes(size * BYTES_PER_KEY);
  if (size > 16) work(size >> 3);
}

/** An array that grows: checked at each element, paid for in steps of 64. */
export function countGrowth(length: number): void {
  if ((length & 63) === 0) {
    if (length > meter.limits.collection) throw exceeded('collection');
    countBytes(64 * BYTES_PER_ELEMENT);
  }
}

/** Before a string of `length` is built of which `fresh` characters are new memory. */
export function countString(length: number, fresh = length): void {
  if (length > meter.limits.string) throw exceeded('string');
  if (fresh > 32) {
    countBytes(fresh);
    work(fresh >> 6);
  }
}

/** Enters a level that puts about `weight` JavaScript frames on the stack; `leave` it with the same weight. */
export function enter(weight: number): void {
  depth += weight;
  if (depth > meter.limits.depth) throw exceeded('depth');
  tick();
}

export function leave(weight: number): void {
  depth -= weight;
}

export function currentDepth(): number {
  return depth;
}

/** After an error was caught: the levels in between are gone. */
export function restoreDepth(level: number): void {
  depth = level;
}

/** Refuses a value nested deeper than jq itself handles. */
export function tooDeep(): never {
  throw exceeded('depth');
}

/** How long a regular expression that may backtrack is allowed to run, in whole milliseconds. */
export function timeLeft(): number {
  const { now, time } = meter.limits;
  if (Number.isNaN(meter.deadline)) meter.deadline = now() + time;
  return Math.max(1, Math.ceil(meter.deadline - now()));
}

export function outOfTime(): never {
  throw exceeded('time');
}
