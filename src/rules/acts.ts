/**
 * What is done to a pull request beside labels and reviews: assigning, a milestone, comments, merging by itself. Everything is
 * off unless a rule says so, and each is done once: what somebody undid is not done again, until its rule changes.
 */
import type { AssignSource, AutomergeSource, CommentSource, MilestoneSource } from './act-schema.ts';
import { compileCondition } from './condition.ts';
import type { Configuration } from './configuration.ts';
import type { PastAct } from './facts.ts';
import { shuffle } from './rank-reviewers.ts';
import { type Reasoned, sayRefusal } from './reason.ts';
import { digestOf } from './rule-digest.ts';
import type { Test } from './verdict.ts';
import type { View } from './view.ts';

export type Act =
  | { readonly act: 'assign'; readonly login: string; readonly reason: string }
  | { readonly act: 'milestone'; readonly name: string; readonly reason: string }
  | {
      readonly act: 'comment';
      readonly name: string;
      /** With its placeholders. */
      readonly text: string;
      readonly reason: string;
      /** Digest of the rule. */
      readonly rule: string;
    }
  | { readonly act: 'uncomment'; readonly name: string; readonly reason: string }
  | {
      readonly act: 'automerge';
      readonly method: AutomergeSource['method'];
      readonly reason: string;
      readonly rule: string;
    }
  | {
      readonly act: 'noAutomerge';
      readonly reason: string;
      /** False: somebody was faster. */
      readonly isOn: boolean;
    };

export interface ActDecision {
  readonly acts: readonly Act[];
  /** Asked for by a rule, and not done all the same. */
  readonly left: readonly Reasoned[];
}

export interface ActRules {
  readonly assign: readonly (AssignSource & { readonly test: Test })[];
  readonly milestones: readonly (MilestoneSource & { readonly test: Test })[];
  readonly comments: readonly (CommentSource & { readonly test: Test; readonly digest: string })[];
  readonly automerge: readonly (AutomergeSource & { readonly test: Test; readonly digest: string })[];
}

/** https://docs.github.com/en/rest/issues/assignees */
const MOST_ASSIGNEES = 10;
/** One entry of the ledger per pull request. */
export const AUTOMERGE = 'automerge';

export function compileActs({ assign = [], milestones = [], comments = [], automerge = [] }: Configuration): ActRules {
  return {
    assign: assign.map((rule) => ({ ...rule, test: compileCondition(rule) })),
    milestones: milestones.map((rule) => ({ ...rule, test: compileCondition(rule) })),
    comments: comments.map((rule) => ({ ...rule, test: compileCondition(rule), digest: digestOf([rule]) })),
    automerge: automerge.map((rule) => ({ ...rule, test: compileCondition(rule), digest: digestOf([rule]) })),
  };
}

/** `view` shows the labels that the rules put on, too. */
export function decideActs(view: View, rules: ActRules, past: readonly PastAct[]): ActDecision {
  const parts = [
    assign(view, rules.assign, past),
    setMilestone(view, rules.milestones, past),
    comment(view, rules.comments, past),
    automerge(view, rules.automerge, past),
  ];
  return { acts: parts.flatMap(({ acts }) => acts), left: parts.flatMap(({ left }) => left) };
}

/** In words for a person, without why. */
export function nameOfAct(act: Act): string {
  switch (act.act) {
    case 'assign':
      return `assign ${act.login}`;
    case 'milestone':
      return `milestone ${act.name}`;
    case 'comment':
      return `comment ${act.name}`;
    case 'uncomment':
      return `delete comment ${act.name}`;
    case 'automerge':
      return `automerge by ${act.method}`;
    case 'noAutomerge':
      return 'no automerge';
  }
}

const NOTHING: ActDecision = { acts: [], left: [] };

