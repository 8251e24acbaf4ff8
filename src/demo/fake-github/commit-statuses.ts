import type { components } from '@octokit/openapi-types';
import { page } from './page.ts';
import { toPayloadFrame } from './represent-pull.ts';
import { toNodeId, toRepository } from './represent-repository.ts';
import { type Route, read, repositoryRoute } from './route.ts';
import {
  accountOf,
  type CommitStatus,
  fullNameOf,
  type Pull,
  type Repository,
  type WebhookPayload,
  type World,
} from './world.ts';

export const commitStatusRoutes: readonly Route[] = [
  repositoryRoute('GET', '/commits/{ref}/status', read('statuses'), (world, call, repository, { ref }) => {
    const pull = [...repository.pulls.values()].find(({ head }) => head.ref === ref);
    const sha = pull?.head.sha ?? (ref as string);
    const statuses = repository.statuses.filter((one) => one.sha === sha);
    const { items, headers } = page(call, statuses);
    const url = `${world.apiUrl()}/repos/${fullNameOf(repository)}/commits/${sha}`;
    const body = {
      state: combined(statuses),
      statuses: items.map((one) => toStatus(world, repository, one)),
      sha,
      total_count: statuses.length,
      repository: toRepository(world, repository),
      commit_url: url,
      url: `${url}/status`,
    };
    return { status: 200, headers, body };
  }),
];

/** What somebody's CI says of the pull request's head: of a context the newest counts. */
export function setStatus(
  world: World,
  repository: Repository,
  pull: Pull,
  { state, context = 'ci/build' }: { readonly state: CommitStatus['state']; readonly context?: string },
): CommitStatus {
  const { sha } = pull.head;
  const index = repository.statuses.findIndex((one) => one.sha === sha && one.context === context);
  if (index >= 0) repository.statuses.splice(index, 1);
  const status = { id: world.nextId(), sha, context, state, at: new Date(world.now()).toISOString() };
  repository.statuses.push(status);
  return status;
}

/** Payload of a `status` webhook. It names branches and no pull request. */
export function toStatusPayload(
  world: World,
  repository: Repository,
  status: CommitStatus,
  sender: string,
): WebhookPayload {
  const { id, sha, context, state, at } = status;
  return {
    id,
    sha,
    name: fullNameOf(repository),
    context,
    state,
    description: null,
    target_url: null,
    branches: [...repository.pulls.values()]
      .filter(({ head }) => head.sha === sha)
      .map(({ head }) => ({ name: head.ref, commit: { sha }, protected: false })),
    created_at: at,
    updated_at: at,
    ...toPayloadFrame(world, repository, accountOf(world, sender)),
  };
}

/** https://docs.github.com/en/rest/commits/statuses#get-the-combined-status-for-a-specific-reference */
function combined(statuses: readonly CommitStatus[]): string {
  if (statuses.some(({ state }) => state === 'failure' || state === 'error')) return 'failure';
  return statuses.length === 0 || statuses.some(({ state }) => state === 'pending') ? 'pending' : 'success';
}

function toStatus(world: World, repository: Repository, { id, sha, context, state, at }: CommitStatus) {
  return {
    url: `${world.apiUrl()}/repos/${fullNameOf(repository)}/statuses/${sha}`,
    avatar_url: null,
    id,
    node_id: toNodeId('StatusContext', id),
    state,
    description: null,
    target_url: null,
    context,
    created_at: at,
    updated_at: at,
  } satisfies components['schemas']['simple-commit-status'];
}
