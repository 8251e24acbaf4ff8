/**
 * What the one query for past pull requests does not tell, asked for one by one where a rule was left aside for want of it: old
 * paths, diffs and files beyond the first hundred, the author's teams, what CI has come to by now. At most {@link MOST_CALLS}
 * calls for all of them, the newest pull requests first, kept for a while. What GitHub refuses to tell stays unknown.
 */
import { FairleadError } from '../src/events/fairlead-error.ts';
import type { ChangedFile, Facts } from '../src/rules/facts.ts';
import type { FunctionContext } from './context.ts';
import { readCi } from './facts/read-ci.ts';
import type { PastPullRequest } from './past-pull-requests.ts';
import { toRoute } from './pull-request.ts';
import { readTeams } from './read-details.ts';
import { GHOST, readFiles } from './read-facts.ts';

export interface PastDetailsOptions {
  readonly fullName: string;
  /** Slugs of the teams that may be looked into; undefined: none may. */
  readonly teams: readonly string[] | undefined;
  readonly diff: boolean;
}

/** The facts with what could be had of what the keys of conditions in `unknown` look at; undefined where nothing could. */
export type ReadPastDetails = (past: PastPullRequest, unknown: ReadonlySet<string>) => Promise<Facts | undefined>;

const MOST_CALLS = 20;
/** Of the list of one pull request's files. */
const MOST_PAGES = 3;
const CALLS_FOR_CI = 2;

export function createPastDetails(
  context: FunctionContext,
  { fullName, teams, diff }: PastDetailsOptions,
): ReadPastDetails {
  const { tenant, cache } = context;
  const { owner, repo } = toRoute(fullName);
  let left = MOST_CALLS;

  async function within<Value>(calls: number, key: readonly string[], load: () => Promise<Value>) {
    if (calls > left) return undefined;
    try {
      return await cache.read([tenant, fullName, 'past', ...key], () => {
        left -= calls;
        return load();
      });
    } catch (error) {
      if (!(error instanceof FairleadError) || error.retryable) throw error;
      return undefined;
    }
  }

  async function filesOf({ facts: { number, truncated }, headSha }: PastPullRequest) {
    const pages = truncated ? MOST_PAGES : 1;
    const place = { owner, repo, pull_number: number };
    const read = () => readFiles(context, place, { diff, lines: true }, pages);
    const found = await within(pages, ['files', headSha, String(number), String(diff)], read);
    if (found === undefined) return {};
    const files = found.files.map(({ status = 'modified', ...one }): ChangedFile => ({ status, ...one }));
    return { files, truncated: found.truncated };
  }

  async function teamsOf(author: string) {
    if (teams === undefined) return {};
    // No member of any team, whom GitHub would be asked for in vain.
    if (author === GHOST.login || author.endsWith('[bot]')) return { authorTeams: [] };
    const read = () => readTeams(context, owner, author, teams);
    const authorTeams = await within(teams.length, ['teams', author, ...teams], read);
    return authorTeams === undefined ? {} : { authorTeams };
  }

  async function ciOf(ref: string) {
    const ci = await within(CALLS_FOR_CI, ['ci', ref], () => readCi(context, { owner, repo, ref }));
    return ci === undefined ? {} : { ci };
  }

  return async (past, unknown) => {
    const { facts, headSha } = past;
    const isAsked = (...keys: readonly string[]) => keys.some((key) => unknown.has(key));
    const lacksFiles = facts.truncated
      ? isAsked('files', 'size', 'lines', 'diff')
      : lacksOldPaths(facts) || isAsked('diff');
    const more = {
      ...(lacksFiles ? await filesOf(past) : {}),
      ...(isAsked('team') ? await teamsOf(facts.author) : {}),
      ...(isAsked('ci', 'wait_for') ? await ciOf(headSha) : {}),
    };
    return Object.keys(more).length === 0 ? undefined : { ...facts, ...more };
  };
}

/** Whether files were renamed, and from where is not known. */
export function lacksOldPaths({ files }: Facts): boolean {
  return files.some(({ status, previousPath }) => status === 'renamed' && previousPath === undefined);
}
