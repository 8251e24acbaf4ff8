/**
 * What the compiler makes of an expression: closures, each a different way to run it, chosen where it is used.
 *
 * `one` exists where an expression is known to give exactly one output, `opt` where it gives at most one (`undefined`
 * for none): these call no callback and allocate nothing, and hot paths are made of them. `many` always exists.
 * `path` exists where the expression is a path; an expression without it computes a value that has no place in the input.
 *
 * A callback answers `GO` for more or `STOP` for enough, and `many` passes a `STOP` on at once. Code compiled for a tail
 * position may answer `TAIL` instead: the call that is left to do is in `tail-call.ts`, and the caller does it, in a loop.
 */
import { JqError } from './jq-error.ts';
import type { Json } from './json.ts';

export const GO = 0;
export const STOP = 1;
export const TAIL = 2;
export type Flow = typeof GO | typeof STOP | typeof TAIL;

export type One = (input: Json, env: Env) => Json;
export type Opt = (input: Json, env: Env) => Json | undefined;
export type Emit = (value: Json) => Flow;
export type Many = (input: Json, env: Env, emit: Emit) => Flow;
/** `undefined` for the path: the value was computed and is nowhere in the input. */
export type EmitPath = (path: Path | undefined, value: Json) => Flow;
export type Paths = (path: Path | undefined, input: Json, env: Env, emit: EmitPath) => Flow;

export interface Code {
  readonly one?: One | undefined;
  readonly opt?: Opt | undefined;
  readonly many: Many;
  readonly path?: Paths | undefined;
  /** Set where the output is known without running. */
  readonly constant?: { readonly value: Json } | undefined;
}

/** A place in the input, innermost key first; `null` is the input itself. */
export type Path = PathStep | null;
export interface PathStep {
  readonly up: Path;
  readonly key: Json;
}

/**
 * The variables and closures in scope, innermost first. Frames never change, so a closure may keep one. The compiler
 * knows how many frames up each name is.
 */
export interface Env {
  readonly value: Json | Closure | Label;
  readonly up: Env;
}

/** The argument of a function: code with the frames it was written in. */
export class Closure {
  readonly code: Code;
  readonly env: Env;
  readonly weight: number;
  constructor(code: Code, env: Env, weight: number) {
    this.code = code;
    this.env = env;
    this.weight = weight;
  }
}

/** One activation of a `label`. */
export class Label {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

class Frame implements Env {
  readonly value: Json | Closure | Label;
  readonly up: Env;
  constructor(value: Json | Closure | Label, up: Env | undefined) {
    this.value = value;
    this.up = up ?? this;
  }
}

export const EMPTY_ENV: Env = new Frame(null, undefined);

export function extend(env: Env, value: Json | Closure | Label): Env {
  return new Frame(value, env);
}

export function ancestor(env: Env, distance: number): Env {
  let frame = env;
  for (let i = distance; i > 0; i -= 1) frame = frame.up;
  return frame;
}

export function fromOne(one: One, path?: Paths): Code {
  return { one, opt: one, many: (input, env, emit) => emit(one(input, env)), path };
}

export function fromOpt(opt: Opt, path?: Paths): Code {
  return {
    opt,
    many(input, env, emit) {
      const value = opt(input, env);
      return value === undefined ? GO : emit(value);
    },
    path,
  };
}

export function fromMany(many: Many, path?: Paths): Code {
  return { many, path };
}

export function fromConstant(value: Json): Code {
  const frozen = freeze(value);
  return { ...fromOne(() => frozen), constant: { value: frozen } };
}

/** Constants are shared by all runs of a program, so nobody may change them. */
function freeze(value: Json): Json {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freeze(inner);
    Object.freeze(value);
  }
  return value;
}

/** A `break` whose label is outside of code that answers with a value and not with a flow. */
export class Break {
  readonly label: Label;
  constructor(label: Label) {
    this.label = label;
  }
}

let broken: Label | undefined;

/** Marks the label that is being left; the caller then answers `STOP`. */
export function leaveTo(label: Label): void {
  broken = label;
}

/** Whether the `STOP` that just came up is the end of this label's body. */
export function isLeaving(label: Label): boolean {
  if (broken !== label) return false;
  broken = undefined;
  return true;
}

/** Ends a `many` whose `STOP` is not the caller's own: the label it leaves to is further out. */
export function leave(): never {
  if (broken === undefined) throw new Error('jq engine: STOP without a label');
  throw new Break(broken);
}

/** Runs code to its end, where the caller's callback never stops it. */
export function run(code: Code, input: Json, env: Env, emit: (value: Json) => void): void {
  if (code.one !== undefined) {
    emit(code.one(input, env));
    return;
  }
  const flow = code.many(input, env, (value) => {
    emit(value);
    return GO;
  });
  if (flow === STOP) leave();
}

/** The first output, or `undefined` for none; the rest is not computed. */
export function firstOf(code: Code, input: Json, env: Env): Json | undefined {
  if (code.opt !== undefined) return code.opt(input, env);
  let first: Json | undefined;
  const flow = code.many(input, env, (value) => {
    first = value;
    return STOP;
  });
  if (flow === STOP && first === undefined) leave();
  return first;
}

/**
 * Runs code as a path expression. A computed value counts as the place it was computed at when it is the very value there,
 * as in jq; text and numbers that are merely equal are other values.
 */
export function runPath(code: Code, path: Path | undefined, input: Json, env: Env, emit: EmitPath): Flow {
  if (code.path !== undefined) return code.path(path, input, env, emit);
  return code.many(input, env, (value) => {
    const isComparable = typeof value !== 'string' && typeof value !== 'number';
    return emit(isComparable && value === input ? path : undefined, value);
  });
}

export function toPathArray(path: Path): Json[] {
  const keys: Json[] = [];
  for (let step = path; step !== null; step = step.up) keys.push(step.key);
  return keys.reverse();
}

/** A function for each output of `code` in path mode that must be a place. */
export function placeOrError(path: Path | undefined, value: Json, show: (value: Json) => string): Path {
  if (path === undefined) throw new JqError(`Invalid path expression with result ${show(value)}`);
  return path;
}
