/**
 * `.github/labeler.yml` of actions/labeler, releases 4 and 5 and later, as it is documented
 * (https://github.com/actions/labeler). Each label becomes one rule that holds when labeler would put the label on; where
 * the two differ, a note says so.
 */
import { parse } from 'yaml';
import type { Condition } from '../condition-schema.ts';
import { problemOfGlob } from '../glob.ts';
import { problemOfRegex } from '../regex.ts';
import { type Imported, isMapping, type LabelWritten, toList } from './imported.ts';

/** `undefined` never holds. */
type Converted = Condition | undefined;

const SYNC =
  'A label that Fairlead put on is taken off when its rule no longer holds, and one that a person took off stays off.';
const RENAMES = 'A renamed file counts by its old path as well; labeler looks at the new one alone.';
const DOTS = 'Release 4 of labeler passes over names that begin with a dot unless told otherwise; Fairlead does not.';
const TRAP =
  'labeler takes “!pattern” in a list of which any pattern is enough for “every file that does not match”, so nearly every pull request gets the label. That is kept; to exclude files instead, write one list of files with the exclusion in it.';

/** @throws Error where the text is not YAML. */
export function fromLabeler(text: string): Imported {
  const document: unknown = parse(text, { maxAliasCount: 100, uniqueKeys: false });
  const notes = new Set<string>([SYNC]);
  if (!isMapping(document)) return { labels: [], reviewers: [], notes: [...notes] };
  const { 'changed-files-labels-limit': limit, ...given } = document;
  const labels = Object.entries(given).flatMap(([label, value]): readonly LabelWritten[] => {
    const note = (message: string) => notes.add(`${label}: ${message}`);
    const shared = (message: string) => notes.add(message);
    const condition = isRelease4(value) ? fromRelease4(value, note, shared) : fromRelease5(value, note, shared);
    if (condition === undefined) note('the label is left out: nothing that labeler reads would ever put it on.');
    return condition === undefined ? [] : [{ label, ...condition }];
  });
  return { labels, reviewers: [], cap: limit === undefined ? undefined : Number(limit), notes: [...notes] };
}

type Note = (message: string) => void;

/** Release 4 lists globs, and mappings of globs. */
function isRelease4(value: unknown): boolean {
  return toList(value).some(
    (entry) =>
      typeof entry === 'string' ||
      (isMapping(entry) && [...toList(entry.any), ...toList(entry.all)].some((inner) => typeof inner === 'string')),
  );
}

/** Entries are alternatives; within one, `all` and `any` must both hold. */
function fromRelease4(value: unknown, note: Note, shared: Note): Converted {
  shared(DOTS);
  shared(RENAMES);
  return anyOf(
    toList(value).map((entry) => {
      if (typeof entry === 'string') return someFile(everyGlob([entry], note));
      if (!isMapping(entry)) return undefined;
      const parts = [
        ...(entry.all === undefined ? [] : [everyFile(everyGlob(toList(entry.all), note))]),
        ...(entry.any === undefined ? [] : [someFile(everyGlob(toList(entry.any), note))]),
        ...(entry.branch === undefined ? [] : [branchGlobs(toList(entry.branch).map(String))]),
      ];
      return allOf(parts);
    }),
  );
}

/** Entries must all hold; what stands outside `any` and `all` is one more alternative of the first `any`. */
function fromRelease5(value: unknown, note: Note, shared: Note): Converted {
  const groups: { readonly kind: 'any' | 'all'; readonly entries: unknown[] }[] = [];
  for (const entry of toList(value)) {
    if (!isMapping(entry)) continue;
    for (const [key, inner] of Object.entries(entry)) {
      if (key === 'any' || key === 'all') {
        if (Array.isArray(inner)) groups.push({ kind: key, entries: [...inner] });
      } else if (key === 'changed-files' || key === 'head-branch' || key === 'base-branch') {
        const first = groups.find(({ kind }) => kind === 'any');
        if (first === undefined) groups.push({ kind: 'any', entries: [{ [key]: inner }] });
        else first.entries.push({ [key]: inner });
      } else note(`labeler does not know the key “${key}”, and passes it over.`);
    }
  }
  const joined = { any: anyOf, all: allOf };
  return allOf(
    groups.map(({ kind, entries }) =>
      joined[kind](
        entries.flatMap((entry) => {
          if (!isMapping(entry)) return [];
          return [
            ...branches('base', entry['base-branch'], joined[kind], note),
            ...changedFiles(entry['changed-files'], joined[kind], note, shared),
            ...branches('head', entry['head-branch'], joined[kind], note),
          ];
        }),
      ),
    ),
  );
}

