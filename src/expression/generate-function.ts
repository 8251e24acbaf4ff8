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
  GO,
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
  const bodyScope = definition.params.reduce((s, param) => withFrame(s, 'param', param.name), inner);
  // `$x` as a parameter is the closure `x` and the variable `$x`: the body is wrapped in `x as $x | …` for each.
  const body = definition.params.reduceRight<Node>(
    (rest, param) =>
      param.isValue
        ? {
            kind: 'bind',
            source: { kind: 'call', name: param.name, args: [], at: definition.at },
            patterns: [{ kind: 'name', name: param.name, at: definition.at }],
            body: rest,
            at: definition.at,
          }
        : rest,
    definition.body,
  );
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
  const frameOf = (env: Env): Env => {
    let frame = ancestor(env, distance);
    for (let i = 0; i < args.length; i += 1) {
      const { code, weight } = args[i] as { code: Code; weight: number };
      frame = extend(frame, new Closure(code, env, weight));
    }
    return frame;
  };
  const { weight } = info;
  if (tail) return tailCall(info, frameOf);

  const many: Many = (input, env, emit) => {
    at(node.at);
    enter(weight);
    let flow = (info.body as Code).many(input, frameOf(env), emit);
    while (flow === TAIL) {
      tick();
      flow = (pending.code as Code).many(pending.input, pending.env as Env, emit);
    }
    leave(weight);
    return flow;
  };
  const path: Paths = (from, input, env, emit) => {
    at(node.at);
    enter(weight);
    let flow = runPath(info.body as Code, from, input, frameOf(env), emit);
    while (flow === TAIL) {
      tick();
      flow = runPath(pending.code as Code, pending.path, pending.input, pending.env as Env, emit);
    }
    leave(weight);
    return flow;
  };
  if (!info.givesOne) return fromMany(many, path);
  const one: One = (input, env) => {
    at(node.at);
    enter(weight);
    let value = ((info.body as Code).one as One)(input, frameOf(env));
    while (value === TAIL_VALUE) {
      tick();
      value = ((pending.code as Code).one as One)(pending.input, pending.env as Env);
    }
    leave(weight);
    return value;
  };
  return { ...fromOne(one, path), many: (input, env, emit) => emit(one(input, env)) };
}

/** Leaves the call to the loop of whoever called the function that ends with it. */
function tailCall(info: FunctionInfo, frameOf: (env: Env) => Env): Code {
  const leaveTo = (input: Json, env: Env): void => {
    pending.code = info.body;
    pending.input = input;
    pending.env = frameOf(env);
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
  if (distance === 0) return fromOne((_input, env) => env.value as Json);
  if (distance === 1) return fromOne((_input, env) => env.up.value as Json);
  return fromOne((_input, env) => ancestor(env, distance).value as Json);
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

export const NOTHING: Code = fromMany(
  () => GO,
  () => GO,
);
