/**
 * In which order people are asked. Every strategy is a function of the facts alone: a redelivered event finds the same
 * order, and ties are broken by a hash of the pull request and the login.
 */
import { createHash } from 'node:crypto';
import type { Facts } from './facts.ts';

export const STRATEGIES = ['random', 'round-robin', 'least-recent', 'least-loaded', 'expertise'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What is known of a person's part in reviews. */
export interface Workload {
  /** Open pull requests on which a review is asked of them; undefined where it was not read. */
  open(login: string): number | undefined;
  /** When we last asked them, epoch milliseconds; 0 for never. */
  lastAsked(login: string): number;
  /** How many of the last commits on the changed files are theirs; undefined where they were not read. */
  commits(login: string): number | undefined;
}

export function createWorkload({ openReviews, lastAsked = [], expertise }: Facts): Workload {
  const counts = openReviews && new Map(openReviews.map(({ login, count }) => [login.toLowerCase(), count]));
  const times = new Map(lastAsked.map(({ login, at }) => [login.toLowerCase(), at]));
  const commits = expertise && new Map(expertise.map((one) => [one.login.toLowerCase(), one.commits]));
  return {
    commits: (login) => commits && (commits.get(login.toLowerCase()) ?? 0),
    open: (login) => counts && (counts.get(login.toLowerCase()) ?? 0),
    lastAsked: (login) => times.get(login.toLowerCase()) ?? 0,
  };
}

/** Without doubles. */
export function rankReviewers(
  people: readonly string[],
  strategy: Strategy,
  facts: Facts,
  workload: Workload,
): readonly string[] {
  const unique = [...new Map(people.map((login) => [login.toLowerCase(), login])).values()];
  switch (strategy) {
    case 'random':
      return shuffle(unique, facts);
    case 'round-robin':
      return rotate(unique, workload);
    case 'least-recent':
      return shuffle(unique, facts).toSorted((a, b) => workload.lastAsked(a) - workload.lastAsked(b));
    case 'least-loaded':
      return shuffle(unique, facts).toSorted((a, b) => (workload.open(a) ?? 0) - (workload.open(b) ?? 0));
    case 'expertise':
      return shuffle(unique, facts).toSorted((a, b) => (workload.commits(b) ?? 0) - (workload.commits(a) ?? 0));
  }
}

/** Beginning behind whoever was asked last. */
function rotate(people: readonly string[], workload: Workload): readonly string[] {
  const latest = Math.max(0, ...people.map((login) => workload.lastAsked(login)));
  if (latest === 0) return people;
  const next = people.findLastIndex((login) => workload.lastAsked(login) === latest) + 1;
  return [...people.slice(next), ...people.slice(0, next)];
}

/** In an order of this pull request's own. */
export function shuffle(people: readonly string[], { repositoryId, number }: Facts): readonly string[] {
  return people
    .map((login) => ({
      login,
      weight: createHash('sha256').update(`${repositoryId}/${number}/${login.toLowerCase()}`).digest('hex'),
    }))
    .sort((a, b) => (a.weight < b.weight ? -1 : 1))
    .map(({ login }) => login);
}
