/** `INDEX`, `JOIN` and `IN`, after the operators of SQL. */
import { elementsOf, readIndex } from '../access.ts';
import { type Code, type Env, fromMany, GO, leave, run, STOP } from '../code.ts';
import { collectInto } from '../generate-construct.ts';
import { type Json, writeKey } from '../json.ts';
import { countObject, tick } from '../meter.ts';
import { isEqual } from '../order.ts';
import { argument, type Family } from './builtin.ts';
import { toText } from './formats.ts';

const ELEMENTS: Code = fromMany((input, _env, emit) => {
  for (const element of elementsOf(input)) {
    const flow = emit(element);
    if (flow !== GO) return flow;
  }
  return GO;
});

/** The rows under their keys as text; a later row replaces an earlier one. A row with several keys stands under the last. */
function index(source: Code, key: Code): Code {
  return fromMany((input, env, emit) => {
    const rows: Record<string, Json> = {};
    let size = 0;
    run(source, input, env, (row) => {
      tick();
      const keys: Json[] = [];
      collectInto(keys, key, row, env);
      for (const name of keys) {
        size += 1;
        if ((size & 15) === 0) countObject(16);
        writeKey(rows, toText(name), row);
      }
    });
    return emit(rows);
  });
}

/** A row with what the table has for it, once for each of its keys. */
function joinRow(table: Json, row: Json, key: Code, env: Env): Json {
  tick();
  const names: Json[] = [];
  collectInto(names, key, row, env);
  return [row, ...names.map((name) => readIndex(table, name))];
}

function joinRows(table: Code, source: Code, key: Code): Code {
  return fromMany((input, env, emit) =>
    table.many(input, env, (rows) => source.many(input, env, (row) => emit(joinRow(rows, row, key, env)))),
  );
}

/** Whether some output of `set` equals some output of `source`: as operands of `==`, the set varies slowest. */
function isIn(source: Code, set: Code, input: Json, env: Env): boolean {
  let found = false;
  const flow = set.many(input, env, (member) =>
    source.many(input, env, (value) => {
      tick();
      found = isEqual(member, value);
      return found ? STOP : GO;
    }),
  );
  if (flow === STOP && !found) leave();
  return found;
}

const ITSELF: Code = fromMany((input, _env, emit) => emit(input));

export const sql: Family = {
  'INDEX/1': (args) => index(ELEMENTS, argument(args, 0)),
  'INDEX/2': (args) => index(argument(args, 0), argument(args, 1)),
  'JOIN/2': (args) =>
    fromMany((input, env, emit) =>
      argument(args, 0).many(input, env, (table) =>
        emit(elementsOf(input).map((row) => joinRow(table, row, argument(args, 1), env))),
      ),
    ),
  'JOIN/3': (args) => joinRows(argument(args, 0), argument(args, 1), argument(args, 2)),
  'JOIN/4': (args) => {
    const pairs = joinRows(argument(args, 0), argument(args, 1), argument(args, 2));
    const combine = argument(args, 3);
    return fromMany((input, env, emit) => pairs.many(input, env, (pair) => combine.many(pair, env, emit)));
  },
  'IN/1': (args) => fromMany((input, env, emit) => emit(isIn(ITSELF, argument(args, 0), input, env))),
  'IN/2': (args) => fromMany((input, env, emit) => emit(isIn(argument(args, 0), argument(args, 1), input, env))),
};
