/**
 * `E as PATTERN | body` and the patterns of `reduce` and `foreach`. Each variable of a pattern is one frame. With alternatives (`?//`) every alternative binds all their variables, `null` where it names none.
 */
import { readIndex } from './access.ts';
import type { Node, Pattern, PatternEntry } from './ast.ts';
import { type Code, type Env, extend, type Flow, fromMany, fromOne, fromOpt, GO, runPath } from './code.ts';
import { JqError } from './jq-error.ts';
import type { Json } from './json.ts';
import { currentDepth, restoreDepth } from './meter.ts';
import { type Compiler, type Scope, withFrame } from './scope.ts';
import { describe } from './to-json.ts';

export type Bind = (value: Json, input: Json, env: Env, body: (env: Env) => Flow) => Flow;

/** Matches a part of a pattern. Keys are evaluated on the input and in the frames that the whole pattern has: `outer`. */
type Match = (value: Json, input: Json, outer: Env, env: Env, body: (env: Env) => Flow) => Flow;

/** The variables in the order they are bound: jq takes the elements of an array pattern from the last to the first. */
function namesOf(pattern: Pattern): string[] {
  switch (pattern.kind) {
    case 'name':
      return [pattern.name];
    case 'elements':
      return pattern.items.toReversed().flatMap(namesOf);
    case 'entries':
      return pattern.entries.flatMap((entry) => [
        ...(entry.bind === undefined ? [] : [entry.bind]),
        ...(entry.pattern === undefined ? [] : namesOf(entry.pattern)),
      ]);
  }
}

function allNames(patterns: readonly Pattern[]): string[] {
  return [...new Set(patterns.flatMap(namesOf))];
}

/** The scope of the body. A name that is bound twice means what was bound first. */
export function scopeOfPatterns(patterns: readonly Pattern[], scope: Scope): Scope {
  const [only] = patterns;
  const names = patterns.length === 1 && only !== undefined ? namesOf(only) : allNames(patterns);
  return names.reduce(
    (inner, name, i) => withFrame(inner, 'variable', names.indexOf(name) === i ? name : `*hidden ${name}`),
    scope,
  );
}

export function bindPatterns(patterns: readonly Pattern[], scope: Scope, compiler: Compiler): Bind {
  const [only] = patterns;
  if (patterns.length !== 1 || only === undefined) return bindAlternatives(patterns, scope, compiler);
  if (only.kind === 'name') return (value, _input, env, body) => body(extend(env, value));
  const match = matchPattern(only, scope, compiler);
  return (value, input, env, body) => match(value, input, env, env, body);
}

function matchPattern(pattern: Pattern, scope: Scope, compiler: Compiler): Match {
  switch (pattern.kind) {
    case 'name':
      return (value, _input, _outer, env, body) => body(extend(env, value));
    case 'elements':
      return sequence(
        pattern.items
          .map((item, index): Match => {
            const match = matchPattern(item, scope, compiler);
            return (value, input, outer, env, body) => match(readIndex(value, index), input, outer, env, body);
          })
          .reverse(),
      );
    case 'entries':
      return sequence(pattern.entries.map((entry) => matchEntry(entry, scope, compiler)));
  }
}

function matchEntry(entry: PatternEntry, scope: Scope, compiler: Compiler): Match {
  const key = compiler.compile(entry.key, scope);
  const inner = entry.pattern === undefined ? undefined : matchPattern(entry.pattern, scope, compiler);
  return (value, input, outer, env, body) =>
    key.many(input, outer, (name) => {
      if (typeof name !== 'string') throw new JqError(`Cannot use ${describe(name)} as object key`);
      const found = readIndex(value, name);
      const frame = entry.bind === undefined ? env : extend(env, found);
      return inner === undefined ? body(frame) : inner(found, input, outer, frame, body);
    });
}

function sequence(matches: readonly Match[]): Match {
  const matchFrom = (index: number, value: Json, input: Json, outer: Env, env: Env, body: (env: Env) => Flow): Flow => {
    const match = matches[index];
    if (match === undefined) return body(env);
    return match(value, input, outer, env, (frame) => matchFrom(index + 1, value, input, outer, frame, body));
  };
  return (value, input, outer, env, body) => matchFrom(0, value, input, outer, env, body);
}

/** Each alternative in turn, until one neither fails to match nor makes the body fail; the last one's errors pass. */
function bindAlternatives(patterns: readonly Pattern[], scope: Scope, compiler: Compiler): Bind {
  const names = allNames(patterns);
  const alternatives = patterns.map((pattern) => {
    const own = namesOf(pattern);
    return {
      match: matchPattern(pattern, scope, compiler),
      count: own.length,
      positions: names.map((name) => own.indexOf(name)),
    };
  });
  return (value, input, env, body) => {
    const attempt = (index: number): Flow => {
      const { match, count, positions } = alternatives[index] as (typeof alternatives)[number];
      const isLast = index === alternatives.length - 1;
      const depth = currentDepth();
      try {
        return match(value, input, env, env, (frame) => {
          const frames: Env[] = new Array(count);
          for (let at = count - 1, f = frame; at >= 0; at -= 1, f = f.up) frames[at] = f;
          const bound = positions.reduce(
            (e, at) => extend(e, at < 0 ? null : ((frames[at] as Env).value as Json)),
            env,
          );
          return body(bound);
        });
      } catch (error) {
        if (isLast || !(error instanceof JqError)) throw error;
        restoreDepth(depth);
        return attempt(index + 1);
      }
    };
    return attempt(0);
  };
}

export function generateBind(node: Node & { kind: 'bind' }, scope: Scope, compiler: Compiler, tail: boolean): Code {
  const source = compiler.compile(node.source, scope);
  const [only] = node.patterns;
  const isName = node.patterns.length === 1 && only?.kind === 'name';
  const isTail = tail && source.opt !== undefined && isName;
  const body = compiler.compile(node.body, scopeOfPatterns(node.patterns, scope), isTail);
  const bind = bindPatterns(node.patterns, scope, compiler);
  const path: Code['path'] = (from, input, env, emit) =>
    source.many(input, env, (value) => bind(value, input, env, (frame) => runPath(body, from, input, frame, emit)));
  const many: Code['many'] = (input, env, emit) =>
    source.many(input, env, (value) => bind(value, input, env, (frame) => body.many(input, frame, emit)));
  if (!isName || source.opt === undefined) return fromMany(many, path);
  const { one, opt } = source;
  if (one !== undefined && body.one !== undefined) {
    const { one: next } = body;
    return fromOne((input, env) => next(input, extend(env, one(input, env))), path);
  }
  const single: Code['many'] = (input, env, emit) => {
    const value = opt(input, env);
    return value === undefined ? GO : body.many(input, extend(env, value), emit);
  };
  if (body.opt === undefined) return fromMany(single, path);
  const { opt: next } = body;
  return {
    ...fromOpt((input, env) => {
      const value = opt(input, env);
      return value === undefined ? undefined : next(input, extend(env, value));
    }, path),
    many: single,
  };
}
