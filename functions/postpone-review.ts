/** Keeps that a reviewer wants to be left alone for a while on a pull request, and answers until when. */
import { z } from 'zod';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { pullRequestId, subjectOf } from './pull-request.ts';

export const postponeReview = defineFunction({
  operationId: 'postponeReview',
  summary: 'Keeps until when a reviewer wants no reminder. Asks GitHub nothing.',
  input: z.object({ pullRequest: pullRequestId, login: z.string(), hours: z.int().positive() }),
  output: z.object({ until: z.iso.datetime() }),
  handle: async ({ pullRequest, login, hours }, context: FunctionContext) => {
    const at = context.now();
    const until = new Date(at + hours * 3_600_000).toISOString();
    const entry = { kind: 'postponement', name: login, state: 'ours', reason: 'said by themselves', at } as const;
    await context.ledger.write(context.tenant, subjectOf(pullRequest), [{ ...entry, reference: until }]);
    return { until };
  },
});
