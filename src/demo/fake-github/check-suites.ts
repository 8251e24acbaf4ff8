import { createHash } from 'node:crypto';
import type { components } from '@octokit/openapi-types';
import { toIntegration } from './apps.ts';
import { page } from './page.ts';
import { toPayloadFrame } from './represent-pull.ts';
import { toNodeId, toRepository } from './represent-repository.ts';
import { type Route, read, repositoryRoute } from './route.ts';
import {
  accountOf,
  type CheckSuite,
  fullNameOf,
  type Pull,
  type Repository,
  type WebhookPayload,
  type World,
} from './world.ts';

export const checkSuiteRoutes: readonly Route[] = [
  repositoryRoute('GET', '/commits/{ref}/check-suites', read('checks'), (world, call, repository, { ref }) => {
    const suites = suitesOf(world, repository, ref as string);
    const { items, headers } = page(call, suites);
    const body = { total_count: suites.length, check_suites: items.map((one) => toCheckSuite(world, repository, one)) };
    return { status: 200, headers, body };
  }),
];

/** What another App's checks of the pull request's head have come to: a new suite, or a change of the one there is. */
export function addCheckSuite(
  world: World,
  repository: Repository,
  pull: Pull,
  seed: Pick<CheckSuite, 'conclusion'> & Partial<CheckSuite>,
): CheckSuite {
  const appId = seed.appId ?? 15368;
  const index = repository.checkSuites.findIndex((one) => one.headSha === pull.head.sha && one.appId === appId);
  const suite: CheckSuite = {
    id: repository.checkSuites[index]?.id ?? world.nextId(),
    headSha: pull.head.sha,
    appId,
    status: seed.conclusion === null ? 'in_progress' : 'completed',
    runs: 1,
    updatedAt: new Date(world.now()).toISOString(),
    ...seed,
  };
  repository.checkSuites.splice(index === -1 ? repository.checkSuites.length : index, index === -1 ? 0 : 1, suite);
  return suite;
}

/** Payload of a `check_suite` webhook. As GitHub does it, the sender is who pushed, and a fork's suite names no pull request. */
export function toCheckSuitePayload(
  world: World,
  repository: Repository,
  suite: CheckSuite,
  sender: string,
): WebhookPayload {
  return {
    action: 'completed',
    check_suite: toCheckSuite(world, repository, suite),
    ...toPayloadFrame(world, repository, accountOf(world, sender)),
  };
}

/** Those of others, and ours where we have made a check run. */
function suitesOf(world: World, repository: Repository, ref: string): readonly CheckSuite[] {
  const pull = [...repository.pulls.values()].find(({ head }) => head.ref === ref);
  const headSha = pull?.head.sha ?? ref;
  const own = repository.checkRuns.filter((run) => run.headSha === headSha);
  const latest = own.at(-1);
  const others = repository.checkSuites.filter((suite) => suite.headSha === headSha);
  if (latest === undefined) return others;
  const { status, conclusion, completedAt } = latest;
  const updatedAt = completedAt ?? new Date(world.now()).toISOString();
  const ours = { id: repository.id, headSha, appId: world.app.id, status, conclusion, runs: own.length, updatedAt };
  return [...others, ours];
}

function toCheckSuite(world: World, repository: Repository, suite: CheckSuite) {
  const { id, headSha, status, conclusion, updatedAt, runs } = suite;
  const url = `${world.apiUrl()}/repos/${fullNameOf(repository)}/check-suites/${id}`;
  const pulls = [...repository.pulls.values()].filter(({ head }) => head.sha === headSha);
  const repo = { id: repository.id, url: `${world.apiUrl()}/repos/${fullNameOf(repository)}`, name: repository.name };
  return {
    id,
    node_id: toNodeId('CheckSuite', id),
    head_branch: pulls[0]?.head.ref ?? null,
    head_sha: headSha,
    status,
    conclusion,
    url,
    before: null,
    after: headSha,
    pull_requests: pulls.map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: `${repo.url}/pulls/${pull.number}`,
      head: { ...pull.head, repo },
      base: { ...pull.base, repo },
    })),
    app: { ...toIntegration(world), id: suite.appId },
    repository: toRepository(world, repository),
    created_at: updatedAt,
    updated_at: updatedAt,
    head_commit: {
      id: headSha,
      tree_id: createHash('sha1').update(headSha).digest('hex'),
      message: 'A change',
      timestamp: updatedAt,
      author: null,
      committer: null,
    },
    latest_check_runs_count: runs,
    check_runs_url: `${url}/check-runs`,
  } satisfies components['schemas']['check-suite'];
}
