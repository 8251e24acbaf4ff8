/**
 * The facts that cost a call of their own, read where a rule needs them: commit messages (1 call, up to 250 commits 3),
 * `.gitattributes` (1), the author's teams (1 per team that rules name), open reviews (1 per hundred open pull requests, up to
 * 5), the checks of the head and its statuses (1 each), reviews (1 per hundred), expertise (1), who is busy (1), members of teams and holidays (1 each,
 * kept for a while). What GitHub refuses to tell stays unknown, and a problem says so.
 */
import { FairleadError } from '../src/events/fairlead-error.ts';
import { codeOwnersOf } from '../src/rules/code-owners.ts';
import type { ChangedFile, Facts } from '../src/rules/facts.ts';
import type { Needs } from '../src/rules/needs.ts';
import type { FunctionContext } from './context.ts';
import { readAwaitedCi } from './facts/awaited-checks.ts';
import { readBusy } from './facts/read-busy.ts';
import { readCalendar } from './facts/read-calendar.ts';
import { readCi } from './facts/read-ci.ts';
import { readCodeOwners } from './facts/read-code-owners.ts';
import { readExpertise } from './facts/read-expertise.ts';
import { readMembers } from './facts/read-members.ts';
import { readReviews } from './facts/read-reviews.ts';
import type { PullRequestPlace } from './pull-request.ts';

export type Details = Pick<
  Facts,
  | 'commits'
  | 'authorTeams'
  | 'gitAttributes'
  | 'openReviews'
  | 'ci'
  | 'members'
  | 'reviewed'
  | 'expertise'
  | 'codeOwners'
  | 'busy'
  | 'holidays'
> & { readonly problems: string[] };

/** What was known of the pull request before. */
export interface Known {
  readonly action: string;
  readonly repositoryId: number;
  readonly author: string;
  readonly base: string;
  /** Its commit. */
  readonly head: string;
  readonly draft: boolean;
  readonly files: readonly Pick<ChangedFile, 'path' | 'previousPath' | 'status'>[];
}

/** GitHub tells 250: https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request */
const MOST_COMMITS = 250;
const PAGE_SIZE = 100;
/** The journal keeps what is read; the beginning of a message is what rules look for. */
const LONGEST_MESSAGE = 2_000;
/** Of open pull requests, the newest first. */
const MOST_PAGES = 5;
const LARGEST_ATTRIBUTES = 64 * 1024;
const CI = 'CI (the App needs the permissions to read checks and commit statuses)';

export async function readDetails(
  context: FunctionContext,
  place: PullRequestPlace,
  { action, repositoryId, author, base, head, draft, files }: Known,
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
  const { owner, repo } = place;
  if (needs.ci) {
    const read = () => attempt(CI, () => readCi(context, { owner, repo, ref: head }), undefined);
    const ci = await readAwaitedCi(context, { repositoryId, number: place.pull_number, head }, read);
    if (ci !== undefined) details.ci = ci;
  }
  if (needs.codeOwners) {
    const text = await attempt('CODEOWNERS', () => readCodeOwners(context, { owner, repo, base }), undefined);
    if (text !== undefined) details.codeOwners = codeOwnersOf(text, files);
  }
  // Nobody is asked for a draft, so nobody has to be known.
  if (draft) return details;
  if (needs.members.length > 0) details.members = await readAllMembers();
  if (needs.reviews && action !== 'opened') {
    const reviewed = await attempt('The reviews', () => readReviews(context, place, head), undefined);
    if (reviewed !== undefined) details.reviewed = reviewed;
  }
  if (needs.expertise) {
    const read = () => readExpertise(context, { owner, repo, base }, files);
    const expertise = await attempt('Who changed the files last', read, undefined);
    if (expertise !== undefined) details.expertise = expertise;
  }
  if (needs.busy !== undefined) {
    const people = new Set([...needs.busy, ...(details.members ?? []).flatMap(({ logins }) => logins)]);
    const busy = await attempt('Who is busy', () => readBusy(context, [...people]), undefined);
    if (busy !== undefined) details.busy = busy;
  }
  if (needs.holidays !== undefined) {
    const path = needs.holidays;
    const read = await attempt('The holidays', () => readCalendar(context, { owner, repo, base, path }), undefined);
    if (read !== undefined) details.holidays = read.holidays;
    problems.push(...(read?.problems ?? []).map((problem) => `${path}: ${problem}`));
  }
  return details;

  async function readAllMembers(): Promise<NonNullable<Facts['members']>> {
    const members: { readonly team: string; readonly logins: readonly string[] }[] = [];
    for (const team of needs.members) {
      const what = `The members of the team ${team} (the App needs the permission to read the organization’s members)`;
      const logins = await attempt(what, () => readMembers(context, owner, team), undefined);
      if (logins !== undefined) members.push({ team, logins });
    }
    return members;
  }
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
  const { data } = await github.request(route, {
    owner,
    repo,
    path: '.gitattributes',
    ref: base,
    request: { signal, remembered: true },
  });
  if (Array.isArray(data) || data.type !== 'file' || !('content' in data) || data.size > LARGEST_ATTRIBUTES) return '';
  return Buffer.from(data.content, 'base64').toString('utf8');
}

/** Of the teams named, those that somebody is in. */
export async function readTeams(
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
