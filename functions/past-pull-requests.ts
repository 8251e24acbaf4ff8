/**
 * The facts of a repository's newest pull requests, whatever became of them, each as if it had just been opened: what is on it
 * by now is the work of the rules it met. Read in pages of {@link PAGE_SIZE} by one GraphQL query each, and remembered for
 * {@link FRESH_MS}, so that pushes one after the other cost one reading.
 *
 * Of each, GitHub tells the first {@link MOST_FILES} files here; a pull request that has more counts as one whose files are not all
 * known. Not told are the old path of a renamed file, the diff, the author's teams, CI and open reviews.
 */
import type { Octokit } from '@octokit/rest';
import { queryGitHub } from '../src/github/query-github.ts';
import type { ChangedFile, Facts } from '../src/rules/facts.ts';
import { toRoute } from './pull-request.ts';

export interface PastPullRequests {
  readonly tenant: string;
  readonly repository: { readonly id: number; readonly fullName: string };
  /** So many at most, the newest first. */
  readonly last: number;
  /** Whether rules look at commit messages. */
  readonly commits: boolean;
}

export interface PastPullRequest {
  readonly facts: Facts;
  /** Its last commit. */
  readonly headSha: string;
}

export type PastReader = (github: Octokit, past: PastPullRequests) => Promise<readonly PastPullRequest[]>;

const PAGE_SIZE = 25;
const MOST_FILES = 100;
const LONGEST_BODY = 10_000;
const LONGEST_MESSAGE = 2_000;
const FRESH_MS = 10 * 60_000;
const KEPT = 20;

const QUERY = `query ReadPastPullRequests($owner: String!, $name: String!, $first: Int!, $after: String, $commits: Boolean!) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: $first, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number title body createdAt isCrossRepository authorAssociation baseRefName headRefName headRefOid
        author { __typename login }
        milestone { title }
        files(first: ${MOST_FILES}) { totalCount nodes { path changeType additions deletions } }
        commits(first: 100) @include(if: $commits) { totalCount nodes { commit { message } } }
      }
    }
  }
}`;

/** https://docs.github.com/en/graphql/reference/objects#pullrequest */
interface PastNode {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly createdAt: string;
  readonly isCrossRepository: boolean;
  readonly authorAssociation: string;
  readonly baseRefName: string;
  readonly headRefName: string;
  readonly headRefOid: string;
  readonly author: { readonly __typename: string; readonly login: string } | null;
  readonly milestone: { readonly title: string } | null;
  readonly files: { readonly totalCount: number; readonly nodes: readonly PastFile[] } | null;
  readonly commits?: {
    readonly totalCount: number;
    readonly nodes: readonly { readonly commit: { readonly message: string } }[];
  };
}

interface PastFile {
  readonly path: string;
  readonly changeType: keyof typeof STATUSES;
  readonly additions: number;
  readonly deletions: number;
}

interface Page {
  readonly repository: {
    readonly pullRequests: {
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      readonly nodes: readonly (PastNode | null)[];
    };
  } | null;
}

const STATUSES = {
  ADDED: 'added',
  CHANGED: 'changed',
  COPIED: 'copied',
  DELETED: 'removed',
  MODIFIED: 'modified',
  RENAMED: 'renamed',
} as const satisfies Record<string, ChangedFile['status']>;

export function createPastReader({ now }: { readonly now: () => number }): PastReader {
  const memories = new Map<string, { readonly readAt: number; readonly facts: Promise<readonly PastPullRequest[]> }>();

  return (github, past) => {
    const key = JSON.stringify([past.tenant, past.repository.id, past.last, past.commits]);
    const known = memories.get(key);
    if (known !== undefined && now() - known.readAt < FRESH_MS) return known.facts;
    const facts = read(github, past);
    memories.delete(key);
    memories.set(key, { readAt: now(), facts });
    const [oldest] = memories.keys();
    if (memories.size > KEPT && oldest !== undefined) memories.delete(oldest);
    facts.catch(() => memories.delete(key));
    return facts;
  };
}

async function read(
  github: Octokit,
  { repository, last, commits }: PastPullRequests,
): Promise<readonly PastPullRequest[]> {
  const { owner, repo: name } = toRoute(repository.fullName);
  const facts: PastPullRequest[] = [];
  let after: string | null = null;
  while (facts.length < last) {
    const first = Math.min(PAGE_SIZE, last - facts.length);
    const asked = { owner, name, first, after, commits };
    const { data } = (await queryGitHub<Page>(github, QUERY, asked)) as { readonly data: Page | null };
    const page: NonNullable<Page['repository']>['pullRequests'] | undefined = data?.repository?.pullRequests;
    if (page === undefined) break;
    facts.push(...page.nodes.flatMap((node) => (node === null ? [] : [toPast(node, repository.id)])));
    after = page.pageInfo.endCursor;
    if (!page.pageInfo.hasNextPage || after === null) break;
  }
  return facts;
}

function toPast(node: PastNode, repositoryId: number): PastPullRequest {
  return { facts: toFacts(node, repositoryId), headSha: node.headRefOid };
}

function toFacts(node: PastNode, repositoryId: number): Facts {
  const { author, files, milestone, commits } = node;
  const createdAt = Date.parse(node.createdAt) || 0;
  return {
    repositoryId,
    number: node.number,
    title: node.title,
    body: node.body.slice(0, LONGEST_BODY),
    // GraphQL leaves off what marks an App's account everywhere else.
    author: author === null ? 'ghost' : author.__typename === 'Bot' ? `${author.login}[bot]` : author.login,
    association: node.authorAssociation,
    draft: false,
    fork: node.isCrossRepository,
    base: node.baseRefName,
    head: node.headRefName,
    ...(milestone === null ? {} : { milestone: milestone.title }),
    createdAt,
    readAt: createdAt,
    labels: [],
    reviewers: [],
    teams: [],
    files: (files?.nodes ?? []).map(({ path, changeType, additions, deletions }) => ({
      path,
      status: STATUSES[changeType] ?? 'modified',
      lines: additions + deletions,
    })),
    truncated: files === null || files.totalCount > files.nodes.length,
    commits:
      commits === undefined || commits.totalCount > commits.nodes.length
        ? undefined
        : commits.nodes.map(({ commit }) => commit.message.slice(0, LONGEST_MESSAGE)),
    lastAsked: [],
  };
}
