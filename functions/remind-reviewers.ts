/** One comment that mentions those who have not answered: GitHub then tells them by its own ways. */
import { z } from 'zod';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { silent as silentSchema } from './find-silent.ts';
import { toCode } from './markdown.ts';
import { pullRequestId, toRoute } from './pull-request.ts';

/** A mention is of what GitHub lets be a name, and of nothing else. */
const NAME = /^[A-Za-z\d_][\w.-]{0,99}$/;

export const remindReviewers = defineFunction({
  operationId: 'remindReviewers',
  summary: 'Reminds reviewers who have not answered, by a comment that mentions them.',
  input: z.object({ pullRequest: pullRequestId, silent: silentSchema, waited: z.string() }),
  output: z.object({ commentUrl: z.string().nullable() }),
  handle: async ({ pullRequest, silent, waited }, context: FunctionContext) => {
    if (silent.length === 0) return { commentUrl: null };
    const { owner, repo } = toRoute(pullRequest.repository.fullName);
    const place = { owner, repo, issue_number: pullRequest.number };
    // The key of the effect, by which the comment is found again after an uncertain try.
    const marker = `<!-- fairlead:reminder ${context.effectKey.replaceAll(/[^\w/.~-]/g, '')} -->`;
    const known = await find(context, place, marker);
    if (known !== undefined) return { commentUrl: known };
    const mentions = silent.map(({ kind, name }) => mention(kind === 'team' ? `${owner}/${name}` : name));
    const body = `${mentions.join(', ')}: your review is awaited, for ${waited} now.\n\n${marker}`;
    const { data } = await context.github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...place,
      body,
      request: { signal: context.signal },
    });
    return { commentUrl: data.html_url };
  },
});

interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly issue_number: number;
}

async function find(context: FunctionContext, place: Place, marker: string): Promise<string | undefined> {
  if (!context.uncertain) return undefined;
  const anHourAgo = new Date(context.now() - 3_600_000).toISOString();
  const { data } = await context.github.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...place,
    since: anHourAgo,
    per_page: 100,
    request: { signal: context.signal },
  });
  return data.find(({ body }) => body?.includes(marker))?.html_url;
}

function mention(name: string): string {
  return name.split('/').every((part) => NAME.test(part)) ? `@${name}` : toCode(name);
}
