/**
 * Who of those asked for a review has not answered: GitHub takes the request away with the review, so that they are those of
 * whom it is still asked, but for those who have put it off. Nobody is where the pull request is closed, or has become a draft.
 */
import { z } from 'zod';
import { verifiedData } from '../src/events/catalogue.ts';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { readPresentPull } from './evaluation-request.ts';
import { asked as askedSchema } from './plan-reminders.ts';
import { type Postponement, readPostponements } from './postponements.ts';
import { pullRequestId, reasoned } from './pull-request.ts';
import { GHOST } from './read-facts.ts';

export const silent = z.array(reasoned.extend({ kind: z.enum(['person', 'team']) }));

export const findSilent = defineFunction({
  operationId: 'findSilent',
  summary: 'Finds those asked for a review who have not answered yet.',
  input: z.object({
    pullRequest: pullRequestId.extend({ repository: verifiedData.shape.repository }),
    asked: askedSchema,
    waited: z.string().describe('How long they have had, in words.'),
  }),
  output: z.object({
    silent,
    overdue: verifiedData.nullable().describe('What chats are told of them; null where there is nobody.'),
  }),
  handle: async ({ pullRequest, asked, waited }, context: FunctionContext) => {
    const { repository, number } = pullRequest;
    const pull = await readPresentPull(context, repository.fullName, number);
    const reason = `has not answered for ${waited}`;
    const postponed = await readPostponements(context, pullRequest);
    const isLater = ({ until }: Postponement) => Date.parse(until) > context.now();
    const later = new Set(postponed.filter(isLater).map(({ login }) => login.toLowerCase()));
    const people = pull.requested_reviewers
      .flatMap((one) => (one?.login === undefined ? [] : [one.login]))
      .filter((login) => !later.has(login.toLowerCase()));
    const teams = pull.requested_teams.map(({ slug }) => slug);
    const isOpen = pull.state === 'open' && !pull.draft;
    const found: z.output<typeof silent> = !isOpen
      ? []
      : [
          ...of(people, asked.people).map((name) => ({ kind: 'person' as const, name, reason })),
          ...of(teams, asked.teams).map((name) => ({ kind: 'team' as const, name, reason })),
        ];
    if (found.length === 0) return { silent: [], overdue: null };
    const author = pull.user ?? GHOST;
    const owner = repository.fullName.slice(0, repository.fullName.indexOf('/'));
    const named = found.map(({ kind, name }) => ({ name: kind === 'team' ? `${owner}/${name}` : name, reason }));
    return {
      silent: found,
      overdue: {
        repository,
        number,
        title: pull.title,
        url: pull.html_url,
        author: { login: author.login, url: author.html_url },
        draft: pull.draft,
        base: pull.base.ref,
        head: { ref: pull.head.ref, sha: pull.head.sha },
        action: 'review_overdue',
        labels: { added: [], removed: [], kept: pull.labels.map(({ name }) => ({ name, reason: 'is on it' })) },
        reviewers: { requested: [], kept: named, skipped: [] },
        problems: named.map(({ name }) => `${name} ${reason}`),
        checkRunUrl: null,
        durationMs: 0,
      },
    };
  },
});

function of(present: readonly string[], asked: readonly string[]): readonly string[] {
  return present.filter((name) => asked.some((one) => one.toLowerCase() === name.toLowerCase()));
}
