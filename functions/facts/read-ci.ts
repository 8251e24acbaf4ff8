/**
 * What the checks of a commit have come to, in one call for a hundred check suites: failing where one has failed, else
 * pending where one is not done or none has begun, else green. Our own check suite is not counted, nor one that GitHub made
 * for an App that runs no checks here.
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

export async function readCi(
  { github, signal, appId }: FunctionContext,
  { owner, repo, ref }: { readonly owner: string; readonly repo: string; readonly ref: string },
): Promise<CiState> {
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

function toCiState(suites: readonly Suite[]): CiState {
  const counted = suites.filter(({ latest_check_runs_count: count }) => count > 0);
  const done = counted.filter(({ status }) => status === 'completed');
  if (done.some(({ conclusion }) => !GOOD.has(conclusion))) return 'failing';
  return done.length < counted.length || counted.length === 0 ? 'pending' : 'green';
}
