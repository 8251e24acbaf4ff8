/** Files of one commit of a repository, all in one query. */
import type { Octokit } from '@octokit/rest';
import { FairleadError } from '../src/events/fairlead-error.ts';
import { queryGitHub } from '../src/github/query-github.ts';
import { LARGEST_FILE } from '../src/rules/read-yaml.ts';
import { toRoute } from './pull-request.ts';

export interface ReadBlobs {
  readonly outcome: 'read';
  /** Its sha; undefined where there is no such branch. */
  readonly commit: string | undefined;
  /** Of those that are there, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Paths of what is there and no text, or larger than what is read. */
  readonly unread: readonly string[];
}

export type Blobs =
  | ReadBlobs
  /** No such repository, or none that the installation may see. */
  | { readonly outcome: 'none' }
  | { readonly outcome: 'unavailable'; readonly reason: string };

export interface BlobsPlace {
  readonly fullName: string;
  /** `HEAD` for the default branch, `refs/heads/…` for another, or the sha of a commit. */
  readonly ref: string;
  readonly paths: readonly string[];
}

interface Blob {
  readonly text?: string | null;
  readonly isTruncated?: boolean;
  readonly byteSize?: number;
}

interface Repository extends Readonly<Record<string, Blob | null | undefined>> {
  readonly head: (Blob & { readonly oid: string }) | null;
}

/** @throws FairleadError `github.*` while GitHub is unwell */
export async function readBlobs(github: Octokit, { fullName, ref, paths }: BlobsPlace): Promise<Blobs> {
  const { owner, repo: name } = toRoute(fullName);
  const expressions = Object.fromEntries(paths.map((path, index) => [`f${index}`, `${ref}:${path}`]));
  const { data, refusals } = await ask(github, Object.keys(expressions), { owner, name, head: ref, ...expressions });
  const [refusal] = refusals;
  if (refusal?.type === 'NOT_FOUND' && data?.repository == null) return { outcome: 'none' };
  if (data?.repository == null || refusal !== undefined) {
    return { outcome: 'unavailable', reason: `GitHub does not show ${fullName}: ${refusal?.message ?? 'no answer'}` };
  }
  const { repository } = data;
  const texts = new Map<string, string>();
  const unread: string[] = [];
  for (const [index, path] of paths.entries()) {
    const blob = repository[`f${index}`];
    // A folder of that name has no size.
    if (blob?.byteSize === undefined) continue;
    const isText = typeof blob.text === 'string' && blob.isTruncated !== true && blob.byteSize <= LARGEST_FILE;
    if (isText) texts.set(path, blob.text as string);
    else unread.push(path);
  }
  return { outcome: 'read', commit: repository.head?.oid, texts, unread };
}

async function ask(github: Octokit, aliases: readonly string[], variables: Readonly<Record<string, string>>) {
  try {
    return await queryGitHub<{ readonly repository: Repository | null }>(github, toQuery(aliases), variables);
  } catch (error) {
    if (!(error instanceof FairleadError) || error.retryable) throw error;
    return { data: null, refusals: [{ type: error.code, message: error.message }] };
  }
}

function toQuery(aliases: readonly string[]): string {
  const variables = ['owner', 'name', 'head', ...aliases].map((variable) => `$${variable}: String!`);
  const blobs = aliases.map(
    (alias) => `    ${alias}: object(expression: $${alias}) { ... on Blob { text byteSize isTruncated } }`,
  );
  return `query ReadFiles(${variables.join(', ')}) {
  repository(owner: $owner, name: $name) {
    head: object(expression: $head) { oid }
${blobs.join('\n')}
  }
}`;
}