function assign(view: View, rules: ActRules['assign'], past: readonly PastAct[]): ActDecision {
  const { facts } = view;
  const on = new Set((facts.assignees ?? []).map((login) => login.toLowerCase()));
  const known = actsOf(past, 'assignee');
  const acts = new Map<string, Act>();
  const left = new Map<string, Reasoned>();
  for (const rule of rules) {
    const reason = rule.test(view);
    if (typeof reason !== 'string') continue;
    let wanted = rule.count ?? Number.POSITIVE_INFINITY;
    const people = candidatesOf(rule, view);
    for (const login of people) if (on.has(login.toLowerCase())) wanted -= 1;
    for (const login of people) {
      const key = login.toLowerCase();
      if (wanted <= 0) break;
      if (on.has(key)) continue;
      const before = known.get(key);
      const name = `assign ${login}`;
      if (before?.state === 'refused') left.set(key, { name, reason: sayRefusal(before) });
      else if (before !== undefined) left.set(key, { name, reason: 'was assigned before, and is not any more' });
      else if (login.endsWith('[bot]')) left.set(key, { name, reason: 'is a bot' });
      else if (on.size + acts.size >= MOST_ASSIGNEES && !acts.has(key)) {
        left.set(key, { name, reason: `GitHub allows ${MOST_ASSIGNEES} assignees` });
      } else {
        if (!acts.has(key)) acts.set(key, { act: 'assign', login, reason });
        wanted -= 1;
      }
    }
  }
  return { acts: [...acts.values()], left: [...left.values()] };
}

/** In an order of this pull request's own, so that not everybody's first is the same one. */
function candidatesOf({ to, people = [] }: AssignSource, { facts }: View): readonly string[] {
  if (to === 'author') return [facts.author];
  return shuffle(to === 'owners' ? (facts.codeOwners ?? []) : people, facts);
}

function setMilestone(view: View, rules: ActRules['milestones'], past: readonly PastAct[]): ActDecision {
  for (const { name, test } of rules) {
    const reason = test(view);
    if (reason === undefined) return NOTHING;
    if (reason === false) continue;
    const { milestone } = view.facts;
    if (milestone !== undefined) return NOTHING;
    const before = actsOf(past, 'milestone').get(name.toLowerCase());
    if (before === undefined) return { acts: [{ act: 'milestone', name, reason }], left: [] };
    const why = before.state === 'refused' ? sayRefusal(before) : 'it was set before, and is not any more';
    return { acts: [], left: [{ name: `milestone ${name}`, reason: why }] };
  }
  return NOTHING;
}

function comment(view: View, rules: ActRules['comments'], past: readonly PastAct[]): ActDecision {
  const known = actsOf(past, 'comment');
  const acts: Act[] = [];
  const left: Reasoned[] = [];
  for (const { name, text, otherwise, test, digest } of rules) {
    const reason = test(view);
    if (reason === undefined) continue;
    const before = known.get(purposeOf(name).toLowerCase());
    if (before?.state === 'refused' && before.rule?.startsWith(digest) !== false) {
      if (reason !== false) left.push({ name: `comment ${name}`, reason: sayRefusal(before) });
    } else if (reason !== false) acts.push({ act: 'comment', name, text, reason, rule: digest });
    else if (before?.state === 'ours') {
      const gone = 'its rule does not hold any more';
      if (otherwise === 'delete') acts.push({ act: 'uncomment', name, reason: gone });
      else if (otherwise !== 'keep') {
        acts.push({ act: 'comment', name, text: otherwise.text, reason: gone, rule: digest });
      }
    }
  }
  return { acts, left };
}

/** The comment's name in the ledger. */
export function purposeOf(name: string): string {
  return `rule/${name}`;
}

function automerge(view: View, rules: ActRules['automerge'], past: readonly PastAct[]): ActDecision {
  const { facts } = view;
  const before = actsOf(past, 'automerge').get(AUTOMERGE);
  let left: readonly Reasoned[] = [];
  for (const { method, forks, test, digest } of rules) {
    const reason = test(view);
    if (reason === undefined) return { acts: [], left };
    if (reason === false) continue;
    const name = `automerge by ${method}`;
    if (facts.fork && !forks) left = [{ name, reason: 'it comes from a fork' }];
    else if (facts.draft) left = [{ name, reason: 'it is a draft' }];
    else if (facts.isAutomerging) return NOTHING;
    else if (before !== undefined && before.rule === digest) {
      return { acts: [], left: [{ name, reason: 'it was switched on before, and is not any more' }] };
    } else return { acts: [{ act: 'automerge', method, reason, rule: digest }], left: [] };
  }
  if (before === undefined || rules.length === 0) return { acts: [], left };
  const reason = left[0]?.reason ?? 'its rule does not hold any more';
  return { acts: [{ act: 'noAutomerge', reason, isOn: facts.isAutomerging === true }], left };
}

function actsOf(past: readonly PastAct[], kind: PastAct['kind']): ReadonlyMap<string, PastAct> {
  return new Map(past.filter((act) => act.kind === kind).map((act) => [act.name.toLowerCase(), act]));
}
