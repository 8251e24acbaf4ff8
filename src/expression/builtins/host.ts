/** What touches the world around a program: nearly all of it is closed, and what remains answers for a program alone. */
import { type Flow, fromMany, fromOne, GO } from '../code.ts';
import { Halt } from '../halt.ts';
import { JqError } from '../jq-error.ts';
import type { Json } from '../json.ts';
import { describe } from '../to-json.ts';
import { argument, type Builtin, byValue, constantly, type Family } from './builtin.ts';
import { applyFormat } from './formats.ts';

/** Messages to a terminal have nowhere to go; the input passes, and stays the place that it is. */
const PASS: Builtin = () =>
  fromOne(
    (input) => input,
    (path, input, _env, emit) => emit(path, input),
  );

export const host: Family = {
  'env/0': constantly({}),
  'now/0': (_args, { clock }) => fromOne(() => clock() / 1000),
  'input_filename/0': constantly(null),
  'input_line_number/0': constantly(0),
  'have_decnum/0': constantly(false),
  'have_literal_numbers/0': constantly(true),
  'debug/0': PASS,
  'stderr/0': PASS,
  'debug/1': (args) => {
    const messages = argument(args, 0);
    const drop = (): Flow => GO;
    return fromMany(
      (input, env, emit) => {
        const flow = messages.many(input, env, drop);
        return flow === GO ? emit(input) : flow;
      },
      (path, input, env, emit) => {
        const flow = messages.many(input, env, drop);
        return flow === GO ? emit(path, input) : flow;
      },
    );
  },
  'halt/0': byValue(() => {
    throw new Halt();
  }),
  'halt_error/0': byValue((input) => {
    throw new Halt(input);
  }),
  'halt_error/1': byValue((input, code) => {
    if (typeof code !== 'number') throw new JqError('halt_error/1: number required');
    throw new Halt(input);
  }),
  'format/1': byValue((input, name) => {
    if (typeof name !== 'string') throw new JqError(`${describe(name as Json)} is not a valid format`);
    return applyFormat(name, input);
  }),
};
