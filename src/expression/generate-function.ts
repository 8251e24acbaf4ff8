/**
 * Definitions and calls. A function's body is compiled once; a call extends the frames of the place of definition with a
 * closure for each parameter. Calls in tail position are handed back to the caller's loop, so they use no stack.
 */
import type { Node } from './ast.ts';
import {
  ancestor,
  Closure,
  type Code,
  type Env,
  extend,
  type Flow,
  fromMany,
  fromOne,
  type Many,
  type One,
  type Paths,
  runPath,
  TAIL,
} from './code.ts';
import type { Json } from './json.ts';
import { at, enter, leave, tick } from './meter.ts';
import {
  type Compiler,
  type FunctionInfo,
  findVariable,
  heightOf,
  type NativeFunction,
  type Scope,
  withBinding,
  withFrame,
} from './scope.ts';
import { pending, TAIL_VALUE } from './tail-call.ts';

/** Functions nested deeper than this are not tried for giving one output, since each try compiles all within again. */
const MAX_TRIES = 3;

export function generateDefine(node: Node & { kind: 'define' }, scope: Scope, compiler: Compiler, tail: boolean): Code {
  const { definition } = node;
  const info: FunctionInfo = {
    definition,
    scope,
    weight: heightOf(definition.body) + 2,
    body: undefined,
    givesOne: false,
    isRecursive: false,
  };
  const inner = withBinding(
    { ...scope, nesting: scope.nesting + 1 },
    { kind: 'function', name: definition.name, info },
  );
  const withParams = definition.params.reduce((s, param) => withFrame(s, 'param', param.name), inner);
  // `$x` as a parameter is the closure `x` and, evaluated by the caller, the variable `$x`.
  const bodyScope = definition.params
    .filter((param) => param.isValue)
    .reduce((s, param) => withFrame(s, 'variable', param.name), withParams);
  const { body } = definition;
  info.givesOne = scope.nesting < MAX_TRIES;
  info.body = compiler.compile(body, bodyScope, true);
  if (info.givesOne && info.body.one === undefined) {
    info.givesOne = false;
    if (info.isRecursive) info.body = compiler.compile(body, bodyScope, true);
  }
  return compiler.compile(node.rest, withBinding(scope, { kind: 'function', name: definition.name, info }), tail);
}

export function generateCall(
  node: Node & { kind: 'call' },
  info: FunctionInfo,
  scope: Scope,
  compiler: Compiler,
  tail: boolean,
): Code {
  if (info.body === undefined) info.isRecursive = true;
  const args = node.args.map((arg) => ({ code: compiler.compile(arg, scope), weight: heightOf(arg) + 1 }));
  const distance = scope.depth - info.scope.depth;
  const closures = (env: Env): Env => {
    let frame = ancestor(env, distance);
    for (let i = 0; i < args.length; i += 1) {
      const { code, weight } = args[i] as { code: Code; weight: number };
      frame = extend(frame, new Closure(code, env, weight));
    }
    return frame;
  };
  const values = args.filter((_, i) => info.definition.params[i]?.isValue === true).map(({ code }) => code);
  const ones = values.map((value) => value.one);
  if (ones.some((one) => one === undefined)) return callWithMany(node, info, closures, values);

  const frameOf = (input: Json, env: Env): Env => {
    let frame = closures(env);
    for (let i = 0; i < ones.length; i += 1) frame = extend(frame, (ones[i] as One)(input, env));
    return frame;
  };
  if (tail) return tailCall(info, frameOf);
  const { many, path } = callIn(node, info);
  const code = fromMany(
    (input, env, emit) => many(input, frameOf(input, env), emit),
    (from, input, env, emit) => path(from, input, frameOf(input, env), emit),
  );
  if (!info.givesOne) return code;
  const { weight } = info;
  const one: One = (input, env) => {
    at(node.at);
    enter(weight);
    let value = ((info.body as Code).one as One)(input, frameOf(input, env));
    while (value === TAIL_VALUE) {
      tick();
      value = ((pending.code as Code).one as One)(pending.input, pending.env as Env);
    }
    leave(weight);
    return value;
  };
  return fromOne(one, code.path);
}

/** The call itself, in the frames that the parameters have made. */
function callIn(node: Node, info: FunctionInfo): { many: Many; path: Paths } {
  const { weight } = info;
  return {
    many(input, frame, emit) {
      at(node.at);
      enter(weight);
      let flow = (info.body as Code).many(input, frame, emit);
      while (flow === TAIL) {
        tick();
        flow = (pending.code as Code).many(pending.input, pending.env as Env, emit);
      }
      leave(weight);
      return flow;
    },
    path(from, input, frame, emit) {
      at(node.at);
      enter(weight);
      let flow = runPath(info.body as Code, from, input, frame, emit);
      while (flow === TAIL) {
        tick();
        flow = runPath(pending.code as Code, pending.path, pending.input, pending.env as Env, emit);
      }
      leave(weight);
      return flow;
    },
  };
}

