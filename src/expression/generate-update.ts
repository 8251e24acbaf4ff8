/** Assignment: `=`, `|=`, `op=` and `//=`. Each makes a new value; the input stays as it is. */

import { readIndex, refuseIterate } from './access.ts';
import type { Node } from './ast.ts';
import {
  type Code,
  type Env,
  firstOf,
  fromMany,
  fromOne,
  GO,
  leave,
  placeOrError,
  runPath,
  STOP,
  toPathArray,
} from './code.ts';
import { deletePaths } from './delete-at.ts';
import { isArray, isObject, isTruthy, type Json, writeKey } from './json.ts';
import { at, countArray, countObject, tick } from './meter.ts';
import { type BinaryFunction, OPERATIONS } from './operators.ts';
import { updatePath, writeIndex } from './replace-at.ts';
import type { Compiler, Scope } from './scope.ts';
import { excerpt } from './to-json.ts';

export type Update = (value: Json) => Json | undefined;

/** Calls `visit` with each path of the expression. */
export function eachPath(code: Code, input: Json, env: Env, visit: (path: Json[]) => void): void {
  const flow = runPath(code, null, input, env, (path, value) => {
    tick();
    visit(toPathArray(placeOrError(path, value, excerpt)));
    return GO;
  });
  if (flow === STOP) leave();
}

/** `paths |= update`: where the update has no output, the place is removed, at the end. */
export function updatePaths(code: Code, input: Json, env: Env, update: Update): Json {
  let state = input;
  const doomed: Json[][] = [];
  eachPath(code, input, env, (path) => {
    const next = updatePath(state, path, update);
    if (next === undefined) doomed.push(path);
    else state = next;
  });
  return doomed.length === 0 ? state : deletePaths(state, doomed);
}

/** A chain of fields and iterations needs no list of paths: the value is rebuilt on the way back. */
type Shape = (input: Json, env: Env, update: Update) => Json | undefined;

function shapeOf(node: Node): Shape | undefined {
  switch (node.kind) {
    case 'identity':
      return (input, _env, update) => update(input);
    case 'index': {
      const target = node.optional || node.key.kind !== 'literal' ? undefined : shapeOf(node.target);
      if (target === undefined || node.key.kind !== 'literal') return undefined;
      const key = node.key.value;
      if (typeof key !== 'string') return undefined;
      return (input, env, update) =>
        target(input, env, (value) => {
          const next = update(readIndex(value, key));
          return next === undefined ? deleteField(value, key) : writeIndex(value, key, next);
        });
    }
    case 'iterate': {
      const target = node.optional ? undefined : shapeOf(node.target);
      if (target === undefined) return undefined;
      return (input, env, update) => target(input, env, (value) => updateElements(value, update));
    }
    default:
      return undefined;
  }
}

function deleteField(value: Json, key: string): Json {
  return value === null ? null : deletePaths(value, [[key]]);
}

/** `.[] |= update`, also `map_values`. */
export function updateElements(value: Json, update: Update): Json {
  if (isArray(value)) {
    countArray(value.length);
    const result: Json[] = [];
    for (const element of value) {
      tick();
      const next = update(element);
      if (next !== undefined) result.push(next);
    }
    return result;
  }
  if (!isObject(value)) return refuseIterate(value);
  const keys = Object.keys(value);
  countObject(keys.length);
  const result: Record<string, Json> = {};
  for (const key of keys) {
    tick();
    const next = update(value[key] as Json);
    if (next !== undefined) writeKey(result, key, next);
  }
  return result;
}

export function generateUpdate(node: Node & { kind: 'update' }, scope: Scope, compiler: Compiler): Code {
  const places = compiler.compile(node.left, scope);
  const right = compiler.compile(node.right, scope);
  const shape = shapeOf(node.left);
  const apply = (input: Json, env: Env, update: Update): Json => {
    at(node.at);
    if (shape === undefined) return updatePaths(places, input, env, update);
    return shape(input, env, update) ?? null;
  };
  if (node.operator === '|=') return fromOne((input, env) => apply(input, env, (value) => firstOf(right, value, env)));
  const combine = combiner(node.operator);
  const { one } = right;
  if (one !== undefined) {
    return fromOne((input, env) => {
      const operand = one(input, env);
      return apply(input, env, (value) => combine(value, operand));
    });
  }
  return fromMany((input, env, emit) =>
    right.many(input, env, (operand) => emit(apply(input, env, (value) => combine(value, operand)))),
  );
}

/** What an operator of assignment makes of the value that stands there and its operand. */
export function combiner(operator: string): BinaryFunction {
  if (operator === '=') return (_value, operand) => operand;
  if (operator === '//=') return (value, operand) => (isTruthy(value) ? value : operand);
  return OPERATIONS[operator.slice(0, -1)] as BinaryFunction;
}
