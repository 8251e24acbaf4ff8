/**
 * Puts labels on and takes labels off because a person said so, and keeps that as the person's word: what they put on is
 * theirs, so that no rule takes it away; what they take off, no rule puts back until it changes. The ledger is written before
 * GitHub is asked. A label that the repository does not have is not made by a slip of the pen. Doing it twice does it once.
 */
import { z } from 'zod';
import { defineFunction } from '../src/workflow/function.ts';
import { takeOff } from './apply-labels.ts';
import { attempt } from './attempt.ts';
import type { FunctionContext } from './context.ts';
import { pullRequestId, subjectOf, toRoute } from './pull-request.ts';
import { isRecheck } from './recheck.ts';

export const changeLabels = defineFunction({
  operationId: 'changeLabels',
  summary: 'Puts labels on and takes labels off as a person said, for good.',
  input: z.object({
    pullRequest: pullRequestId,
    login: z.string().describe('Who said it.'),
    labels: z.object({ add: z.array(z.string()), remove: z.array(z.string()) }),
    mayBeNew: z.string().describe('The one label that the repository need not have yet.'),
  }),
  output: z.object({
    problems: z.array(z.string()),
    recheck: z.boolean().describe('Whether the rules want the pull request evaluated anew, because of its labels.'),
  }),
  handle: async ({ pullRequest, login, labels, mayBeNew }, context: FunctionContext) => {
    const { tenant, ledger, github, signal } = context;
    const subject = subjectOf(pullRequest);
    const { owner, repo } = toRoute(pullRequest.repository.fullName);
    const place = { owner, repo, issue_number: pullRequest.number };
    const problems: string[] = [];

    const adding: string[] = [];
    for (const name of labels.add) {
      const isNew = name.toLowerCase() === mayBeNew.toLowerCase();
      const exists = async () => {
        if (!isNew)
          await github.request('GET /repos/{owner}/{repo}/labels/{name}', { owner, repo, name, request: { signal } });
      };
      if (await attempt(problems, `The label “${name}” was not found in this repository`, exists)) adding.push(name);
    }
    if (adding.length > 0) {
      const acts = adding.map((name) => ({ kind: 'label', name }) as const);
      await ledger.forget(tenant, subject, acts);
      await attempt(problems, `${adding.join(', ')}: not put on`, async () => {
        await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
          ...place,
          labels: adding,
          request: { signal, idempotent: true },
        });
      });
    }
    for (const name of labels.remove) {
      const reason = `removed by ${login}`;
      await ledger.write(tenant, subject, [{ kind: 'label', name, state: 'refused', reason, at: context.now() }]);
      await attempt(problems, `${name}: not taken off`, () => takeOff(context, { ...place, name }));
    }
    return { problems, recheck: (await ledger.read(tenant, subject)).some(isRecheck) };
  },
});
