/**
 * Asks somebody again who is asked already. GitHub tells nobody of a request that is there, so it is taken back first.
 * Whoever calls has seen that it is there: a try after an uncertain one must not take its absence for somebody's word.
 */
import { z } from 'zod';
import { defineFunction } from '../src/workflow/function.ts';
import { attempt } from './attempt.ts';
import type { FunctionContext } from './context.ts';
import { forgetPostponement } from './postponements.ts';
import { pullRequestId, toRoute } from './pull-request.ts';

export const renewReviewRequest = defineFunction({
  operationId: 'renewReviewRequest',
  summary: 'Asks somebody again for a review that they put off, so that GitHub tells them.',
  input: z.object({ pullRequest: pullRequestId, reviewer: z.string() }),
  output: z.object({ problems: z.array(z.string()) }),
  handle: async ({ pullRequest, reviewer }, context: FunctionContext) => {
    const { github, signal } = context;
    const place = { ...toRoute(pullRequest.repository.fullName), pull_number: pullRequest.number };
    const request = { signal, idempotent: true };
    const problems: string[] = [];
    await attempt(problems, `${reviewer} could not be asked again`, async () => {
      const path = '/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers' as const;
      await github.request(`DELETE ${path}`, { ...place, reviewers: [reviewer], request });
      await github.request(`POST ${path}`, { ...place, reviewers: [reviewer], request });
    });
    await forgetPostponement(context, pullRequest, reviewer);
    return { problems };
  },
});
