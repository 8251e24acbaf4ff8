/**
 * Checks of a commit have ended, or a status of it was set: which pull requests have to be judged again for it. Those that wait are known from the
 * ledger, so that for all others GitHub is asked nothing; and only where the checks have come to something new. What our own
 * check run brings about is therefore nothing.
 */
import { z } from 'zod';
import { evaluationRequestedData } from '../src/events/catalogue.ts';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { readPresentPull, toEvaluationRequest } from './evaluation-request.ts';
import { forgetAwaiting, readAwaiting } from './facts/awaited-checks.ts';
import { readCi } from './facts/read-ci.ts';
import { toRoute } from './pull-request.ts';

const event = z
  .object({
    check_suite: z.object({ head_sha: z.string() }).optional(),
    sha: z.string().optional().describe('Of a commit status.'),
    repository: z.object({ id: z.int(), full_name: z.string(), html_url: z.url() }),
  })
  .describe('Payload of GitHub’s webhook `check_suite` or `status`.');

export const findAwaiting = defineFunction({
  operationId: 'findAwaiting',
  summary:
    'Finds the pull requests that are to be judged again because the checks of their head have come to something.',
  input: z.object({ event }),
  output: z.object({
    ci: z.string().nullable().describe('What the checks have come to; null where nobody waits for it.'),
    requests: z.array(evaluationRequestedData).describe('One event’s data for each.'),
  }),
  handle: async ({ event: { check_suite, sha, repository } }, context: FunctionContext) => {
    const { id: repositoryId, full_name } = repository;
    const head = check_suite?.head_sha ?? sha;
    if (head === undefined) return { ci: null, requests: [] };
    const awaiting = await readAwaiting(context, repositoryId, head);
    if (awaiting.length === 0) return { ci: null, requests: [] };
    const ci = await readCi(context, { ...toRoute(full_name), ref: head });
    const requests: z.output<typeof evaluationRequestedData>[] = [];
    for (const { number, ci: before } of awaiting) {
      if (before === ci) continue;
      const pull = await readPresentPull(context, full_name, number);
      if (pull.state === 'open' && pull.head.sha === head) {
        requests.push(toEvaluationRequest(pull, repository, `the checks of its head are ${ci}`));
      } else await forgetAwaiting(context, { repositoryId, number, head });
    }
    return { ci, requests };
  },
});
