/** When reviewers who were just asked are to be reminded, by the configuration of the base branch. Nothing where it says nothing. */
import { z } from 'zod';
import { FairleadError } from '../src/events/fairlead-error.ts';
import { planReminders as plan } from '../src/rules/plan-reminders.ts';
import { defineFunction } from '../src/workflow/function.ts';
import type { FunctionContext } from './context.ts';
import { candidate } from './decide.ts';
import { readCalendar } from './facts/read-calendar.ts';
import { pullRequestId, reasoned, toRoute } from './pull-request.ts';

export const asked = z
  .object({ people: z.array(z.string()), teams: z.array(z.string()) })
  .describe('Logins, and slugs of teams.');

const round = z.object({
  wait: z.string().describe('ISO 8601 duration, since the round before.'),
  act: z.enum(['remind', 'replace', 'escalate']),
  waited: z.string().describe('Since they were asked, in words.'),
});

export const planReminders = defineFunction({
  operationId: 'planReminders',
  summary: 'Plans when reviewers who were just asked are reminded, and what follows.',
  input: z.object({
    pullRequest: pullRequestId.extend({ base: z.string() }),
    requested: z.array(reasoned).describe('Now or before, as the verified event names them.'),
    at: z.string().describe('When they were asked, RFC 3339.'),
  }),
  output: z.object({
    asked,
    by: z.enum(['comment', 'chat']),
    rounds: z.array(round).describe('Empty where nothing is configured.'),
    escalateTo: z.array(candidate),
  }),
  handle: async ({ pullRequest, requested, at }, context: FunctionContext) => {
    const { repository, base } = pullRequest;
    const names = requested.map(({ name }) => name);
    const isTeam = (name: string) => name.includes('/');
    const everybody = {
      people: names.filter((name) => !isTeam(name)),
      teams: names.filter(isTeam).map((name) => name.slice(name.indexOf('/') + 1)),
    };
    const found = await context.readConfiguration(context.github, { tenant: context.tenant, repository, base });
    const { reminders, holidays, timezone = 'UTC' } = found.outcome === 'found' ? found.configuration : {};
    if (reminders === undefined) return { asked: everybody, by: 'comment' as const, rounds: [], escalateTo: [] };
    const days =
      holidays === undefined ? [] : await readHolidays(context, toRoute(repository.fullName), base, holidays);
    const { by, rounds, escalateTo } = plan(reminders, { timezone, holidays: days }, Date.parse(at) || context.now());
    return {
      asked: everybody,
      by,
      rounds: rounds.map(({ act, waitMs, waited }) => ({ act, waited, wait: `PT${Math.ceil(waitMs / 1000)}S` })),
      escalateTo: escalateTo.map((one) => ({ ...one, reason: 'others did not answer in time' })),
    };
  },
});

/** Without them a reminder may come on a holiday, which is better than none. */
async function readHolidays(
  context: FunctionContext,
  { owner, repo }: { readonly owner: string; readonly repo: string },
  base: string,
  path: string,
) {
  try {
    return (await readCalendar(context, { owner, repo, base, path })).holidays;
  } catch (error) {
    if (!(error instanceof FairleadError) || error.retryable) throw error;
    return [];
  }
}
