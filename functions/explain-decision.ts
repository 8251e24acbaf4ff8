/**
 * Says on the pull request what its check run says of the last decision: in one comment, edited when it is asked again. The
 * explanation was made inert when the check run was written.
 */
import { z } from 'zod';
import { defineFunction } from '../src/workflow/function.ts';
import { attempt } from './attempt.ts';
import type { FunctionContext } from './context.ts';
import { joinWithin } from './markdown.ts';
import { LONGEST_COMMENT, writeOwnComment } from './own-comment.ts';
import { pullRequestId, toRoute } from './pull-request.ts';
import { CHECK_NAME } from './report.ts';

export const explainDecision = defineFunction({
  operationId: 'explainDecision',
  summary: 'Explains the last decision on a pull request in one comment, which is edited when it is asked again.',
  input: z.object({ pullRequest: pullRequestId.extend({ head: z.object({ sha: z.string() }) }) }),
  output: z.object({ url: z.string().nullable(), problems: z.array(z.string()) }),
  handle: async ({ pullRequest }, context: FunctionContext) => {
    const problems: string[] = [];
    let url: string | null = null;
    await attempt(problems, '/why', async () => {
      const body = await explain(context, pullRequest.repository.fullName, pullRequest.head.sha);
      url = await writeOwnComment(context, { pullRequest, purpose: 'why', body });
    });
    return { url, problems };
  },
});

async function explain({ github, signal, appId }: FunctionContext, fullName: string, ref: string): Promise<string> {
  const { data } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
    ...toRoute(fullName),
    ref,
    check_name: CHECK_NAME,
    // Nobody else has their text told as ours.
    app_id: Number(appId),
    filter: 'latest',
    request: { signal },
  });
  const [run] = data.check_runs;
  if (run === undefined) {
    return `Decisions are explained on the check run \`${CHECK_NAME}\`, and the commit \`${ref.slice(0, 7)}\` has none: it was not judged yet (\`/retry\` has it judged), or the configuration wants no check run.`;
  }
  const { title, summary, text } = run.output;
  const lines = [
    `**${title ?? 'No title'}**, decided for the commit \`${ref.slice(0, 7)}\` ([check run](${run.html_url ?? ''}))`,
    ...[summary, text].flatMap((part) => ['', ...(part ?? '').split('\n')]),
  ];
  return joinWithin(lines, LONGEST_COMMENT);
}
