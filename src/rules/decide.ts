/**
 * Facts and rules in, a decision with a reason for everything out. Pure and deterministic: the same facts, rules and past
 * give the same decision, and once it is carried out the next one asks for nothing more.
 *
 * A person's word wins: a label that we did not add is never removed; one that a person removed, or somebody whose review
 * request a person took back, is not asked for again.
 */

import { type ActDecision, type ActRules, compileActs, decideActs } from './acts.ts';
import type { Calendar } from './availability.ts';
import { chooseReviewers, type ReviewerDecision, type ReviewerRule } from './choose-reviewers.ts';
import { compileCondition } from './condition.ts';
import { CONDITION_KEYS, type Condition } from './condition-schema.ts';
import type { Configuration } from './configuration.ts';
import {
  actsOnLabels,
  decideLabels,
  type LabelDecision,
  type LabelPolicy,
  type LabelRule,
  othersLabels,
} from './decide-labels.ts';
import type { Facts, PastAct } from './facts.ts';
import { compilePaths, type PathMatcher } from './match.ts';
import { compileRequirement, judgeRequirements, type Requirement, type RequirementRule } from './requirements.ts';
import { digestsOfLabels } from './rule-digest.ts';
import type { Thresholds } from './size.ts';
import { toView } from './view.ts';

export interface Decision {
  readonly labels: LabelDecision;
  readonly reviewers: ReviewerDecision;
  /** What is asked of this pull request. */
  readonly requirements: readonly Requirement[];
  /** What is done beside labels and reviews. */
  readonly acts: ActDecision;
  /** Keys of the conditions for want of which rules on labels and reviewers were left aside: what they look at is not known. */
  readonly unknown: readonly string[];
  /** What went wrong while rules were asked, in words for a person. */
  readonly problems: readonly string[];
}

export interface CompiledRules {
  readonly labels: readonly LabelRule[];
  readonly policy: LabelPolicy;
  readonly reviewers: readonly ReviewerRule[];
  readonly requirements: readonly RequirementRule[];
  readonly acts: ActRules;
  readonly calendar: Calendar;
  readonly ignored: PathMatcher | undefined;
  readonly thresholds: Thresholds | undefined;
}

const VOUCHING = ['author', 'team', 'association'] as const;

export function compileRules(configuration: Configuration): CompiledRules {
  const { labels, reviewers, require = [], ignore, sizes, exclusive = [], privileged = [], cap } = configuration;
  const { away = [], workdays = {}, timezone = 'UTC' } = configuration;
  const digests = digestsOfLabels(labels);
  const painted = new Map((configuration.palette ?? []).map((label) => [label.name.toLowerCase(), label]));
  return {
    labels: labels.map((rule) => ({
      label: rule.label,
      color: rule.color ?? painted.get(rule.label.toLowerCase())?.color,
      description: rule.description ?? painted.get(rule.label.toLowerCase())?.description,
      test: compileCondition(rule),
      byFilesAlone: isByFilesAlone(rule),
      vouches: VOUCHING.some((key) => rule[key] !== undefined),
      digest: digests.get(rule.label.toLowerCase()) ?? '',
    })),
    policy: { exclusive, privileged, cap },
    reviewers: reviewers.map((rule) => ({
      test: compileCondition(rule),
      people: rule.people,
      teams: rule.teams,
      count: rule.count,
      strategy: rule.strategy ?? 'random',
      capacity: rule.capacity,
      fallback: rule.fallback ?? [],
      expand: rule.expand ?? false,
      waitsForCi: rule.wait_for === 'ci',
      againOnPush: rule.again_on_push ?? false,
    })),
    requirements: require.map(compileRequirement),
    acts: compileActs(configuration),
    calendar: {
      away,
      workdays: new Map(Object.entries(workdays).map(([person, days]) => [person.toLowerCase(), days])),
      timezone,
    },
    ignored: ignore === undefined ? undefined : compilePaths(ignore),
    thresholds: sizes,
  };
}

export function decide(facts: Facts, rules: CompiledRules, past: readonly PastAct[]): Decision {
  const acts = actsOnLabels(past);
  const labels = othersLabels(facts, rules.labels, acts);
  const view = toView(facts, labels, rules);
  const decided = decideLabels(view, labels, { rules: rules.labels, policy: rules.policy }, acts);
  const reviewers = chooseReviewers(view, rules.reviewers, rules.calendar, past);
  const unknown = [...view.unknown].sort();
  const requirements = judgeRequirements(view, labelsAfter(facts, decided), rules.requirements);
  const doing = decideActs(view, rules.acts, past);
  return { labels: decided, reviewers, requirements, acts: doing, unknown, problems: [...new Set(view.problems)] };
}

/** Those that it comes to have. */
export function labelsAfter({ labels }: Facts, { add, remove }: LabelDecision): readonly string[] {
  const removed = new Set(remove.map(({ name }) => name));
  return [...labels.filter((name) => !removed.has(name)), ...add.map(({ name }) => name)];
}

function isByFilesAlone(rule: Condition): boolean {
  return CONDITION_KEYS.every((key) => (key === 'files') === (rule[key] !== undefined));
}
