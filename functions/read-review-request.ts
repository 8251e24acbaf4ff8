/** Whether a review that was put off is still wanted, when its time has come. */
import { z } from 'zod';
import { FairleadError } from '../src/events/fairlead-error.ts';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { pullRequestId, subjectOf, toRoute } from './pull-request.ts';

export const readReviewRequest = defineFunction({
  operationId: 'readReviewRequest',
  summary: 'Says whether somebody is still asked for the review that they put off, and did not put it off again.',
  input: z.object({ pullRequest: pullRequestId, reviewer: z.string(), until: z.iso.datetime() }),
  output: z.object({ isWanted: z.boolean() }),
  handle: async ({ pullRequest, reviewer, until }, context: FunctionContext) => {
    const { tenant, ledger, github, signal } = context;
    const subject = subjectOf(pullRequest);
    const login = reviewer.toLowerCase();
    const said = (await ledger.read(tenant, subject)).find(
      ({ kind, name }) => kind === 'postponement' && name.toLowerCase() === login,
    );
    // Put off once more: that run asks.
    if (said?.reference !== undefined && said.reference > until) return { isWanted: false };
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
