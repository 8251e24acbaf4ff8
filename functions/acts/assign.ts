/** Assigns people, all at once. The ledger is written after the fact: who is in it is not assigned again. */
import type { FunctionContext } from '../context.ts';
import { type PullRequestId, subjectOf, toRoute } from '../pull-request.ts';
import type { ActOf } from './act.ts';

/** Those whom GitHub does not let be assigned; it leaves them out without a word. */
export async function assign(
  { github, ledger, tenant, signal, now }: FunctionContext,
  pullRequest: PullRequestId,
  acts: readonly ActOf<'assign'>[],
): Promise<readonly string[]> {
  const { data } = await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/assignees', {
    ...toRoute(pullRequest.repository.fullName),
    issue_number: pullRequest.number,
    assignees: acts.map(({ login }) => login),
    request: { signal, idempotent: true },
  });
  const assigned = new Set(data.assignees?.map(({ login }) => login.toLowerCase()));
  const isAssigned = ({ login }: ActOf<'assign'>) => assigned.has(login.toLowerCase());
  const at = now();
  const entries = acts
    .filter(isAssigned)
    .map(({ login: name, reason }) => ({ kind: 'assignee', state: 'ours', name, reason, at }) as const);
  if (entries.length > 0) await ledger.write(tenant, subjectOf(pullRequest), entries);
  return acts.filter((act) => !isAssigned(act)).map(({ login }) => login);
}
