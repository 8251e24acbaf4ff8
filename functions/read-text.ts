/**
 * The text of a file of a repository, unread again where GitHub says that it is unchanged (which costs nothing of the rate
 * limit). GitHub being unwell is no outcome: it rejects.
 */
import type { Octokit } from '@octokit/rest';
import { FairleadError } from '../src/events/fairlead-error.ts';
import { LARGEST_FILE } from '../src/rules/read-yaml.ts';
import { toRoute } from './pull-request.ts';

export type TextFile =
  | { readonly outcome: 'text'; readonly text: string; readonly etag: string | undefined }
  | { readonly outcome: 'none' }
  | { readonly outcome: 'unreadable'; readonly message: string; readonly etag: string | undefined }
  | { readonly outcome: 'unavailable'; readonly reason: string };

export interface TextPlace {
  readonly fullName: string;
  readonly path: string;
  /** Name of the branch. */
  readonly ref: string;
}

/** Resolves to `known` itself where nothing has changed. */
export async function readText(
  github: Octokit,
  { fullName, path, ref }: TextPlace,
  known?: TextFile,
): Promise<TextFile> {
  const before = known !== undefined && 'etag' in known ? known : undefined;
  try {
    const { status, headers, data } = await github.request('GET /repos/{owner}/{repo}/contents/{path}', {
      ...toRoute(fullName),
      path,
      ref,
      ...(before?.etag === undefined ? {} : { headers: { 'if-none-match': before.etag } }),
    });
    if ((status as number) === 304 && before !== undefined) return before;
    return { etag: headers.etag, ...toText(data) };
  } catch (error) {
    if (!(error instanceof FairleadError) || error.retryable) throw error;
    if (error.code === 'github.not_found') return known?.outcome === 'none' ? known : { outcome: 'none' };
    return { outcome: 'unavailable', reason: error.message };
  }
}

function toText(data: unknown) {
  const { type, size, content, encoding } = (data ?? {}) as Record<string, unknown>;
  const unreadable = (message: string) => ({ outcome: 'unreadable', message }) as const;
  if (Array.isArray(data) || type !== 'file') return unreadable('is not a file');
  if (Number(size) > LARGEST_FILE || encoding !== 'base64' || typeof content !== 'string') {
    return unreadable(`the file is larger than ${LARGEST_FILE / 1024} KiB`);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(content, 'base64'));
    return { outcome: 'text', text } as const;
  } catch {
    return unreadable('the file is not UTF-8');
  }
}
