/** `if`, `try`, `reduce`, `foreach`, `label` and `break`. */
import { type Accumulator, accumulation } from './accumulate.ts';
import type { Node } from './ast.ts';
import {
  ancestor,
  Break,
  type Code,
  type Env,
  extend,
  type Flow,
  fromMany,
  fromOne,
  fromOpt,
  GO,
  isLeaving,
  Label,
  leaveTo,
  run,
  runPath,
  STOP,
} from './code.ts';
import { bindPatterns, scopeOfPatterns } from './generate-bind.ts';
import { IDENTITY } from './generate-path.ts';
import { JqError } from './jq-error.ts';
import { isTruthy, type Json } from './json.ts';
import { at, currentDepth, restoreDepth, tick } from './meter.ts';
import { type Compiler, findLabel, type Scope, withFrame } from './scope.ts';

export function generateIf(node: Node & { kind: 'if' }, scope: Scope, compiler: Compiler, tail: boolean): Code {
  const condition = compiler.compile(node.condition, scope);
  const isSingle = condition.opt !== undefined;
  const then = compiler.compile(node.then, scope, tail && isSingle);
  const otherwise = node.otherwise === undefined ? IDENTITY : compiler.compile(node.otherwise, scope, tail && isSingle);
  return conditional(condition, then, otherwise);
}

export function conditional(condition: Code, then: Code, otherwise: Code): Code {
  const { one, opt } = condition;
  const path: Code['path'] = (from, input, env, emit) => {
    if (opt === undefined) {
      return condition.many(input, env, (value) => runPath(isTruthy(value) ? then : otherwise, from, input, env, emit));
    }
    const value = opt(input, env);
    return value === undefined ? GO : runPath(isTruthy(value) ? then : otherwise, from, input, env, emit);
  };
  if (one !== undefined) {
    const { one: yes, opt: maybe } = then;
    const { one: no, opt: otherMaybe } = otherwise;
    if (yes !== undefined && no !== undefined) {
      return fromOne((input, env) => (isTruthy(one(input, env)) ? yes(input, env) : no(input, env)), path);
    }
    const code = fromMany(
      (input, env, emit) =>
        isTruthy(one(input, env)) ? then.many(input, env, emit) : otherwise.many(input, env, emit),
      path,
    );
    if (maybe === undefined || otherMaybe === undefined) return code;
    return { ...code, opt: (input, env) => (isTruthy(one(input, env)) ? maybe(input, env) : otherMaybe(input, env)) };
  }
  if (opt !== undefined) {
    const code = fromMany((input, env, emit) => {
      const value = opt(input, env);
      if (value === undefined) return GO;
      return isTruthy(value) ? then.many(input, env, emit) : otherwise.many(input, env, emit);
    }, path);
    const { opt: maybe } = then;
    const { opt: otherMaybe } = otherwise;
    if (maybe === undefined || otherMaybe === undefined) return code;
    return {
      ...code,
      opt(input, env) {
        const value = opt(input, env);
        if (value === undefined) return undefined;
        return isTruthy(value) ? maybe(input, env) : otherMaybe(input, env);
      },
    };
  }
  return fromMany(
    (input, env, emit) =>
      condition.many(input, env, (value) =>
        isTruthy(value) ? then.many(input, env, emit) : otherwise.many(input, env, emit),
      ),
    path,
  );
}

/** Catches what `body` raises, and not what is raised later by whoever uses its outputs. */
export function generateTry(node: Node & { kind: 'try' }, scope: Scope, compiler: Compiler): Code {
  const body = compiler.compile(node.body, scope);
  const handler = node.handler === undefined ? undefined : compiler.compile(node.handler, scope);
  if (body.constant !== undefined) return body;
  const guard = <T>(action: (inside: { now: boolean }) => T, recover: (value: Json) => T): T => {
    const depth = currentDepth();
    const inside = { now: true };
    try {
      return action(inside);
    } catch (error) {
      if (!inside.now || !(error instanceof JqError)) throw error;
      restoreDepth(depth);
      return recover(error.value);
    }
  };
  const path: Code['path'] = (from, input, env, emit) =>
    guard<Flow>(
      (inside) =>
        runPath(body, from, input, env, (place, value) => {
          inside.now = false;
          const flow = emit(place, value);
          inside.now = true;
          return flow;
        }),
      (value) => (handler === undefined ? GO : runPath(handler, undefined, value, env, emit)),
    );
  const { one, opt } = body;
  const handle = handler === undefined ? () => undefined : handler.opt;
  if (one !== undefined && handler?.one !== undefined) {
    const { one: recover } = handler;
    return fromOne(
      (input, env) =>
        guard(
          () => one(input, env),
          (value) => recover(value, env),
        ),
      path,
    );
  }
  if (opt !== undefined && handle !== undefined) {
    return fromOpt(
      (input, env) =>
        guard(
          () => opt(input, env),
          (value) => handle(value, env),
        ),
      path,
    );
  }
  return fromMany(
    (input, env, emit) =>
      guard<Flow>(
        (inside) =>
          body.many(input, env, (value) => {
            inside.now = false;
            const flow = emit(value);
            inside.now = true;
            return flow;
          }),
        (value) => (handler === undefined ? GO : handler.many(value, env, emit)),
      ),
    path,
  );
}

