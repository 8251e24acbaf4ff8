/**
 * Tells what became of a pull request: as a check run that explains each decision, and as the verified event's own parts.
 * A check run that cannot be written is a problem among others, not a reason to leave the team without the event.
 */
import { z } from 'zod';
import { verifiedData } from '../src/events/catalogue.ts';
import { defineFunction } from '../src/workflow/function.ts';
import { labelOutcome } from './apply-labels.ts';
import { actOutcome } from './carry-out.ts';
import { isRefusedCheckRun, writeCheckRun } from './check-run.ts';
import type { FunctionContext } from './context.ts';
import { decision } from './decide.ts';
import { explain } from './explain.ts';
import { pullRequestId, subjectOf, toRoute } from './pull-request.ts';
import { noteRecheck } from './recheck.ts';
import { reviewerOutcome } from './request-reviewers.ts';

export const CHECK_NAME = 'fairlead';

const input = z.object({
  pullRequest: pullRequestId.extend({ head: z.object({ sha: z.string() }) }),
  acceptedAt: z.string().nullish().describe('When the webhook was accepted, RFC 3339: the `time` of its event.'),
  decision,
  labels: labelOutcome,
  reviewers: reviewerOutcome,
  acts: actOutcome.nullish(),
});

export const report = defineFunction({
  operationId: 'report',
  summary: 'Explains each decision in a check run, and answers what the verified event says of labels and reviewers.',
  input,
  output: z.object(
    verifiedData.pick({
      labels: true,
      reviewers: true,
      problems: true,
      would: true,
      checkRunUrl: true,
      durationMs: true,
    }).shape,
  ),
  handle: async ({ pullRequest, acceptedAt, decision: decided, labels, reviewers, acts }, context: FunctionContext) => {
    await noteRecheck(context, subjectOf(pullRequest), decided.recheck);
    const problems = [...decided.problems, ...labels.problems, ...reviewers.problems, ...(acts?.problems ?? [])];
    const { added, removed, kept } = labels;
    const { requested, kept: asked, skipped } = reviewers;
    const outcome = {
      labels: { added, removed, kept },
      reviewers: { requested, kept: asked, skipped },
      problems,
      ...(decided.would === undefined ? {} : { would: toPlain(decided.would, pullRequest.repository.fullName) }),
    };
    const accepted = Date.parse(acceptedAt ?? '');
    const durationMs = () => (Number.isNaN(accepted) ? 0 : Math.max(0, context.now() - accepted));
    if (!context.checkRuns || !decided.check) return { ...outcome, checkRunUrl: null, durationMs: durationMs() };
    const { conclusion, ...output } = explain({
      ...outcome,
      rules: decided.rules,
      sources: decided.sources,
      notes: decided.notes,
      left: decided.labels.skip,
      requirements: decided.requirements,
      acts: { done: acts?.done ?? [], left: decided.acts?.left ?? [] },
      table: decided.reviewers.table,
    });
    try {
      const url = await writeCheckRun(context, pullRequest, { name: CHECK_NAME, conclusion, output });
      return { ...outcome, checkRunUrl: url, durationMs: durationMs() };
    } catch (error) {
      if (!isRefusedCheckRun(error)) throw error;
      const refused = [...problems, `No check run: ${error.message}`];
      return { ...outcome, problems: refused, checkRunUrl: null, durationMs: durationMs() };
    }
  },
});

/** As the act itself would have told it. */
function toPlain({ labels, request, acts }: NonNullable<z.output<typeof decision>['would']>, fullName: string) {
  const plain = ({ name, reason }: { readonly name: string; readonly reason: string }) => ({ name, reason });
  const { owner } = toRoute(fullName);
  return {
    labels: { add: labels.add.map(plain), remove: labels.remove.map(plain) },
    request: request.map(({ kind, name, reason }) => ({ name: kind === 'team' ? `${owner}/${name}` : name, reason })),
    ...(acts === undefined ? {} : { acts }),
  };
}
