/** What the rules of a configuration look at beyond what every event tells: read from GitHub only where a rule needs it. */
import type { Condition } from './condition-schema.ts';
import type { Configuration } from './configuration.ts';

export interface Needs {
  /** Messages of the commits. */
  readonly commits: boolean;
  /** Lines added and removed per file. */
  readonly lines: boolean;
  /** Each file's part of the diff. */
  readonly diff: boolean;
  /** `.gitattributes` of the base branch. */
  readonly gitAttributes: boolean;
  /** How many open reviews each person has. */
  readonly openReviews: boolean;
  /** When each person was last asked. */
  readonly lastAsked: boolean;
  /** Slugs of the teams of which it matters whether the author is in them. */
  readonly teams: readonly string[];
}

export function needsOf({ labels, reviewers }: Configuration): Needs {
  const conditions = [...labels, ...reviewers].flatMap(flatten);
  const isAsked = (asks: (condition: Condition) => unknown) => conditions.some((one) => asks(one) !== undefined);
  const lines = isAsked(({ size, lines: counted }) => size ?? counted);
  return {
    commits: isAsked(({ commits }) => commits),
    lines,
    diff: isAsked(({ diff }) => diff),
    gitAttributes: lines || isAsked(({ files }) => (Array.isArray(files) ? undefined : files?.generated)),
    openReviews: reviewers.some(({ strategy, capacity }) => strategy === 'least-loaded' || capacity !== undefined),
    lastAsked: reviewers.some(({ strategy }) => strategy === 'least-recent' || strategy === 'round-robin'),
    teams: [...new Set(conditions.flatMap(({ team = [] }) => team))],
  };
}

function flatten(condition: Condition): readonly Condition[] {
  const { all = [], any = [], not } = condition;
  return [condition, ...[...all, ...any, ...(not === undefined ? [] : [not])].flatMap(flatten)];
}
