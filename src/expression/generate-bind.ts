/**
 * `E as PATTERN | body` and the patterns of `reduce` and `foreach`. Each variable of a pattern is one frame, in the order
 * they are written. With alternatives (`?//`) every alternative binds all their variables, `null` where it names none.
 */
import { readIndex } from './access.ts';
import type { Node, Pattern } from './ast.ts';
import { type Code, type Env, extend, type Flow, fromMany, fromOne, fromOpt, GO, runPath } from './code.ts';
import { JqError } from './jq-error.ts';
import type { Json } from './json.ts';
import { currentDepth, restoreDepth } from './meter.ts';
import { type Compiler, type Scope, withFrame } from './scope.ts';

export type Bind = (value: Json, input: Json, env: Env, body: (env: Env) => Flow) => Flow;

function namesOf(pattern: Pattern): string[] {
  switch (pattern.kind) {
    case 'name':
      return [pattern.name];
    case 'elements':
      return pattern.items.flatMap(namesOf);
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

/** The scope of the body. */
export function scopeOfPatterns(patterns: readonly Pattern[], scope: Scope): Scope {
  const [only] = patterns;
  const names = patterns.length === 1 && only !== undefined ? namesOf(only) : allNames(patterns);
  return names.reduce((inner, name) => withFrame(inner, 'variable', name), scope);
}

export function bindPatterns(patterns: readonly Pattern[], scope: Scope, compiler: Compiler): Bind {
  const [only] = patterns;
  if (patterns.length === 1 && only !== undefined) {
    if (only.kind === 'name') return (value, _input, env, body) => body(extend(env, value));
    return bindPattern(only, scope, compiler).bind;
  }
  return bindAlternatives(patterns, scope, compiler);
}

/** A pattern on its own, and the scope after it: a later key may use an earlier variable. */
function bindPattern(pattern: Pattern, scope: Scope, compiler: Compiler): { bind: Bind; scope: Scope } {
  switch (pattern.kind) {
    case 'name':
      return {
        bind: (value, _input, env, body) => body(extend(env, value)),
        scope: withFrame(scope, 'variable', pattern.name),
      };
    case 'elements': {
      const parts = pattern.items.map((item, index) => (outer: Scope) => {
        const { bind, scope: inner } = bindPattern(item, outer, compiler);
        const part: Bind = (value, input, env, body) => bind(readIndex(value, index), input, env, body);
        return { bind: part, scope: inner };
      });
      return sequence(parts, scope);
    }
    case 'entries':
      return sequence(
        pattern.entries.map((entry) => (outer: Scope) => {
          // The key is evaluated where the whole pattern stands, on the original input.
          const key = compiler.compile(entry.key, outer);
          const named = entry.bind === undefined ? outer : withFrame(outer, 'variable', entry.bind);
          const inner = entry.pattern === undefined ? undefined : bindPattern(entry.pattern, named, compiler);
          const part: Bind = (value, input, env, body) =>
            key.many(input, env, (name) => {
              if (typeof name !== 'string') throw new JqError(`Cannot index object with ${typeof name}`);
              const found = readIndex(value, name);
              const frame = entry.bind === undefined ? env : extend(env, found);
              return inner === undefined ? body(frame) : inner.bind(found, input, frame, body);
            });
          return { bind: part, scope: inner?.scope ?? named };
        }),
        scope,
      );
  }
}

function sequence(
  parts: readonly ((scope: Scope) => { bind: Bind; scope: Scope })[],
  scope: Scope,
): { bind: Bind; scope: Scope } {
  let inner = scope;
  const binds: Bind[] = [];
  for (const part of parts) {
    const { bind, scope: next } = part(inner);
    binds.push(bind);
    inner = next;
  }
  const bindFrom = (index: number, value: Json, input: Json, env: Env, body: (env: Env) => Flow): Flow => {
    const bind = binds[index];
    return bind === undefined
      ? body(env)
      : bind(value, input, env, (frame) => bindFrom(index + 1, value, input, frame, body));
  };
  return { bind: (value, input, env, body) => bindFrom(0, value, input, env, body), scope: inner };
}

/** Each alternative in turn, until one neither fails to match nor makes the body fail; the last one's errors pass. */
function bindAlternatives(patterns: readonly Pattern[], scope: Scope, compiler: Compiler): Bind {
  const names = allNames(patterns);
  const alternatives = patterns.map((pattern) => {
    const { bind, scope: inner } = bindPattern(pattern, scope, compiler);
    const own = namesOf(pattern);
    const depths = names.map((name) => own.lastIndexOf(name));
    return { bind, count: inner.depth - scope.depth, depths };
  });
  return (value, input, env, body) => {
    const attempt = (index: number): Flow => {
      const { bind, count, depths } = alternatives[index] as (typeof alternatives)[number];
      const isLast = index === alternatives.length - 1;
      const depth = currentDepth();
      try {
        return bind(value, input, env, (frame) => {
          const frames: Env[] = new Array(count);
          for (let at = count - 1, f = frame; at >= 0; at -= 1, f = f.up) frames[at] = f;
          const bound = depths.reduce((e, d) => extend(e, d < 0 ? null : ((frames[d] as Env).value as Json)), env);
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
