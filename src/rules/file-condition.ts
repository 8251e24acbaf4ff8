/** `files` of a rule: which changed files there are, and how many. */
import type { Condition, FileCondition } from './condition-schema.ts';
import type { ChangedFile } from './facts.ts';
import { compileFiles, compilePaths, matchFile, type PathMatcher } from './match.ts';
import { reasonOf } from './reason.ts';
import { allOf, type Test } from './verdict.ts';
import type { View } from './view.ts';

export function compileFileCondition(files: NonNullable<Condition['files']>): Test {
  if (Array.isArray(files)) return compileAny(compileFiles(files), everyFile);
  const { any, all, none, match, status, generated, min, max } = files;
  const every = match === 'every';
  const selected = compileSelection(status, generated);
  const tests: Test[] = [];
  if (any !== undefined) tests.push(compileAny(compileFiles(any, { every }), selected));
  if (all !== undefined) tests.push(compileAll(all, compilePaths(all, { every }), selected));
  if (none !== undefined) tests.push(compileNone(none, compileFiles(none, { every }), selected));
  if (min !== undefined || max !== undefined) {
    tests.push(compileCount({ min, max }, any === undefined ? undefined : compilePaths(any, { every }), selected));
  }
  if (tests.length === 0) tests.push(compileCount({ min: 1 }, undefined, selected));
  return allOf(tests);
}

/** The files that count; undefined where it cannot be known which do. */
type Selection = (view: View) => readonly ChangedFile[] | undefined;

const everyFile: Selection = ({ facts }) => facts.files;

function compileSelection(status: FileCondition['status'], generated: boolean | undefined): Selection {
  if (status === undefined && generated === undefined) return everyFile;
  const statuses = status && new Set<string>(status);
  return ({ facts, isGenerated }) => {
    if (generated !== undefined && facts.gitAttributes === undefined) return undefined;
    return facts.files.filter(
      (file) =>
        (statuses === undefined || statuses.has(file.status)) &&
        (generated === undefined || isGenerated(file.path) === generated),
    );
  };
}

function compileAny(find: ReturnType<typeof compileFiles>, selected: Selection): Test {
  return (view) => {
    const files = selected(view);
    const found = files && find(files);
    if (found !== undefined) return reasonOf(found);
    return files === undefined || view.facts.truncated ? undefined : false;
  };
}

function compileAll(patterns: readonly string[], match: PathMatcher, selected: Selection): Test {
  const matchesWhole = ({ path, previousPath }: ChangedFile) =>
    match(path) !== undefined && (previousPath === undefined || match(previousPath) !== undefined);
  const reason = `every changed file matches ${listed(patterns)}`;
  return (view) => {
    const files = selected(view);
    if (files === undefined) return undefined;
    if (!files.every(matchesWhole)) return false;
    if (view.facts.truncated) return undefined;
    return files.length > 0 ? reason : false;
  };
}

function compileNone(patterns: readonly string[], find: ReturnType<typeof compileFiles>, selected: Selection): Test {
  const reason = `no changed file matches ${listed(patterns)}`;
  return (view) => {
    const files = selected(view);
    if (files === undefined) return undefined;
    if (find(files) !== undefined) return false;
    return view.facts.truncated ? undefined : reason;
  };
}

function compileCount(
  { min = 0, max = Number.POSITIVE_INFINITY }: { readonly min?: number | undefined; readonly max?: number | undefined },
  match: PathMatcher | undefined,
  selected: Selection,
): Test {
  return (view) => {
    const files = selected(view);
    if (files === undefined) return undefined;
    const count = match === undefined ? files.length : files.filter((file) => matchFile(match, file)).length;
    if (count > max) return false;
    // There may be more of them than are known.
    if (view.facts.truncated && (count < min || max !== Number.POSITIVE_INFINITY)) return undefined;
    return count >= min ? `${count} changed ${count === 1 ? 'file' : 'files'} of the kind` : false;
  };
}

function listed(patterns: readonly string[]): string {
  return patterns.length > 3
    ? `${patterns.slice(0, 3).join(', ')} and ${patterns.length - 3} more`
    : patterns.join(', ');
}
