import { z } from 'zod';

/**
 * A value whose schema depends on what it looks like: `choose` answers the schema, or words for why there is none. Unlike a
 * union, it reports only the problems of the schema that was meant. `options` are all it may choose, for the JSON Schema.
 */
export function dispatch<Value>(
  choose: (value: unknown) => z.ZodType | string,
  options: () => readonly z.ZodType[],
): z.ZodType<Value> {
  const schema = z.unknown().check((context) => {
    const chosen = choose(context.value);
    if (typeof chosen === 'string') {
      context.issues.push({ code: 'custom', message: chosen, input: context.value });
      return;
    }
    const result = chosen.safeParse(context.value);
    if (result.success) return;
    for (const issue of result.error.issues) context.issues.push({ ...issue, input: context.value } as never);
  });
  OPTIONS.set(schema, options);
  return schema as unknown as z.ZodType<Value>;
}

const OPTIONS = new WeakMap<object, () => readonly z.ZodType[]>();

/** What a dispatching schema chooses from; undefined for any other schema. */
export function optionsOf(schema: object): readonly z.ZodType[] | undefined {
  return OPTIONS.get(schema)?.();
}
