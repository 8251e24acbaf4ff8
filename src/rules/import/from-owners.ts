/**
 * OWNERS files of Prow (https://www.kubernetes.dev/docs/guide/owners/), each for its folder and what is below, and the
 * OWNERS_ALIASES in the root. Reviewers become rules, the nearest file first; labels become labels.
 */
import { parse } from 'yaml';
import { type Imported, isMapping, type LabelWritten, type ReviewerWritten, toList, toLogins } from './imported.ts';

interface Owners {
  /** Without a slash at its end; empty for the root. */
  readonly folder: string;
  readonly reviewers: readonly unknown[];
  readonly approvers: readonly unknown[];
  readonly labels: readonly string[];
  readonly isAlone: boolean;
}

/** As many as Prow's blunderbuss asks unless it is told otherwise. */
const ASKED = 2;

/** `files` by the folder that each is in (the root is `""`). @throws Error where a text is not YAML. */
export function fromOwners(files: ReadonlyMap<string, string>, aliases = ''): Imported {
  const notes = new Set<string>();
  const note = (message: string) => notes.add(message);
  const known = readAliases(aliases);
  const all = [...files].map(([folder, text]) => readOwners(folder, text, note));
  const expand = (names: readonly unknown[]) => [
    ...new Set(
      toLogins(
        names.flatMap((name) => known.get(String(name).toLowerCase()) ?? [name]),
        note,
      ),
    ),
  ];
  const asking = all.filter((owners) => expand(owners.reviewers).length + expand(owners.approvers).length > 0);
  const reviewers = asking.map((owners): ReviewerWritten => {
    const people = expand(owners.reviewers);
    const approvers = expand(owners.approvers);
    const fallback = people.length === 0 ? [] : approvers.slice(0, 20);
    return {
      files: within(owners, asking),
      people: people.length === 0 ? approvers : people,
      count: ASKED,
      ...(fallback.length === 0 ? {} : { fallback }),
    };
  });
  const alone = all.filter(({ isAlone }) => isAlone);
  const labels = all.flatMap((owners) =>
    owners.labels.map((label): LabelWritten => ({ label, files: within(owners, alone) })),
  );
  if (reviewers.length > 0) {
    note(
      `Prow asks ${ASKED} people for the whole pull request; here each folder’s rule asks ${ASKED}, who may be the same.`,
    );
    note('/lgtm, /approve and approval by OWNERS stay with Prow; Fairlead asks for reviews and labels.');
  }
  return { labels, reviewers, notes: [...notes] };
}

function readOwners(folder: string, text: string, note: (message: string) => void): Owners {
  const given: unknown = parse(text, { maxAliasCount: 100, uniqueKeys: false });
  const place = folder === '' ? 'OWNERS' : `${folder}/OWNERS`;
  const top = isMapping(given) ? given : {};
  const filters = isMapping(top.filters) ? top.filters : {};
  for (const pattern of Object.keys(filters)) {
    if (pattern !== '.*') note(`${place}: the filter “${pattern}” is left out; write a rule with its own files.`);
  }
  const whole = filters['.*'];
  const source = isMapping(whole) ? { ...top, ...whole } : top;
  const options = isMapping(top.options) ? top.options : {};
  return {
    folder,
    reviewers: toList(source.reviewers),
    approvers: toList(source.approvers),
    labels: toList(source.labels).map(String),
    isAlone: options.no_parent_owners === true,
  };
}

function readAliases(text: string): ReadonlyMap<string, readonly unknown[]> {
  const given: unknown = parse(text, { maxAliasCount: 100, uniqueKeys: false });
  const aliases = isMapping(given) && isMapping(given.aliases) ? given.aliases : {};
  return new Map(Object.entries(aliases).map(([name, people]) => [name.toLowerCase(), toList(people)]));
}

/** The folder without those of `others` that are within it. */
function within({ folder }: Owners, others: readonly Owners[]): string[] {
  const below = (name: string) => (name === '' ? '**' : `${name.replace(/[*?[\]{}()+@!\\]/g, '\\$&')}/**`);
  const prefix = folder === '' ? '' : `${folder}/`;
  const inner = others.filter((other) => other.folder !== folder && other.folder.startsWith(prefix));
  return [below(folder), ...inner.map((other) => `!${below(other.folder)}`)].slice(0, 100);
}
