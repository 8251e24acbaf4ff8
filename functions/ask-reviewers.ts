/**
 * Asks people and teams for a review because a person said so. The request is that person's, not ours: it is not in the
 * ledger, and somebody whose request was taken back before may be asked again. Doing it twice does it once.
 */
import { z } from 'zod';
import { defineFunction } from '../src/workflow/function.ts';
import { attempt } from './attempt.ts';
import type { FunctionContext } from './context.ts';
import { pullRequestId, subjectOf, toRoute } from './pull-request.ts';
import { ask } from './request-reviewers.ts';

export const askReviewers = defineFunction({
  operationId: 'askReviewers',
  summary: 'Asks people and teams for a review as a person said.',
  input: z.object({
    pullRequest: pullRequestId.extend({ author: z.object({ login: z.string() }) }),
    login: z.string().describe('Who said it.'),
    reviewers: z.array(z.object({ kind: z.enum(['person', 'team']), name: z.string() })),
  }),
  output: z.object({ problems: z.array(z.string()) }),
  handle: async ({ pullRequest, login, reviewers }, context: FunctionContext) => {
    const { tenant, ledger } = context;
    const { owner, repo } = toRoute(pullRequest.repository.fullName);
    const author = pullRequest.author.login.toLowerCase();
    const isAuthor = (one: (typeof reviewers)[number]) => one.kind === 'person' && one.name.toLowerCase() === author;
    const asking = reviewers.filter((one) => !isAuthor(one)).map((one) => ({ ...one, reason: `asked by ${login}` }));
    const acts = asking.map(({ kind, name }) => ({ kind: kind === 'team' ? kind : 'reviewer', name }) as const);
    if (acts.length > 0) await ledger.forget(tenant, subjectOf(pullRequest), acts);
    const problems = reviewers.filter(isAuthor).map(({ name }) => `${name}: is the author`);
    await attempt(problems, 'Nobody was asked for a review', async () => {
      const refusals = await ask(context, { owner, repo, pull_number: pullRequest.number }, asking);
      problems.push(...[...refusals].map(([{ name }, reason]) => `${name}: not asked for a review: ${reason}`));
    });
    return { problems };
  },
});
