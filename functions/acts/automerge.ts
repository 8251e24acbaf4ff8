/**
 * Has GitHub merge a pull request by itself, as it stands now: with the head that was judged, or not at all. Switched off again
 * only where we switched it on, which the ledger knows.
 * @see https://docs.github.com/en/graphql/reference/mutations#enablepullrequestautomerge
 */
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { queryGitHub } from '../../src/github/query-github.ts';
import { AUTOMERGE } from '../../src/rules/acts.ts';
import type { FunctionContext } from '../context.ts';
import { type PullRequestId, subjectOf } from '../pull-request.ts';
import type { ActOf } from './act.ts';

const ENABLE = `mutation EnableAutomerge($id: ID!, $method: PullRequestMergeMethod!, $head: GitObjectID!) {
  enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: $method, expectedHeadOid: $head }) {
    pullRequest { id }
  }
}`;
const DISABLE = `mutation DisableAutomerge($id: ID!) {
  disablePullRequestAutoMerge(input: { pullRequestId: $id }) { pullRequest { id } }
}`;

/** @throws FairleadError `github.invalid` with GitHub's reason, e.g. that nothing is left to wait for */
export async function enableAutomerge(
  context: FunctionContext,
  pullRequest: PullRequestId & { readonly head: { readonly sha: string } },
  { node: id, method, reason, rule }: ActOf<'automerge'>,
): Promise<void> {
  await mutate(context, ENABLE, { id, method: method.toUpperCase(), head: pullRequest.head.sha });
  const entry = { kind: 'automerge', name: AUTOMERGE, state: 'ours', reason, at: context.now(), rule } as const;
  await context.ledger.write(context.tenant, subjectOf(pullRequest), [entry]);
}

export async function disableAutomerge(
  context: FunctionContext,
  pullRequest: PullRequestId,
  { node: id, isOn }: ActOf<'noAutomerge'>,
): Promise<void> {
  if (isOn) await mutate(context, DISABLE, { id });
  await context.ledger.forget(context.tenant, subjectOf(pullRequest), [{ kind: 'automerge', name: AUTOMERGE }]);
}

async function mutate(
  { github }: FunctionContext,
  mutation: string,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const { refusals } = await queryGitHub(github, mutation, variables);
  const [refusal] = refusals;
  if (refusal === undefined) return;
  const said = refusal.message.slice(0, 200);
  if (refusal.type === 'FORBIDDEN') {
    const detail = `GitHub refuses it: ${said}. The App needs the permission “Contents: write” for it`;
    throw new FairleadError('github.forbidden', detail, { status: 403 });
  }
  throw new FairleadError('github.invalid', `GitHub refuses it: ${said}`, { status: 422 });
}
