/** Literals that are built when they run: `[…]`, `{…}`, strings with `\(…)`, `@format`s. */

import { readField } from './access.ts';
import type { Node } from './ast.ts';
import { applyFormat, isFormat } from './builtins/formats.ts';
import { type Code, type Env, type Flow, fromConstant, fromMany, fromOne, type One, run } from './code.ts';
import { JqError } from './jq-error.ts';
import { type Json, writeKey } from './json.ts';
import { at, countGrowth, countObject, countString } from './meter.ts';
import type { Compiler, Scope } from './scope.ts';
import { describe } from './to-json.ts';

export function generateArray(node: Node & { kind: 'array' }, scope: Scope, compiler: Compiler): Code {
  if (node.body === undefined) return fromConstant([]);
  const items = node.body.kind === 'comma' ? node.body.items : [node.body];
  const codes = items.map((item) => compiler.compile(item, scope));
  if (codes.every((code) => code.constant !== undefined))
    return fromConstant(codes.map((code) => code.constant?.value as Json));
  const ones = codes.map((code) => code.one);
  if (ones.every((one) => one !== undefined)) {
    return fromOne((input, env) => {
      const array: Json[] = [];
      for (let i = 0; i < ones.length; i += 1) array.push((ones[i] as One)(input, env));
      return array;
    });
  }
  return fromOne((input, env) => {
    at(node.at);
    const array: Json[] = [];
    for (const code of codes) collectInto(array, code, input, env);
    return array;
  });
}

export function collectInto(array: Json[], code: Code, input: Json, env: Env): void {
  if (code.opt !== undefined) {
    const value = code.opt(input, env);
    if (value !== undefined) countGrowth(array.push(value));
    return;
  }
  run(code, input, env, (value) => {
    countGrowth(array.push(value));
  });
}

interface Slot {
  readonly key: Code;
  readonly value: Code | undefined;
}

/** Each key and value may have several outputs: an object for each combination, the first entry varying slowest. */
export function generateObject(node: Node & { kind: 'object' }, scope: Scope, compiler: Compiler): Code {
  const slots: Slot[] = node.entries.map((entry) => ({
    key: compiler.compile(entry.key, scope),
    value: entry.value === undefined ? undefined : compiler.compile(entry.value, scope),
  }));
  for (const [i, { key }] of slots.entries()) {
    if (key.constant !== undefined && typeof key.constant.value !== 'string') {
      compiler.fail(`cannot use ${describe(key.constant.value)} as an object key`, node.entries[i]?.key.at ?? node.at);
    }
  }
  const constant = constantObject(slots);
  if (constant !== undefined) return fromConstant(constant);
  const entries = slots.map(({ key, value }) => ({
    key,
    name: key.constant?.value as string | undefined,
    read: valueReader(key, value),
  }));
  if (slots.every(({ key, value }) => key.one !== undefined && (value === undefined || value.one !== undefined))) {
    return simpleObject(
      entries.map((entry) => ({ name: entry.name, key: entry.key.one as One, read: entry.read as One })),
    );
  }
  const writeFrom = (
    index: number,
    object: Record<string, Json>,
    input: Json,
    env: Env,
    emit: (value: Json) => Flow,
  ): Flow => {
    const slot = slots[index];
    if (slot === undefined) return emit(object);
    return slot.key.many(input, env, (key) => {
      const name = toKey(key);
      const write = (value: Json) => {
        countObject(slots.length);
        const copy = { ...object };
        writeKey(copy, name, value);
        return writeFrom(index + 1, copy, input, env, emit);
      };
      return slot.value === undefined ? write(readField(input, name)) : slot.value.many(input, env, write);
    });
  };
  return fromMany((input, env, emit) => writeFrom(0, {}, input, env, emit));
}

function toKey(key: Json): string {
  if (typeof key === 'string') return key;
  throw new JqError(`Object keys must be strings`);
}

/** How the value of an entry with one output is read. */
function valueReader(key: Code, value: Code | undefined): One | undefined {
  if (value !== undefined) return value.one;
  const { one } = key;
  return one === undefined ? undefined : (input, env) => readField(input, toKey(one(input, env)));
}

function simpleObject(entries: readonly { name: string | undefined; key: One; read: One }[]): Code {
  const isPlain = entries.every(({ name }) => name !== undefined && name !== '__proto__');
  if (isPlain) {
    return fromOne((input, env) => {
      const object: Record<string, Json> = {};
      for (let i = 0; i < entries.length; i += 1) {
        const entry = entries[i] as { name: string; read: One };
        object[entry.name] = entry.read(input, env);
      }
      return object;
    });
  }
  return fromOne((input, env) => {
    const object: Record<string, Json> = {};
    for (const { key, read } of entries) {
      const name = toKey(key(input, env));
      writeKey(object, name, read(input, env));
    }
    return object;
  });
}

function constantObject(slots: readonly Slot[]): Json | undefined {
  const object: Record<string, Json> = {};
  for (const { key, value } of slots) {
    if (key.constant === undefined || value?.constant === undefined) return undefined;
    writeKey(object, key.constant.value as string, value.constant.value);
  }
  return object;
}

export function generateFormat(node: Node & { kind: 'format' }, compiler: Compiler): Code {
  const name = node.name.slice(1);
  if (!isFormat(name)) compiler.fail(`${name} is not a valid format`, node.at);
  return fromOne((input) => applyFormat(name, input));
}

/** The parts vary like operands of `+`: the last slowest. */
export function generateString(node: Node & { kind: 'string' }, scope: Scope, compiler: Compiler): Code {
  const format = node.format?.slice(1) ?? 'text';
  if (!isFormat(format)) compiler.fail(`${format} is not a valid format`, node.at);
  const parts = node.parts.map((part) => (typeof part === 'string' ? part : compiler.compile(part, scope)));
  const ones = parts.map((part) => (typeof part === 'string' ? part : part.one));
  if (ones.every((one) => one !== undefined)) {
    const pieces = ones as readonly (string | One)[];
    return fromOne((input, env) => {
      let text = '';
      for (let i = 0; i < pieces.length; i += 1) {
        const piece = pieces[i] as string | One;
        if (typeof piece === 'string') text += piece;
        else {
          const value = piece(input, env);
          text += typeof value === 'string' && format === 'text' ? value : applyFormat(format, value);
        }
      }
      countString(text.length);
      return text;
    });
  }
  const writeFrom = (index: number, suffix: string, input: Json, env: Env, emit: (value: Json) => Flow): Flow => {
    const part = parts[index];
    if (part === undefined) return emit(suffix);
    if (typeof part === 'string') return writeFrom(index - 1, part + suffix, input, env, emit);
    return part.many(input, env, (value) => {
      const text = applyFormat(format, value) + suffix;
      countString(text.length);
      return writeFrom(index - 1, text, input, env, emit);
    });
  };
  return fromMany((input, env, emit) => writeFrom(parts.length - 1, '', input, env, emit));
}
