/**
 * When the bot last asked whom for a review in a repository: kept in the ledger, one entry per person, under a subject of the
 * repository's own, so that a rotation costs no call to GitHub.
 */
import type { FunctionContext } from './context.ts';

export async function readLastAsked({ ledger, tenant }: FunctionContext, repositoryId: number) {
  const entries = await ledger.read(tenant, subjectOf(repositoryId));
  return entries.filter(({ kind }) => kind === 'reviewer').map(({ name, at }) => ({ login: name, at }));
}

export async function writeLastAsked(
  { ledger, tenant }: FunctionContext,
  repositoryId: number,
  logins: readonly string[],
  at: number,
): Promise<void> {
  const entries = logins.map((name) => ({ kind: 'reviewer', state: 'ours', name, reason: 'asked', at }) as const);
  if (entries.length > 0) await ledger.write(tenant, subjectOf(repositoryId), entries);
}

function subjectOf(repositoryId: number): string {
  return `${repositoryId}/reviewers`;
}
