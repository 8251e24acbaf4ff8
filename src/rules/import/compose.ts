/** What was read of other tools' files → the text of a `fairlead.yml` that says the same, with the notes as comments. */
import { stringify } from 'yaml';
import { parseConfiguration } from '../parse-configuration.ts';
import type { Imported } from './imported.ts';

export interface Source {
  /** Path of the file, for its reader. */
  readonly name: string;
  readonly imported: Imported;
}

/** `problems` are what keeps the text from being used as it is: too many rules, say. */
export function composeConfiguration(sources: readonly Source[]): {
  readonly text: string;
  readonly notes: readonly string[];
  readonly problems: readonly string[];
} {
  const labels = sources.flatMap(({ imported }) => imported.labels);
  const reviewers = sources.flatMap(({ imported }) => imported.reviewers);
  const assign = sources.flatMap(({ imported }) => imported.assign ?? []);
  const cap = sources.map(({ imported }) => imported.cap).find((one) => one !== undefined);
  const notes = sources.flatMap(({ name, imported }) => imported.notes.map((note) => `${name}: ${note}`));
  const body = stringify(
    { labels, reviewers, ...(assign.length === 0 ? {} : { assign }), ...(cap === undefined ? {} : { cap }) },
    { aliasDuplicateObjects: false, lineWidth: 0 },
  );
  const head = [`# From ${sources.map(({ name }) => name).join(', ')}.`, ...notes.map(toComment)];
  const text = `${head.join('\n')}\n${body}`;
  const problems = parseConfiguration(text).problems ?? [];
  return { text, notes, problems: problems.map(({ line, message }) => `line ${line}: ${message}`) };
}

/** A note may hold others' words, which must not become a line of their own. */
function toComment(note: string): string {
  return `# - ${note.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')}`;
}
