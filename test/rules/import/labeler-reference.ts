/**
 * What actions/labeler puts on a pull request, written anew from its documentation, to hold our reading of `labeler.yml`
 * against. `release` 4 does not match names that begin with a dot, 5 does.
 */
import { Minimatch } from 'minimatch';
import { parse } from 'yaml';

export interface Pull {
  readonly files: readonly string[];
  readonly base?: string;
  readonly head?: string;
}

type Entry = Readonly<Record<string, unknown>>;

const listOf = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

export function labelsBy(release: 4 | 5, text: string, pull: Pull): readonly string[] {
  const { 'changed-files-labels-limit': _, ...labels } = parse(text) as Record<string, unknown>;
  const holds = release === 4 ? holdsIn4 : holdsIn5;
  return Object.keys(labels).filter((label) => holds(labels[label], pull));
}

function holdsIn4(value: unknown, { files, head = '' }: Pull): boolean {
  const fits = (globs: unknown, file: string) => listOf(globs).every((glob) => new Minimatch(String(glob)).match(file));
  return listOf(value).some((entry) => {
    const { any, all, branch } = (typeof entry === 'string' ? { any: [entry] } : entry) as Entry;
    return (
      (all === undefined || files.every((file) => fits(all, file))) &&
      (any === undefined || files.some((file) => fits(any, file))) &&
      (branch === undefined || listOf(branch).some((glob) => new Minimatch(String(glob)).match(head)))
    );
  });
}

const TOP = ['changed-files', 'head-branch', 'base-branch'];

function holdsIn5(value: unknown, pull: Pull): boolean {
  const groups: { key: string; entries: Entry[] }[] = [];
  for (const entry of listOf(value) as Entry[]) {
    for (const [key, inner] of Object.entries(entry)) {
      if (key === 'any' || key === 'all') groups.push({ key, entries: [...(inner as Entry[])] });
      else if (TOP.includes(key)) {
        const any = groups.find((group) => group.key === 'any');
        if (any === undefined) groups.push({ key: 'any', entries: [{ [key]: inner }] });
        else any.entries.push({ [key]: inner });
      }
    }
  }
  return groups.length > 0 && groups.every(({ key, entries }) => holdsInGroup(key, entries, pull));
}

function holdsInGroup(key: string, entries: readonly Entry[], { files, base = 'main', head = 'topic' }: Pull): boolean {
  const join = (parts: readonly boolean[]) => (key === 'any' ? parts.some(Boolean) : parts.every(Boolean));
  const named = (value: unknown, name: string) =>
    join(listOf(value).map((source) => new RegExp(String(source)).test(name)));
  const parts = entries.flatMap((entry) => [
    ...(entry['base-branch'] === undefined ? [] : [named(entry['base-branch'], base)]),
    ...(entry['head-branch'] === undefined ? [] : [named(entry['head-branch'], head)]),
    ...(Array.isArray(entry['changed-files'])
      ? [
          join(
            (entry['changed-files'] as Entry[]).flatMap((one) => Object.entries(one).map((by) => filesFit(by, files))),
          ),
        ]
      : []),
  ]);
  return parts.length > 0 && join(parts);
}

function filesFit([by, value]: readonly [string, unknown], files: readonly string[]): boolean {
  const matchers = listOf(value).map((glob) => new Minimatch(String(glob), { dot: true }));
  switch (by) {
    case 'any-glob-to-any-file':
      return matchers.some((matcher) => files.some((file) => matcher.match(file)));
    case 'any-glob-to-all-files':
      return matchers.some((matcher) => files.every((file) => matcher.match(file)));
    case 'all-globs-to-any-file':
      return files.some((file) => matchers.every((matcher) => matcher.match(file)));
    case 'all-globs-to-all-files':
      return files.every((file) => matchers.every((matcher) => matcher.match(file)));
    default:
      throw new Error(`labeler refuses ${by}`);
  }
}
