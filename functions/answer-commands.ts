/**
 * Answers a comment that held commands: a reaction on it says whether all was done, and one comment of ours, edited from one
 * time to the next, says what was not, or what there is to say. That somebody cannot be answered undoes nothing.
 */
import { z } from 'zod';
import { defineFunction } from '../src/workflow/function.ts';
import { attempt } from './attempt.ts';
import type { FunctionContext } from './context.ts';
import { joinWithin, toCode } from './markdown.ts';
import { LONGEST_COMMENT, writeOwnComment } from './own-comment.ts';
import { pullRequestId, toRoute } from './pull-request.ts';
import { commandList, spokenComment } from './read-commands.ts';

const reactions = z.enum(['+1', 'confused']);

export const answerCommands = defineFunction({
  operationId: 'answerCommands',
  summary: 'Answers commands: by a reaction, and where something was not done or help is asked for, by one comment.',
  input: z.object({
    pullRequest: pullRequestId,
    comment: spokenComment,
    problems: z.array(z.string()),
    help: commandList.nullable().describe('What there is to say, where somebody asks.'),
  }),
  output: z.object({
    reaction: reactions,
    problems: z.array(z.string()).describe('Why it could not be answered.'),
  }),
  handle: async ({ pullRequest, comment, problems, help }, context: FunctionContext) => {
    const reaction: z.output<typeof reactions> = problems.length === 0 ? '+1' : 'confused';
    const unsaid: string[] = [];
    await attempt(unsaid, 'No reaction', async () => {
      await context.github.request('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', {
        ...toRoute(pullRequest.repository.fullName),
        comment_id: comment.id,
        content: reaction,
        request: { signal: context.signal, idempotent: true },
      });
    });
    if (problems.length > 0 || help !== null) {
      await attempt(unsaid, 'No comment', async () => {
        const body = joinWithin(toLines(comment, problems, help), LONGEST_COMMENT);
        await writeOwnComment(context, { pullRequest, purpose: 'commands', body });
      });
    }
    return { reaction, problems: unsaid };
  },
});

type Help = z.output<typeof commandList> | null;

function toLines(comment: z.output<typeof spokenComment>, problems: readonly string[], help: Help): readonly string[] {
  const refused = problems.map((problem) => `- ${toCode(problem)}`);
  return [
    `To ${toCode(comment.login)}, on [this comment](${comment.url}):`,
    '',
    ...(refused.length === 0 ? [] : ['Not everything was done:', '', ...refused, '']),
    ...(help === null ? ['`/fairlead help` lists the commands.'] : toTable(help)),
  ];
}

function toTable(help: NonNullable<Help>): readonly string[] {
  return [
    'A command stands on a line of its own, in the first column:',
    '',
    '| command | what it does | for |',
    '| --- | --- | --- |',
    ...help.map(({ usage, meaning, who }) => `| ${toCode(usage)} | ${meaning} | ${who.map(toCode).join(', ')} |`),
  ];
}
