import type { components } from '@octokit/openapi-types';
import { type Account, fullNameOf, type Label, type Repository, type Team, type World } from './world.ts';

type Schemas = components['schemas'];

const WEB = 'https://github.com';

/** GitHub's own description of an account, without what a person wrote about themselves. */
export function toSimpleUser(world: World, account: Account) {
  const url = `${world.apiUrl()}/users/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: toNodeId('User', account.id),
    avatar_url: `https://avatars.githubusercontent.com/u/${account.id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `${WEB}/${account.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    site_admin: false,
  } satisfies Schemas['simple-user'];
}

export function toRepository(world: World, repository: Repository) {
  const fullName = fullNameOf(repository);
  const url = `${world.apiUrl()}/repos/${fullName}`;
  const webUrl = `${WEB}/${fullName}`;
  return {
    id: repository.id,
    node_id: toNodeId('Repository', repository.id),
    name: repository.name,
    full_name: fullName,
    owner: toSimpleUser(world, repository.owner),
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    default_branch: repository.defaultBranch,
    description: null,
    fork: false,
    archived: false,
    disabled: false,
    license: null,
    language: null,
    homepage: null,
    mirror_url: null,
    size: 0,
    forks: 0,
    forks_count: 0,
    watchers: 0,
    watchers_count: 0,
    stargazers_count: 0,
    open_issues: repository.pulls.size,
    open_issues_count: repository.pulls.size,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
    pushed_at: '2020-01-01T00:00:00Z',
    html_url: webUrl,
    svn_url: webUrl,
    clone_url: `${webUrl}.git`,
    git_url: `git://github.com/${fullName}.git`,
    ssh_url: `git@github.com:${fullName}.git`,
    url,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
  } satisfies Schemas['repository'];
}

export function toLabel(world: World, repository: Repository, label: Label) {
  return {
    id: label.id,
    node_id: toNodeId('Label', label.id),
    url: `${world.apiUrl()}/repos/${fullNameOf(repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    description: label.description,
    color: label.color,
    default: false,
  } satisfies Schemas['label'];
}

export function toTeam(world: World, repository: Repository, team: Team) {
  const url = `${world.apiUrl()}/organizations/${repository.owner.id}/team/${team.id}`;
  return {
    id: team.id,
    node_id: toNodeId('Team', team.id),
    name: team.slug,
    slug: team.slug,
    description: null,
    privacy: 'closed',
    notification_setting: 'notifications_enabled',
    permission: 'push',
    type: 'organization',
    organization_id: repository.owner.id,
    url,
    html_url: `${WEB}/orgs/${repository.owner.login}/teams/${team.slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    parent: null,
  } satisfies Schemas['team'];
}

export function toNodeId(kind: string, id: number): string {
  return Buffer.from(`${kind}${id}`).toString('base64url');
}