/** Parameters by value with several outputs: one call for each combination, the first varying slowest. */
function callWithMany(node: Node, info: FunctionInfo, closures: (env: Env) => Env, values: readonly Code[]): Code {
  const { many, path } = callIn(node, info);
  const bindFrom = (index: number, input: Json, env: Env, frame: Env, call: (frame: Env) => Flow): Flow => {
    const value = values[index];
    if (value === undefined) return call(frame);
    return value.many(input, env, (output) => bindFrom(index + 1, input, env, extend(frame, output), call));
  };
  return fromMany(
    (input, env, emit) => bindFrom(0, input, env, closures(env), (frame) => many(input, frame, emit)),
    (from, input, env, emit) => bindFrom(0, input, env, closures(env), (frame) => path(from, input, frame, emit)),
  );
}

/** Leaves the call to the loop of whoever called the function that ends with it. */
function tailCall(info: FunctionInfo, frameOf: (input: Json, env: Env) => Env): Code {
  const leaveTo = (input: Json, env: Env): void => {
    pending.code = info.body;
    pending.input = input;
    pending.env = frameOf(input, env);
  };
  const many: Many = (input, env) => {
    leaveTo(input, env);
    return TAIL;
  };
  const path: Paths = (from, input, env) => {
    leaveTo(input, env);
    pending.path = from;
    return TAIL;
  };
  if (!info.givesOne) return fromMany(many, path);
  const one: One = (input, env) => {
    leaveTo(input, env);
    return TAIL_VALUE;
  };
  return { one, opt: one, many, path };
}

/** A parameter: the caller's code, in the caller's frames. */
export function generateParam(depth: number, scope: Scope): Code {
  const distance = scope.depth - depth;
  const call = (env: Env, start: (closure: Closure) => Flow): Flow => {
    const closure = ancestor(env, distance).value as Closure;
    enter(closure.weight);
    const flow = start(closure);
    leave(closure.weight);
    return flow;
  };
  return fromMany(
    (input, env, emit) => call(env, (closure) => closure.code.many(input, closure.env, emit)),
    (from, input, env, emit) => call(env, (closure) => runPath(closure.code, from, input, closure.env, emit)),
  );
}

export function generateVariable(node: Node & { kind: 'variable' }, scope: Scope, compiler: Compiler): Code {
  const binding = findVariable(scope, node.name);
  if (binding?.kind === 'global') {
    const { read } = binding;
    compiler.noteGlobal(node.name, node.at);
    return fromOne(() => read());
  }
  if (binding?.kind !== 'variable') return compiler.fail(`$${node.name} is not defined`, node.at);
  const distance = scope.depth - binding.depth;
  // A variable that holds the very value at a place is that place.
  const path: Paths = (from, input, env, emit) => {
    const value = ancestor(env, distance).value as Json;
    return emit(Object.is(value, input) ? from : undefined, value);
  };
  if (distance === 0) return fromOne((_input, env) => env.value as Json, path);
  if (distance === 1) return fromOne((_input, env) => env.up.value as Json, path);
  return fromOne((_input, env) => ancestor(env, distance).value as Json, path);
}

/** A call of a function that takes values: one call for each combination of its arguments, the last varying slowest. */
export function generateValueCall(call: NativeFunction, args: readonly Code[]): Code {
  const ones = args.map((arg) => arg.one);
  if (ones.every((one) => one !== undefined)) {
    const [first, second, third] = ones as One[];
    if (first === undefined) return fromOne((input) => call(input));
    if (second === undefined) return fromOne((input, env) => call(input, first(input, env)));
    if (third === undefined) {
      return fromOne((input, env) => {
        const b = second(input, env);
        return call(input, first(input, env), b);
      });
    }
    return fromOne((input, env) => call(input, ...ones.map((one) => (one as One)(input, env))));
  }
  const callFrom = (
    index: number,
    values: readonly Json[],
    input: Json,
    env: Env,
    emit: (value: Json) => Flow,
  ): Flow => {
    const arg = args[index];
    if (arg === undefined) return emit(call(input, ...values));
    return arg.many(input, env, (value) => callFrom(index - 1, [value, ...values], input, env, emit));
  };
  return fromMany((input, env, emit) => callFrom(args.length - 1, [], input, env, emit));
}
