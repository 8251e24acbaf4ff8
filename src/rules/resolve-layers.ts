/** Files that build on each other → the one configuration that holds, with what the locks of the upper ones refused the lower. */
import { findConditionProblems } from './condition-problem.ts';
import { type Configuration, configurationSchema } from './configuration.ts';
import type { Finding } from './finding.ts';
import { holdLock, inherit, type Lock } from './inherit.ts';
import type { Written } from './parse-configuration.ts';
import { type FileProblem, locate } from './read-yaml.ts';

export interface Layer {
  /** For people: its path, with its repository in front where that is another one. */
  readonly file: string;
  readonly written: Written;
  /** Absent where it was put together from other tools' files. */
  readonly text?: string | undefined;
}

export type Resolved =
  | { readonly configuration: Configuration; readonly problems: readonly FileProblem[] }
  | { readonly configuration?: undefined; readonly problems: readonly FileProblem[] };

/** `layers` from the uppermost to the repository's own. */
export function resolveLayers(layers: readonly Layer[]): Resolved {
  const problems: FileProblem[] = [];
  const locks: Lock[] = [];
  let merged: Written = {};
  for (const layer of layers) {
    const findings: Finding[] = [];
    let { written } = layer;
    for (const lock of locks) {
      const held = holdLock(lock, merged, written);
      written = held.own;
      findings.push(...held.findings);
    }
    problems.push(...place(layer, findings));
    const { extends: _, lock: __, ...own } = written;
    merged = inherit(merged, own);
    locks.push(...locksOf(layer));
  }
  const parsed = configurationSchema.safeParse(merged);
  const [finding] = parsed.success ? findConditionProblems(parsed.data) : parsed.error.issues;
  if (parsed.success && finding === undefined) return { configuration: parsed.data, problems };
  // Each file by itself was accepted: together they are too much.
  const message = `together with what it builds on: ${finding?.path.join('.') ?? ''} ${finding?.message ?? ''}`;
  return { problems: [{ file: layers.at(-1)?.file ?? '', line: 1, column: 1, where: '', message }] };
}

export function locksOf({ file, written }: Layer): readonly Lock[] {
  return ((written.lock ?? []) as readonly string[]).map((lock) => ({ keys: lock.split('.'), by: file }));
}

function place({ file, text }: Layer, findings: readonly Finding[]): readonly FileProblem[] {
  if (findings.length === 0) return [];
  if (text !== undefined) return locate(text, findings).map((problem) => ({ file, ...problem }));
  return findings.map(({ message }) => ({ file, line: 1, column: 1, where: '', message }));
}
