/**
 * Checks of a commit have ended: which pull requests have to be judged again for it. Those that wait are known from the
 * ledger, so that for all others GitHub is asked nothing; and only where the checks have come to something new. What our own
 * check run brings about is therefore nothing.
 */
import { z } from 'zod';
import { evaluationRequestedData } from '../src/events/catalogue.ts';
import { FairleadError } from '../src/events/fairlead-error.ts';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { forgetAwaiting, readAwaiting } from './facts/awaited-checks.ts';
import { readCi } from './facts/read-ci.ts';
import { toRoute } from './pull-request.ts';
import { payloadPullRequest } from './read-facts.ts';

const event = z
  .object({
    check_suite: z.object({ head_sha: z.string() }),
    repository: z.object({ id: z.int(), full_name: z.string(), html_url: z.url() }),
  })
  .describe('Payload of GitHub’s webhook `check_suite`.');

const readPull = payloadPullRequest.extend({ state: z.string(), updated_at: z.string() });

export const findAwaiting = defineFunction({
  operationId: 'findAwaiting',
  summary:
    'Finds the pull requests that are to be judged again because the checks of their head have come to something.',
  input: z.object({ event }),
  output: z.object({
    ci: z.string().nullable().describe('What the checks have come to; null where nobody waits for it.'),
    requests: z.array(evaluationRequestedData).describe('One event’s data for each.'),
  }),
  handle: async ({ event: { check_suite, repository } }, context: FunctionContext) => {
    const { id: repositoryId, full_name, html_url } = repository;
    const head = check_suite.head_sha;
    const awaiting = await readAwaiting(context, repositoryId, head);
    if (awaiting.length === 0) return { ci: null, requests: [] };
    const place = toRoute(full_name);
    const ci = await readCi(context, { ...place, ref: head });
    const requests: z.output<typeof evaluationRequestedData>[] = [];
    for (const { number, ci: before } of awaiting) {
      if (before === ci) continue;
      const { data } = await context.github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
        ...place,
        pull_number: number,
        request: { signal: context.signal },
      });
      const pull = readPull.safeParse({ ...data, draft: data.draft ?? false });
      if (!pull.success) {
        const problem = `GitHub’s answer lacks parts of the pull request: ${pull.error}`;
        throw new FairleadError('github.unavailable', problem, { retryable: false });
      }
      const { state, ...pull_request } = pull.data;
      if (state !== 'open' || pull_request.head.sha !== head) {
        await forgetAwaiting(context, { repositoryId, number, head });
        continue;
      }
      requests.push({
        action: 'evaluation_requested',
        reason: `the checks of its head are ${ci}`,
        number,
        pull_request,
        repository: { id: repositoryId, full_name, html_url },
      });
    }
    return { ci, requests };
  },
});
