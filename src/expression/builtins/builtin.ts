/** How a builtin is made part of a program, and the shapes that most of them have. */
import { type Code, type Env, type Flow, fromMany, fromOne, fromOpt, GO } from '../code.ts';
import { generateValueCall } from '../generate-function.ts';
import type { Json } from '../json.ts';
import type { NativeFunction } from '../scope.ts';

export interface Context {
  /** Where the call stands in the program. */
  readonly at: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Compiles a call; `args` are the codes of the arguments, as many as the name's arity says. */
export type Builtin = (args: readonly Code[], context: Context) => Code;

/** Builtins by `name/arity`. */
export type Family = Readonly<Record<string, Builtin>>;

/** A function of the input and of arguments by value. */
export function byValue(call: NativeFunction): Builtin {
  return (args) => generateValueCall(call, args);
}

/** The input where the test holds, which is a place if the input is one. */
export function selecting(test: (input: Json) => boolean): Builtin {
  return () =>
    fromOpt(
      (input) => (test(input) ? input : undefined),
      (path, input, _env, emit) => (test(input) ? emit(path, input) : GO),
    );
}

/** The one argument of a call that is known to have it. */
export function argument(args: readonly Code[], index: number): Code {
  return args[index] as Code;
}

/** A call with parameters by value, the first varying slowest, whose body depends on their values. */
export function withValues(
  args: readonly Code[],
  many: (values: readonly Json[], input: Json, env: Env, emit: (value: Json) => Flow) => Flow,
): Code {
  const bindFrom = (
    index: number,
    values: readonly Json[],
    input: Json,
    env: Env,
    emit: (value: Json) => Flow,
  ): Flow => {
    const arg = args[index];
    if (arg === undefined) return many(values, input, env, emit);
    return arg.many(input, env, (value) => bindFrom(index + 1, [...values, value], input, env, emit));
  };
  return fromMany((input, env, emit) => bindFrom(0, [], input, env, emit));
}

export function constantly(value: Json): Builtin {
  return () => fromOne(() => value);
}
