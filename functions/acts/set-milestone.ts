/** Sets a milestone by its title; which number that is, GitHub is asked first. Nothing is set twice. */
import type { FunctionContext } from '../context.ts';
import { type PullRequestId, subjectOf, toRoute } from '../pull-request.ts';
import type { ActOf } from './act.ts';

const MOST_PAGES = 5;
const PAGE_SIZE = 100;

/** False where the repository has no open milestone of that title. */
export async function setMilestone(
  context: FunctionContext,
  pullRequest: PullRequestId,
  { name, reason }: ActOf<'milestone'>,
): Promise<boolean> {
  const { github, ledger, tenant, signal, now } = context;
  const place = toRoute(pullRequest.repository.fullName);
  const milestone = await findMilestone(context, place, name);
  if (milestone === undefined) return false;
  await github.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
    ...place,
    issue_number: pullRequest.number,
    milestone,
    request: { signal },
  });
  await ledger.write(tenant, subjectOf(pullRequest), [{ kind: 'milestone', state: 'ours', name, reason, at: now() }]);
  return true;
}

async function findMilestone(
  { github, signal }: FunctionContext,
  place: { readonly owner: string; readonly repo: string },
  name: string,
): Promise<number | undefined> {
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { data } = await github.request('GET /repos/{owner}/{repo}/milestones', {
      ...place,
      state: 'open',
      per_page: PAGE_SIZE,
      page,
      request: { signal },
    });
    const found = data.find(({ title }) => title.toLowerCase() === name.toLowerCase());
    if (found !== undefined || data.length < PAGE_SIZE) return found?.number;
  }
  return undefined;
}
