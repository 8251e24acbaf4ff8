/**
 * Checks what a function is given, once. What one function answered is often handed to the next as it is: a repository's
 * rules go, the very same object, to each function of each of its pull requests, and would be parsed anew every time, a
 * twentieth of a pull request's CPU time. So for an answer it is remembered what came out of parsing it. Values are never
 * changed after they were made; one that comes out of the journal is another object, and is parsed.
 */
import type { z } from 'zod';

/** By schema, what parsing the answer came to. */
type Parsed = Map<z.ZodType, unknown>;

export interface InputChecks {
  /** Says that a function answered this. */
  remember(answer: unknown): void;
  /** As `input.safeParse(given)`. */
  check(input: z.ZodType, given: unknown): z.ZodSafeParseResult<unknown>;
}

export function createInputChecks(): InputChecks {
  const answers = new WeakMap<object, Parsed>();
  const met = new WeakSet<z.ZodType>();
  /** Of an input some of whose parts are known, the schema of the others, by their names. */
  const others = new WeakMap<z.ZodType, Map<string, z.ZodType>>();

  /** zod compiles what it checks by, which takes longer than to check once: many a process is started for one call. */
  function parse(schema: z.ZodType, given: unknown): z.ZodSafeParseResult<unknown> {
    if (met.has(schema)) return schema.safeParse(given);
    met.add(schema);
    return schema.safeParse(given, { jitless: true });
  }

  function othersOf(input: z.ZodObject, known: readonly string[]): z.ZodType {
    const schemas = others.get(input) ?? new Map<string, z.ZodType>();
    others.set(input, schemas);
    const name = known.join();
    const schema =
      schemas.get(name) ?? input.omit(Object.fromEntries(known.map((key) => [key, true])) as Record<never, true>);
    schemas.set(name, schema);
    return schema;
  }

  return {
    remember(answer) {
      if (isRecord(answer) && !answers.has(answer)) answers.set(answer, new Map());
    },
    check(input, given) {
      if (!isPlainObject(input) || !isRecord(given)) return parse(input, given);
      const parts = Object.entries(input.shape as Readonly<Record<string, z.ZodType>>).flatMap(([key, schema]) => {
        const value = given[key];
        const parsed = isRecord(value) ? answers.get(value) : undefined;
        return parsed === undefined ? [] : [{ key, schema, parsed }];
      });
      const known = parts.filter(({ schema, parsed }) => parsed.has(schema));
      const names = known.map(({ key }) => key);
      const result = parse(names.length === 0 ? input : othersOf(input, names), given);
      if (!result.success) return result;
      const data = result.data as Record<string, unknown>;
      for (const { key, schema, parsed } of parts) {
        if (parsed.has(schema)) data[key] = parsed.get(schema);
        else parsed.set(schema, data[key]);
      }
      return { success: true, data };
    },
  };
}

/** An object's schema with nothing beyond its parts to check. */
function isPlainObject(schema: z.ZodType): schema is z.ZodObject {
  const { type, checks = [] } = schema.def as { readonly type: string; readonly checks?: readonly unknown[] };
  return type === 'object' && checks.length === 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
