/**
 * The facts of one pull request as conditions look at them: without the files that count for nothing, and with what is
 * derived from them once, when the first condition asks.
 */
import type { Json } from '../expression/compile.ts';
import type { ChangedFile, Facts } from './facts.ts';
import { compileGenerated } from './git-attributes.ts';
import type { PathMatcher } from './match.ts';
import { linesOf, type Size, sizeOf, type Thresholds } from './size.ts';

export interface View {
  /** Its `files` are without the ignored ones. */
  readonly facts: Facts;
  /** On the pull request, as far as the rules have been decided: names by their lower-case form. */
  readonly labels: ReadonlyMap<string, string>;
  /** What went wrong while conditions were asked, for a person to read. */
  readonly problems: string[];
  /** Keys of the conditions of which it could not be known whether they hold, and for want of which a rule was left aside. */
  readonly unknown: Set<string>;
  /** Undefined where `.gitattributes` was not read. */
  isGenerated(path: string): boolean | undefined;
  /** Added and removed, without generated files; undefined where they were not counted. */
  readonly lines: number | undefined;
  readonly size: Size | undefined;
  /** For a jq expression. */
  readonly json: Json;
}

export function toView(
  facts: Facts,
  labels: ReadonlyMap<string, string>,
  options: { readonly ignored: PathMatcher | undefined; readonly thresholds: Thresholds | undefined },
): View {
  const { ignored, thresholds } = options;
  const counts = ({ path }: ChangedFile) => ignored === undefined || ignored(path) === undefined;
  const files = ignored === undefined ? facts.files : facts.files.filter(counts);
  const generated = once(() => (facts.gitAttributes === undefined ? undefined : compileGenerated(facts.gitAttributes)));
  const lines = once(() => {
    const isGenerated = generated();
    if (facts.truncated || isGenerated === undefined) return undefined;
    return linesOf(files.filter(({ path }) => !isGenerated(path)));
  });
  const json = once((): { readonly [key: string]: Json } => ({
    number: facts.number,
    title: facts.title,
    body: facts.body,
    author: facts.author,
    association: facts.association,
    draft: facts.draft,
    fork: facts.fork,
    base: facts.base,
    head: facts.head,
    milestone: facts.milestone ?? null,
    age: Math.max(0, Math.floor((facts.readAt - facts.createdAt) / 1000)),
    reviewers: facts.reviewers,
    teams: facts.teams,
    ci: facts.ci ?? null,
    files: files.map(({ path, status, previousPath }) => ({ path, status, previousPath: previousPath ?? null })),
    truncated: facts.truncated,
  }));
  return {
    facts: { ...facts, files },
    labels,
    problems: [],
    unknown: new Set(),
    isGenerated: (path) => generated()?.(path),
    get lines() {
      return lines();
    },
    get size() {
      const count = lines();
      return count === undefined ? undefined : sizeOf(count, thresholds);
    },
    get json() {
      return { ...json(), labels: [...labels.values()] };
    },
  };
}

function once<Value>(compute: () => Value): () => Value {
  let done: { readonly value: Value } | undefined;
  return () => {
    done ??= { value: compute() };
    return done.value;
  };
}
