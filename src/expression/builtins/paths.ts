/** Places as values: `path`, `paths`, `getpath`, `setpath`, `del`, `pick`. */
import { readPath } from '../access.ts';
import { type Code, type Flow, fromMany, fromOne, GO, type Path, placeOrError, runPath, toPathArray } from '../code.ts';
import { deletePaths } from '../delete-at.ts';
import { RECURSE, stepTo } from '../generate-path.ts';
import { eachPath } from '../generate-update.ts';
import { isArray, isTruthy, type Json } from '../json.ts';
import { writePath } from '../replace-at.ts';
import { excerpt } from '../to-json.ts';
import { argument, byValue, type Family } from './builtin.ts';

function pathOf(code: Code): Code {
  return fromMany((input, env, emit) =>
    runPath(code, null, input, env, (path, value) => emit(toPathArray(placeOrError(path, value, excerpt)))),
  );
}

function getpath(path: Code): Code {
  return {
    ...fromMany(
      (input, env, emit) => path.many(input, env, (keys) => emit(readPath(input, keys))),
      (from, input, env, emit) =>
        path.many(input, env, (keys) => {
          const value = readPath(input, keys);
          let place: Path | undefined = from;
          if (isArray(keys)) for (const key of keys) place = stepTo(place, input, key);
          return emit(place, value);
        }),
    ),
    ...(path.one === undefined ? {} : single(path.one)),
  };
}

function single(one: NonNullable<Code['one']>): Pick<Code, 'one' | 'opt'> {
  const read: NonNullable<Code['one']> = (input, env) => readPath(input, one(input, env));
  return { one: read, opt: read };
}

function allPaths(filter: Code | undefined): Code {
  return fromMany((input, env, emit) =>
    runPath(RECURSE, null, input, env, (path, value) => {
      if (path === undefined) return GO;
      const keep = (): Flow => (path === null ? GO : emit(toPathArray(path)));
      return filter === undefined ? keep() : filter.many(value, env, (result) => (isTruthy(result) ? keep() : GO));
    }),
  );
}

export const paths: Family = {
  'path/1': (args) => pathOf(argument(args, 0)),
  'paths/0': () => allPaths(undefined),
  'paths/1': (args) => allPaths(argument(args, 0)),
  'getpath/1': (args) => getpath(argument(args, 0)),
  'setpath/2': byValue((input, path, value) => writePath(input, path as Json, value as Json)),
  'delpaths/1': byValue((input, list) => deletePaths(input, list as Json)),
  'del/1': (args) => {
    const places = argument(args, 0);
    return fromOne((input, env) => {
      const doomed: Json[][] = [];
      eachPath(places, input, env, (path) => doomed.push(path));
      return deletePaths(input, doomed);
    });
  },
  'pick/1': (args) => {
    const places = argument(args, 0);
    return fromOne((input, env) => {
      let result: Json = null;
      eachPath(places, input, env, (path) => {
        result = writePath(result, path, readPath(input, path));
      });
      return result;
    });
  },
};
