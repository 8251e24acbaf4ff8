import { fullNameOf, type Pull, type Repository } from './world.ts';

const CHANGE_TYPES = { added: 'ADDED', removed: 'DELETED', modified: 'MODIFIED', renamed: 'RENAMED' } as const;
const MOST_FILES = 100;

/** `repository.pullRequests` as `query ReadPastPullRequests` asks for it: the newest first, `first` of them `after` a cursor. */
export function toPastPullRequests(
  repository: Repository,
  { first, after, commits }: { readonly first: number; readonly after?: string | null; readonly commits?: boolean },
) {
  const newestFirst = [...repository.pulls.values()].sort((a, b) => b.number - a.number);
  const begin = after ? Number(after) : 0;
  const end = begin + first;
  return {
    pageInfo: { hasNextPage: end < newestFirst.length, endCursor: String(Math.min(end, newestFirst.length)) },
    nodes: newestFirst.slice(begin, end).map((pull) => toNode(repository, pull, commits === true)),
  };
}

/** https://docs.github.com/en/graphql/reference/objects#pullrequest */
function toNode(repository: Repository, pull: Pull, withCommits: boolean) {
  const { login, type } = pull.author;
  return {
    number: pull.number,
    title: pull.title,
    body: pull.body ?? '',
    createdAt: pull.createdAt,
    isCrossRepository: false,
    authorAssociation: repository.collaborators.has(login.toLowerCase()) ? 'COLLABORATOR' : 'NONE',
    baseRefName: pull.base.ref,
    headRefName: pull.head.ref,
    headRefOid: pull.head.sha,
    author: { __typename: type, login: login.replace(/\[bot\]$/, '') },
    milestone: pull.milestone === undefined ? null : { title: pull.milestone.title },
    files: {
      totalCount: pull.files.length,
      nodes: pull.files.slice(0, MOST_FILES).map(({ filename, status, additions, deletions }) => ({
        path: filename,
        changeType: CHANGE_TYPES[status],
        additions,
        deletions,
      })),
    },
    ...(withCommits
      ? { commits: { totalCount: 1, nodes: [{ commit: { message: `${pull.title} (${fullNameOf(repository)})` } }] } }
      : {}),
  };
}
