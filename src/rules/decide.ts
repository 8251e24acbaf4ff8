/**
 * Facts and rules in, a decision with a reason for everything out. Pure and deterministic: the same facts, rules and past
 * give the same decision, and once it is carried out the next one asks for nothing more.
 *
 * A person's word wins: a label that we did not add is never removed; one that a person removed, or somebody whose review
 * request a person took back, is not asked for again.
 */

import { chooseReviewers, type ReviewerDecision } from './choose-reviewers.ts';
import type { Configuration } from './configuration.ts';
import type { Facts, PastAct } from './facts.ts';
import { compileFiles, type FileMatch, type FileMatcher } from './match.ts';
import { type Reasoned, reasonOf } from './reason.ts';

export interface LabelToAdd extends Reasoned {
  /** Six hexadecimal digits, as GitHub writes them. */
  readonly color?: string | undefined;
  readonly description?: string | undefined;
}

export interface LabelDecision {
  readonly add: readonly LabelToAdd[];
  readonly remove: readonly Reasoned[];
  /** Asked for by a rule, and there already. */
  readonly keep: readonly Reasoned[];
  /** Asked for by a rule, and left off all the same. */
  readonly skip: readonly Reasoned[];
}

export interface Decision {
  readonly labels: LabelDecision;
  readonly reviewers: ReviewerDecision;
}

export interface CompiledRules {
  readonly labels: readonly (Configuration['labels'][number] & { readonly match: FileMatcher })[];
  readonly reviewers: readonly (Configuration['reviewers'][number] & { readonly match: FileMatcher })[];
}

/** https://docs.github.com/en/rest/issues/labels#add-labels-to-an-issue */
const MOST_LABELS = 100;

export function compileRules({ labels, reviewers }: Configuration): CompiledRules {
  return {
    labels: labels.map((rule) => ({ ...rule, match: compileFiles(rule.files) })),
    reviewers: reviewers.map((rule) => ({ ...rule, match: compileFiles(rule.files) })),
  };
}

export function decide(facts: Facts, rules: CompiledRules, past: readonly PastAct[]): Decision {
  return { labels: decideLabels(facts, rules, past), reviewers: chooseReviewers(facts, rules.reviewers, past) };
}

function decideLabels(facts: Facts, rules: CompiledRules, past: readonly PastAct[]): LabelDecision {
  // To GitHub, names that differ in case alone are one label.
  const present = new Map(facts.labels.map((name) => [name.toLowerCase(), name]));
  const acts = new Map(past.filter(({ kind }) => kind === 'label').map((act) => [act.name.toLowerCase(), act.state]));
  const governed = new Map<string, { readonly rule: CompiledRules['labels'][number]; readonly match?: FileMatch }>();
  for (const rule of rules.labels) {
    const key = rule.label.toLowerCase();
    if (governed.get(key)?.match !== undefined) continue;
    const match = rule.match(facts.files);
    if (match !== undefined) governed.set(key, { rule, match });
    else if (!governed.has(key)) governed.set(key, { rule });
  }

  const decision = {
    add: [] as LabelToAdd[],
    remove: [] as Reasoned[],
    keep: [] as Reasoned[],
    skip: [] as Reasoned[],
  };
  for (const [key, { rule, match }] of governed) {
    const there = present.get(key);
    const { label: name, color, description } = rule;
    if (match !== undefined) {
      const reason = reasonOf(match);
      if (there !== undefined) decision.keep.push({ name: there, reason });
      else if (acts.get(key) === 'refused') decision.skip.push({ name, reason: 'a person removed it' });
      else if (present.size + decision.add.length >= MOST_LABELS) {
        decision.skip.push({ name, reason: `GitHub allows ${MOST_LABELS} labels` });
      } else {
        decision.add.push({
          name,
          reason,
          ...(color === undefined ? {} : { color: color.replace('#', '').toLowerCase() }),
          ...(description === undefined ? {} : { description }),
        });
      }
    } else if (there !== undefined && acts.get(key) === 'ours') {
      if (facts.truncated) decision.keep.push({ name: there, reason: 'not all changed files are known' });
      else decision.remove.push({ name: there, reason: 'no changed file matches its rule any more' });
    }
  }
  return decision;
}
