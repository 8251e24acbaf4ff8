/** Whether a review that was put off is still wanted, when its time has come. */
import { z } from 'zod';
import { FairleadError } from '../src/events/fairlead-error.ts';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { readPostponements } from './postponements.ts';
import { pullRequestId, toRoute } from './pull-request.ts';

export const readReviewRequest = defineFunction({
  operationId: 'readReviewRequest',
  summary: 'Says whether somebody is still asked for the review that they put off, and did not put it off again.',
  input: z.object({ pullRequest: pullRequestId, reviewer: z.string(), until: z.iso.datetime() }),
  output: z.object({ isWanted: z.boolean() }),
  handle: async ({ pullRequest, reviewer, until }, context: FunctionContext) => {
    const { github, signal } = context;
    const login = reviewer.toLowerCase();
    const postponements = await readPostponements(context, pullRequest);
    // Put off once more: that run asks.
    if (postponements.some((one) => one.login.toLowerCase() === login && one.until > until)) return { isWanted: false };
    try {
      const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
      const place = { ...toRoute(pullRequest.repository.fullName), pull_number: pullRequest.number };
      const { data } = await github.request(route, { ...place, request: { signal } });
      const isAsked = data.requested_reviewers?.some((one) => one.login.toLowerCase() === login) ?? false;
      return { isWanted: data.state === 'open' && isAsked };
    } catch (error) {
      // The pull request, or the repository, is gone.
      if (error instanceof FairleadError && error.code === 'github.not_found') return { isWanted: false };
      throw error;
    }
  },
});
