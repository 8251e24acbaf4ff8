/** Generators and what bounds them: `range`, `limit`, `first`, `until`, `repeat`, `recurse`, `walk` and their like. */
import { readIndex } from '../access.ts';
import {
  type Code,
  type EmitPath,
  type Env,
  type Flow,
  firstOf,
  fromMany,
  fromOne,
  fromOpt,
  GO,
  leave,
  type Path,
  type Paths,
  run,
  runPath,
  STOP,
} from '../code.ts';
import { RECURSE, stepTo } from '../generate-path.ts';
import { updateElements } from '../generate-update.ts';
import { JqError } from '../jq-error.ts';
import { isArray, isObject, isTruthy, type Json } from '../json.ts';
import { at, countGrowth, enter, leave as leaveLevel, tick } from '../meter.ts';
import { subtract } from '../operators.ts';
import { compare } from '../order.ts';
import { argument, type Builtin, type Family, withValues } from './builtin.ts';

/** About how many JavaScript frames one level of a recursion through callbacks takes. */
const WEIGHT = 6;

function rangeBy(bounds: readonly Json[], emit: (value: Json) => Flow): Flow {
  const [from, upto, by] = bounds;
  if (typeof from !== 'number' || typeof upto !== 'number' || typeof by !== 'number') {
    throw new JqError('Range bounds must be numeric');
  }
  for (let value = from; by > 0 ? value < upto : by < 0 && value > upto; value += by) {
    tick();
    const flow = emit(value);
    if (flow !== GO) return flow;
  }
  return GO;
}

/** Runs code both ways: as values when `path` is absent, else as places. */
function start(code: Code, path: Path | undefined, isPath: boolean, input: Json, env: Env, emit: EmitPath): Flow {
  return isPath ? runPath(code, path, input, env, emit) : code.many(input, env, (value) => emit(undefined, value));
}

type Generator = (path: Path | undefined, isPath: boolean, input: Json, env: Env, emit: EmitPath) => Flow;

/** Code of a generator that is written once for values and places. */
function generating(generator: Generator): Code {
  const path: Paths = (from, input, env, emit) => generator(from, true, input, env, emit);
  return fromMany((input, env, emit) => generator(undefined, false, input, env, (_path, value) => emit(value)), path);
}

/** The outputs of `source` that `pick` keeps: it is asked for each and says what to do. */
function picking(source: Code, createPick: () => () => Choice): Generator {
  return (path, isPath, input, env, emit) => {
    const pick = createPick();
    let ended = false;
    const flow = start(source, path, isPath, input, env, (place, value) => {
      tick();
      const choice = pick();
      if (choice === 'skip') return GO;
      const answer = emit(place, value);
      // The callback may leave to a label further out: then the stop is not ours.
      ended = answer === GO && choice === 'take and end';
      return ended ? STOP : answer;
    });
    return ended ? GO : flow;
  };
}

type Choice = 'skip' | 'take' | 'take and end';

/** `choose` is asked for each output, with how many of the count are left after it. */
function counting(problem: string, ofNone: 'nothing' | 'ask', choose: (left: number) => Choice): Builtin {
  return (args) => {
    const count = argument(args, 0);
    const source = argument(args, 1);
    return generating((path, isPath, input, env, emit) =>
      count.many(input, env, (value) => {
        if (compare(value, 0) < 0) throw new JqError(problem);
        if (value === 0 && ofNone === 'nothing') return GO;
        let left: Json = value;
        const pick = (): Choice => {
          left = subtract(left, 1);
          return choose(left as number);
        };
        return picking(source, () => pick)(path, isPath, input, env, emit);
      }),
    );
  };
}

function first(source: Code): Code {
  const { path, many } = generating(picking(source, () => () => 'take and end'));
  return { opt: (input, env) => firstOf(source, input, env), many, path };
}

function last(source: Code): Code {
  return fromOpt((input, env) => {
    let value: Json | undefined;
    run(source, input, env, (output) => {
      tick();
      value = output;
    });
    return value;
  });
}

/** `nth(n)`, `first` and `last` of an array. */
function element(index: Json): Code {
  return {
    ...fromOne(
      (input) => readIndex(input, index),
      (path, input, _env, emit) => emit(stepTo(path, input, index), readIndex(input, index)),
    ),
  };
}

/** The loop that `while`, `until` and `recurse` are while neither part has more than one output. */
function isLoop(condition: Code | undefined, step: Code, isPath: boolean): boolean {
  return !isPath && step.opt !== undefined && (condition === undefined || condition.opt !== undefined);
}

function holds(condition: Code | undefined, value: Json, env: Env): boolean | undefined {
  if (condition === undefined) return true;
  const answer = condition.opt?.(value, env);
  return answer === undefined ? undefined : isTruthy(answer);
}

/** Calls `then` for each output of the condition, which may be several or none. */
function eachAnswer(condition: Code | undefined, value: Json, env: Env, then: (answer: boolean) => Flow): Flow {
  return condition === undefined ? then(true) : condition.many(value, env, (answer) => then(isTruthy(answer)));
}

/** One level deeper in a recursion through callbacks. */
function deeper(step: () => Flow): Flow {
  enter(WEIGHT);
  const flow = step();
  leaveLevel(WEIGHT);
  return flow;
}

