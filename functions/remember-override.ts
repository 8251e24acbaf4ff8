/**
 * A person's word on a label or a review request, kept: what they take off is not put back by us until the rule that asks
 * for it changes, and what they put on is theirs from then on. Apps are not people; what we do ourselves comes back as an
 * event of our own App and is none of this.
 */
import { z } from 'zod';
import { FairleadError } from '../src/events/fairlead-error.ts';
import { defaultConfiguration } from '../src/rules/configuration.ts';
import { digestOfLabel } from '../src/rules/rule-digest.ts';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { subjectOf } from './pull-request.ts';
import { isRecheck } from './recheck.ts';

const REMOVALS = new Set(['unlabeled', 'review_request_removed']);
const ADDITIONS = new Set(['labeled', 'review_requested']);

const event = z
  .object({
    action: z.string(),
    label: z.object({ name: z.string() }).nullish(),
    requested_reviewer: z.object({ login: z.string() }).nullish(),
    requested_team: z.object({ slug: z.string() }).nullish(),
    sender: z.object({ login: z.string(), type: z.string() }),
    pull_request: z.object({
      number: z.int().positive(),
      state: z.string().optional(),
      base: z.object({ ref: z.string() }).optional(),
    }),
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
    recheck: z.boolean().describe('Whether the rules want the pull request evaluated anew, because of the label.'),
  }),
  handle: async ({ event: given }, context: FunctionContext) => {
    const { tenant, ledger } = context;
    const act = actOf(given);
    const { id, full_name: fullName } = given.repository;
    const subject = subjectOf({ repository: { id, fullName }, number: given.pull_request.number });
    const isOpen = given.pull_request.state !== 'closed';
    const recheck = isOpen && act?.kind === 'label' && (await ledger.read(tenant, subject)).some(isRecheck);
    const known = REMOVALS.has(given.action) || ADDITIONS.has(given.action);
    if (act === undefined || !known || given.sender.type !== 'User') {
      return { outcome: 'ignored', kind: null, name: null, recheck } as const;
    }
    if (REMOVALS.has(given.action)) {
      const reason = `removed by ${given.sender.login}`;
      const refusal = { ...act, state: 'refused', reason, at: context.now() } as const;
      await ledger.write(tenant, subject, [refusal]);
      const rule = act.kind === 'label' ? await readRuleDigest(context, given, act.name) : undefined;
      if (rule !== undefined) await ledger.write(tenant, subject, [{ ...refusal, rule }]);
      return { outcome: 'refused', ...act, recheck } as const;
    }
    await ledger.forget(tenant, subject, [act]);
    return { outcome: 'cleared', ...act, recheck } as const;
  },
});

function actOf(
  given: z.output<typeof event>,
): { readonly kind: 'label' | 'reviewer' | 'team'; readonly name: string } | undefined {
  if (given.label) return { kind: 'label', name: given.label.name };
  if (given.requested_reviewer) return { kind: 'reviewer', name: given.requested_reviewer.login };
  return given.requested_team ? { kind: 'team', name: given.requested_team.slug } : undefined;
}

/**
 * What the rules for a label demand right now. Undefined where that cannot be told: the word then is about what the next
 * evaluation finds, which keeps the label off.
 */
async function readRuleDigest(
  context: FunctionContext,
  { repository, pull_request: { base } }: z.output<typeof event>,
  label: string,
): Promise<string | undefined> {
  if (base === undefined) return undefined;
  try {
    const place = { repository: { id: repository.id, fullName: repository.full_name }, base: base.ref };
    const rules = await context.readConfiguration(context.github, { tenant: context.tenant, ...place });
    if (rules.outcome === 'found') return digestOfLabel(rules.configuration.labels, label);
    return rules.outcome === 'none' ? digestOfLabel(defaultConfiguration().labels, label) : undefined;
  } catch (error) {
    if (error instanceof FairleadError) return undefined;
    throw error;
  }
}
