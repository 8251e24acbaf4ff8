/** Facts and rules → decision, with what the ledger knows of this pull request. Asks GitHub nothing. */
import { z } from 'zod';
import type { Configuration } from '../src/rules/configuration.ts';
import { defaultConfiguration } from '../src/rules/configuration.ts';
import {
  type CompiledRules,
  compileRules,
  type Decision as DecisionByRules,
  decide as decideByRules,
  labelsAfter,
} from '../src/rules/decide.ts';
import { needsOf, watchesLabels } from '../src/rules/needs.ts';
import { CONCLUSIONS } from '../src/rules/requirement-schema.ts';
import { defineFunction } from '../src/workflow/function.ts';
import { readAbsences } from './absences.ts';
import { act } from './acts/act.ts';
import { tellAct, toActs } from './acts/to-acts.ts';
import { CONFIGURATION_PATH } from './configuration-reader.ts';
import type { FunctionContext, LedgerEntry } from './context.ts';
import { reasoned, subjectOf, toRoute } from './pull-request.ts';
import { facts } from './read-facts.ts';
import { type RulesProblem, rules, rulesFound } from './read-rules.ts';
import { isRecheck } from './recheck.ts';
import { readLastAsked } from './review-history.ts';

const ruleDigest = z.string().optional().describe('Digest of the rules that ask for it.');
export const candidate = reasoned.extend({ kind: z.enum(['person', 'team']) });

export const decision = z.object({
  rules: z.enum(['found', 'none', 'unreadable', 'unavailable']).describe('What became of the repository’s own rules.'),
  ...rulesFound.pick({ sources: true, notes: true }).shape,
  check: z.boolean().describe('Whether the repository wants a check run.'),
  problems: z.array(z.string()),
  would: z
    .object({
      labels: z.object({ add: z.array(reasoned), remove: z.array(reasoned) }),
      request: z.array(candidate),
      acts: z.array(reasoned).optional(),
    })
    .optional()
    .describe('In a dry run, what would be done; beside it, nothing is to be done.'),
  requirements: z
    .array(
      z.object({
        demand: z.string(),
        state: z.enum(['met', 'missing', 'unknown']),
        reason: z.string(),
        fix: z.string().optional().describe('How to put it right.'),
        otherwise: z.enum(CONCLUSIONS).describe('The conclusion of the check run where it is missing.'),
      }),
    )
    .optional()
    .describe('What is asked of this pull request, where anything is.'),
  acts: z
    .object({ do: z.array(act), left: z.array(reasoned) })
    .optional()
    .describe('Beside labels and reviews: what is to be done, and what is left undone, where there is any of it.'),
  recheck: z
    .enum(['begin', 'end'])
    .optional()
    .describe('Whether from now on it is, or is not, to be evaluated anew when a label comes or goes.'),
  remind: z.boolean().optional().describe('Whether those who are asked are to be reminded.'),
  announce: z.boolean().default(true).describe('False in a dry run that chats are not told of.'),
  labels: z.object({
    add: z.array(
      reasoned.extend({
        color: z.string().optional(),
        description: z.string().optional(),
        rule: ruleDigest,
      }),
    ),
    remove: z.array(reasoned),
    keep: z.array(reasoned),
    skip: z.array(reasoned.extend({ rule: ruleDigest })),
  }),
  reviewers: z.object({
    request: z.array(candidate),
    keep: z.array(candidate),
    skip: z.array(candidate),
    release: z.array(candidate).default([]).describe('Asked and not answering; others are asked in their place.'),
    table: z
      .array(
        candidate.extend({
          rule: z.string().describe('Place of the rule in the configuration.'),
          verdict: z.enum(['request', 'keep', 'skip']),
          load: z.int().optional().describe('Open reviews, where they were counted.'),
        }),
      )
      .default([])
      .describe('Everybody considered, rule by rule.'),
  }),
});

type Decision = z.output<typeof decision>;

const COMPILED_KEPT = 200;
const compiled = new Map<string, CompiledRules>();

