/** What the rules of a configuration look at beyond what every event tells: read from GitHub only where a rule needs it. */
import type { Condition } from './condition-schema.ts';
import type { Configuration } from './configuration.ts';
import type { RequirementSource } from './requirement-schema.ts';
import { slugOf } from './team.ts';

export interface Needs {
  /** Paths of the changed files. */
  readonly files: boolean;
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
  /** What the checks of the head have come to. */
  readonly ci: boolean;
  /** Slugs of the teams whose members are asked. */
  readonly members: readonly string[];
  /** Who has reviewed it. */
  readonly reviews: boolean;
  /** Whose the last commits on the changed files are. */
  readonly expertise: boolean;
  /** Of whom it matters whether GitHub says that they are busy; those of expanded teams come to it. */
  readonly busy: readonly string[] | undefined;
  /** Path of the file of holidays. */
  readonly holidays: string | undefined;
  /** Who is assigned, and whether it is to be merged by itself. */
  readonly acts: boolean;
  /** Whom CODEOWNERS names for the changed files. */
  readonly codeOwners: boolean;
}

export function needsOf(configuration: Configuration): Needs {
  const { labels, reviewers, require = [], assign = [], automerge = [], busy, holidays } = configuration;
  const conditions = [...labels, ...reviewers, ...require, ...actRulesOf(configuration)].flatMap(flatten);
  const isAsked = (asks: (condition: Condition) => unknown) => conditions.some((one) => asks(one) !== undefined);
  const lines = isAsked(({ size, lines: counted }) => size ?? counted);
  return {
    files: isAsked(({ files }) => files),
    commits: isAsked(({ commits }) => commits),
    lines,
    diff: isAsked(({ diff }) => diff),
    gitAttributes: lines || isAsked(({ files }) => (Array.isArray(files) ? undefined : files?.generated)),
    openReviews: reviewers.some(({ strategy, capacity }) => strategy === 'least-loaded' || capacity !== undefined),
    lastAsked: reviewers.some(({ strategy }) => strategy === 'least-recent' || strategy === 'round-robin'),
    teams: unique(conditions.flatMap(({ team = [] }) => team)),
    ci: isAsked(({ ci }) => ci) || reviewers.some(({ wait_for }) => wait_for === 'ci'),
    members: unique(reviewers.flatMap(({ expand, teams }) => (expand === true ? teams.map(slugOf) : []))),
    reviews: reviewers.some(({ again_on_push }) => again_on_push),
    expertise: reviewers.some(({ strategy }) => strategy === 'expertise'),
    busy:
      busy === true ? unique(reviewers.flatMap(({ people, fallback = [] }) => [...people, ...fallback])) : undefined,
    holidays,
    acts: assign.length + automerge.length > 0,
    codeOwners: assign.some(({ to }) => to === 'owners'),
  };
}

function actRulesOf({ assign = [], milestones = [], comments = [], automerge = [] }: Configuration) {
  return [...assign, ...milestones, ...comments, ...automerge];
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

/** Whether what is asked of a pull request, or done beside labels and reviews, depends on its labels, so that it is looked at again when a label comes or goes. */
export function watchesLabels(configuration: Configuration): boolean {
  const { require = [] } = configuration;
  const looks = ({ any_label, all_labels, one_label, no_label }: RequirementSource) =>
    [any_label, all_labels, one_label, no_label].some((one) => one !== undefined);
  const conditions = [...require, ...actRulesOf(configuration)].flatMap(flatten);
  return require.some(looks) || conditions.some(({ labels }) => labels !== undefined);
}

function flatten(condition: Condition): readonly Condition[] {
  const { all = [], any = [], not } = condition;
  return [condition, ...[...all, ...any, ...(not === undefined ? [] : [not])].flatMap(flatten)];
}
