/** `a | b`, `a, b`, arithmetic, comparison, `and`/`or`, `//`, and the minus sign. */
import type { Node } from './ast.ts';
import { type Code, fromConstant, fromMany, fromOne, fromOpt, GO, type Opt, type Paths, runPath } from './code.ts';
import { JqError } from './jq-error.ts';
import { isTruthy, type Json } from './json.ts';
import { type BinaryFunction, negate, OPERATIONS } from './operators.ts';
import type { Compiler, Scope } from './scope.ts';

export function generatePipe(node: Node & { kind: 'pipe' }, scope: Scope, compiler: Compiler, tail: boolean): Code {
  const left = compiler.compile(node.left, scope);
  const right = compiler.compile(node.right, scope, tail && left.opt !== undefined);
  return pipe(left, right);
}

export function pipe(left: Code, right: Code): Code {
  const path: Code['path'] = (from, input, env, emit) =>
    runPath(left, from, input, env, (place, value) => runPath(right, place, value, env, emit));
  const { one, opt } = left;
  const { one: nextOne, opt: nextOpt } = right;
  if (one !== undefined && nextOne !== undefined) return fromOne((input, env) => nextOne(one(input, env), env), path);
  if (one !== undefined) {
    const code = fromMany((input, env, emit) => right.many(one(input, env), env, emit), path);
    return nextOpt === undefined ? code : { ...code, opt: (input, env) => nextOpt(one(input, env), env) };
  }
  if (opt !== undefined) {
    const code = fromMany((input, env, emit) => {
      const value = opt(input, env);
      return value === undefined ? GO : right.many(value, env, emit);
    }, path);
    if (nextOpt === undefined) return code;
    return {
      ...code,
      opt(input, env) {
        const value = opt(input, env);
        return value === undefined ? undefined : nextOpt(value, env);
      },
    };
  }
  if (nextOne !== undefined) {
    return fromMany((input, env, emit) => left.many(input, env, (value) => emit(nextOne(value, env))), path);
  }
  if (nextOpt !== undefined) {
    return fromMany(
      (input, env, emit) =>
        left.many(input, env, (value) => {
          const result = nextOpt(value, env);
          return result === undefined ? GO : emit(result);
        }),
      path,
    );
  }
  return fromMany((input, env, emit) => left.many(input, env, (value) => right.many(value, env, emit)), path);
}

export function generateComma(node: Node & { kind: 'comma' }, scope: Scope, compiler: Compiler, tail: boolean): Code {
  const last = node.items.length - 1;
  const codes = node.items.map((item, i) => compiler.compile(item, scope, tail && i === last));
  return fromMany(
    (input, env, emit) => {
      for (let i = 0; i < last; i += 1) {
        const flow = (codes[i] as Code).many(input, env, emit);
        if (flow !== GO) return flow;
      }
      return (codes[last] as Code).many(input, env, emit);
    },
    (path, input, env, emit) => {
      for (let i = 0; i < last; i += 1) {
        const flow = runPath(codes[i] as Code, path, input, env, emit);
        if (flow !== GO) return flow;
      }
      return runPath(codes[last] as Code, path, input, env, emit);
    },
  );
}

/** The right operand varies slowest, as jq evaluates it first. */
export function generateBinary(node: Node & { kind: 'binary' }, scope: Scope, compiler: Compiler): Code {
  const left = compiler.compile(node.left, scope);
  const right = compiler.compile(node.right, scope);
  const operate = OPERATIONS[node.operator] as BinaryFunction;
  if (left.constant !== undefined && right.constant !== undefined) {
    const folded = fold(operate, left.constant.value, right.constant.value);
    if (folded !== undefined) return folded;
  }
  const { one } = left;
  const { one: other } = right;
  if (one !== undefined && other !== undefined) {
    const { operator } = node;
    const constant = right.constant?.value;
    const isSimple = typeof constant === 'string' || typeof constant === 'boolean' || constant === null;
    if (operator === '==' && isSimple) return fromOne((input, env) => one(input, env) === constant);
    if (operator === '!=' && isSimple) return fromOne((input, env) => one(input, env) !== constant);
    return fromOne((input, env) => {
      const b = other(input, env);
      return operate(one(input, env), b);
    });
  }
  const { opt } = left;
  const { opt: otherOpt } = right;
  if (opt !== undefined && otherOpt !== undefined) {
    return fromOpt((input, env) => {
      const b = otherOpt(input, env);
      const a = b === undefined ? undefined : opt(input, env);
      return a === undefined ? undefined : operate(a, b as Json);
    });
  }
  return fromMany((input, env, emit) =>
    right.many(input, env, (b) => left.many(input, env, (a) => emit(operate(a, b)))),
  );
}

