/**
 * What the checks of a commit have come to, and its commit statuses, which older CI tells instead: failing where one has
 * failed, else pending where one is not done or there is none of either, else green. Our own check suite is not counted, nor
 * one that GitHub made for an App that runs no checks here. One call for a hundred check suites and one for all statuses; where
 * a check has failed, only the first.
 */
import type { CiState } from '../../src/rules/facts.ts';
import type { FunctionContext } from '../context.ts';

interface Suite {
  readonly status: string | null;
  readonly conclusion: string | null;
  readonly latest_check_runs_count: number;
  readonly app: { readonly id: number } | null;
}

const MOST_PAGES = 3;
const PAGE_SIZE = 100;
/** https://docs.github.com/en/rest/checks/suites#list-check-suites-for-a-git-reference */
const GOOD = new Set<string | null>(['success', 'neutral', 'skipped']);

interface Commit {
  readonly owner: string;
  readonly repo: string;
  readonly ref: string;
}

export async function readCi(context: FunctionContext, commit: Commit): Promise<CiState> {
  const checks = await readSuites(context, commit);
  if (checks === 'failing') return checks;
  const statuses = await readStatuses(context, commit);
  if (statuses === 'failing') return statuses;
  return [checks, statuses].includes('pending') ? 'pending' : (checks ?? statuses ?? 'pending');
}

/** Undefined: there are none. */
async function readSuites(
  { github, signal, appId }: FunctionContext,
  { owner, repo, ref }: Commit,
): Promise<CiState | undefined> {
  const suites: Suite[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { data, headers } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}/check-suites', {
      owner,
      repo,
      ref,
      per_page: PAGE_SIZE,
      page,
      request: { signal },
    });
    suites.push(...data.check_suites);
    if (!headers.link?.includes('rel="next"')) break;
  }
  return toCiState(suites.filter(({ app }) => String(app?.id) !== appId));
}

/**
 * The newest status of each context, put together by GitHub. Undefined: there are none.
 * @see https://docs.github.com/en/rest/commits/statuses#get-the-combined-status-for-a-specific-reference
 */
async function readStatuses({ github, signal }: FunctionContext, commit: Commit): Promise<CiState | undefined> {
  const route = 'GET /repos/{owner}/{repo}/commits/{ref}/status';
  const { data } = await github.request(route, { ...commit, per_page: 1, request: { signal } });
  if (data.total_count === 0) return undefined;
  return data.state === 'success' ? 'green' : data.state === 'pending' ? 'pending' : 'failing';
}

function toCiState(suites: readonly Suite[]): CiState | undefined {
  const counted = suites.filter(({ latest_check_runs_count: count }) => count > 0);
  const done = counted.filter(({ status }) => status === 'completed');
  if (done.some(({ conclusion }) => !GOOD.has(conclusion))) return 'failing';
  if (counted.length === 0) return undefined;
  return done.length < counted.length ? 'pending' : 'green';
}
