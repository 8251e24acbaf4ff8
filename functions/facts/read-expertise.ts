/** Whose the last commits on the changed files are: one GraphQL query, of the first files that were there before. */
import { queryGitHub } from '../../src/github/query-github.ts';
import type { ChangedFile, Facts } from '../../src/rules/facts.ts';
import type { FunctionContext } from '../context.ts';
import { requireShown } from './require-shown.ts';

const MOST_FILES = 20;
const COMMITS_PER_FILE = 10;

interface History {
  readonly nodes: readonly {
    readonly author: { readonly user: { readonly login: string } | null } | null;
  }[];
}

interface Answer {
  readonly repository: { readonly object: Readonly<Record<string, History | undefined>> | null } | null;
}

export async function readExpertise(
  { github }: FunctionContext,
  { owner, repo, base }: { readonly owner: string; readonly repo: string; readonly base: string },
  files: readonly Pick<ChangedFile, 'path' | 'previousPath' | 'status'>[],
): Promise<NonNullable<Facts['expertise']>> {
  const paths = files
    .filter(({ status }) => status !== 'added')
    .slice(0, MOST_FILES)
    .map(({ path, previousPath }) => previousPath ?? path);
  if (paths.length === 0) return [];
  const parameters = paths.map((_, index) => `, $p${index}: String!`).join('');
  const histories = paths
    .map(
      (_, index) =>
        `f${index}: history(first: ${COMMITS_PER_FILE}, path: $p${index}) { nodes { author { user { login } } } }`,
    )
    .join(' ');
  const query =
    `query FileHistories($owner: String!, $name: String!, $ref: String!${parameters}) ` +
    `{ repository(owner: $owner, name: $name) { object(expression: $ref) { ... on Commit { ${histories} } } } }`;
  const variables = Object.fromEntries(paths.map((path, index) => [`p${index}`, path]));
  const ref = `refs/heads/${base}`;
  const { data, refusals } = await queryGitHub<Answer>(github, query, { owner, name: repo, ref, ...variables });
  requireShown(refusals);
  const counts = new Map<string, number>();
  for (const history of Object.values(data?.repository?.object ?? {})) {
    for (const { author } of history?.nodes ?? []) {
      const login = author?.user?.login;
      if (login !== undefined) counts.set(login, (counts.get(login) ?? 0) + 1);
    }
  }
  return [...counts].map(([login, commits]) => ({ login, commits })).sort((a, b) => b.commits - a.commits);
}
