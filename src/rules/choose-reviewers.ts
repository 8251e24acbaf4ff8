/**
 * Who is asked for a review. Each rule that holds is served in turn: who is asked already counts towards its number, the
 * rest is chosen in the order of its strategy, and where that is not enough in the order of its fallback. A redelivered
 * event chooses the same people. Everybody considered comes out, with the reason, and with the row of a table that shows
 * what was known of them.
 */
import { type Calendar, createAvailability } from './availability.ts';
import type { PastAct } from './facts.ts';
import { createWorkload, rankReviewers, type Strategy } from './rank-reviewers.ts';
import type { Reasoned } from './reason.ts';
import type { Test } from './verdict.ts';
import type { View } from './view.ts';

export interface Candidate extends Reasoned {
  readonly kind: 'person' | 'team';
}

/** One candidate of one rule. */
export interface Considered extends Candidate {
  /** Place of the rule in the configuration: `reviewers[0]`. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** Open reviews, where they were counted. */
  readonly load?: number | undefined;
}

export interface ReviewerDecision {
  readonly request: readonly Candidate[];
  /** Asked already, so not asked again. */
  readonly keep: readonly Candidate[];
  readonly skip: readonly Candidate[];
  /** In the order in which they were considered. */
  readonly table: readonly Considered[];
}

export interface ReviewerRule {
  readonly test: Test;
  readonly people: readonly string[];
  readonly teams: readonly string[];
  readonly count?: number | undefined;
  readonly strategy: Strategy;
  /** Nobody with so many open reviews is asked. */
  readonly capacity?: number | undefined;
  /** Asked in this order where too few of the people can be. */
  readonly fallback: readonly string[];
}

/** https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/proposing-changes-to-your-work-with-pull-requests/requesting-a-pull-request-review */
const MOST_REVIEWERS = 15;

type Verdict = 'request' | 'keep' | 'skip';
type Kind = Candidate['kind'];

export function chooseReviewers(
  view: View,
  rules: readonly ReviewerRule[],
  calendar: Calendar,
  past: readonly PastAct[],
): ReviewerDecision {
  const { facts } = view;
  const workload = createWorkload(facts);
  const missing = createAvailability(calendar, facts.readAt);
  const verdicts = new Map<string, Candidate & { readonly verdict: Verdict }>();
  const table: Considered[] = [];
  const asked = new Set([
    ...facts.reviewers.map((login) => keyOf('person', login)),
    ...facts.teams.map((slug) => keyOf('team', slug)),
  ]);
  const acts = new Map(
    past
      .filter(({ kind }) => kind !== 'label')
      .map(({ kind, name, state }) => [keyOf(kind === 'team' ? 'team' : 'person', name), state]),
  );
  let requested = asked.size;

  function isServed(kind: Kind, name: string): boolean {
    const key = keyOf(kind, name);
    return verdicts.get(key)?.verdict === 'request' || asked.has(key) || acts.get(key) === 'ours';
  }

  /** Why somebody is not to be asked, whatever the rule. */
  function objection(kind: Kind, name: string): string | undefined {
    const key = keyOf(kind, name);
    if (key === keyOf('person', facts.author)) return 'is the author';
    if (acts.get(key) === 'refused') return 'a person took the request back';
    if (facts.draft) return 'the pull request is a draft';
    return requested >= MOST_REVIEWERS ? `GitHub allows ${MOST_REVIEWERS} reviewers` : undefined;
  }

  function serve(rule: ReviewerRule, place: string, reason: string): void {
    function settle(kind: Kind, name: string, verdict: Verdict, why: string): void {
      const key = keyOf(kind, name);
      const load = kind === 'person' ? workload.open(name) : undefined;
      table.push({ rule: place, kind, name, verdict, reason: why, ...(load === undefined ? {} : { load }) });
      const before = verdicts.get(key);
      // What one rule passes over another may ask for; never the other way round.
      if (before !== undefined && (before.verdict !== 'skip' || verdict === 'skip')) return;
      if (verdict === 'request') requested += 1;
      verdicts.set(key, { kind, name, verdict, reason: why });
    }

    /** Settles who has been served, or must not be asked; false where the rule may still choose. */
    function settleEarly(kind: Kind, name: string): boolean {
      if (isServed(kind, name)) {
        const key = keyOf(kind, name);
        const chosen = verdicts.get(key)?.verdict === 'request';
        settle(
          kind,
          name,
          'keep',
          chosen ? 'is asked by a rule above' : asked.has(key) ? 'is asked already' : 'was asked before',
        );
        return true;
      }
      const why = objection(kind, name);
      if (why !== undefined) settle(kind, name, 'skip', why);
      return why !== undefined;
    }

    for (const team of rule.teams) if (!settleEarly('team', team)) settle('team', team, 'request', reason);

    const ranked = rankReviewers(rule.people, rule.strategy, facts, workload);
    const wanted = rule.count ?? ranked.length;
    const named = new Map([...ranked, ...rule.fallback].map((login) => [login.toLowerCase(), login]));
    let count = [...named.values()].filter((login) => isServed('person', login)).length;
    const daysOff: { readonly login: string; readonly why: string }[] = [];

    function consider(login: string, enough: number, why: string): void {
      if (settleEarly('person', login)) return;
      const absent = missing(login);
      const load = workload.open(login);
      if (absent?.kind === 'away') settle('person', login, 'skip', absent.reason);
      else if (rule.capacity !== undefined && load !== undefined && load >= rule.capacity) {
        settle('person', login, 'skip', `has ${load} open reviews, of ${rule.capacity} at most`);
      } else if (count >= enough) settle('person', login, 'skip', `${count} of this rule asked, which is enough`);
      else if (absent !== undefined) daysOff.push({ login, why: absent.reason });
      else {
        count += 1;
        settle('person', login, 'request', why);
      }
    }

    for (const login of ranked) consider(login, wanted, reason);
    const least = rule.count ?? 1;
    for (const login of rule.fallback) {
      const isRanked = ranked.some((one) => keyOf('person', one) === keyOf('person', login));
      if (count < least && !isRanked) consider(login, least, `${reason}; too few of the others can be asked`);
    }
    for (const { login, why } of daysOff) {
      // A weekend must not leave a pull request without anybody.
      if (count > 0 || requested >= MOST_REVIEWERS) settle('person', login, 'skip', why);
      else {
        count += 1;
        settle('person', login, 'request', `${reason}; ${why}, but nobody else is there`);
      }
    }
  }

  for (const [index, rule] of rules.entries()) {
    const reason = rule.test(view);
    if (typeof reason === 'string') serve(rule, `reviewers[${index}]`, reason);
  }

  const decided = [...verdicts.values()];
  const having = (verdict: Verdict) =>
    decided.filter((one) => one.verdict === verdict).map(({ kind, name, reason }) => ({ kind, name, reason }));
  return { request: having('request'), keep: having('keep'), skip: having('skip'), table };
}

function keyOf(kind: Kind, name: string): string {
  return `${kind}/${name.toLowerCase()}`;
}
