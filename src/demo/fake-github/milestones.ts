import { type Answer, validationFailed } from './answer.ts';
import { page } from './page.ts';
import { toIssue } from './represent-issue.ts';
import { toMilestone } from './represent-pull.ts';
import { pullRoute, type Route, read, repositoryRoute, write } from './route.ts';

const PERMISSIONS = ['issues', 'pull_requests'] as const;

export const milestoneRoutes: readonly Route[] = [
  repositoryRoute('GET', '/milestones', read(...PERMISSIONS), (world, call, repository): Answer => {
    const wanted = call.query.get('state') ?? 'open';
    const listed = repository.milestones.filter(({ state }) => wanted === 'all' || state === wanted);
    const { items, headers } = page(call, listed);
    return { status: 200, headers, body: items.map((one) => toMilestone(world, repository, one)) };
  }),
  // Of what GitHub lets be changed of an issue, the milestone.
  pullRoute('PATCH', '/issues/{number}', write(...PERMISSIONS), (world, call, repository, pull): Answer => {
    const { milestone } = (call.body ?? {}) as { milestone?: number | null };
    const found = repository.milestones.find(({ number }) => number === milestone);
    if (found === undefined && typeof milestone === 'number') {
      return validationFailed([{ resource: 'Issue', code: 'invalid', field: 'milestone' }]);
    }
    if (milestone !== undefined) pull.milestone = found;
    return { status: 200, body: toIssue(world, repository, pull) };
  }),
];
