/**
 * One comment of ours per pull request and purpose: written once, and edited from then on. Which one it is, is in the ledger,
 * so that no list of comments is read and nobody can have us edit theirs by writing alike. Only after an uncertain try is it
 * looked for, by a mark that nobody knew before the comment was there.
 */
import { createHash } from 'node:crypto';
import { FairleadError } from '../src/events/fairlead-error.ts';
import type { FunctionContext } from './context.ts';
import { type PullRequestId, subjectOf, toRoute } from './pull-request.ts';

/** https://docs.github.com/en/rest/issues/comments: GitHub takes 65,536 characters. */
export const LONGEST_COMMENT = 65_000;

export interface OwnComment {
  readonly pullRequest: PullRequestId;
  /** What it is for, e.g. `why`. */
  readonly purpose: string;
  /** Markdown; the caller has made what is not trusted inert. */
  readonly body: string;
}

/** Answers the comment's address. */
export async function writeOwnComment(context: FunctionContext, comment: OwnComment): Promise<string> {
  const { ledger, tenant, github, signal } = context;
  const { pullRequest, purpose } = comment;
  const { owner, repo } = toRoute(pullRequest.repository.fullName);
  const subject = subjectOf(pullRequest);
  const entries = await ledger.read(tenant, subject);
  const known = entries.find(({ kind, name }) => kind === 'comment' && name === purpose)?.reference;
  const body = `${markOf(context)}\n${comment.body}`;
  if (known !== undefined) {
    try {
      const { data } = await github.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
        owner,
        repo,
        comment_id: Number(known),
        body,
        request: { signal },
      });
      return data.html_url;
    } catch (error) {
      // Somebody deleted it.
      if (!(error instanceof FairleadError) || error.code !== 'github.not_found') throw error;
    }
  }
  const place = { owner, repo, issue_number: pullRequest.number };
  const { id, url } = (await findByMark(context, place)) ?? (await create(context, place, body));
  const entry = { kind: 'comment', name: purpose, state: 'ours', reason: purpose, at: context.now() } as const;
  await ledger.write(tenant, subject, [{ ...entry, reference: String(id) }]);
  return url;
}

interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly issue_number: number;
}

interface Found {
  readonly id: number | bigint;
  readonly url: string;
}

function markOf({ effectKey }: FunctionContext): string {
  const digest = createHash('sha256').update(effectKey).digest('base64url').slice(0, 22);
  return `<!-- fairlead ${digest} -->`;
}

async function create({ github, signal }: FunctionContext, place: Place, body: string): Promise<Found> {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const { data } = await github.request(route, { ...place, body, request: { signal } });
  return { id: data.id, url: data.html_url };
}

/** GitHub would make a second comment of the same POST. */
async function findByMark(context: FunctionContext, place: Place): Promise<Found | undefined> {
  if (!context.uncertain) return undefined;
  const mark = markOf(context);
  const day = 86_400_000;
  const { data } = await context.github.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...place,
    since: new Date(context.now() - day).toISOString(),
    per_page: 100,
    request: { signal: context.signal },
  });
  const ours = data.find(({ body }) => body?.startsWith(mark));
  return ours && { id: ours.id, url: ours.html_url };
}
