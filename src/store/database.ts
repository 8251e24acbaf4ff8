/**
 * The seam between what the store asks and the driver that answers. Questions are written once, with Kysely, and compiled
 * once. A unit of work is a generator that yields questions and is sent their rows, so the same code is driven within one
 * tick over SQLite and awaited over Postgres.
 */
import type { Compilable, Kysely } from 'kysely';
import { prepareCompile } from './prepare-compile.ts';
import type { NamedRun, Work } from './store.ts';
import type { Tables } from './tables.ts';

/** A compiled question. It takes named parameters and answers rows, or how many it changed where it returns none. */
export interface Statement<Params, Row> {
  /** Compiles at the first call, so that a process pays only for what it asks. */
  compile(): { readonly sql: string; readonly bind: (params: Params) => unknown[] };
  /** Only a type: what a row looks like. */
  readonly row?: Row;
}

export interface Question {
  readonly statement: Statement<never, unknown>;
  readonly params: unknown;
  /** Nobody waits for the answer: the unit goes on at once, and fails as a whole where the question does. */
  readonly isTold?: boolean;
  /** It is all that the unit asks for, so that it needs no transaction around it. */
  readonly isAlone?: boolean;
  /** Others follow before its answer is wanted: where that takes time, the unit is sent a promise of it, to send back. */
  readonly isAhead?: boolean;
  readonly answer?: Promise<unknown>;
}

/** One atomic piece of work. It holds no state but its own, for it is run anew when the driver has to try again. */
export type Unit<Result> = Generator<Question, Result, unknown>;

export interface Database {
  /** Builds queries in the dialect of the driver; never executes them. */
  readonly builder: Kysely<Tables>;
  /** One consistent view. */
  read<Result>(unit: () => Unit<Result>): Promise<Result>;
  /**
   * Resolves after the commit that holds the unit's writes, which others' units may share; an error of one unit undoes
   * that unit alone. Units of different subjects touch no rows in common, so they may run at the same time; a unit without
   * one runs when all before it are done.
   * @throws FairleadError `store.unavailable`, with nothing of the unit written
   */
  write<Result>(unit: () => Unit<Result>, subject?: string): Promise<Result>;
  /** What units need where several processes write at the same time; absent where one unit runs after the other. */
  readonly shared?: Shared;
}

export interface Shared {
  /** Keeps a name to this unit until the commit. One per unit, and before it writes. */
  lock(name: string): Unit<void>;
  /** Wakes the other processes once this is committed. */
  announce(work: Exclude<Work, 'rests'>): Unit<void>;
  /** Tells the other processes, once this is committed, that the run has ended or parked. */
  announceRest(run: NamedRun): Unit<void>;
}

/**
 * A question for later: `build` is given parameters that it may use wherever a value of their type may stand.
 * Parameters are bound by name; `null` is bound as `NULL`.
 */
export function defineStatement<Params, Row>(
  builder: Kysely<Tables>,
  build: (db: Kysely<Tables>, params: Params) => Compilable<Row>,
): Statement<Params, Row> {
  const compile = prepareCompile(builder, build);
  let compiled: ReturnType<Statement<Params, Row>['compile']> | undefined;
  return {
    compile() {
      compiled ??= toBound(compile());
      return compiled;
    },
  };
}

function toBound({ sql, slots }: ReturnType<ReturnType<typeof prepareCompile>>) {
  return {
    sql,
    bind: (params: unknown) =>
      slots.map((slot) => (slot.name === undefined ? slot.value : (params as Record<string, unknown>)[slot.name])),
  };
}

/** All rows of the answer. */
export function* all<Params, Row>(statement: Statement<Params, Row>, params: Params): Unit<readonly Row[]> {
  return (yield { statement: statement as Statement<never, unknown>, params }) as readonly Row[];
}

/** The first row of the answer, where there is one. */
export function* first<Params, Row>(statement: Statement<Params, Row>, params: Params): Unit<Row | undefined> {
  return (yield* all(statement, params))[0];
}

/** How many rows a statement without `returning` changed. */
export function* run<Params>(statement: Statement<Params, unknown>, params: Params): Unit<number> {
  return (yield { statement: statement as Statement<never, unknown>, params }) as number;
}

/** The same, of a statement that is the whole unit. */
export function* runAlone<Params>(statement: Statement<Params, unknown>, params: Params): Unit<number> {
  return (yield { statement: statement as Statement<never, unknown>, params, isAlone: true }) as number;
}

/** Asks now and answers how to have the rows later, so that several questions travel together. */
export function* ahead<Params, Row>(
  statement: Statement<Params, Row>,
  params: Params,
): Unit<() => Unit<readonly Row[]>> {
  const question: Question = { statement: statement as Statement<never, unknown>, params, isAhead: true };
  const answer = yield question;
  return function* () {
    return (answer instanceof Promise ? yield { ...question, answer } : answer) as readonly Row[];
  };
}

/** Changes rows, whatever their number: the unit does not wait for the answer. */
export function* tell<Params>(statement: Statement<Params, unknown>, params: Params): Unit<void> {
  yield { statement: statement as Statement<never, unknown>, params, isTold: true };
}
