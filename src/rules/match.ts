/**
 * Lists of globs over changed files. A list holds includes and excludes (`!` in front): a file matches when an include
 * matches it and no exclude does, wherever in the list they stand. A renamed file matches by its old path, too.
 */
import type { ChangedFile } from './facts.ts';
import { compileGlob, type Glob } from './glob.ts';

export interface FileMatch {
  readonly file: ChangedFile;
  /** The include that matched, as written. */
  readonly pattern: string;
  /** True when it was the path before the renaming that matched. */
  readonly byPreviousPath: boolean;
}

/** Finds the first file that matches. */
export type FileMatcher = (files: readonly ChangedFile[]) => FileMatch | undefined;

/** The include by which a path matches a list; undefined when it does not. */
export type PathMatcher = (path: string) => string | undefined;

export function compilePaths(patterns: readonly string[], options: { readonly every?: boolean } = {}): PathMatcher {
  const includes = patterns.filter((pattern) => !isExclude(pattern)).map(compileGlob);
  const excludes = patterns.filter(isExclude).map((pattern) => compileGlob(pattern.slice(1)));
  const isExcluded = (path: string) => excludes.some((glob) => glob.matches(path));
  const last = includes.at(-1);
  if (options.every && last !== undefined) {
    return (path) => (includes.every((glob) => glob.matches(path)) && !isExcluded(path) ? last.pattern : undefined);
  }
  return (path) => {
    const include = findMatching(includes, path);
    return include === undefined || (excludes.length > 0 && isExcluded(path)) ? undefined : include.pattern;
  };
}

export function compileFiles(patterns: readonly string[], options: { readonly every?: boolean } = {}): FileMatcher {
  const match = compilePaths(patterns, options);
  return (files) => {
    for (const file of files) {
      const found = matchFile(match, file);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

export function matchFile(match: PathMatcher, file: ChangedFile): FileMatch | undefined {
  const pattern = match(file.path);
  if (pattern !== undefined) return { file, pattern, byPreviousPath: false };
  const before = file.previousPath === undefined ? undefined : match(file.previousPath);
  return before === undefined ? undefined : { file, pattern: before, byPreviousPath: true };
}

/** Why a list of globs cannot be used, and how to put it right; undefined when it can. */
export function problemOfGlobs(patterns: readonly string[]): string | undefined {
  if (patterns.every(isExclude)) return 'there are only exclusions; put "**" first to start from every file';
  return undefined;
}

export function isExclude(pattern: string): boolean {
  return pattern.startsWith('!');
}

function findMatching(globs: readonly Glob[], path: string): Glob | undefined {
  for (const glob of globs) if (glob.matches(path)) return glob;
  return undefined;
}
