/**
 * One comment of ours per pull request and purpose: written once, and edited from then on. Which one it is, is in the ledger,
 * so that no list of comments is read and nobody can have us edit theirs by writing alike. Only after an uncertain try is it
 * looked for, by a mark that nobody knew before the comment was there, or where it is known looked at: what it says already is
 * not said again.
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
  /** Kept with it: by which rule, and which words, it is there. */
  readonly rule?: string;
  /** What to do where somebody has deleted it: without it, it is written again. */
  readonly ifDeleted?: 'leave';
}

/** Answers the comment's address; undefined where somebody has deleted it, and it is left so. */
export async function writeOwnComment(
  context: FunctionContext,
  comment: OwnComment & { readonly ifDeleted: 'leave' },
): Promise<string | undefined>;
export async function writeOwnComment(
  context: FunctionContext,
  comment: OwnComment & { readonly ifDeleted?: never },
): Promise<string>;
export async function writeOwnComment(context: FunctionContext, comment: OwnComment): Promise<string | undefined> {
  const { ledger, tenant, github, signal } = context;
  const { pullRequest, purpose, rule } = comment;
  const { owner, repo } = toRoute(pullRequest.repository.fullName);
  const subject = subjectOf(pullRequest);
  const entries = await ledger.read(tenant, subject);
  const known = entries.find(({ kind, name }) => kind === 'comment' && name === purpose)?.reference;
  const at = context.now();
  const told = rule === undefined ? {} : { rule };
  const entry = { kind: 'comment', name: purpose, state: 'ours', reason: purpose, at, ...told } as const;
  const mark = markOf(context, purpose);
  const body = `${mark}\n${comment.body}`;
  if (known !== undefined) {
    try {
      const written = context.uncertain
        ? await readComment(context, { owner, repo, comment_id: Number(known) })
        : undefined;
      // Said already: an edit that changes nothing is still one, to whoever is told of edits.
      if (written?.body === body) return written.html_url;
      const { data } = await github.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
        owner,
        repo,
        comment_id: Number(known),
        body,
        request: { signal },
      });
      if (rule !== undefined) await ledger.write(tenant, subject, [{ ...entry, reference: known }]);
      return data.html_url;
    } catch (error) {
      // Somebody deleted it.
      if (!(error instanceof FairleadError) || error.code !== 'github.not_found') throw error;
      if (comment.ifDeleted === 'leave') return undefined;
    }
  }
  const place = { owner, repo, issue_number: pullRequest.number };
  const { id, url } = (await findByMark(context, place, mark)) ?? (await create(context, place, body));
  await ledger.write(tenant, subject, [{ ...entry, reference: String(id) }]);
  return url;
}

/** Deleting what is gone already is no failure. */
export async function deleteOwnComment(
  { ledger, tenant, github, signal }: FunctionContext,
  pullRequest: PullRequestId,
  purpose: string,
): Promise<void> {
  const subject = subjectOf(pullRequest);
  const entries = await ledger.read(tenant, subject);
  const known = entries.find(({ kind, name }) => kind === 'comment' && name === purpose)?.reference;
  if (known !== undefined) {
    try {
      await github.request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', {
        ...toRoute(pullRequest.repository.fullName),
        comment_id: Number(known),
        request: { signal },
      });
    } catch (error) {
      if (!(error instanceof FairleadError) || error.code !== 'github.not_found') throw error;
    }
  }
  await ledger.forget(tenant, subject, [{ kind: 'comment', name: purpose }]);
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

async function readComment(
  { github, signal }: FunctionContext,
  place: { readonly owner: string; readonly repo: string; readonly comment_id: number },
) {
  const route = 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}';
  const { data } = await github.request(route, { ...place, request: { signal } });
  return data;
}

/** One act may write several comments. */
function markOf({ effectKey }: FunctionContext, purpose: string): string {
  const digest = createHash('sha256').update(`${effectKey} ${purpose}`).digest('base64url').slice(0, 22);
  return `<!-- fairlead ${digest} -->`;
}

async function create({ github, signal }: FunctionContext, place: Place, body: string): Promise<Found> {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const { data } = await github.request(route, { ...place, body, request: { signal } });
  return { id: data.id, url: data.html_url };
}

/** GitHub would make a second comment of the same POST. */
async function findByMark(context: FunctionContext, place: Place, mark: string): Promise<Found | undefined> {
  if (!context.uncertain) return undefined;
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
