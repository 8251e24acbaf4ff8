/**
 * Does what rules want beside labels and reviews. What GitHub refuses for good is told and keeps nothing else from being done;
 * doing it twice does it once.
 */
import { z } from 'zod';
import { nameOfAct } from '../src/rules/acts.ts';
import { defineFunction } from '../src/workflow/function.ts';
import { type Act, type ActOf, act } from './acts/act.ts';
import { assign } from './acts/assign.ts';
import { disableAutomerge, enableAutomerge } from './acts/automerge.ts';
import { setMilestone } from './acts/set-milestone.ts';
import { deleteSticky, writeSticky } from './acts/sticky-comment.ts';
import { tellAct } from './acts/to-acts.ts';
import { attempt } from './attempt.ts';
import type { FunctionContext } from './context.ts';
import { pullRequestId, reasoned } from './pull-request.ts';

const input = z.object({
  pullRequest: pullRequestId.extend({ head: z.object({ sha: z.string() }) }),
  acts: z.array(act),
});

export const actOutcome = z.object({ done: z.array(reasoned), problems: z.array(z.string()) });

export const carryOut = defineFunction({
  operationId: 'carryOut',
  summary: 'Assigns, sets the milestone, writes comments and has GitHub merge, as decided.',
  input,
  output: actOutcome,
  handle: async ({ pullRequest, acts }, context: FunctionContext) => {
    const done: z.output<typeof reasoned>[] = [];
    const problems: string[] = [];

    const assigning = acts.filter((one): one is ActOf<'assign'> => one.act === 'assign');
    if (assigning.length > 0) {
      await attempt(problems, `Not assigned: ${assigning.map(({ login }) => login).join(', ')}`, async () => {
        const left = await assign(context, pullRequest, assigning);
        done.push(...assigning.filter(({ login }) => !left.includes(login)).map(tellAct));
        problems.push(...left.map((login) => `${login} is not assigned: GitHub lets them not be assigned here.`));
      });
    }
    for (const one of acts) {
      if (one.act === 'assign') continue;
      await attempt(problems, `Not done: ${nameOfAct(one)}`, async () => {
        const problem = await perform(context, pullRequest, one);
        if (problem === undefined) done.push(tellAct(one));
        else problems.push(problem);
      });
    }
    return { done, problems };
  },
});

/** What kept it from being done. */
async function perform(
  context: FunctionContext,
  pullRequest: z.output<typeof input>['pullRequest'],
  one: Exclude<Act, { readonly act: 'assign' }>,
): Promise<string | undefined> {
  switch (one.act) {
    case 'milestone': {
      const isSet = await setMilestone(context, pullRequest, one);
      return isSet ? undefined : `There is no open milestone “${one.name}”.`;
    }
    case 'comment': {
      const isWritten = await writeSticky(context, pullRequest, one);
      return isWritten ? undefined : `The comment “${one.name}” was deleted by a person, and is not written again.`;
    }
    case 'uncomment':
      await deleteSticky(context, pullRequest, one);
      return undefined;
    case 'automerge':
      await enableAutomerge(context, pullRequest, one);
      return undefined;
    case 'noAutomerge':
      await disableAutomerge(context, pullRequest, one);
      return undefined;
  }
}
