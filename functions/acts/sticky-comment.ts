/**
 * The one comment of a rule: written, edited in place, deleted. One that a person deleted is not written again until the rule
 * changes.
 */
import { purposeOf } from '../../src/rules/acts.ts';
import type { FunctionContext } from '../context.ts';
import { deleteOwnComment, writeOwnComment } from '../own-comment.ts';
import { type PullRequestId, subjectOf } from '../pull-request.ts';
import type { ActOf } from './act.ts';

/** False where a person deleted it. */
export async function writeSticky(
  context: FunctionContext,
  pullRequest: PullRequestId,
  { name, text, rule }: ActOf<'comment'>,
): Promise<boolean> {
  const purpose = purposeOf(name);
  const url = await writeOwnComment(context, { pullRequest, purpose, body: text, rule, ifDeleted: 'leave' });
  if (url !== undefined) return true;
  const refusal = { kind: 'comment', name: purpose, state: 'refused', reason: 'deleted by a person' } as const;
  await context.ledger.write(context.tenant, subjectOf(pullRequest), [{ ...refusal, at: context.now(), rule }]);
  return false;
}

export async function deleteSticky(
  context: FunctionContext,
  pullRequest: PullRequestId,
  { name }: ActOf<'uncomment'>,
): Promise<void> {
  await deleteOwnComment(context, pullRequest, purposeOf(name));
}
