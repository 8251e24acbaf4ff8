/**
 * A person's word on a label or a review request, kept: what they take off is never put back by us, and what they put on is
 * theirs from then on. Apps are not people; what we do ourselves comes back as an event of our own App and is none of this.
 */
import { z } from 'zod';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext, LedgerEntry } from './context.ts';
import { subjectOf } from './pull-request.ts';

const REMOVALS = new Set(['unlabeled', 'review_request_removed']);
const ADDITIONS = new Set(['labeled', 'review_requested']);

const event = z
  .object({
    action: z.string(),
    label: z.object({ name: z.string() }).nullish(),
    requested_reviewer: z.object({ login: z.string() }).nullish(),
    requested_team: z.object({ slug: z.string() }).nullish(),
    sender: z.object({ login: z.string(), type: z.string() }),
    pull_request: z.object({ number: z.int().positive() }),
    repository: z.object({ id: z.int(), full_name: z.string() }),
  })
  .describe('Payload of GitHub’s webhook `pull_request`.');

export const rememberOverride = defineFunction({
  operationId: 'rememberOverride',
  summary: 'Remembers that a person removed or added a label or a reviewer.',
  input: z.object({ event }),
  output: z.object({
    outcome: z.enum(['refused', 'cleared', 'ignored']).describe('`refused`: not to be added again by us.'),
    kind: z.enum(['label', 'reviewer', 'team']).nullable(),
    name: z.string().nullable(),
  }),
  handle: async ({ event: given }, context: FunctionContext) => {
    const { tenant, ledger } = context;
    const act = actOf(given);
    const known = REMOVALS.has(given.action) || ADDITIONS.has(given.action);
    if (act === undefined || !known || given.sender.type !== 'User') {
      return { outcome: 'ignored', kind: null, name: null } as const;
    }
    const { id, full_name: fullName } = given.repository;
    const subject = subjectOf({ repository: { id, fullName }, number: given.pull_request.number });
    if (REMOVALS.has(given.action)) {
      const reason = `removed by ${given.sender.login}`;
      await ledger.write(tenant, subject, [{ ...act, state: 'refused', reason, at: context.now() }]);
      return { outcome: 'refused', ...act } as const;
    }
    await ledger.forget(tenant, subject, [act]);
    return { outcome: 'cleared', ...act } as const;
  },
});

function actOf(given: z.output<typeof event>): Pick<LedgerEntry, 'kind' | 'name'> | undefined {
  if (given.label) return { kind: 'label', name: given.label.name };
  if (given.requested_reviewer) return { kind: 'reviewer', name: given.requested_reviewer.login };
  return given.requested_team ? { kind: 'team', name: given.requested_team.slug } : undefined;
}