function changedFiles(
  value: unknown,
  join: (parts: readonly Converted[]) => Converted,
  note: Note,
  shared: Note,
): readonly Converted[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    note('labeler passes over “changed-files” that is not a list.');
    return [];
  }
  shared(RENAMES);
  const parts = value.flatMap((entry) =>
    isMapping(entry) ? Object.entries(entry).map(([key, globs]) => filesBy(key, toList(globs), note)) : [],
  );
  return parts.length === 0 ? [] : [join(parts)];
}

function filesBy(key: string, globs: readonly unknown[], note: Note): Converted {
  switch (key) {
    case 'any-glob-to-any-file':
      noteTrap(globs, note);
      return someFileOfAny(globs, note);
    case 'any-glob-to-all-files':
      noteTrap(globs, note);
      return anyOf(globs.map((glob) => everyFile(everyGlob([glob], note))));
    case 'all-globs-to-any-file':
      return someFile(everyGlob(globs, note));
    case 'all-globs-to-all-files':
      return everyFile(everyGlob(globs, note));
    default:
      note(`labeler refuses the key “${key}” under “changed-files”.`);
      return undefined;
  }
}

function noteTrap(globs: readonly unknown[], note: Note): void {
  if (globs.length > 1 && globs.some((glob) => String(glob).startsWith('!'))) note(TRAP);
}

function someFileOfAny(globs: readonly unknown[], note: Note): Converted {
  const includes = globs.filter((glob) => !String(glob).startsWith('!'));
  const excludes = globs.filter((glob) => String(glob).startsWith('!'));
  const plain = includes.map(String).filter((glob) => isAlive(glob, note));
  return anyOf([
    ...(plain.length === 0 ? [] : [{ files: plain }]),
    ...excludes.map((glob) => someFile(everyGlob([glob], note))),
  ]);
}

/** Globs that a file must all match, as one list; undefined where no file can. */
function everyGlob(globs: readonly unknown[], note: Note): readonly string[] | undefined {
  const includes: string[] = [];
  const excludes: string[] = [];
  for (const glob of globs.map(String)) {
    const [, marks = '', pattern = ''] = /^(!*)(.*)$/s.exec(glob) ?? [];
    const alive = isAlive(pattern, note);
    if (marks.length % 2 === 1) {
      if (alive) excludes.push(`!${pattern}`);
    } else if (alive) includes.push(pattern);
    else return undefined;
  }
  return [...(includes.length === 0 ? ['**'] : includes), ...excludes];
}

function someFile(globs: readonly string[] | undefined): Converted {
  if (globs === undefined) return undefined;
  return isSingle(globs) ? { files: [...globs] } : { files: { any: [...globs], match: 'every' } };
}

function everyFile(globs: readonly string[] | undefined): Converted {
  if (globs === undefined) return undefined;
  return { files: { all: [...globs], match: isSingle(globs) ? 'some' : 'every' } };
}

function isSingle(globs: readonly string[]): boolean {
  return globs.filter((glob) => !glob.startsWith('!')).length === 1;
}

/** Whether a glob can match the path of a file, as labeler reads it. */
function isAlive(glob: string, note: Note): boolean {
  if (glob === '' || glob.startsWith('#') || glob.startsWith('/') || glob.endsWith('/')) {
    note(`“${glob}” matches no file in labeler; it is left out.`);
    return false;
  }
  if (glob.startsWith('./')) {
    note(
      `“${glob}” begins with a dot and a slash, by which labeler’s matching finds nothing; Fairlead reads it from the root.`,
    );
  }
  const problem = problemOfGlob(glob);
  if (problem !== undefined) note(`“${glob.slice(0, 50)}” is left out: ${problem}.`);
  return problem === undefined;
}

function branches(
  side: 'base' | 'head',
  value: unknown,
  join: (parts: readonly Converted[]) => Converted,
  note: Note,
): readonly Converted[] {
  const sources = toList(value).map(String);
  if (sources.length === 0) return [];
  return [
    join(
      sources.map((source): Converted => {
        const problem = problemOfRegex(source);
        if (problem === undefined) return { [side]: [`/${source}/`] };
        note(`${side}-branch “${source.slice(0, 50)}” ${problem}; what it would add is left out.`);
        return undefined;
      }),
    ),
  ];
}

/** Release 4 had globs here, each of which is enough. */
function branchGlobs(globs: readonly string[]): Converted {
  return { head: [...globs] };
}

function anyOf(parts: readonly Converted[]): Converted {
  const possible = parts.filter((part) => part !== undefined);
  const [only] = possible;
  return possible.length <= 1 ? only : { any: possible };
}

function allOf(parts: readonly Converted[]): Converted {
  const possible = parts.filter((part) => part !== undefined);
  if (possible.length < parts.length) return undefined;
  const [only] = possible;
  return possible.length <= 1 ? only : { all: possible };
}
