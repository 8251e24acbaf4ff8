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
import { createStanding, type Kind, keyOf } from './standing.ts';
import { organizationOf, slugOf } from './team.ts';
import type { Test } from './verdict.ts';
import type { View } from './view.ts';

export interface Candidate extends Reasoned {
  readonly kind: Kind;
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
  /** Asked, and not answering: somebody else is asked in their place. */
  readonly release: readonly Candidate[];
  /** In the order in which they were considered. */
  readonly table: readonly Considered[];
}

export interface ReviewerRule {
  readonly test: Test;
  readonly people: readonly string[];
  /** Slugs, some with their organization in front. */
  readonly teams: readonly string[];
  /** Whether the members of the teams are asked in place of the teams. */
  readonly expand: boolean;
  readonly count?: number | undefined;
  readonly strategy: Strategy;
  /** Nobody with so many open reviews is asked. */
  readonly capacity?: number | undefined;
  /** Asked in this order where too few of the people can be. */
  readonly fallback: readonly string[];
  readonly waitsForCi: boolean;
  /** Whether those are asked again who reviewed an earlier head. */
  readonly againOnPush: boolean;
}

/** https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/proposing-changes-to-your-work-with-pull-requests/requesting-a-pull-request-review */
const MOST_REVIEWERS = 15;

type Verdict = 'request' | 'keep' | 'skip';

