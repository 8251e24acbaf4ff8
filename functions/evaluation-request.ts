/** GitHub's pull request → the event by which it is judged again, with the parts that are read of it and no more. */
import { z } from 'zod';
import type { EvaluationRequestedData } from '../src/events/catalogue.ts';
import { FairleadError } from '../src/events/fairlead-error.ts';
import type { FunctionContext } from './context.ts';
import { toRoute } from './pull-request.ts';
import { payloadPullRequest } from './read-facts.ts';

const presentPull = payloadPullRequest.extend({ state: z.string(), updated_at: z.string() });

export type PresentPull = z.output<typeof presentPull>;

interface Repository {
  readonly id: number;
  readonly full_name: string;
  readonly html_url: string;
}

/** The pull request as it is now: one call. @throws FairleadError `github.*` */
export async function readPresentPull(
  context: FunctionContext,
  fullName: string,
  number: number,
): Promise<PresentPull> {
  const { data } = await context.github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
    ...toRoute(fullName),
    pull_number: number,
    request: { signal: context.signal },
  });
  const pull = presentPull.safeParse({ ...data, draft: data.draft ?? false });
  if (pull.success) return pull.data;
  throw new FairleadError('github.unavailable', `GitHub’s answer lacks parts of the pull request: ${pull.error}`, {
    retryable: false,
  });
}

export function toEvaluationRequest(
  { state: _, ...pull_request }: PresentPull,
  { id, full_name, html_url }: Repository,
  reason: string,
): EvaluationRequestedData {
  return {
    action: 'evaluation_requested',
    reason,
    number: pull_request.number,
    pull_request,
    repository: { id, full_name, html_url },
  };
}
