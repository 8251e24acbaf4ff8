/**
 * The files of other tools on a branch, as they stand: all in one query, of one commit. Where there is an OWNERS in the root,
 * the other folders' as well: a list of the commit's files and one more query, once per commit.
 */
import type { Octokit } from '@octokit/rest';
import { FairleadError } from '../src/events/fairlead-error.ts';
import { OWNERS, TOOL_PATHS } from '../src/rules/import/tools.ts';
import { LARGEST_FILE } from '../src/rules/read-yaml.ts';
import { toRoute } from './pull-request.ts';
import { type ReadBlobs, readBlobs } from './read-blobs.ts';

export type ToolFiles =
  | {
      readonly outcome: 'read';
      /** Sha of the commit; undefined where there is no such branch. */
      readonly commit: string | undefined;
      /** By path. */
      readonly texts: ReadonlyMap<string, string>;
      /** What is there and was not read, in words. */
      readonly notes: readonly string[];
    }
  | { readonly outcome: 'unavailable'; readonly reason: string };

interface BranchPlace {
  readonly fullName: string;
  /** Name of a branch, or sha of a commit. */
  readonly base: string;
  /** Whether OWNERS of other folders are looked for where the root has none. */
  readonly everywhere?: boolean;
}

/** GitHub takes no branch by such a name. */
const SHA = /^[\da-f]{40}$/;

const MOST_OWNERS = 100;

/** Resolves to `known` itself where the branch is where it was. @throws FairleadError `github.*` while GitHub is unwell */
export async function readToolFiles(github: Octokit, place: BranchPlace, known?: ToolFiles): Promise<ToolFiles> {
  const { fullName, base, everywhere = false } = place;
  try {
    const read = await readBlobs(github, {
      fullName,
      ref: SHA.test(base) ? base : `refs/heads/${base}`,
      paths: TOOL_PATHS,
    });
    if (read.outcome === 'none') return { outcome: 'unavailable', reason: `GitHub does not show ${fullName}.` };
    if (read.outcome === 'unavailable') return read;
    const { commit } = read;
    if (commit !== undefined && known?.outcome === 'read' && known.commit === commit) return known;
    if (commit === undefined || !(everywhere || read.texts.has(OWNERS))) return toToolFiles(read);
    const { paths, notes } = await listOwners(github, place, commit);
    if (paths.length === 0) return toToolFiles(read, notes);
    const owners = await readBlobs(github, { fullName, ref: commit, paths });
    if (owners.outcome === 'none') return { outcome: 'unavailable', reason: `GitHub does not show ${fullName}.` };
    if (owners.outcome === 'unavailable') return owners;
    const texts = new Map([...read.texts, ...owners.texts]);
    return toToolFiles({ ...read, texts, unread: [...read.unread, ...owners.unread] }, notes);
  } catch (error) {
    if (!(error instanceof FairleadError) || error.retryable) throw error;
    return { outcome: 'unavailable', reason: error.message };
  }
}

function toToolFiles({ commit, texts, unread }: ReadBlobs, notes: readonly string[] = []): ToolFiles {
  const left = unread.map((path) => `${path} is left out: it is no text of at most ${LARGEST_FILE / 1024} KiB.`);
  return { outcome: 'read', commit, texts, notes: [...left, ...notes] };
}

/** Those of the folders, the ones nearest the root first. */
async function listOwners(github: Octokit, { fullName }: BranchPlace, commit: string) {
  const { data } = await github.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
    ...toRoute(fullName),
    tree_sha: commit,
    recursive: '1',
  });
  const depth = (path: string) => path.split('/').length;
  const all = data.tree
    .flatMap(({ path = '', type }) => (type === 'blob' && path.endsWith(`/${OWNERS}`) ? [path] : []))
    .toSorted((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  const notes = [
    ...(data.truncated ? ['There are more files than GitHub lists: OWNERS of some folders may be missing.'] : []),
    ...(all.length > MOST_OWNERS ? [`There are ${all.length} OWNERS files; the first ${MOST_OWNERS} are read.`] : []),
  ];
  return { paths: all.slice(0, MOST_OWNERS), notes };
}