export const decide = defineFunction({
  operationId: 'decide',
  summary: 'Decides on labels and reviewers, each with a reason. Changes nothing.',
  input: z.object({ facts, rules }),
  output: decision,
  handle: async (
    { facts: { pullRequest, problems: unread, ...known }, rules: given },
    context: FunctionContext,
  ): Promise<Decision> => {
    // Where nothing is decided, a dry run differs only in that chats hear nothing of it.
    const announce = context.dryRun !== 'silent';
    const nothing = {
      labels: { add: [], remove: [], keep: [], skip: [] },
      reviewers: { request: [], keep: [], skip: [], release: [], table: [] },
    };
    switch (given.outcome) {
      case 'unavailable':
        return { rules: given.outcome, check: true, announce, problems: [given.reason], ...nothing };
      case 'unreadable': {
        const problems = given.problems.map(toSentence);
        return { rules: given.outcome, check: true, announce, problems, ...nothing };
      }
      case 'found':
      case 'none': {
        const configuration = given.outcome === 'found' ? given.configuration : defaultConfiguration();
        const [past, lastAsked, absences] = await Promise.all([
          context.ledger.read(context.tenant, subjectOf(pullRequest)),
          needsOf(configuration).lastAsked ? readLastAsked(context, pullRequest.repository.id) : [],
          // Where nobody is chosen, it does not matter who is there.
          configuration.reviewers.length > 0 ? readAbsences(context) : [],
        ]);
        const { repository, number, title, author, draft, base, head } = pullRequest;
        const judged = {
          ...known,
          lastAsked,
          absences,
          owner: toRoute(repository.fullName).owner,
          repositoryId: repository.id,
          number,
          title,
          author: author.login,
          draft,
          base,
          head: head.ref,
        };
        const decided = decideByRules(judged, compile(configuration), past);
        const acts = toActs(decided.acts, judged, labelsAfter(judged, decided.labels), past);
        const decision = {
          rules: given.outcome,
          check: configuration.check,
          announce: true,
          ...(given.outcome === 'found' ? { sources: given.sources, notes: given.notes } : {}),
          problems: [
            ...(given.outcome === 'found' ? (given.problems ?? []).map(toSentence) : []),
            ...unread,
            ...decided.problems,
          ],
          ...copy(decided),
          ...(decided.requirements.length === 0 ? {} : { requirements: [...decided.requirements] }),
          ...recheckOf(configuration, past),
          ...(configuration.reminders === undefined || draft ? {} : { remind: true }),
          ...(acts === undefined ? {} : { acts }),
        };
        const isDry = context.dryRun !== 'off' || configuration.mode === 'dry-run';
        return isDry ? toDryRun(decision, context.dryRun === 'announced') : decision;
      }
    }
  },
});

/** Said only where it changes: the ledger remembers it, so that a label on any other pull request asks GitHub nothing. */
function recheckOf(configuration: Configuration, past: readonly LedgerEntry[]): Pick<Decision, 'recheck'> {
  const isWanted = watchesLabels(configuration);
  if (isWanted === past.some(isRecheck)) return {};
  return { recheck: isWanted ? 'begin' : 'end' };
}

/** Nothing is left to do, so that whatever acts on a decision does nothing; what would be done is told beside it. */
function toDryRun(decision: Decision, announce: boolean): Decision {
  const { labels, reviewers, acts } = decision;
  return {
    ...decision,
    check: true,
    announce,
    would: {
      labels: { add: labels.add, remove: labels.remove },
      request: reviewers.request,
      ...(acts === undefined ? {} : { acts: acts.do.map(tellAct) }),
    },
    acts: acts && { ...acts, do: [] },
    labels: { ...labels, add: [], remove: [] },
    reviewers: { ...reviewers, request: [], release: [] },
  };
}

function toSentence({ file = CONFIGURATION_PATH, line, column, where, message }: RulesProblem): string {
  return `${file}, line ${line}, column ${column}: ${where === '' ? '' : `${where}: `}${message}`;
}

/** Compiled once per configuration, known by its text: a run's rules come out of its journal. */
function compile(configuration: Configuration): CompiledRules {
  const key = JSON.stringify(configuration);
  const rules = compiled.get(key) ?? compileRules(configuration);
  compiled.delete(key);
  compiled.set(key, rules);
  const [oldest] = compiled.keys();
  if (compiled.size > COMPILED_KEPT && oldest !== undefined) compiled.delete(oldest);
  return rules;
}

function copy({ labels, reviewers }: DecisionByRules): Pick<Decision, 'labels' | 'reviewers'> {
  return {
    labels: { add: [...labels.add], remove: [...labels.remove], keep: [...labels.keep], skip: [...labels.skip] },
    reviewers: {
      request: [...reviewers.request],
      keep: [...reviewers.keep],
      skip: [...reviewers.skip],
      release: [...reviewers.release],
      table: [...reviewers.table],
    },
  };
}
