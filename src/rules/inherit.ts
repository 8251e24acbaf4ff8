/**
 * What one file says over what the file that it builds on says, by the shape of the values alone: a list is appended, after
 * the rules that have the same name in both are left to the nearer file; a mapping is merged key by key; anything else is
 * replaced.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Finding } from './finding.ts';
import type { Written } from './parse-configuration.ts';

/** By which key rules of a list are the same. */
const NAMES: Readonly<Record<string, string>> = {
  labels: 'label',
  reviewers: 'name',
  palette: 'name',
  comments: 'name',
};

export function inherit(above: Written, own: Written): Written {
  const merged: Record<string, unknown> = { ...above };
  for (const [key, value] of Object.entries(own)) {
    merged[key] = Object.hasOwn(above, key) ? join(above[key], value, NAMES[key]) : value;
  }
  return merged;
}

function join(above: unknown, own: unknown, name: string | undefined): unknown {
  if (Array.isArray(above) && Array.isArray(own)) {
    const names = new Set(own.flatMap((entry) => nameOf(entry, name) ?? []));
    const isTaken = (entry: unknown) => {
      const named = nameOf(entry, name);
      return named === undefined ? own.some((one) => isDeepStrictEqual(one, entry)) : names.has(named);
    };
    return [...above.filter((entry) => !isTaken(entry)), ...own];
  }
  return over(above, own);
}

function over(above: unknown, own: unknown): unknown {
  if (!isMapping(above) || !isMapping(own)) return own;
  const entries = Object.entries(own).map(([key, value]) => [
    key,
    Object.hasOwn(above, key) ? over(above[key], value) : value,
  ]);
  return { ...above, ...Object.fromEntries(entries) };
}

/** What files above keep for themselves. */
export interface Lock {
  readonly keys: readonly string[];
  /** The file that says so. */
  readonly by: string;
}

/**
 * What a file says, without what is locked above it: there the value above stands. Within rules of a list, that is the value
 * of the rule of the same name, else of the first rule that has the key; a rule that leaves the key out gets it as well.
 */
export function holdLock(
  { keys, by }: Lock,
  above: Written,
  own: Written,
): { readonly own: Written; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const tell = (path: readonly PropertyKey[], key: string, value: unknown) => {
    const stands = value === undefined ? 'what is said here is passed over' : `${brief(value)} stands`;
    findings.push({ path, key, message: `"${keys.join('.')}" is locked by ${by}; ${stands}` });
  };
  return { own: hold(keys, { above, own, path: [], inRule: false }, tell), findings };
}

type Tell = (path: readonly PropertyKey[], key: string, value: unknown) => void;

interface Side {
  readonly above: Written;
  readonly own: Written;
  readonly path: readonly PropertyKey[];
  /** Within a rule, which is taken whole: what stands has to be written into it. */
  readonly inRule: boolean;
}

function hold(keys: readonly string[], { above, own, path, inRule }: Side, tell: Tell): Written {
  const [key = '', ...rest] = keys;
  const value = Object.hasOwn(own, key) ? own[key] : undefined;
  const standing = Object.hasOwn(above, key) ? above[key] : undefined;
  if (rest.length === 0) {
    if (value !== undefined && !isDeepStrictEqual(value, standing)) tell(path, key, standing);
    const { [key]: _, ...left } = own;
    return inRule && standing !== undefined ? { ...left, [key]: standing } : left;
  }
  if (Array.isArray(value)) {
    const rules = Array.isArray(standing) ? standing.filter(isMapping) : [];
    const held = value.map((rule, index) => {
      if (!isMapping(rule)) return rule;
      const upper = counterpartOf(rule, rules, NAMES[key]) ?? rules.find((one) => Object.hasOwn(one, rest[0] ?? ''));
      return hold(rest, { above: upper ?? {}, own: rule, path: [...path, key, index], inRule: true }, tell);
    });
    return { ...own, [key]: held };
  }
  if (!isMapping(value)) return own;
  const inner = { above: isMapping(standing) ? standing : {}, own: value, path: [...path, key], inRule };
  return { ...own, [key]: hold(rest, inner, tell) };
}

function counterpartOf(rule: Written, rules: readonly Written[], name: string | undefined): Written | undefined {
  const named = nameOf(rule, name);
  return named === undefined ? undefined : rules.find((one) => nameOf(one, name) === named);
}

function nameOf(entry: unknown, name: string | undefined): string | undefined {
  const value = name !== undefined && isMapping(entry) ? entry[name] : undefined;
  return typeof value === 'string' ? value.trim().toLowerCase() : undefined;
}

function isMapping(value: unknown): value is Written {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function brief(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? 'the value there' : text;
}
