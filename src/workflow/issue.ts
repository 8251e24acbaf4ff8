import type { z } from 'zod';
import type { Json } from '../expression/json.ts';
import { nearest, type Path } from './problem.ts';

export interface DescribedIssue {
  readonly path: Path;
  readonly message: string;
  readonly hint?: string;
}

type Issue = z.core.$ZodIssue;

/** Turns what the schema library found into what an author needs to know. */
export function describeIssues(issues: readonly Issue[], document: Json): DescribedIssue[] {
  return issues.flatMap((issue) => describe(issue, [], document));
}

function describe(issue: Issue, around: Path, document: Json): DescribedIssue[] {
  const path = [...around, ...(issue.path as (string | number)[])];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `The property “${key}” is not known here.`,
        hint: close(key, Object.keys(asObject(read(document, path)))),
      }));
    case 'invalid_union': {
      const best = meant(issue.errors, path, document);
      if (best !== undefined) return best.flatMap((inner) => describe(inner, path, document));
      const expected = [
        ...new Set(
          issue.errors
            .flat()
            .filter((inner) => inner.path.length === 0)
            .map(expectation),
        ),
      ];
      return [{ path, message: `Expected ${expected.join(' or ')}; found ${show(read(document, path))}.` }];
    }
    case 'invalid_type': {
      const value = read(document, path);
      if (value === undefined) {
        const beside = Object.keys(asObject(read(document, path.slice(0, -1))));
        const hint = `Add it${beside.length === 0 ? '' : `, or check the spelling of ${beside.slice(0, 8).join(', ')}`}.`;
        return [{ path, message: `The property “${String(path.at(-1))}” is missing.`, hint }];
      }
      return [{ path, message: `Expected ${expectation(issue)}; found ${show(value)}.` }];
    }
    case 'invalid_value': {
      const value = read(document, path);
      const known = issue.values.map(String);
      const hint = typeof value === 'string' ? nearest(value, known) : undefined;
      const described = { path, message: `Expected ${known.join(', ')}; found ${show(value)}.` };
      return [hint === undefined ? described : { ...described, hint: `Did you mean “${hint}”?` }];
    }
    default:
      return [{ path, message: issue.message }];
  }
}

/** The alternative that the author meant: the one whose problems lie deepest, or else are fewest; none when all fail at once. */
function meant(alternatives: readonly (readonly Issue[])[], path: Path, document: Json): readonly Issue[] | undefined {
  const value = read(document, path);
  const scored = alternatives
    .map((issues) => ({ issues, shallow: issues.filter((inner) => isShallow(inner)).length }))
    .filter(({ issues }) => !issues.some((inner) => inner.code === 'invalid_type' && inner.path.length === 0))
    .sort((a, b) => a.shallow - b.shallow || a.issues.length - b.issues.length);
  if (typeof value === 'string' && scored.length !== 1) return undefined;
  return scored[0]?.issues;
}

function isShallow(issue: Issue): boolean {
  return issue.code === 'unrecognized_keys' || issue.path.length <= 1;
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return NAMES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.join(', ');
    case 'invalid_union':
      return [...new Set(issue.errors.flat().map(expectation))].join(' or ');
    case 'unrecognized_keys':
      return 'an object of known properties';
    default:
      return issue.message.replace(/^Expected /, '').replace(/\.$/, '');
  }
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function show(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : JSON.stringify(value).slice(0, 60);
}

function close(key: string, others: readonly string[]): string {
  return others.length > 1
    ? `Check its spelling and indentation; beside it stand ${others
        .filter((other) => other !== key)
        .slice(0, 8)
        .join(', ')}.`
    : 'Check its spelling and indentation.';
}

function read(document: Json, path: Path): Json | undefined {
  let value: unknown = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value as Json | undefined;
}

function asObject(value: Json | undefined): object {
  return typeof value === 'object' && value !== null ? value : {};
}
