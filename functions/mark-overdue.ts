/**
 * Keeps in the ledger that reviewers did not answer, and asks for the pull request to be judged again: the rules then pass
 * them over, and only where somebody else is asked in their place is their request taken back.
 */
import { z } from 'zod';
import { evaluationRequestedData } from '../src/events/catalogue.ts';
import { OVERDUE_REFERENCE } from '../src/rules/standing.ts';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { readPresentPull, toEvaluationRequest } from './evaluation-request.ts';
import { silent as silentSchema } from './find-silent.ts';
import { pullRequestId, subjectOf } from './pull-request.ts';

export const markOverdue = defineFunction({
  operationId: 'markOverdue',
  summary: 'Remembers who did not answer, so that the rules choose somebody in their place.',
  input: z.object({
    pullRequest: pullRequestId.extend({
      repository: z.object({ id: z.int(), fullName: z.string(), url: z.url() }),
    }),
    silent: silentSchema,
  }),
  output: z.object({ request: evaluationRequestedData.describe('Data of the event that has it judged again.') }),
  handle: async ({ pullRequest, silent }, context: FunctionContext) => {
    const { tenant, ledger } = context;
    const { repository, number } = pullRequest;
    const at = context.now();
    const entries = silent.map(({ kind, name, reason }) => {
      const known = { name, reason, at, reference: OVERDUE_REFERENCE, state: 'refused' } as const;
      return { ...known, kind: kind === 'team' ? 'team' : 'reviewer' } as const;
    });
    await ledger.write(tenant, subjectOf(pullRequest), entries);
    const pull = await readPresentPull(context, repository.fullName, number);
    const place = { id: repository.id, full_name: repository.fullName, html_url: repository.url };
    const names = silent.map(({ name }) => name).join(', ');
    return { request: toEvaluationRequest(pull, place, `no answer by ${names}`) };
  },
});
