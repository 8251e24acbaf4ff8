/**
 * The facts that cost a call of their own, read where a rule needs them: commit messages (1 call, up to 250 commits 3),
 * `.gitattributes` (1), the author's teams (1 per team that rules name), open reviews (1 per hundred open pull requests, up to
 * 5). What GitHub refuses to tell stays unknown, and a
 * problem says so.
 */
import { FairleadError } from '../src/events/fairlead-error.ts';
import type { Facts } from '../src/rules/facts.ts';
import type { Needs } from '../src/rules/needs.ts';
import type { FunctionContext } from './context.ts';

export interface PullRequestPlace {
  readonly owner: string;
  readonly repo: string;
  readonly pull_number: number;
}

export type Details = Pick<Facts, 'commits' | 'authorTeams' | 'gitAttributes' | 'openReviews'> & {
  readonly problems: string[];
};

/** GitHub tells 250: https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request */
const MOST_COMMITS = 250;
const PAGE_SIZE = 100;
/** The journal keeps what is read; the beginning of a message is what rules look for. */
const LONGEST_MESSAGE = 2_000;
/** Of open pull requests, the newest first. */
const MOST_PAGES = 5;
const LARGEST_ATTRIBUTES = 64 * 1024;

export async function readDetails(
  context: FunctionContext,
  place: PullRequestPlace,
  { author, base }: { readonly author: string; readonly base: string },
  needs: Needs,
): Promise<Details> {
  const problems: string[] = [];

  async function attempt<Value>(what: string, read: () => Promise<Value>, missing: Value | undefined) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof FairleadError) || error.retryable) throw error;
      if (error.code === 'github.not_found' && missing !== undefined) return missing;
      problems.push(`${what} could not be read, so rules on it are left aside: ${error.message}`);
      return undefined;
    }
  }

  const details: { -readonly [Key in keyof Details]: Details[Key] } = { problems };
  if (needs.commits) {
    const commits = await attempt('The commits', () => readCommits(context, place), undefined);
    if (commits !== undefined) details.commits = commits;
  }
  if (needs.gitAttributes) {
    const text = await attempt('.gitattributes', () => readAttributes(context, place, base), '');
    if (text !== undefined) details.gitAttributes = text;
  }
  if (needs.teams.length > 0) {
    const teams = await attempt(
      'The author’s teams',
      () => readTeams(context, place.owner, author, needs.teams),
      undefined,
    );
    if (teams !== undefined) details.authorTeams = teams;
  }
  if (needs.openReviews) {
    const reviews = await attempt('Open reviews', () => countOpenReviews(context, place), undefined);
    if (reviews !== undefined) details.openReviews = reviews;
  }
  return details;
}

async function readCommits({ github, signal }: FunctionContext, place: PullRequestPlace): Promise<readonly string[]> {
  const messages: string[] = [];
  for (let page = 1; messages.length < MOST_COMMITS; page += 1) {
    const { data, headers } = await github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}/commits', {
      ...place,
      per_page: PAGE_SIZE,
      page,
      request: { signal },
    });
    messages.push(...data.map(({ commit }) => commit.message.slice(0, LONGEST_MESSAGE)));
    if (data.length === 0 || !headers.link?.includes('rel="next"')) break;
  }
  return messages;
}

async function readAttributes(
  { github, signal }: FunctionContext,
  { owner, repo }: PullRequestPlace,
  base: string,
): Promise<string> {
  const route = 'GET /repos/{owner}/{repo}/contents/{path}';
  const { data } = await github.request(route, { owner, repo, path: '.gitattributes', ref: base, request: { signal } });
  if (Array.isArray(data) || data.type !== 'file' || !('content' in data) || data.size > LARGEST_ATTRIBUTES) return '';
  return Buffer.from(data.content, 'base64').toString('utf8');
}

async function readTeams(
  { github, signal }: FunctionContext,
  org: string,
  username: string,
  slugs: readonly string[],
): Promise<readonly string[]> {
  const memberOf: string[] = [];
  for (const team_slug of slugs) {
    try {
      const route = 'GET /orgs/{org}/teams/{team_slug}/memberships/{username}';
      const { data } = await github.request(route, { org, team_slug, username, request: { signal } });
      if (data.state === 'active') memberOf.push(team_slug);
    } catch (error) {
      // Not a member, or no such team.
      if (!(error instanceof FairleadError) || error.code !== 'github.not_found') throw error;
    }
  }
  return memberOf;
}

async function countOpenReviews({ github, signal }: FunctionContext, { owner, repo, pull_number }: PullRequestPlace) {
  const counts = new Map<string, number>();
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { data, headers } = await github.request('GET /repos/{owner}/{repo}/pulls', {
      owner,
      repo,
      state: 'open',
      per_page: PAGE_SIZE,
      page,
      request: { signal },
    });
    for (const { number, requested_reviewers } of data) {
      if (number === pull_number) continue;
      for (const { login } of requested_reviewers ?? []) counts.set(login, (counts.get(login) ?? 0) + 1);
    }
    if (!headers.link?.includes('rel="next"')) break;
  }
  return [...counts].map(([login, count]) => ({ login, count }));
}
