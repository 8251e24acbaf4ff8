/** `.`, `.a`, `.[e]`, `.[a:b]`, `.[]`, `..`: values and, in path mode, places. */
import { elementsOf, readElement, readField, readIndex, readSlice, refuseIndex } from './access.ts';
import type { Node } from './ast.ts';
import {
  type Code,
  fromMany,
  fromOne,
  fromOpt,
  GO,
  type Many,
  type One,
  type Path,
  type Paths,
  runPath,
  STOP,
} from './code.ts';
import { JqError } from './jq-error.ts';
import { isArray, isObject, type Json, type JsonObject, readKey } from './json.ts';
import { at, tick, tooDeep } from './meter.ts';
import { MAX_DEPTH } from './order.ts';
import type { Compiler, Scope } from './scope.ts';
import { excerpt } from './to-json.ts';

export const IDENTITY: Code = fromOne(
  (input) => input,
  (path, input, _env, emit) => emit(path, input),
);

/** A step further from a place; a computed value has no places in it. */
export function stepTo(path: Path | undefined, value: Json, key: Json): Path {
  if (path !== undefined) return { up: path, key };
  throw new JqError(`Invalid path expression near attempt to access element ${excerpt(key)} of ${excerpt(value)}`);
}

/** Runs `access`; an error of its own, with `optional`, is no output. */
function forgiving(access: (target: Json, key: Json) => Json): (target: Json, key: Json) => Json | undefined {
  return (target, key) => {
    try {
      return access(target, key);
    } catch (error) {
      if (error instanceof JqError) return undefined;
      throw error;
    }
  };
}

export function generateIndex(node: Node & { kind: 'index' }, scope: Scope, compiler: Compiler): Code {
  const target = compiler.compile(node.target, scope);
  const key = compiler.compile(node.key, scope);
  if (!node.optional && key.constant !== undefined && target.one !== undefined) {
    const constant = key.constant.value;
    if (typeof constant === 'string') return fieldCode(target.one, target, constant);
    if (typeof constant === 'number') return elementCode(target.one, target, constant);
  }
  return accessCode(target, key, node.optional, readIndex);
}

function fieldCode(one: One, target: Code, key: string): Code {
  const path: Paths = (from, input, env, emit) =>
    runPath(target, from, input, env, (place, value) => {
      const step = stepTo(place, value, key);
      return emit(step, readField(value, key));
    });
  // Names of Object.prototype need the slow, careful way; `in` is asked once, here.
  if (key in Object.prototype) return fromOne((input, env) => readField(one(input, env), key), path);
  if (one === IDENTITY.one) {
    return fromOne((input) => {
      if (typeof input === 'object' && input !== null && !Array.isArray(input))
        return (input as JsonObject)[key] ?? null;
      return input === null ? null : readField(input, key);
    }, path);
  }
  return fromOne((input, env) => {
    const object = one(input, env);
    if (typeof object === 'object' && object !== null && !Array.isArray(object))
      return (object as JsonObject)[key] ?? null;
    return object === null ? null : readField(object, key);
  }, path);
}

function elementCode(one: One, target: Code, index: number): Code {
  return fromOne(
    (input, env) => {
      const array = one(input, env);
      return isArray(array) ? readElement(array, index) : readIndex(array, index);
    },
    (from, input, env, emit) =>
      runPath(target, from, input, env, (place, value) => emit(stepTo(place, value, index), readIndex(value, index))),
  );
}

type Access = (target: Json, key: Json) => Json;

/** For any target and key. Keys vary slowest: jq evaluates them first. */
function accessCode(target: Code, key: Code, optional: boolean, access: Access): Code {
  const read: (target: Json, key: Json) => Json | undefined = optional ? forgiving(access) : access;
  const path: Paths = (from, input, env, emit) =>
    key.many(input, env, (k) =>
      runPath(target, from, input, env, (place, value) => {
        const found = read(value, k);
        if (found === undefined) return GO;
        return emit(stepTo(place, value, k), found);
      }),
    );
  const { one: targetOne, opt: targetOpt } = target;
  const { one: keyOne, opt: keyOpt } = key;
  if (targetOne !== undefined && keyOne !== undefined) {
    if (!optional) {
      return fromOne((input, env) => {
        const k = keyOne(input, env);
        return access(targetOne(input, env), k);
      }, path);
    }
    return fromOpt((input, env) => {
      const k = keyOne(input, env);
      return read(targetOne(input, env), k);
    }, path);
  }
  if (targetOpt !== undefined && keyOpt !== undefined) {
    return fromOpt((input, env) => {
      const k = keyOpt(input, env);
      const value = k === undefined ? undefined : targetOpt(input, env);
      return value === undefined ? undefined : read(value, k as Json);
    }, path);
  }
  const many: Many = (input, env, emit) =>
    key.many(input, env, (k) =>
      target.many(input, env, (value) => {
        const found = read(value, k);
        return found === undefined ? GO : emit(found);
      }),
    );
  return fromMany(many, path);
}