/** Long strings and errors are left to the run: a program stays small, and fails when it runs. */
function fold(operate: BinaryFunction, a: Json, b: Json): Code | undefined {
  if (typeof a === 'string' || typeof b === 'string') return undefined;
  try {
    return fromConstant(operate(a, b));
  } catch (error) {
    if (error instanceof JqError) return undefined;
    throw error;
  }
}

export function generateNegate(node: Node & { kind: 'negate' }, scope: Scope, compiler: Compiler): Code {
  const body = compiler.compile(node.body, scope);
  if (body.constant !== undefined && typeof body.constant.value === 'number')
    return fromConstant(negate(body.constant.value));
  return pipe(body, fromOne(negate));
}

/** The left side varies slowest; it alone may decide. */
export function generateLogic(node: Node & { kind: 'logic' }, scope: Scope, compiler: Compiler): Code {
  const left = compiler.compile(node.left, scope);
  const right = compiler.compile(node.right, scope);
  const decisive = node.operator === 'or';
  const { one } = left;
  const { one: other } = right;
  if (one !== undefined && other !== undefined) {
    if (decisive) return fromOne((input, env) => isTruthy(one(input, env)) || isTruthy(other(input, env)));
    return fromOne((input, env) => isTruthy(one(input, env)) && isTruthy(other(input, env)));
  }
  return fromMany((input, env, emit) =>
    left.many(input, env, (a) => {
      if (isTruthy(a) === decisive) return emit(decisive);
      return right.many(input, env, (b) => emit(isTruthy(b)));
    }),
  );
}

/** `a // b`: the true outputs of `a`; if there are none, those of `b`. An error of `a` is an error of both. */
export function generateAlternative(
  node: Node & { kind: 'alternative' },
  scope: Scope,
  compiler: Compiler,
  tail: boolean,
): Code {
  const left = compiler.compile(node.left, scope);
  const right = compiler.compile(node.right, scope, tail);
  const path: Paths = (from, input, env, emit) => {
    let found = false;
    const flow = runPath(left, from, input, env, (place, value) => {
      if (!isTruthy(value)) return GO;
      found = true;
      return emit(place, value);
    });
    return found || flow !== GO ? flow : runPath(right, from, input, env, emit);
  };
  const { opt } = left;
  const { one: otherOne, opt: otherOpt } = right;
  if (opt === undefined) {
    return fromMany((input, env, emit) => {
      let found = false;
      const flow = left.many(input, env, (value) => {
        if (!isTruthy(value)) return GO;
        found = true;
        return emit(value);
      });
      return found || flow !== GO ? flow : right.many(input, env, emit);
    }, path);
  }
  const read: Opt = (input, env) => {
    const value = opt(input, env);
    return value === undefined || !isTruthy(value) ? undefined : value;
  };
  if (otherOne !== undefined) return fromOne((input, env) => read(input, env) ?? otherOne(input, env), path);
  if (otherOpt !== undefined) return fromOpt((input, env) => read(input, env) ?? otherOpt(input, env), path);
  return fromMany((input, env, emit) => {
    const value = read(input, env);
    return value === undefined ? right.many(input, env, emit) : emit(value);
  }, path);
}
