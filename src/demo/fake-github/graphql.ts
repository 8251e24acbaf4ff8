import { disableAutoMerge, enableAutoMerge } from './auto-merge.ts';
import { commitOf } from './contents.ts';
import { toPastPullRequests } from './past-pull-requests.ts';
import { installationRoute, type Route, read } from './route.ts';
import { type Installation, keyOf, type World } from './world.ts';

interface QueryAnswer {
  readonly data: unknown;
  readonly errors?: readonly { readonly type: string; readonly path: readonly string[]; readonly message: string }[];
}

type Answering = (
  world: World,
  installation: Installation,
  asked: { readonly query: string; readonly variables: Readonly<Record<string, string>> },
) => QueryAnswer;

/** No GraphQL engine: the queries that the bot asks, each known by its name (`query ReadFiles(…) { … }`). */
const QUERIES = new Map<string, Answering>([
  ['ReadFiles', readFiles],
  ['FileHistories', fileHistories],
  ['Statuses', statuses],
  ['ReadPastPullRequests', readPast],
  ['EnableAutomerge', (world, installation, { variables }) => enableAutoMerge(world, installation, variables)],
  ['DisableAutomerge', (world, installation, { variables }) => disableAutoMerge(world, installation, variables)],
]);

export const graphqlRoutes: readonly Route[] = [
  installationRoute('POST', '/graphql', read('metadata'), (world, call, _parameters, installation) => {
    const { query = '', variables = {} } = (call.body ?? {}) as { query?: string; variables?: Record<string, string> };
    const name = /^\s*(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? '';
    const answering = QUERIES.get(name);
    if (answering !== undefined) return { status: 200, body: answering(world, installation, { query, variables }) };
    const message = `The fake GitHub does not know the query “${name}”`;
    return { status: 200, body: { errors: [{ message, extensions: { code: 'undefinedField' } }] } };
  }),
];

function readPast(world: World, installation: Installation, { variables }: Parameters<Answering>[2]): QueryAnswer {
  const { owner, name, ...asked } = variables;
  const repository = world.repositories.get(keyOf(`${owner}/${name}`));
  if (repository?.installation !== installation.id) {
    const message = `Could not resolve to a Repository with the name '${owner}/${name}'.`;
    return { data: { repository: null }, errors: [{ type: 'NOT_FOUND', path: ['repository'], message }] };
  }
  const past = asked as unknown as Parameters<typeof toPastPullRequests>[1];
  return { data: { repository: { pullRequests: toPastPullRequests(repository, past) } } };
}

/** `<alias>: object(expression: $<variable>)`, where an expression is a branch or commit, or `<either>:<path>`. */
function readFiles(
  world: World,
  installation: Installation,
  { query, variables }: Parameters<Answering>[2],
): QueryAnswer {
  const { owner, name } = variables;
  const repository = world.repositories.get(keyOf(`${owner}/${name}`));
  if (repository?.installation !== installation.id) {
    const message = `Could not resolve to a Repository with the name '${owner}/${name}'.`;
    return { data: { repository: null }, errors: [{ type: 'NOT_FOUND', path: ['repository'], message }] };
  }
  const aliases = [...query.matchAll(/(\w+): object\(expression: \$(\w+)\)/g)].map(([, alias = '', variable = '']) => ({
    alias,
    expression: variables[variable] ?? '',
  }));
  if (installation.permissions.contents === undefined) {
    const errors = aliases.map(({ alias }) => ({
      type: 'FORBIDDEN',
      path: ['repository', alias],
      message: 'Resource not accessible by integration',
    }));
    return { data: { repository: Object.fromEntries(aliases.map(({ alias }) => [alias, null])) }, errors };
  }
  const objects = aliases.map(({ alias, expression }) => {
    const [ref = '', path] = expression.split(/:(.*)/s);
    const commit = commitOf(repository, ref);
    if (path === undefined) return [alias, commit === undefined ? null : { oid: commit.sha }];
    const text = commit?.files.get(path);
    return [alias, text === undefined ? null : toBlob(text)];
  });
  return { data: { repository: Object.fromEntries(objects) } };
}

/** `<alias>: history(first: <count>, path: $<variable>)` of a commit: https://docs.github.com/en/graphql/reference/objects#commit */
function fileHistories(
  world: World,
  _installation: Installation,
  { query, variables }: Parameters<Answering>[2],
): QueryAnswer {
  const repository = world.repositories.get(keyOf(`${variables.owner}/${variables.name}`));
  if (repository === undefined) return { data: { repository: null } };
  const histories = [...query.matchAll(/(\w+): history\(first: (\d+), path: \$(\w+)\)/g)].map(
    ([, alias = '', first, variable = '']) => {
      const logins = repository.authors.get(variables[variable] ?? '') ?? [];
      return [alias, { nodes: logins.slice(0, Number(first)).map((login) => ({ author: { user: { login } } })) }];
    },
  );
  return { data: { repository: { object: Object.fromEntries(histories) } } };
}

/** `<alias>: user(login: $<variable>)`: https://docs.github.com/en/graphql/reference/objects#userstatus */
function statuses(
  world: World,
  _installation: Installation,
  { query, variables }: Parameters<Answering>[2],
): QueryAnswer {
  const users = [...query.matchAll(/(\w+): user\(login: \$(\w+)\)/g)].map(([, alias = '', variable = '']) => {
    const account = world.accounts.get(keyOf(variables[variable] ?? ''));
    if (account === undefined) return { alias, user: null };
    const status = account.isBusy ? { indicatesLimitedAvailability: true } : null;
    return { alias, user: { login: account.login, status } };
  });
  const errors = users
    .filter(({ user }) => user === null)
    .map(({ alias }) => ({ type: 'NOT_FOUND', path: [alias], message: 'Could not resolve to a User.' }));
  const data = Object.fromEntries(users.map(({ alias, user }) => [alias, user]));
  return errors.length === 0 ? { data } : { data, errors };
}

/** https://docs.github.com/en/graphql/reference/objects#blob */
function toBlob(text: string) {
  return { text, byteSize: Buffer.byteLength(text), isBinary: false, isTruncated: false };
}