/** The last output of `update` is the next state; none makes it `null`. */
function lastOutput(update: Code): (input: Json, env: Env) => Json {
  const { one, opt } = update;
  if (one !== undefined) return one;
  if (opt !== undefined) return (input, env) => opt(input, env) ?? null;
  return (input, env) => {
    let last: Json = null;
    run(update, input, env, (value) => {
      last = value;
    });
    return last;
  };
}

export function generateReduce(node: Node & { kind: 'reduce' }, scope: Scope, compiler: Compiler): Code {
  const source = compiler.compile(node.source, scope);
  const init = compiler.compile(node.init, scope);
  const bind = bindPatterns(node.patterns, scope, compiler);
  const inner = scopeOfPatterns(node.patterns, scope);
  const next = lastOutput(compiler.compile(node.update, inner));
  const accumulate = accumulation(node.update, inner, compiler);
  const reduceFrom = (start: Json, input: Json, env: Env): Json => {
    at(node.at);
    const state: Accumulator = { value: start, isOwn: false, size: 0 };
    const step = (frame: Env): Flow => {
      if (accumulate === undefined || !accumulate(state, frame)) {
        state.value = next(state.value, frame);
        state.isOwn = false;
      }
      return GO;
    };
    run(source, input, env, (value) => {
      tick();
      bind(value, input, env, step);
    });
    return state.value;
  };
  const { one } = init;
  if (one !== undefined) return fromOne((input, env) => reduceFrom(one(input, env), input, env));
  return fromMany((input, env, emit) => init.many(input, env, (start) => emit(reduceFrom(start, input, env))));
}

export function generateForeach(node: Node & { kind: 'foreach' }, scope: Scope, compiler: Compiler): Code {
  const source = compiler.compile(node.source, scope);
  const init = compiler.compile(node.init, scope);
  const bind = bindPatterns(node.patterns, scope, compiler);
  const inner = scopeOfPatterns(node.patterns, scope);
  const update = compiler.compile(node.update, inner);
  const extract = node.extract === undefined ? undefined : compiler.compile(node.extract, inner);
  /** One element: each output of `update` is the new state and, extracted, an output. */
  const advance = (state: Json, env: Env, emit: (value: Json, env: Env) => Flow): { flow: Flow; state: Json } => {
    let last: Json = null;
    const flow = update.many(state, env, (value) => {
      last = value;
      return emit(value, env);
    });
    return { flow, state: last };
  };
  const many: Code['many'] = (input, env, emit) =>
    init.many(input, env, (start) => {
      at(node.at);
      let state = start;
      const emitFrom =
        extract === undefined ? (value: Json) => emit(value) : (value: Json, e: Env) => extract.many(value, e, emit);
      return source.many(input, env, (value) => {
        tick();
        return bind(value, input, env, (frame) => {
          const step = advance(state, frame, emitFrom);
          state = step.state;
          return step.flow;
        });
      });
    });
  return fromMany(many, (path, input, env, emit) =>
    init.many(input, env, (start) => {
      let state = start;
      return runPath(source, path, input, env, (place, value) => {
        tick();
        return bind(value, input, env, (frame) => {
          const step = advance(state, frame, (result, e) => {
            const pass = (output: Json) => emit(Object.is(output, value) ? place : undefined, output);
            return extract === undefined ? pass(result) : extract.many(result, e, pass);
          });
          state = step.state;
          return step.flow;
        });
      });
    }),
  );
}

export function generateLabel(node: Node & { kind: 'label' }, scope: Scope, compiler: Compiler): Code {
  const body = compiler.compile(node.body, withFrame(scope, 'label', node.name));
  const until = (start: (env: Env) => Flow, env: Env): Flow => {
    const label = new Label(node.name);
    const depth = currentDepth();
    try {
      const flow = start(extend(env, label));
      return flow === STOP && isLeaving(label) ? GO : flow;
    } catch (error) {
      if (!(error instanceof Break && error.label === label)) throw error;
      isLeaving(label);
      restoreDepth(depth);
      return GO;
    }
  };
  return fromMany(
    (input, env, emit) => until((inner) => body.many(input, inner, emit), env),
    (path, input, env, emit) => until((inner) => runPath(body, path, input, inner, emit), env),
  );
}

export function generateBreak(node: Node & { kind: 'break' }, scope: Scope, compiler: Compiler): Code {
  const binding = findLabel(scope, node.name);
  if (binding?.kind !== 'label')
    return compiler.fail(`$*label-${node.name} is not defined`, node.at, `"label $${node.name} | …" around it`);
  const distance = scope.depth - binding.depth;
  const leaveLabel = (env: Env): Flow => {
    leaveTo(ancestor(env, distance).value as Label);
    return STOP;
  };
  return fromMany(
    (_input, env) => leaveLabel(env),
    (_path, _input, env) => leaveLabel(env),
  );
}
