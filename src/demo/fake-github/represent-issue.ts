import type { components } from '@octokit/openapi-types';
import { toMilestone, toPayloadFrame } from './represent-pull.ts';
import { toLabel, toNodeId, toSimpleUser } from './represent-repository.ts';
import {
  type Account,
  type Comment,
  fullNameOf,
  keyOf,
  labelOf,
  type Pull,
  REACTIONS,
  type Repository,
  type WebhookPayload,
  type World,
} from './world.ts';

type Schemas = components['schemas'];

/** A pull request as the issue that it is as well. */
export function toIssue(world: World, repository: Repository, pull: Pull) {
  const url = `${world.apiUrl()}/repos/${fullNameOf(repository)}/issues/${pull.number}`;
  const pullUrl = `${world.apiUrl()}/repos/${fullNameOf(repository)}/pulls/${pull.number}`;
  const webUrl = `https://github.com/${fullNameOf(repository)}/pull/${pull.number}`;
  const [assignee] = pull.assignees;
  return {
    id: pull.id,
    node_id: toNodeId('PullRequest', pull.id),
    url,
    repository_url: `${world.apiUrl()}/repos/${fullNameOf(repository)}`,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: webUrl,
    number: pull.number,
    state: pull.state,
    title: pull.title,
    body: pull.body,
    user: toSimpleUser(world, pull.author),
    labels: pull.labels.map((name) => toLabel(world, repository, labelOf(world, repository, name))),
    assignee: assignee === undefined ? null : toSimpleUser(world, assignee),
    assignees: pull.assignees.map((one) => toSimpleUser(world, one)),
    milestone: pull.milestone === undefined ? null : toMilestone(world, repository, pull.milestone),
    locked: false,
    comments: repository.comments.filter(({ on }) => on === pull.number).length,
    pull_request: { url: pullUrl, html_url: webUrl, diff_url: `${webUrl}.diff`, patch_url: `${webUrl}.patch` },
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.state === 'closed' ? pull.updatedAt : null,
    author_association: associationOf(repository, pull.author),
  } satisfies Schemas['issue'];
}

export function toComment(world: World, repository: Repository, comment: Comment) {
  const url = `${world.apiUrl()}/repos/${fullNameOf(repository)}/issues/comments/${comment.id}`;
  const counts = REACTIONS.map((wanted) => [
    wanted,
    comment.reactions.filter(({ content }) => content === wanted).length,
  ]);
  return {
    id: comment.id,
    node_id: toNodeId('IssueComment', comment.id),
    url,
    html_url: `https://github.com/${fullNameOf(repository)}/pull/${comment.on}#issuecomment-${comment.id}`,
    issue_url: `${world.apiUrl()}/repos/${fullNameOf(repository)}/issues/${comment.on}`,
    body: comment.body,
    user: toSimpleUser(world, comment.author),
    created_at: new Date(comment.createdAt).toISOString(),
    updated_at: new Date(comment.updatedAt).toISOString(),
    author_association: associationOf(repository, comment.author),
    reactions: {
      url: `${url}/reactions`,
      total_count: comment.reactions.length,
      ...(Object.fromEntries(counts) as Record<(typeof REACTIONS)[number], number>),
    },
  } satisfies Schemas['issue-comment'];
}

/** Payload of an `issue_comment` webhook. */
export function toCommentPayload(
  world: World,
  repository: Repository,
  pull: Pull,
  comment: Comment,
  action: 'created' | 'edited' | 'deleted',
): WebhookPayload {
  return {
    action,
    issue: toIssue(world, repository, pull),
    comment: toComment(world, repository, comment),
    ...toPayloadFrame(world, repository, comment.author),
  };
}

function associationOf(repository: Repository, { login }: Account): Schemas['author-association'] {
  if (keyOf(repository.owner.login) === keyOf(login)) return 'OWNER';
  return repository.collaborators.has(keyOf(login)) ? 'COLLABORATOR' : 'NONE';
}
