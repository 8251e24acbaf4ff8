import { commitOf } from './contents.ts';
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
const QUERIES = new Map<string, Answering>([['ReadFiles', readFiles]]);

export const graphqlRoutes: readonly Route[] = [
  installationRoute('POST', '/graphql', read('metadata'), (world, call, _parameters, installation) => {
    const { query = '', variables = {} } = (call.body ?? {}) as { query?: string; variables?: Record<string, string> };
    const name = /^\s*query\s+(\w+)/.exec(query)?.[1] ?? '';
    const answering = QUERIES.get(name);
    if (answering !== undefined) return { status: 200, body: answering(world, installation, { query, variables }) };
    const message = `The fake GitHub does not know the query “${name}”`;
    return { status: 200, body: { errors: [{ message, extensions: { code: 'undefinedField' } }] } };
  }),
];

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

/** https://docs.github.com/en/graphql/reference/objects#blob */
function toBlob(text: string) {
  return { text, byteSize: Buffer.byteLength(text), isBinary: false, isTruncated: false };
}
