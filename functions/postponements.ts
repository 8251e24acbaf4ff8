/** Who wants to be left alone with a pull request for a while: kept in its ledger, one entry per reviewer. */
import type { FunctionContext } from './context.ts';
import { type PullRequestId, subjectOf } from './pull-request.ts';

export interface Postponement {
  readonly login: string;
  /** RFC 3339 in UTC. */
  readonly until: string;
}

/** Those whose time has come are among them, until they are asked again. */
export async function readPostponements(
  { ledger, tenant }: FunctionContext,
  pullRequest: PullRequestId,
): Promise<readonly Postponement[]> {
  const entries = await ledger.read(tenant, subjectOf(pullRequest));
  return entries.flatMap(({ kind, name, reference }) =>
    kind === 'postponement' && reference !== undefined ? [{ login: name, until: reference }] : [],
  );
}

export async function writePostponement(
  { ledger, tenant, now }: FunctionContext,
  pullRequest: PullRequestId,
  { login, until }: Postponement,
): Promise<void> {
  const entry = { kind: 'postponement', name: login, state: 'ours', reason: 'said by themselves', at: now() } as const;
  await ledger.write(tenant, subjectOf(pullRequest), [{ ...entry, reference: until }]);
}

export async function forgetPostponement(
  { ledger, tenant }: FunctionContext,
  pullRequest: PullRequestId,
  login: string,
): Promise<void> {
  await ledger.forget(tenant, subjectOf(pullRequest), [{ kind: 'postponement', name: login }]);
}
