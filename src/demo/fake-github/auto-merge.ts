import { toNodeId } from './represent-repository.ts';
import { type AutoMerge, botOf, type Installation, type Pull, type Repository, type World } from './world.ts';

type Variables = Readonly<Record<string, string>>;

interface MutationAnswer {
  readonly data: unknown;
  readonly errors?: readonly { readonly type: string; readonly path: readonly string[]; readonly message: string }[];
}

/** https://docs.github.com/en/graphql/reference/mutations#enablepullrequestautomerge */
export function enableAutoMerge(world: World, installation: Installation, variables: Variables): MutationAnswer {
  const refuse = (type: string, message: string) => refusal('enablePullRequestAutoMerge', type, message);
  const [repository, pull] = find(world, installation, variables.id);
  if (repository === undefined || pull === undefined) return refuse('NOT_FOUND', 'Could not resolve to a node.');
  if (installation.permissions.contents !== 'write')
    return refuse('FORBIDDEN', 'Resource not accessible by integration');
  if (!repository.allowsAutoMerge)
    return refuse('UNPROCESSABLE', 'Pull request Auto merge is not allowed for this repository');
  if (variables.head !== pull.head.sha) return refuse('UNPROCESSABLE', 'Head sha did not match the expected head sha.');
  pull.autoMerge = { enabledBy: botOf(world), method: (variables.method ?? '').toLowerCase() as AutoMerge['method'] };
  return { data: { enablePullRequestAutoMerge: { pullRequest: { id: variables.id } } } };
}

/** https://docs.github.com/en/graphql/reference/mutations#disablepullrequestautomerge */
export function disableAutoMerge(world: World, installation: Installation, variables: Variables): MutationAnswer {
  const [, pull] = find(world, installation, variables.id);
  if (pull === undefined) return refusal('disablePullRequestAutoMerge', 'NOT_FOUND', 'Could not resolve to a node.');
  pull.autoMerge = undefined;
  return { data: { disablePullRequestAutoMerge: { pullRequest: { id: variables.id } } } };
}

function find(
  world: World,
  installation: Installation,
  node: string | undefined,
): readonly [Repository | undefined, Pull | undefined] {
  for (const repository of world.repositories.values()) {
    if (repository.installation !== installation.id) continue;
    for (const pull of repository.pulls.values()) {
      if (toNodeId('PullRequest', pull.id) === node) return [repository, pull];
    }
  }
  return [undefined, undefined];
}

function refusal(mutation: string, type: string, message: string): MutationAnswer {
  return { data: { [mutation]: null }, errors: [{ type, path: [mutation], message }] };
}
