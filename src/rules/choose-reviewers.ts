/**
 * Who is asked for a review. Each rule that holds is served in turn: who is asked already counts towards its number, the
 * rest is chosen by a hash of the pull request and the login, so that a redelivered event chooses the same people and
 * different pull requests choose different ones. Everybody considered comes out, with the reason.
 */
import { createHash } from 'node:crypto';
import type { Facts, PastAct } from './facts.ts';
import type { Reasoned } from './reason.ts';
import type { Test } from './verdict.ts';
import type { View } from './view.ts';

export interface Candidate extends Reasoned {
  readonly kind: 'person' | 'team';
}

export interface ReviewerDecision {
  readonly request: readonly Candidate[];
  /** Asked already, so not asked again. */
  readonly keep: readonly Candidate[];
  readonly skip: readonly Candidate[];
}

export interface ReviewerRule {
  readonly test: Test;
  readonly people: readonly string[];
  readonly teams: readonly string[];
  readonly count?: number | undefined;
}

/** https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/proposing-changes-to-your-work-with-pull-requests/requesting-a-pull-request-review */
const MOST_REVIEWERS = 15;

type Verdict = 'request' | 'keep' | 'skip';

export function chooseReviewers(
  view: View,
  rules: readonly ReviewerRule[],
  past: readonly PastAct[],
): ReviewerDecision {
  const { facts } = view;
  const verdicts = new Map<string, Candidate & { readonly verdict: Verdict }>();
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

  function isServed(kind: Candidate['kind'], name: string): boolean {
    const key = keyOf(kind, name);
    return verdicts.get(key)?.verdict === 'request' || asked.has(key) || acts.get(key) === 'ours';
  }

  /** Why somebody is not to be asked, whatever the rule. */
  function objection(kind: Candidate['kind'], name: string): string | undefined {
    const key = keyOf(kind, name);
    if (key === keyOf('person', facts.author)) return 'is the author';
    if (acts.get(key) === 'refused') return 'a person took the request back';
    if (facts.draft) return 'the pull request is a draft';
    return requested >= MOST_REVIEWERS ? `GitHub allows ${MOST_REVIEWERS} reviewers` : undefined;
  }

  function settle(kind: Candidate['kind'], name: string, verdict: Verdict, reason: string): void {
    const key = keyOf(kind, name);
    const before = verdicts.get(key);
    // What one rule passes over another may ask for; never the other way round.
    if (before !== undefined && (before.verdict !== 'skip' || verdict === 'skip')) return;
    if (verdict === 'request') requested += 1;
    verdicts.set(key, { kind, name, verdict, reason });
  }

  /** Whether the candidate is asked, by now or by this. */
  function consider(kind: Candidate['kind'], name: string, reason: string): boolean {
    if (isServed(kind, name)) {
      const already = asked.has(keyOf(kind, name)) ? 'is asked already' : 'was asked before';
      settle(kind, name, 'keep', already);
      return true;
    }
    const why = objection(kind, name);
    settle(kind, name, why === undefined ? 'request' : 'skip', why ?? reason);
    return why === undefined;
  }

  for (const rule of rules) {
    const reason = rule.test(view);
    if (typeof reason !== 'string') continue;
    for (const team of rule.teams) consider('team', team, reason);
    const ranked = rank(rule.people, facts);
    const served = ranked.filter((login) => isServed('person', login));
    const wanted = rule.count ?? ranked.length;
    let count = 0;
    for (const login of [...served, ...ranked.filter((login) => !served.includes(login))]) {
      if (count < wanted || isServed('person', login)) count += consider('person', login, reason) ? 1 : 0;
      else
        settle('person', login, 'skip', objection('person', login) ?? `${count} of this rule asked, which is enough`);
    }
  }

  const decided = [...verdicts.values()];
  const having = (verdict: Verdict) =>
    decided.filter((one) => one.verdict === verdict).map(({ kind, name, reason }) => ({ kind, name, reason }));
  return { request: having('request'), keep: having('keep'), skip: having('skip') };
}

/** Without doubles, in an order of this pull request's own. */
function rank(people: readonly string[], { repositoryId, number }: Facts): readonly string[] {
  const unique = new Map(people.map((login) => [login.toLowerCase(), login]));
  return [...unique]
    .map(([key, login]) => ({
      login,
      weight: createHash('sha256').update(`${repositoryId}/${number}/${key}`).digest('hex'),
    }))
    .sort((a, b) => (a.weight < b.weight ? -1 : 1))
    .map(({ login }) => login);
}

function keyOf(kind: Candidate['kind'], name: string): string {
  return `${kind}/${name.toLowerCase()}`;
}
