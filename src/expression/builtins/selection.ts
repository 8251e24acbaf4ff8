/** `select`, `empty`, and the selectors by type. */
import { fromMany, fromOpt, GO } from '../code.ts';
import { conditional } from '../generate-control.ts';
import { IDENTITY } from '../generate-path.ts';
import { isArray, isObject, isTruthy, type Json } from '../json.ts';
import { argument, type Family, selecting } from './builtin.ts';

const EMPTY = fromOpt(
  () => undefined,
  () => GO,
);

function isIterable(input: Json): boolean {
  return typeof input === 'object' && input !== null;
}

export function isNormal(input: Json): boolean {
  return typeof input === 'number' && Number.isFinite(input) && Math.abs(input) >= 2 ** -1022;
}

export const selection: Family = {
  'empty/0': () => EMPTY,
  'select/1': (args) => {
    const condition = argument(args, 0);
    const { one } = condition;
    if (one === undefined) return conditional(condition, IDENTITY, EMPTY);
    return {
      ...fromMany(
        (input, env, emit) => (isTruthy(one(input, env)) ? emit(input) : GO),
        (path, input, env, emit) => (isTruthy(one(input, env)) ? emit(path, input) : GO),
      ),
      opt: (input, env) => (isTruthy(one(input, env)) ? input : undefined),
    };
  },
  'values/0': selecting((input) => input !== null),
  'nulls/0': selecting((input) => input === null),
  'booleans/0': selecting((input) => typeof input === 'boolean'),
  'numbers/0': selecting((input) => typeof input === 'number'),
  'strings/0': selecting((input) => typeof input === 'string'),
  'arrays/0': selecting(isArray),
  'objects/0': selecting(isObject),
  'iterables/0': selecting(isIterable),
  'scalars/0': selecting((input) => !isIterable(input)),
  'finites/0': selecting((input) => typeof input === 'number' && Math.abs(input) !== Infinity),
  'normals/0': selecting(isNormal),
};