export function chooseReviewers(
  view: View,
  rules: readonly ReviewerRule[],
  calendar: Calendar,
  past: readonly PastAct[],
): ReviewerDecision {
  const { facts } = view;
  const workload = createWorkload(facts);
  const missing = createAvailability(calendar, facts.readAt, facts);
  const standing = createStanding(facts, past);
  const verdicts = new Map<string, Candidate & { readonly verdict: Verdict }>();
  const table: Considered[] = [];
  const release = new Map<string, Candidate>();
  let requested = standing.asked;

  function isChosen(kind: Kind, name: string): boolean {
    return verdicts.get(keyOf(kind, name))?.verdict === 'request';
  }

  function serve(rule: ReviewerRule, place: string, reason: string): void {
    const overdue = new Map<string, Candidate>();
    const requestedBefore = requested;
    const isHeldBack = rule.waitsForCi && facts.ci !== 'green';
    if (rule.waitsForCi && facts.ci === undefined) view.unknown.add('wait_for');

    /** Why somebody is not to be asked by this rule. */
    function objection(kind: Kind, name: string): string | undefined {
      const own = standing.objection(kind, name);
      if (own !== undefined) return own;
      if (isHeldBack) return `waits for green CI, which is ${facts.ci ?? 'not known'}`;
      return requested >= MOST_REVIEWERS ? `GitHub allows ${MOST_REVIEWERS} reviewers` : undefined;
    }

    function settle(kind: Kind, name: string, verdict: Verdict, why: string): void {
      const key = keyOf(kind, name);
      if (standing.isOverdue(kind, name)) overdue.set(key, { kind, name, reason: why });
      const load = kind === 'person' ? workload.open(name) : undefined;
      table.push({ rule: place, kind, name, verdict, reason: why, ...(load === undefined ? {} : { load }) });
      const before = verdicts.get(key);
      // What one rule passes over another may ask for; never the other way round.
      if (before !== undefined && (before.verdict !== 'skip' || verdict === 'skip')) return;
      if (verdict === 'request') requested += 1;
      verdicts.set(key, { kind, name, verdict, reason: why });
    }

    function isServed(kind: Kind, name: string): boolean {
      return isChosen(kind, name) || standing.served(kind, name) !== undefined;
    }

    /** Settles who has been served, or must not be asked; false where the rule may still choose. */
    function settleEarly(kind: Kind, name: string): boolean {
      const served = isChosen(kind, name) ? 'is asked by a rule above' : standing.served(kind, name);
      if (served !== undefined) {
        const isOutdated = rule.againOnPush && kind === 'person' && !isChosen(kind, name) && standing.isOutdated(name);
        if (!isOutdated) settle(kind, name, 'keep', served);
        else askAgain(name);
        return true;
      }
      const why = objection(kind, name);
      if (why !== undefined) settle(kind, name, 'skip', why);
      return why !== undefined;
    }

    /** Counts for the rule in any case: nobody takes the place of who has begun with a review. */
    function askAgain(login: string): void {
      const absent = missing(login);
      const why = objection('person', login) ?? (absent?.kind === 'away' ? absent.reason : undefined);
      if (why !== undefined) settle('person', login, 'keep', `has reviewed an earlier head; ${why}`);
      else settle('person', login, 'request', `${reason}; has reviewed an earlier head`);
    }

    const pool = poolOf(rule, isServed);
    for (const { team, why } of pool.teams) {
      if (settleEarly('team', team)) continue;
      if (why === undefined) settle('team', team, 'request', reason);
      else settle('team', team, why.verdict, why.verdict === 'skip' ? why.reason : `${reason}; ${why.reason}`);
    }

    const ranked = rankReviewers(pool.people, rule.strategy, facts, workload);
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

    for (const login of ranked) consider(login, wanted, [reason, ...pool.why(login), ...knows(rule, login)].join('; '));
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
    // Nobody is let go without somebody in their place.
    for (const [key, candidate] of [...overdue].slice(0, requested - requestedBefore)) release.set(key, candidate);
  }

  /** Whose choice it explains that the strategy is by expertise. */
  function knows({ strategy }: ReviewerRule, login: string): readonly string[] {
    const commits = strategy === 'expertise' ? workload.commits(login) : undefined;
    return commits === undefined ? [] : [`${commits} of the last commits on these files`];
  }

  /** Of whom a rule chooses, and the teams that it asks as such. */
  function poolOf(rule: ReviewerRule, isServed: (kind: Kind, name: string) => boolean): Pool {
    const teams: Pool['teams'][number][] = [];
    const people = [...rule.people];
    const teamsOf = new Map<string, string>();
    for (const team of rule.teams) {
      const slug = slugOf(team);
      const organization = organizationOf(team);
      const members = rule.expand ? facts.members?.find((one) => one.team === slug)?.logins : undefined;
      if (isForeign(organization, facts.owner)) {
        teams.push({
          team: slug,
          why: { verdict: 'skip', reason: `is a team of ${organization}, not of ${facts.owner}` },
        });
      } else if (!rule.expand || isServed('team', slug)) teams.push({ team: slug });
      else if (members === undefined) {
        teams.push({ team: slug, why: { verdict: 'request', reason: 'asked as a team: its members are not known' } });
      } else {
        people.push(...members);
        for (const login of members) teamsOf.set(login.toLowerCase(), slug);
      }
    }
    const why = (login: string) => {
      const team = teamsOf.get(login.toLowerCase());
      return team === undefined ? [] : [`is in the team ${team}`];
    };
    return { teams, people, why };
  }

  for (const [index, rule] of rules.entries()) {
    const reason = rule.test(view);
    if (typeof reason === 'string') serve(rule, `reviewers[${index}]`, reason);
  }

  const decided = [...verdicts.values()];
  const having = (verdict: Verdict) =>
    decided.filter((one) => one.verdict === verdict).map(({ kind, name, reason }) => ({ kind, name, reason }));
  return {
    request: having('request'),
    keep: having('keep'),
    skip: having('skip'),
    release: [...release.values()],
    table,
  };
}

interface Pool {
  readonly teams: readonly {
    readonly team: string;
    readonly why?: { readonly verdict: 'request' | 'skip'; readonly reason: string };
  }[];
  readonly people: readonly string[];
  why(login: string): readonly string[];
}

function isForeign(organization: string | undefined, owner: string | undefined): boolean {
  return organization !== undefined && owner !== undefined && organization.toLowerCase() !== owner.toLowerCase();
}
