import { createHash } from 'node:crypto';
import type { components } from '@octokit/openapi-types';
import { toLabel, toNodeId, toRepository, toSimpleUser, toTeam } from './represent-repository.ts';
import {
  type Account,
  type AutoMerge,
  type ChangedFile,
  fullNameOf,
  labelOf,
  type Milestone,
  type Pull,
  type Repository,
  type Review,
  type Team,
  type WebhookPayload,
  type World,
} from './world.ts';

type Schemas = components['schemas'];

const CONFLICT_FREE = { merged: false, mergeable: true, rebaseable: true, mergeable_state: 'clean', merged_by: null };

export function toMilestone(world: World, repository: Repository, milestone: Milestone) {
  const { id, number, title, state } = milestone;
  const url = `${world.apiUrl()}/repos/${fullNameOf(repository)}/milestones/${number}`;
  const at = new Date(world.now()).toISOString();
  return {
    url,
    html_url: `https://github.com/${fullNameOf(repository)}/milestone/${number}`,
    labels_url: `${url}/labels`,
    id,
    node_id: toNodeId('Milestone', id),
    number,
    title,
    state,
    description: null,
    creator: toSimpleUser(world, repository.owner),
    open_issues: 0,
    closed_issues: 0,
    created_at: at,
    updated_at: at,
    closed_at: null,
    due_on: null,
  } satisfies Schemas['milestone'];
}

function toAutoMerge(world: World, { enabledBy, method }: AutoMerge) {
  return {
    enabled_by: toSimpleUser(world, enabledBy),
    merge_method: method,
    commit_title: '',
    commit_message: '',
  } satisfies Schemas['auto-merge'];
}

/** What lists, writes and webhooks say of a pull request. */
export function toPullSimple(world: World, repository: Repository, pull: Pull) {
  const fullName = fullNameOf(repository);
  const url = `${world.apiUrl()}/repos/${fullName}/pulls/${pull.number}`;
  const issueUrl = `${world.apiUrl()}/repos/${fullName}/issues/${pull.number}`;
  const webUrl = `https://github.com/${fullName}/pull/${pull.number}`;
  const statusesUrl = `${world.apiUrl()}/repos/${fullName}/statuses/${pull.head.sha}`;
  const owner = repository.owner.login;
  const repo = toRepository(world, repository);
  return {
    url,
    id: pull.id,
    node_id: toNodeId('PullRequest', pull.id),
    html_url: webUrl,
    diff_url: `${webUrl}.diff`,
    patch_url: `${webUrl}.patch`,
    issue_url: issueUrl,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${world.apiUrl()}/repos/${fullName}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: statusesUrl,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: toSimpleUser(world, pull.author),
    body: pull.body,
    labels: pull.labels.map((name) => {
      const label = toLabel(world, repository, labelOf(world, repository, name));
      return { ...label, description: label.description ?? '' };
    }),
    milestone: pull.milestone === undefined ? null : toMilestone(world, repository, pull.milestone),
    active_lock_reason: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.state === 'closed' ? pull.updatedAt : null,
    merged_at: null,
    merge_commit_sha: null,
    assignee: pull.assignees[0] === undefined ? null : toSimpleUser(world, pull.assignees[0]),
    assignees: pull.assignees.map((one) => toSimpleUser(world, one)),
    requested_reviewers: pull.reviewers.map((reviewer) => toSimpleUser(world, reviewer)),
    requested_teams: pull.teams.map((slug) => toTeam(world, repository, repository.teams.get(slug) as Team)),
    head: { label: `${owner}:${pull.head.ref}`, ...pull.head, repo, user: toSimpleUser(world, repository.owner) },
    base: { label: `${owner}:${pull.base.ref}`, ...pull.base, repo, user: toSimpleUser(world, repository.owner) },
    _links: {
      self: { href: url },
      html: { href: webUrl },
      issue: { href: issueUrl },
      comments: { href: `${issueUrl}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${world.apiUrl()}/repos/${fullName}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statusesUrl },
    },
    author_association: pull.author === repository.owner ? 'OWNER' : 'CONTRIBUTOR',
    auto_merge: pull.autoMerge === undefined ? null : toAutoMerge(world, pull.autoMerge),
    draft: pull.draft,
  } satisfies Schemas['pull-request-simple'];
}

export function toPull(world: World, repository: Repository, pull: Pull) {
  return {
    ...toPullSimple(world, repository, pull),
    ...CONFLICT_FREE,
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: sum(pull.files, 'additions'),
    deletions: sum(pull.files, 'deletions'),
    changed_files: pull.files.length,
  } satisfies Schemas['pull-request'];
}

export function toDiffEntry(world: World, repository: Repository, pull: Pull, file: ChangedFile) {
  const fullName = fullNameOf(repository);
  const path = encodeURIComponent(file.filename);
  return {
    sha: createHash('sha1').update(`${pull.head.sha} ${file.filename}`).digest('hex'),
    filename: file.filename,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `https://github.com/${fullName}/blob/${pull.head.sha}/${path}`,
    raw_url: `https://github.com/${fullName}/raw/${pull.head.sha}/${path}`,
    contents_url: `${world.apiUrl()}/repos/${fullName}/contents/${path}?ref=${pull.head.sha}`,
    ...(file.previousFilename === undefined ? {} : { previous_filename: file.previousFilename }),
  } satisfies Schemas['diff-entry'];
}

export function toReview(world: World, repository: Repository, pull: Pull, review: Review) {
  const webUrl = `https://github.com/${fullNameOf(repository)}/pull/${pull.number}#pullrequestreview-${review.id}`;
  const pullUrl = `${world.apiUrl()}/repos/${fullNameOf(repository)}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: toNodeId('PullRequestReview', review.id),
    user: toSimpleUser(world, review.user),
    body: '',
    state: review.state,
    html_url: webUrl,
    pull_request_url: pullUrl,
    _links: { html: { href: webUrl }, pull_request: { href: pullUrl } },
    submitted_at: new Date(review.at).toISOString(),
    commit_id: review.commit,
    author_association: 'COLLABORATOR',
  } satisfies Schemas['pull-request-review'];
}

/** Payload of a `pull_request` webhook; `extra` holds what an action brings along (`label`, `requested_reviewer`, `changes`). */
export function toPullPayload(
  world: World,
  repository: Repository,
  pull: Pull,
  action: string,
  sender: Account,
  extra: WebhookPayload = {},
): WebhookPayload {
  return {
    action,
    number: pull.number,
    pull_request: toPull(world, repository, pull),
    ...extra,
    ...toPayloadFrame(world, repository, sender),
  };
}

/** The part that every webhook about a repository ends with. */
export function toPayloadFrame(world: World, repository: Repository, sender: Account): WebhookPayload {
  return {
    repository: toRepository(world, repository),
    sender: toSimpleUser(world, sender),
    installation: {
      id: repository.installation,
      node_id: toNodeId('IntegrationInstallation', repository.installation),
    },
  };
}

function sum(files: readonly ChangedFile[], count: 'additions' | 'deletions'): number {
  return files.reduce((total, file) => total + file[count], 0);
}
