/**
 * Which changed file makes a rule match. A list of globs holds includes and excludes (`!` in front): a file matches when an
 * include matches it and no exclude does, wherever in the list they stand. A renamed file matches by its old path, too.
 *
 * Globs are those of minimatch, over the whole path: `*` stays within a folder, `**` crosses folders, names that begin with
 * a dot are names like any other, case counts. A slash in front is ignored, one at the end means all of that folder.
 * A pattern is untrusted: its length and what its braces expand to are bounded, and it is compiled once.
 */
import { Minimatch, type MinimatchOptions, minimatch } from 'minimatch';
import type { ChangedFile } from './facts.ts';

export interface FileMatch {
  readonly file: ChangedFile;
  /** The include that matched, as written. */
  readonly pattern: string;
  /** True when it was the path before the renaming that matched. */
  readonly byPreviousPath: boolean;
}

/** Finds the first file that matches. */
export type FileMatcher = (files: readonly ChangedFile[]) => FileMatch | undefined;

export const LONGEST_GLOB = 256;
const MOST_ALTERNATIVES = 100;

const OPTIONS: MinimatchOptions = {
  dot: true,
  nocomment: true,
  nonegate: true,
  // One more than is allowed, so that too many can be told from just enough.
  braceExpandMax: MOST_ALTERNATIVES + 1,
  // A path of a repository is the same on every machine.
  platform: 'linux',
};

interface Glob {
  readonly pattern: string;
  readonly matches: (path: string) => boolean;
}

export function compileFiles(patterns: readonly string[]): FileMatcher {
  const includes = patterns.filter((pattern) => !isExclude(pattern)).map(compile);
  const excludes = patterns.filter(isExclude).map((pattern) => compile(pattern.slice(1)));

  function includeOf(path: string): Glob | undefined {
    const include = includes.find((glob) => glob.matches(path));
    return include !== undefined && excludes.some((glob) => glob.matches(path)) ? undefined : include;
  }

  return (files) => {
    for (const file of files) {
      const include = includeOf(file.path);
      if (include !== undefined) return { file, pattern: include.pattern, byPreviousPath: false };
      const before = file.previousPath === undefined ? undefined : includeOf(file.previousPath);
      if (before !== undefined) return { file, pattern: before.pattern, byPreviousPath: true };
    }
    return undefined;
  };
}

/** Why a list of globs cannot be used, and how to put it right; undefined when it can. */
export function problemOfGlobs(patterns: readonly string[]): string | undefined {
  if (patterns.every(isExclude)) return 'there are only exclusions; put "**" first to start from every file';
  return undefined;
}

/** Why one glob cannot be used, and how to put it right; undefined when it can. */
export function problemOfGlob(pattern: string): string | undefined {
  const glob = isExclude(pattern) ? pattern.slice(1) : pattern;
  if (glob.trim() === '') return 'the pattern is empty';
  if (glob.length > LONGEST_GLOB) return `the pattern is longer than ${LONGEST_GLOB} characters; split it`;
  if (minimatch.braceExpand(glob, OPTIONS).length > MOST_ALTERNATIVES) {
    return `the braces expand to more than ${MOST_ALTERNATIVES} patterns; write fewer alternatives`;
  }
  return undefined;
}

function isExclude(pattern: string): boolean {
  return pattern.startsWith('!');
}

function compile(pattern: string): Glob {
  const glob = toMinimatch(pattern.slice(0, LONGEST_GLOB));
  return { pattern, matches: (path) => glob.match(path) };
}

function toMinimatch(pattern: string): Minimatch {
  const anchored = pattern.replace(/^(?:\.?\/)+/, '');
  return new Minimatch(anchored.endsWith('/') ? `${anchored}**` : anchored, OPTIONS);
}
