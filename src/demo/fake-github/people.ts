import type { components } from '@octokit/openapi-types';
import { notFound } from './answer.ts';
import { page } from './page.ts';
import { toRepository, toSimpleUser, toTeam } from './represent-repository.ts';
import { installationRoute, type Route, read, repositoryRoute } from './route.ts';
import { accountOf, type Installation, keyOf, type Repository, type Role, type Team, type World } from './world.ts';

/** Repositories, accounts, collaborators and teams: what a bot looks up about who is who. */
export const peopleRoutes: readonly Route[] = [
  repositoryRoute('GET', '', read('metadata'), (world, _call, repository) => ({
    status: 200,
    body: toRepository(world, repository),
  })),
  repositoryRoute('GET', '/collaborators', read('metadata'), (world, call, repository) => {
    const { items, headers } = page(call, [...repository.collaborators.values()]);
    const body = items.map((user) => ({ ...toSimpleUser(world, user), role_name: 'write' }));
    return { status: 200, headers, body };
  }),
  repositoryRoute('GET', '/collaborators/{login}', read('metadata'), (_world, _call, repository, { login }) =>
    repository.collaborators.has(keyOf(login as string)) ? { status: 204 } : notFound(),
  ),
  repositoryRoute(
    'GET',
    '/collaborators/{login}/permission',
    read('metadata'),
    (world, _call, repository, { login }) => {
      const account = world.accounts.get(keyOf(login as string));
      if (!account) return notFound();
      const role = roleOf(repository, account.login);
      const body = {
        permission: role === 'triage' ? 'read' : role,
        role_name: role,
        user: { ...toSimpleUser(world, account), permissions: permissionsOf(role), role_name: role },
      } satisfies components['schemas']['repository-collaborator-permission'];
      return { status: 200, body };
    },
  ),
  installationRoute('GET', '/users/{login}', read('metadata'), (world, _call, { login }) => {
    const account = world.accounts.get(keyOf(login as string));
    return account ? { status: 200, body: toSimpleUser(world, account) } : notFound();
  }),
  installationRoute('GET', '/orgs/{org}/teams/{slug}', read('members'), (world, _call, { org, slug }, installation) => {
    const found = teamOf(world, installation, org as string, slug as string);
    return found ? { status: 200, body: toTeam(world, found.repository, found.team) } : notFound();
  }),
  installationRoute(
    'GET',
    '/orgs/{org}/teams/{slug}/members',
    read('members'),
    (world, call, { org, slug }, installation) => {
      const found = teamOf(world, installation, org as string, slug as string);
      if (!found) return notFound();
      const { items, headers } = page(call, found.team.members);
      return { status: 200, headers, body: items.map((login) => toSimpleUser(world, accountOf(world, login))) };
    },
  ),
];

/** Everybody may read what is public. */
function roleOf(repository: Repository, login: string): Role | 'none' {
  if (keyOf(repository.owner.login) === keyOf(login)) return 'admin';
  if (repository.collaborators.has(keyOf(login))) return repository.roles.get(keyOf(login)) ?? 'write';
  return repository.private ? 'none' : 'read';
}

function permissionsOf(role: Role | 'none') {
  const rank = ['none', 'read', 'triage', 'write', 'admin'].indexOf(role);
  return { pull: rank >= 1, triage: rank >= 2, push: rank >= 3, maintain: rank >= 4, admin: rank >= 4 };
}

function teamOf(
  world: World,
  installation: Installation,
  org: string,
  slug: string,
): { readonly repository: Repository; readonly team: Team } | undefined {
  for (const repository of world.repositories.values()) {
    if (repository.installation !== installation.id || keyOf(repository.owner.login) !== keyOf(org)) continue;
    const team = repository.teams.get(slug);
    if (team) return { repository, team };
  }
  return undefined;
}
