/** What a schema cannot say of conditions: that their patterns and expressions can be used, and that there are not too many. */
import { compile, JqSyntaxError } from '../expression/compile.ts';
import type { Condition } from './condition-schema.ts';
import type { Configuration } from './configuration.ts';
import type { Finding } from './finding.ts';
import { problemOfGlob } from './glob.ts';
import { isExclude, problemOfGlobs } from './match.ts';
import { isRegex, problemOfRegex } from './regex.ts';

/** Every list of rules that have conditions. */
const RULE_LISTS = ['labels', 'reviewers', 'require', 'assign', 'milestones', 'comments', 'automerge'] as const;
/** With 3,000 files, what can be matched well within a second. */
const MOST_PATTERNS = 2_000;
/** Each may take milliseconds of a hostile text. */
const MOST_REGEXES = 50;
const MOST_EXPRESSIONS = 50;

type Path = readonly PropertyKey[];

/** Everything in a configuration that is compiled, with its place. */
interface Parts {
  readonly globs: { readonly path: Path; readonly list: readonly string[] }[];
  readonly regexes: { readonly path: Path; readonly source: string }[];
  readonly expressions: { readonly path: Path; readonly source: string }[];
}

export function findConditionProblems(configuration: Configuration): readonly Finding[] {
  const parts: Parts = { globs: [], regexes: [], expressions: [] };
  if (configuration.ignore !== undefined) parts.globs.push({ path: ['ignore'], list: configuration.ignore });
  for (const list of RULE_LISTS) {
    configuration[list]?.forEach((rule, index) => {
      collect(rule, [list, index], parts);
    });
  }
  configuration.require?.forEach(({ title_matches: source }, index) => {
    if (source !== undefined) parts.regexes.push({ path: ['require', index, 'title_matches'], source });
  });
  const patterns = parts.globs.reduce((sum, { list }) => sum + list.length, 0);
  return [
    ...tooMany(patterns, MOST_PATTERNS, 'patterns'),
    ...tooMany(parts.regexes.length, MOST_REGEXES, 'regular expressions'),
    ...tooMany(parts.expressions.length, MOST_EXPRESSIONS, 'jq expressions'),
    ...(patterns > MOST_PATTERNS ? [] : parts.globs.flatMap(problemsOfList)),
    ...parts.regexes.slice(0, MOST_REGEXES).flatMap(({ path, source }) => at(path, problemOfRegex(source))),
    ...parts.expressions.slice(0, MOST_EXPRESSIONS).flatMap(({ path, source }) => at(path, problemOfJq(source))),
  ];
}

function collect(condition: Condition, path: Path, parts: Parts): void {
  const { files, base, head, jq, all = [], any = [], not } = condition;
  const lists = Array.isArray(files)
    ? { files }
    : Object.fromEntries((['any', 'all', 'none'] as const).map((key) => [`files.${key}`, files?.[key]]));
  for (const [place, list] of Object.entries({ base, head })) {
    const sources = list?.filter(isRegex) ?? [];
    for (const source of sources) parts.regexes.push({ path: [...path, place], source: source.slice(1, -1) });
    const rest = list?.filter((pattern) => !isRegex(pattern)) ?? [];
    if (rest.length > 0)
      parts.globs.push({ path: [...path, place], list: sources.length > 0 ? ['**', ...rest] : rest });
  }
  for (const [place, list] of Object.entries(lists)) {
    if (list !== undefined) parts.globs.push({ path: [...path, ...place.split('.')], list });
  }
  for (const key of ['title', 'body', 'commits', 'diff'] as const) {
    const given = condition[key];
    if (typeof given === 'string') parts.regexes.push({ path: [...path, key], source: given });
    else
      for (const [index, source] of given?.entries() ?? []) parts.regexes.push({ path: [...path, key, index], source });
  }
  if (jq !== undefined) parts.expressions.push({ path: [...path, 'jq'], source: jq });
  all.forEach((inner, index) => {
    collect(inner, [...path, 'all', index], parts);
  });
  any.forEach((inner, index) => {
    collect(inner, [...path, 'any', index], parts);
  });
  if (not !== undefined) collect(not, [...path, 'not'], parts);
}

function problemsOfList({ path, list }: Parts['globs'][number]): readonly Finding[] {
  const whole = problemOfGlobs(list);
  if (whole !== undefined) return [{ path, message: whole }];
  return list.flatMap((pattern, index) =>
    at([...path, index], problemOfGlob(isExclude(pattern) ? pattern.slice(1) : pattern)),
  );
}

function problemOfJq(source: string): string | undefined {
  try {
    compile(source);
    return undefined;
  } catch (error) {
    if (error instanceof JqSyntaxError) return `is not a jq expression: ${error.message}`;
    return `cannot be compiled: ${(error as Error).message}`;
  }
}

function tooMany(count: number, most: number, noun: string): readonly Finding[] {
  return count > most ? [{ path: [], message: `there are ${count} ${noun}; at most ${most} are allowed` }] : [];
}

function at(path: Path, message: string | undefined): readonly Finding[] {
  return message === undefined ? [] : [{ path, message }];
}
