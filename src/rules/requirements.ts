/** What a pull request has to have, and lacks: each with how to put it right. Labels are those once the decision is carried out. */
import { compileCondition } from './condition.ts';
import { CONDITION_KEYS } from './condition-schema.ts';
import { shorten } from './reason.ts';
import { compileRegex } from './regex.ts';
import type { Conclusion, RequirementSource } from './requirement-schema.ts';
import type { Test } from './verdict.ts';
import type { View } from './view.ts';
import { compileNames } from './wildcard.ts';

export interface Requirement {
  /** What is demanded, in words for a person. */
  readonly demand: string;
  /** `unknown`: whether it is demanded of this pull request cannot be told. */
  readonly state: 'met' | 'missing' | 'unknown';
  readonly reason: string;
  /** How to put it right; absent where nothing is missing. */
  readonly fix?: string | undefined;
  /** What it makes of the check run where it is missing. */
  readonly otherwise: Conclusion;
}

export interface RequirementRule {
  readonly test: Test | undefined;
  readonly demand: string;
  readonly judge: (facts: Judged) => Finding;
  readonly hint: string | undefined;
  readonly otherwise: Conclusion;
}

interface Judged {
  readonly labels: readonly string[];
  readonly title: string;
  readonly body: string;
}

interface Finding {
  readonly isMet: boolean;
  readonly reason: string;
  readonly fix?: string;
}

export function compileRequirement(source: RequirementSource): RequirementRule {
  const isConditional = CONDITION_KEYS.some((key) => source[key] !== undefined);
  return {
    ...compileDemand(source),
    test: isConditional ? compileCondition(source) : undefined,
    hint: source.hint,
    otherwise: source.otherwise,
  };
}

/** Those that are made of this pull request, in the order of the file. */
export function judgeRequirements(
  view: View,
  labels: readonly string[],
  rules: readonly RequirementRule[],
): readonly Requirement[] {
  const { title, body } = view.facts;
  return rules.flatMap(({ test, demand, judge, hint, otherwise }): readonly Requirement[] => {
    const verdict = test === undefined ? '' : test(view);
    if (verdict === false) return [];
    if (verdict === undefined) {
      return [{ demand, state: 'unknown', reason: 'not all that its condition looks at is known', otherwise }];
    }
    const { isMet, reason, fix } = judge({ labels, title, body });
    if (isMet) return [{ demand, state: 'met', reason, otherwise }];
    return [{ demand, state: 'missing', reason, fix: hint ?? fix, otherwise }];
  });
}

function compileDemand(source: RequirementSource): Pick<RequirementRule, 'demand' | 'judge'> {
  const { any_label, all_labels, one_label, no_label, description, title_matches } = source;
  if (any_label !== undefined) return demandAny(any_label);
  if (all_labels !== undefined) return demandAll(all_labels);
  if (one_label !== undefined) return demandOne(one_label);
  if (no_label !== undefined) return demandNone(no_label);
  if (description !== undefined) return demandDescription(description);
  return demandTitle(title_matches ?? '');
}

function demandAny(patterns: readonly string[]): Pick<RequirementRule, 'demand' | 'judge'> {
  const match = compileNames(patterns);
  return {
    demand: `one of the labels ${list(patterns)}`,
    judge: ({ labels }) => {
      const found = labels.find((name) => match(name) !== undefined);
      if (found !== undefined) return { isMet: true, reason: `it has ${found}` };
      return { isMet: false, reason: 'it has none of them', fix: `Add one of ${list(patterns)}.` };
    },
  };
}

function demandAll(patterns: readonly string[]): Pick<RequirementRule, 'demand' | 'judge'> {
  const matchers = patterns.map((pattern) => ({ pattern, match: compileNames([pattern]) }));
  return {
    demand: `the labels ${list(patterns)}`,
    judge: ({ labels }) => {
      const missing = matchers.filter(({ match }) => !labels.some((name) => match(name) !== undefined));
      if (missing.length === 0) return { isMet: true, reason: 'it has all of them' };
      const names = list(missing.map(({ pattern }) => pattern));
      return { isMet: false, reason: `it lacks ${names}`, fix: `Add ${names}.` };
    },
  };
}

function demandOne(patterns: readonly string[]): Pick<RequirementRule, 'demand' | 'judge'> {
  const match = compileNames(patterns);
  return {
    demand: `exactly one of the labels ${list(patterns)}`,
    judge: ({ labels }) => {
      const found = labels.filter((name) => match(name) !== undefined);
      const [only] = found;
      if (only === undefined)
        return { isMet: false, reason: 'it has none of them', fix: `Add one of ${list(patterns)}.` };
      if (found.length === 1) return { isMet: true, reason: `it has ${only}` };
      return { isMet: false, reason: `it has ${list(found)}`, fix: `Take off all but one of ${list(found)}.` };
    },
  };
}

function demandNone(patterns: readonly string[]): Pick<RequirementRule, 'demand' | 'judge'> {
  const match = compileNames(patterns);
  return {
    demand: `none of the labels ${list(patterns)}`,
    judge: ({ labels }) => {
      const found = labels.filter((name) => match(name) !== undefined);
      if (found.length === 0) return { isMet: true, reason: 'it has none of them' };
      return { isMet: false, reason: `it has ${list(found)}`, fix: `Take off ${list(found)} once it may go on.` };
    },
  };
}

function demandDescription(least: number): Pick<RequirementRule, 'demand' | 'judge'> {
  const demand = `a description of at least ${least} characters`;
  return {
    demand,
    judge: ({ body }) => {
      const count = lengthOf(body);
      if (count >= least) return { isMet: true, reason: `it has ${count}` };
      const reason = count === 0 ? 'it has none' : `it has ${count}`;
      return {
        isMet: false,
        reason,
        fix: `Say in the description what changes and why, in ${least} characters or more.`,
      };
    },
  };
}

function demandTitle(source: string): Pick<RequirementRule, 'demand' | 'judge'> {
  const isFound = compileRegex(source);
  return {
    demand: `a title that matches ${source}`,
    judge: ({ title }) =>
      isFound(title)
        ? { isMet: true, reason: `the title is “${shorten(title)}”` }
        : {
            isMet: false,
            reason: `the title is “${shorten(title)}”`,
            fix: `Change the title so that it matches ${source}.`,
          },
  };
}

/** Without what nobody reads: the comments of a template, and white space. */
function lengthOf(body: string): number {
  const parts: string[] = [];
  for (let at = 0; at < body.length; ) {
    const begin = body.indexOf('<!--', at);
    const end = begin < 0 ? -1 : body.indexOf('-->', begin + 4);
    parts.push(body.slice(at, begin < 0 ? undefined : begin));
    // A comment without an end hides the rest.
    if (end < 0) break;
    at = end + 3;
  }
  return parts.join('').replaceAll(/\s/g, '').length;
}

function list(names: readonly string[]): string {
  return names.map(shorten).join(', ');
}
