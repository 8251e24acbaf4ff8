/** Keeps that a reviewer wants to be left alone for a while on a pull request, and answers until when. */
import { z } from 'zod';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { writePostponement } from './postponements.ts';
import { pullRequestId } from './pull-request.ts';

export const postponeReview = defineFunction({
  operationId: 'postponeReview',
  summary: 'Keeps until when a reviewer wants no reminder. Asks GitHub nothing.',
  input: z.object({ pullRequest: pullRequestId, login: z.string(), hours: z.int().positive() }),
  output: z.object({ until: z.iso.datetime() }),
  handle: async ({ pullRequest, login, hours }, context: FunctionContext) => {
    const until = new Date(context.now() + hours * 3_600_000).toISOString();
    await writePostponement(context, pullRequest, { login, until });
    return { until };
  },
});
