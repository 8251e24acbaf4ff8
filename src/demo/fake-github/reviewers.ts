import type { components } from '@octokit/openapi-types';
import { type Answer, invalidRequest, refusal } from './answer.ts';
import type { Call } from './call.ts';
import { toPullPayload, toPullSimple } from './represent-pull.ts';
import { toSimpleUser, toTeam } from './represent-repository.ts';
import { pullRoute, type Route, read, write } from './route.ts';
import {
  type Account,
  botOf,
  fullNameOf,
  keyOf,
  type Pull,
  type Repository,
  type Team,
  type WebhookPayload,
  type World,
} from './world.ts';

const PATH = '/pulls/{number}/requested_reviewers';

interface Asked {
  readonly users: readonly string[];
  readonly teams: readonly string[];
}

export const reviewerRoutes: readonly Route[] = [
  pullRoute('GET', PATH, read('pull_requests'), (world, _call, repository, pull) => {
    const body = {
      users: pull.reviewers.map((user) => toSimpleUser(world, user)),
      teams: pull.teams.map((slug) => toTeam(world, repository, repository.teams.get(slug) as Team)),
    } satisfies components['schemas']['pull-request-review-request'];
    return { status: 200, body };
  }),
  pullRoute('POST', PATH, write('pull_requests'), requestReviewers),
  pullRoute('DELETE', PATH, write('pull_requests'), (world, call, repository, pull) => {
    const asked = askedOf(call.body);
    if (!asked) return invalidRequest(`"reviewers" wasn't supplied.`);
    const removedUsers = pull.reviewers.filter(({ login }) => asked.users.some((user) => keyOf(user) === keyOf(login)));
    const removedTeams = pull.teams.filter((slug) => asked.teams.includes(slug));
    pull.reviewers = pull.reviewers.filter((user) => !removedUsers.includes(user));
    pull.teams = pull.teams.filter((slug) => !removedTeams.includes(slug));
    tell(world, repository, pull, 'review_request_removed', removedUsers, removedTeams);
    return { status: 200, body: toPullSimple(world, repository, pull) };
  }),
];

/** All or nothing: one name that cannot be asked refuses the whole request, and GitHub does not say which one. */
function requestReviewers(world: World, call: Call, repository: Repository, pull: Pull): Answer {
  const asked = askedOf(call.body);
  if (!asked) return invalidRequest(`"reviewers" wasn't supplied.`);
  if (asked.users.some((login) => keyOf(login) === keyOf(pull.author.login))) {
    return refusal(422, 'Review cannot be requested from pull request author.');
  }
  const users = asked.users.map((login) => repository.collaborators.get(keyOf(login)));
  const teams = asked.teams.map((slug) => repository.teams.get(slug)?.slug);
  if (!users.every(isDefined) || !teams.every(isDefined)) {
    return refusal(
      422,
      `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${fullNameOf(repository)} repository.`,
    );
  }
  const newUsers = [...new Set(users)].filter((user) => !pull.reviewers.includes(user));
  const newTeams = [...new Set(teams)].filter((slug) => !pull.teams.includes(slug));
  pull.reviewers.push(...newUsers);
  pull.teams.push(...newTeams);
  tell(world, repository, pull, 'review_requested', newUsers, newTeams);
  return { status: 201, body: toPullSimple(world, repository, pull) };
}

function askedOf(body: unknown): Asked | undefined {
  const { reviewers = [], team_reviewers: teams = [] } = (body ?? {}) as Record<string, unknown>;
  if (!isNames(reviewers) || !isNames(teams) || reviewers.length + teams.length === 0) return undefined;
  return { users: reviewers, teams };
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isDefined<Value>(value: Value | undefined): value is Value {
  return value !== undefined;
}

function tell(
  world: World,
  repository: Repository,
  pull: Pull,
  action: 'review_requested' | 'review_request_removed',
  users: readonly Account[],
  slugs: readonly string[],
): void {
  const subjects: readonly WebhookPayload[] = [
    ...users.map((user) => ({ requested_reviewer: toSimpleUser(world, user) })),
    ...slugs.map((slug) => ({ requested_team: toTeam(world, repository, repository.teams.get(slug) as Team) })),
  ];
  for (const subject of subjects) {
    world.announce('pull_request', toPullPayload(world, repository, pull, action, botOf(world), subject));
  }
}
