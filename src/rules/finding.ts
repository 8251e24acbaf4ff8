/** What zod found → sentences for the person who wrote the file: what is there, what may be, and the nearest valid key. */
import type { z } from 'zod';

export interface Finding {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Set when it is this key of the mapping at `path` that is wrong, not a value. */
  readonly key?: string;
}

type Issue = z.core.$ZodIssue;

/** `value` is what was held against `schema`. */
export function toFindings(issues: readonly Issue[], value: unknown, schema: z.core.$ZodType): readonly Finding[] {
  const misspelt = new Set<string>();
  const unsure = new Set<string>();
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    unsure.add(issue.path.join('.'));
    for (const key of issue.keys) {
      const meant = nearest(key, keysAt(issue.path, schema));
      if (meant !== undefined) misspelt.add([...issue.path, meant].join('.'));
    }
  }
  return issues.flatMap((issue): readonly Finding[] => {
    // Told already, as the key that was meant.
    if (misspelt.has(issue.path.join('.'))) return [];
    switch (issue.code) {
      case 'custom':
        // A mapping with a key that is not understood is not known to lack anything.
        return unsure.has(issue.path.join('.')) ? [] : [{ path: issue.path, message: issue.message }];
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({
          path: issue.path,
          key,
          message: unknownKey(key, keysAt(issue.path, schema)),
        }));
      case 'invalid_union':
        return ofUnion(issue, value, schema);
      case 'invalid_type':
        return [{ path: issue.path, message: wrongType(issue.expected, issue.path, value) }];
      default:
        return [{ path: issue.path, message: issue.message }];
    }
  });
}

/** Why keys, each within the one before (lists are stepped into), name nothing that a schema knows. */
export function problemOfKeys(keys: readonly string[], schema: z.core.$ZodType): string | undefined {
  let at: z.core.$ZodType | undefined = schema;
  for (const key of keys) {
    const within: z.core.$ZodType | undefined = elementOf(at) ?? at;
    // Its keys are whoever's.
    if (candidatesOf(within).some(({ _zod: { def } }) => def.type === 'record')) return undefined;
    const shape: z.core.$ZodShape = shapeOf(within) ?? {};
    if (!Object.hasOwn(shape, key)) return unknownKey(key, Object.keys(shape));
    at = shape[key];
  }
  return undefined;
}

function unknownKey(key: string, valid: readonly string[]): string {
  const near = nearest(key, valid);
  const known = valid.length === 0 ? 'there are no keys here' : `valid keys: ${valid.join(', ')}`;
  const hint = near === undefined ? known : `did you mean "${near}"?`;
  return `unknown key "${key.slice(0, 50)}"; ${hint}`;
}

/** Of the forms a value may have, the one that it was meant to have: what is wrong with the value itself says which it is not. */
function ofUnion(issue: z.core.$ZodIssueInvalidUnion, value: unknown, schema: z.core.$ZodType): readonly Finding[] {
  const { path } = issue;
  const form = issue.errors.find((issues) => issues.every((one) => one.path.length > 0 || one.code !== 'invalid_type'));
  if (form !== undefined) {
    return toFindings(
      form.map((one) => ({ ...one, path: [...path, ...one.path] })),
      value,
      schema,
    );
  }
  const forms = issue.errors.flatMap((issues) =>
    issues.flatMap((one) => (one.code === 'invalid_type' ? [NOUNS[one.expected] ?? one.expected] : [])),
  );
  return [{ path, message: wrongType(forms.join(' or '), path, value) }];
}

/** The keys that the schema knows of the mapping at a path. */
function keysAt(path: readonly PropertyKey[], schema: z.core.$ZodType): readonly string[] {
  let at: z.core.$ZodType | undefined = schema;
  for (const part of path) at = stepInto(at, part);
  const shape = shapeOf(at);
  return shape === undefined ? [] : Object.keys(shape);
}

function stepInto(schema: z.core.$ZodType | undefined, part: PropertyKey): z.core.$ZodType | undefined {
  const shape = shapeOf(schema);
  if (shape !== undefined) return Object.hasOwn(shape, part) ? shape[String(part)] : undefined;
  return elementOf(schema);
}

function elementOf(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  return candidatesOf(schema).flatMap(({ _zod: { def } }) =>
    'element' in def ? [(def as z.core.$ZodArrayDef).element] : [],
  )[0];
}

function shapeOf(schema: z.core.$ZodType | undefined): z.core.$ZodShape | undefined {
  return candidatesOf(schema).flatMap(({ _zod: { def } }) =>
    'shape' in def ? [(def as z.core.$ZodObjectDef).shape] : [],
  )[0];
}

/** The schema without what wraps it; several where it is a union. */
function candidatesOf(schema: z.core.$ZodType | undefined): readonly z.core.$ZodType[] {
  if (schema === undefined) return [];
  const def = schema._zod.def as {
    innerType?: z.core.$ZodType;
    getter?: () => z.core.$ZodType;
    options?: z.core.$ZodType[];
  };
  if (def.innerType !== undefined) return candidatesOf(def.innerType);
  if (def.getter !== undefined) return candidatesOf(def.getter());
  return def.options === undefined ? [schema] : def.options.flatMap(candidatesOf);
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  object: 'a mapping',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
};

function wrongType(expected: string, path: readonly PropertyKey[], value: unknown): string {
  const found = path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part],
    value,
  );
  const name = String(path.findLast((part) => typeof part === 'string') ?? 'the file');
  const wanted = NOUNS[expected] ?? expected;
  if (found === undefined) return `"${name}" is missing; it must be ${wanted}`;
  return `"${name}" must be ${wanted}, not ${describe(found)}`;
}

function describe(found: unknown): string {
  if (found === null) return 'nothing';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a mapping';
  return typeof found === 'string' ? 'text' : String(found);
}

/** The candidate that differs in the fewest letters, if that is few enough to have been meant. */
function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 40) return undefined;
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distanceOf(word.toLowerCase(), candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(2, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

/** Levenshtein's distance, one row at a time. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