/** `recurse(f; condition)`: the input, and what `f` makes of it as long as the condition holds, and so on. */
function recurse(f: Code, condition: Code | undefined): Code {
  return generating((path, isPath, input, env, emit) => {
    if (isLoop(condition, f, isPath)) {
      let value: Json | undefined = input;
      while (value !== undefined) {
        tick();
        const flow = emit(undefined, value);
        if (flow !== GO) return flow;
        value = f.opt?.(value, env);
        if (value !== undefined && holds(condition, value, env) !== true) return GO;
      }
      return GO;
    }
    const descend = (place: Path | undefined, value: Json): Flow => {
      const flow = emit(place, value);
      if (flow !== GO) return flow;
      return deeper(() =>
        start(f, place, isPath, value, env, (next, output) =>
          eachAnswer(condition, output, env, (answer) => (answer ? descend(next, output) : GO)),
        ),
      );
    };
    return descend(path, input);
  });
}

/** `while` emits each value for which the condition holds; `until` the first for which it does. */
function looping(condition: Code, step: Code, isUntil: boolean): Code {
  return generating((path, isPath, input, env, emit) => {
    if (isLoop(condition, step, isPath)) {
      let value: Json | undefined = input;
      while (value !== undefined) {
        tick();
        const answer = holds(condition, value, env);
        if (answer === undefined) return GO;
        if (isUntil && answer) return emit(undefined, value);
        if (!isUntil) {
          const flow = answer ? emit(undefined, value) : GO;
          if (!answer || flow !== GO) return flow;
        }
        value = step.opt?.(value, env);
      }
      return GO;
    }
    const descend = (place: Path | undefined, value: Json): Flow =>
      eachAnswer(condition, value, env, (answer) => {
        if (isUntil && answer) return emit(place, value);
        const flow = !isUntil && answer ? emit(place, value) : GO;
        if (flow !== GO || (!isUntil && !answer)) return flow;
        return deeper(() => start(step, place, isPath, value, env, descend));
      });
    return descend(path, input);
  });
}

/** `repeat(f)`: the outputs of `f` for the same input, over and over. */
function repeat(f: Code): Code {
  return generating((path, isPath, input, env, emit) => {
    for (;;) {
      tick();
      const flow = start(f, path, isPath, input, env, emit);
      if (flow !== GO) return flow;
    }
  });
}

/** `walk(f)`: from the innermost outwards. `map` takes all outputs of `f`, an object's values its first, as jq has it. */
function walk(f: Code): Code {
  const { one } = f;
  if (one !== undefined) {
    const descend = (value: Json, env: Env): Json => {
      if (typeof value !== 'object' || value === null) return one(value, env);
      enter(WEIGHT);
      const walked = updateElements(value, (inner) => descend(inner, env));
      leaveLevel(WEIGHT);
      return one(walked, env);
    };
    return fromOne(descend);
  }
  const descend = (value: Json, env: Env, emit: (value: Json) => Flow): Flow => {
    if (isObject(value)) {
      enter(WEIGHT);
      const walked = updateElements(value, (inner) => firstOfWalk(inner, env));
      leaveLevel(WEIGHT);
      return f.many(walked, env, emit);
    }
    if (!isArray(value)) return f.many(value, env, emit);
    enter(WEIGHT);
    const walked: Json[] = [];
    for (const item of value) {
      tick();
      const flow = descend(item, env, (result) => {
        countGrowth(walked.push(result));
        return GO;
      });
      if (flow === STOP) leave();
    }
    leaveLevel(WEIGHT);
    return f.many(walked, env, emit);
  };
  const firstOfWalk = (value: Json, env: Env): Json | undefined => {
    let result: Json | undefined;
    const flow = descend(value, env, (output) => {
      result = output;
      return STOP;
    });
    if (flow === STOP && result === undefined) leave();
    return result;
  };
  return fromMany(descend);
}

export const iteration: Family = {
  'range/1': (args, { at: place }) =>
    withValues(args, ([upto], _input, _env, emit) => {
      at(place);
      return rangeBy([0, upto as Json, 1], emit);
    }),
  'range/2': (args, { at: place }) =>
    withValues(args, (bounds, _input, _env, emit) => {
      at(place);
      return rangeBy([...bounds, 1], emit);
    }),
  'range/3': (args, { at: place }) =>
    withValues(args, (bounds, _input, _env, emit) => {
      at(place);
      return rangeBy(bounds, emit);
    }),
  'first/0': () => element(0),
  'last/0': () => element(-1),
  'nth/1': (args) => {
    const index = argument(args, 0);
    return fromMany(
      (input, env, emit) => index.many(input, env, (i) => emit(readIndex(input, i))),
      (path, input, env, emit) => index.many(input, env, (i) => emit(stepTo(path, input, i), readIndex(input, i))),
    );
  },
  'first/1': (args) => first(argument(args, 0)),
  'last/1': (args) => last(argument(args, 0)),
  'nth/2': counting("nth doesn't support negative indices", 'ask', (left) => (left < 0 ? 'take and end' : 'skip')),
  'limit/2': counting("limit doesn't support negative count", 'nothing', (left) =>
    left <= 0 ? 'take and end' : 'take',
  ),
  'skip/2': counting("skip doesn't support negative count", 'ask', (left) => (left < 0 ? 'take' : 'skip')),
  'isempty/1': (args) => {
    const source = argument(args, 0);
    return fromOne((input, env) => firstOf(source, input, env) === undefined);
  },
  'until/2': (args) => looping(argument(args, 0), argument(args, 1), true),
  'while/2': (args) => looping(argument(args, 0), argument(args, 1), false),
  'repeat/1': (args) => repeat(argument(args, 0)),
  'recurse/0': () => RECURSE,
  'recurse/1': (args) => recurse(argument(args, 0), undefined),
  'recurse/2': (args) => recurse(argument(args, 0), argument(args, 1)),
  'walk/1': (args) => walk(argument(args, 0)),
};
