/**
 * Asks people and teams for a review, and takes back the requests of those in whose place they are asked. All at once; where GitHub refuses the request for one of them (422: no access, no such
 * login), each by itself, so that the others are asked all the same. Asking somebody who is asked already changes nothing.
 * The ledger is written after the fact: somebody in it is not asked again, so it must not hold a person never asked.
 */
import { z } from 'zod';
import { FairleadError } from '../src/events/fairlead-error.ts';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { decision } from './decide.ts';
import { pullRequestId, reasoned, subjectOf, toRoute } from './pull-request.ts';
import { writeLastAsked } from './review-history.ts';

export const reviewerOutcome = z.object({
  requested: z.array(reasoned),
  kept: z.array(reasoned),
  skipped: z.array(reasoned),
  problems: z.array(z.string()),
});

const reviewers = decision.shape.reviewers;
type Candidate = z.output<typeof reviewers>['request'][number];

export const requestReviewers = defineFunction({
  operationId: 'requestReviewers',
  summary: 'Asks people and teams for a review. Who cannot be asked does not keep the others from being asked.',
  input: z.object({
    pullRequest: pullRequestId.extend({ author: z.object({ login: z.string() }) }),
    reviewers,
  }),
  output: reviewerOutcome,
  handle: async ({ pullRequest, reviewers: { request, keep, skip, release } }, context: FunctionContext) => {
    const { tenant, ledger } = context;
    const subject = subjectOf(pullRequest);
    const { owner, repo } = toRoute(pullRequest.repository.fullName);
    const author = pullRequest.author.login.toLowerCase();
    // Somebody may have taken a request back since the decision.
    const past = request.length > 0 ? await ledger.read(tenant, subject) : [];
    const isRefused = (candidate: Candidate) =>
      past.some(({ kind, name, state }) => state === 'refused' && kind === kindOf(candidate) && same(name, candidate));
    const asking = request.filter((one) => !(one.kind === 'person' && same(author, one)) && !isRefused(one));

    const refusals = await ask(context, { owner, repo, pull_number: pullRequest.number }, asking);
    const requested = asking.filter((candidate) => !refusals.has(candidate));
    const at = context.now();
    const entries = requested.map(
      (one) => ({ kind: kindOf(one), state: 'ours', name: one.name, reason: one.reason, at }) as const,
    );
    const people = requested.filter(({ kind }) => kind === 'person').map(({ name }) => name);
    if (entries.length > 0) {
      await Promise.all([
        ledger.write(tenant, subject, entries),
        writeLastAsked(context, pullRequest.repository.id, people, at),
      ]);
    }

    // Only where somebody has taken their place.
    const released = release.slice(0, requested.length);
    await takeBack(context, { owner, repo, pull_number: pullRequest.number }, released);

    const plain = ({ kind, name, reason }: Candidate) => ({
      name: kind === 'team' ? `${owner}/${name}` : name,
      reason,
    });
    const refused = [...refusals].map(([{ kind, name }, reason]) => plain({ kind, name, reason }));
    return {
      requested: requested.map(plain),
      kept: keep.map(plain),
      skipped: [...skip.map(plain), ...refused],
      problems: refused.map(({ name, reason }) => `${name} could not be asked for a review: ${reason}`),
    };
  },
});

async function takeBack(context: FunctionContext, place: Place, candidates: readonly Candidate[]): Promise<void> {
  if (candidates.length === 0) return;
  const named = (wanted: Candidate['kind']) => candidates.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  await context.github.request('DELETE /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers', {
    ...place,
    reviewers: named('person'),
    team_reviewers: named('team'),
    request: { signal: context.signal },
  });
}

interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly pull_number: number;
}

/** Those whom GitHub refuses, with its reason. */
export async function ask(
  context: FunctionContext,
  place: Place,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<Candidate, string>> {
  const refusals = new Map<Candidate, string>();
  if (candidates.length === 0) return refusals;
  const named = (wanted: Candidate['kind']) => candidates.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  try {
    await context.github.request('POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers', {
      ...place,
      reviewers: named('person'),
      team_reviewers: named('team'),
      request: { signal: context.signal, idempotent: true },
    });
  } catch (error) {
    if (!(error instanceof FairleadError) || error.status !== 422) throw error;
    const [only] = candidates;
    if (candidates.length === 1 && only !== undefined) return refusals.set(only, error.message);
    for (const candidate of candidates) {
      for (const [refused, reason] of await ask(context, place, [candidate])) refusals.set(refused, reason);
    }
  }
  return refusals;
}

function kindOf({ kind }: Candidate): 'reviewer' | 'team' {
  return kind === 'person' ? 'reviewer' : 'team';
}

function same(name: string, candidate: Candidate): boolean {
  return name.toLowerCase() === candidate.name.toLowerCase();
}