export function generateSlice(node: Node & { kind: 'slice' }, scope: Scope, compiler: Compiler): Code {
  const target = compiler.compile(node.target, scope);
  const start = boundCode(node.from, scope, compiler);
  const end = boundCode(node.to, scope, compiler);
  const { one: startOne } = start;
  const { one: endOne } = end;
  const bounds: Code =
    startOne !== undefined && endOne !== undefined
      ? fromOne((input, env) => ({ start: startOne(input, env), end: endOne(input, env) }))
      : fromMany((input, env, emit) =>
          start.many(input, env, (from) => end.many(input, env, (to) => emit({ start: from, end: to }))),
        );
  return accessCode(target, bounds, node.optional, (value, key) => {
    if (value !== null && typeof value !== 'string' && !isArray(value)) return refuseIndex(value, key);
    const { start: from, end: to } = key as { start: Json; end: Json };
    return readSlice(value, { start: from, end: to });
  });
}

function boundCode(node: Node | undefined, scope: Scope, compiler: Compiler): Code {
  return node === undefined ? fromOne(() => null) : compiler.compile(node, scope);
}

export function generateIterate(node: Node & { kind: 'iterate' }, scope: Scope, compiler: Compiler): Code {
  const target = compiler.compile(node.target, scope);
  const many = node.optional ? iterateIfPossible : iterate;
  const step: Paths = (path, value, _env, emit) => {
    if (typeof value !== 'object' || value === null) {
      if (node.optional) return GO;
      elementsOf(value);
    }
    if (path === undefined) {
      throw new JqError(`Invalid path expression near attempt to iterate through ${excerpt(value)}`);
    }
    at(node.at);
    return eachEntry(value as readonly Json[] | JsonObject, (key, element) => emit({ up: path, key }, element));
  };
  const { one } = target;
  if (one !== undefined) {
    return fromMany(
      (input, env, emit) => {
        const value = one(input, env);
        at(node.at);
        return many(value, env, emit);
      },
      (path, input, env, emit) => runPath(target, path, input, env, (place, value) => step(place, value, env, emit)),
    );
  }
  return fromMany(
    (input, env, emit) =>
      target.many(input, env, (value) => {
        at(node.at);
        return many(value, env, emit);
      }),
    (path, input, env, emit) => runPath(target, path, input, env, (place, value) => step(place, value, env, emit)),
  );
}

const iterate: Many = (value, _env, emit) => {
  const elements = elementsOf(value);
  for (let i = 0; i < elements.length; i += 1) {
    tick();
    const flow = emit(elements[i] as Json);
    if (flow !== GO) return flow;
  }
  return GO;
};

const iterateIfPossible: Many = (value, env, emit) =>
  typeof value === 'object' && value !== null ? iterate(value, env, emit) : GO;

function eachEntry(value: readonly Json[] | JsonObject, visit: (key: Json, element: Json) => 0 | 1 | 2): 0 | 1 | 2 {
  const keys = isArray(value) ? undefined : Object.keys(value);
  const size = keys?.length ?? (value as readonly Json[]).length;
  for (let i = 0; i < size; i += 1) {
    tick();
    const key = keys === undefined ? i : (keys[i] as string);
    const flow = visit(key, (value as Record<string | number, Json>)[key] as Json);
    if (flow !== GO) return flow;
  }
  return GO;
}

/** `..`: the value, then each value inside of it, without recursion. */
export const RECURSE: Code = fromMany(
  (input, _env, emit) => {
    const rest: { values: readonly Json[]; index: number }[] = [];
    const visit = (value: Json) => {
      tick();
      const flow = emit(value);
      if (flow === GO && typeof value === 'object' && value !== null) {
        if (rest.length > MAX_DEPTH) tooDeep();
        rest.push({ values: elementsOf(value), index: 0 });
      }
      return flow;
    };
    if (visit(input) !== GO) return STOP;
    for (let level = rest[rest.length - 1]; level !== undefined; level = rest[rest.length - 1]) {
      if (level.index === level.values.length) {
        rest.pop();
      } else {
        const value = level.values[level.index] as Json;
        level.index += 1;
        if (visit(value) !== GO) return STOP;
      }
    }
    return GO;
  },
  (path, input, _env, emit) => {
    if (path === undefined && typeof input === 'object' && input !== null) {
      throw new JqError(`Invalid path expression near attempt to iterate through ${excerpt(input)}`);
    }
    const rest: { path: Path; value: Json; keys: readonly Json[]; index: number }[] = [];
    const visit = (place: Path | undefined, value: Json) => {
      tick();
      const flow = emit(place, value);
      if (flow === GO && place !== undefined && typeof value === 'object' && value !== null) {
        if (rest.length > MAX_DEPTH) tooDeep();
        rest.push({ path: place, value, keys: isArray(value) ? [...value.keys()] : Object.keys(value), index: 0 });
      }
      return flow;
    };
    if (visit(path, input) !== GO) return STOP;
    for (let level = rest[rest.length - 1]; level !== undefined; level = rest[rest.length - 1]) {
      if (level.index === level.keys.length) {
        rest.pop();
      } else {
        const key = level.keys[level.index] as Json;
        level.index += 1;
        const value = isObject(level.value) ? readKey(level.value, key as string) : readIndex(level.value, key);
        if (visit({ up: level.path, key }, value) !== GO) return STOP;
      }
    }
    return GO;
  },
);
