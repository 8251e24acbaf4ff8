import { type Answer, invalidRequest } from './answer.ts';
import type { Call } from './call.ts';
import { toIssue } from './represent-issue.ts';
import { toPullPayload } from './represent-pull.ts';
import { toSimpleUser } from './represent-repository.ts';
import { pullRoute, type Route, write } from './route.ts';
import { type Account, botOf, keyOf, type Pull, type Repository, type World } from './world.ts';

const PATH = '/issues/{number}/assignees';
const MOST_ASSIGNEES = 10;
const ASSIGNER = write('issues', 'pull_requests');

export const assigneeRoutes: readonly Route[] = [
  // Who cannot be assigned is left out, and GitHub does not say so.
  pullRoute('POST', PATH, ASSIGNER, (world, call, repository, pull): Answer => {
    const names = namesOf(call);
    if (names === undefined) return invalidRequest(`"assignees" wasn't supplied.`);
    const known = names.map((name) => repository.collaborators.get(keyOf(name)));
    const added = [...new Set(known)].filter((one) => one !== undefined && !pull.assignees.includes(one)) as Account[];
    const fitting = added.slice(0, MOST_ASSIGNEES - pull.assignees.length);
    pull.assignees.push(...fitting);
    for (const one of fitting) tell(world, repository, pull, 'assigned', one);
    return { status: 201, body: toIssue(world, repository, pull) };
  }),
  pullRoute('DELETE', PATH, ASSIGNER, (world, call, repository, pull): Answer => {
    const names = namesOf(call);
    if (names === undefined) return invalidRequest(`"assignees" wasn't supplied.`);
    const gone = pull.assignees.filter(({ login }) => names.some((name) => keyOf(name) === keyOf(login)));
    pull.assignees = pull.assignees.filter((one) => !gone.includes(one));
    for (const one of gone) tell(world, repository, pull, 'unassigned', one);
    return { status: 200, body: toIssue(world, repository, pull) };
  }),
];

function namesOf({ body }: Call): readonly string[] | undefined {
  const { assignees } = (body ?? {}) as { assignees?: unknown };
  return Array.isArray(assignees) && assignees.every((name) => typeof name === 'string') ? assignees : undefined;
}

function tell(world: World, repository: Repository, pull: Pull, action: 'assigned' | 'unassigned', who: Account): void {
  const extra = { assignee: toSimpleUser(world, who) };
  world.announce('pull_request', toPullPayload(world, repository, pull, action, botOf(world), extra));
}
