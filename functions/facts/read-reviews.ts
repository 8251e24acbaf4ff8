/** Who has reviewed a pull request, and whether as it stands now: one call for a hundred reviews. Apps are not people. */
import type { Facts } from '../../src/rules/facts.ts';
import type { FunctionContext } from '../context.ts';
import type { PullRequestPlace } from '../pull-request.ts';

const PAGE_SIZE = 100;
/** GitHub tells the oldest first. */
const MOST_PAGES = 5;

export async function readReviews(
  { github, signal }: FunctionContext,
  place: PullRequestPlace,
  head: string,
): Promise<NonNullable<Facts['reviewed']>> {
  const latest = new Map<string, { readonly login: string; readonly current: boolean }>();
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { data, headers } = await github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
      ...place,
      per_page: PAGE_SIZE,
      page,
      request: { signal },
    });
    for (const { user, state, commit_id } of data) {
      if (user === null || user.type !== 'User' || state === 'PENDING') continue;
      latest.set(user.login, { login: user.login, current: commit_id === head });
    }
    if (!headers.link?.includes('rel="next"')) break;
  }
  return [...latest.values()];
}
