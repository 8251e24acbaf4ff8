/** Assigns people and takes assignments back because a person said so. Doing it twice does it once. */
import { z } from 'zod';
import { defineFunction } from '../src/workflow/function.ts';
import { attempt } from './attempt.ts';
import type { FunctionContext } from './context.ts';
import { pullRequestId, subjectOf, toRoute } from './pull-request.ts';

const logins = z.array(z.string());

export const changeAssignees = defineFunction({
  operationId: 'changeAssignees',
  summary: 'Assigns people and takes assignments back as a person said.',
  input: z.object({
    pullRequest: pullRequestId,
    login: z.string().describe('Who said it.'),
    assignees: z.object({ add: logins, remove: logins }),
  }),
  output: z.object({ problems: z.array(z.string()) }),
  handle: async ({ pullRequest, login, assignees: { add, remove } }, context: FunctionContext) => {
    const { tenant, ledger, github, signal } = context;
    const subject = subjectOf(pullRequest);
    const place = { ...toRoute(pullRequest.repository.fullName), issue_number: pullRequest.number };
    const problems: string[] = [];
    if (add.length > 0) {
      const acts = add.map((name) => ({ kind: 'assignee', name }) as const);
      await ledger.forget(tenant, subject, acts);
      await attempt(problems, `${add.join(', ')}: not assigned`, async () => {
        const { data } = await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/assignees', {
          ...place,
          assignees: add,
          request: { signal, idempotent: true },
        });
        // Whom GitHub does not let be assigned it leaves out without a word.
        const assigned = new Set(data.assignees?.map((one) => one.login.toLowerCase()));
        const left = add.filter((name) => !assigned.has(name.toLowerCase()));
        problems.push(...left.map((name) => `${name}: GitHub lets them not be assigned here`));
      });
    }
    if (remove.length > 0) {
      const [reason, at] = [`removed by ${login}`, context.now()];
      const acts = remove.map((name) => ({ kind: 'assignee', name, state: 'refused', reason, at }) as const);
      await ledger.write(tenant, subject, acts);
      await attempt(problems, `${remove.join(', ')}: not unassigned`, async () => {
        const route = 'DELETE /repos/{owner}/{repo}/issues/{issue_number}/assignees';
        await github.request(route, { ...place, assignees: remove, request: { signal } });
      });
    }
    return { problems };
  },
});
