/**
 * `reduce` whose update only adds to its state: `. + E`, `.[K] = E`, `.[K] += E` and the like. In general each step makes a
 * new array or object, so that n steps cost n²; where `K` and `E` do not read the state, nobody else can hold it, and after
 * a first copy it grows in place.
 */
import type { Node } from './ast.ts';
import { type Env, firstOf, type One } from './code.ts';
import { combiner } from './generate-update.ts';
import { hasKey, isArray, isObject, type Json, readKey, writeKey } from './json.ts';
import { countArray, countGrowth, countObject, tick } from './meter.ts';
import { add } from './operators.ts';
import type { Compiler, Scope } from './scope.ts';

/** The state of one `reduce`: ours alone once it was copied. */
export interface Accumulator {
  value: Json;
  isOwn: boolean;
  /** Keys of an object that is ours. */
  size: number;
}

/** Takes one step; `false` when the step is not of the simple kind after all, and nothing was done. */
export type Accumulate = (state: Accumulator, env: Env) => boolean;

/** Whether the outputs may depend on, or contain, the input. Where in doubt, they may. */
function readsInput(node: Node): boolean {
  switch (node.kind) {
    case 'literal':
    case 'location':
    case 'variable':
      return false;
    case 'string':
      return node.parts.some((part) => typeof part !== 'string' && readsInput(part));
    case 'index':
      return readsInput(node.target) || readsInput(node.key);
    case 'array':
      return node.body !== undefined && readsInput(node.body);
    case 'object':
      return node.entries.some(({ key, value }) => value === undefined || readsInput(key) || readsInput(value));
    case 'negate':
      return readsInput(node.body);
    case 'pipe':
      return readsInput(node.left);
    case 'comma':
      return node.items.some(readsInput);
    case 'binary':
    case 'logic':
    case 'alternative':
      return readsInput(node.left) || readsInput(node.right);
    default:
      return true;
  }
}

/** `undefined` when the update is of another kind. */
export function accumulation(update: Node, scope: Scope, compiler: Compiler): Accumulate | undefined {
  if (update.kind === 'binary') {
    if (update.operator !== '+' || update.left.kind !== 'identity' || readsInput(update.right)) return undefined;
    const { one } = compiler.compile(update.right, scope);
    return one === undefined ? undefined : addition(one);
  }
  if (update.kind !== 'update' || update.left.kind !== 'index' || update.left.optional) return undefined;
  const { target, key } = update.left;
  if (target.kind !== 'identity' || readsInput(key)) return undefined;
  const { one: keyOne } = compiler.compile(key, scope);
  if (keyOne === undefined) return undefined;
  const right = compiler.compile(update.right, scope);
  // `|=` reads the element that it replaces, and never the state.
  if (update.operator === '|=') return replacement(keyOne, (old, env) => firstOf(right, old, env));
  const { one } = right;
  if (one === undefined || readsInput(update.right)) return undefined;
  const combine = combiner(update.operator);
  return replacement(keyOne, (old, env) => combine(old, one(null, env)));
}

function own(state: Accumulator): Json[] | Record<string, Json> {
  const { value } = state;
  if (!state.isOwn) {
    state.isOwn = true;
    if (isArray(value)) {
      countArray(value.length);
      state.value = [...value];
    } else {
      state.size = value === null ? 0 : Object.keys(value).length;
      countObject(state.size);
      state.value = { ...(value as { readonly [key: string]: Json } | null) };
    }
  }
  return state.value as Json[] | Record<string, Json>;
}

function addition(one: One): Accumulate {
  return (state, env) => {
    const added = one(null, env);
    const { value } = state;
    if (isArray(value) && isArray(added)) {
      const array = own(state) as Json[];
      for (const item of added) {
        tick();
        countGrowth(array.push(item));
      }
    } else if (isObject(value) && isObject(added)) {
      const object = own(state) as Record<string, Json>;
      for (const key of Object.keys(added)) put(state, object, key, added[key] as Json);
    } else {
      state.value = add(value, added);
      state.isOwn = false;
    }
    return true;
  };
}

function replacement(keyOf: One, next: (old: Json, env: Env) => Json | undefined): Accumulate {
  return (state, env) => {
    const key = keyOf(null, env);
    const { value } = state;
    if (typeof key === 'string' && (value === null || isObject(value))) {
      const found = next(value === null ? null : readKey(value, key), env);
      if (found === undefined) return false;
      put(state, own(state) as Record<string, Json>, key, found);
      return true;
    }
    if (typeof key !== 'number' || !isArray(value) || !Number.isInteger(key) || key < 0 || key > value.length)
      return false;
    const found = next(value[key] ?? null, env);
    if (found === undefined) return false;
    const array = own(state) as Json[];
    array[key] = found;
    countGrowth(array.length);
    return true;
  };
}

/** Pays for a key that is new. */
function put(state: Accumulator, object: Record<string, Json>, key: string, value: Json): void {
  tick();
  if (!hasKey(object, key)) {
    state.size += 1;
    if ((state.size & 15) === 0) countObject(16);
    if ((state.size & 1023) === 0) countObject(state.size);
  }
  writeKey(object, key, value);
}
