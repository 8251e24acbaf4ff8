/** The facts that cost a call of their own, as the workflow carries them from one function to the next. */
import { z } from 'zod';
import { CI_STATES } from '../../src/rules/facts.ts';

export const detailFacts = z.object({
  commits: z.array(z.string()).optional().describe('Their messages, where a rule needs them.'),
  authorTeams: z.array(z.string()).optional().describe('Of the teams that rules name, those the author is in.'),
  gitAttributes: z.string().optional().describe('`.gitattributes` of the base branch, where a rule needs it.'),
  openReviews: z
    .array(z.object({ login: z.string(), count: z.int() }))
    .optional()
    .describe('Where a rule needs it.'),
  ci: z.enum(CI_STATES).optional().describe('What the checks of its head have come to, where a rule needs it.'),
  members: z
    .array(z.object({ team: z.string(), logins: z.array(z.string()) }))
    .optional()
    .describe('Of the teams that rules ask for by their members.'),
  reviewed: z
    .array(z.object({ login: z.string(), current: z.boolean().describe('Whether as it stands now.') }))
    .optional()
    .describe('Who has reviewed it, where a rule needs it.'),
  expertise: z
    .array(z.object({ login: z.string(), commits: z.int() }))
    .optional()
    .describe('Whose the last commits on the changed files are, where a rule needs it.'),
  codeOwners: z.array(z.string()).optional().describe('Whom CODEOWNERS names for its files, where a rule needs them.'),
  busy: z.array(z.string()).optional().describe('Whose status on GitHub says so, where it matters.'),
  holidays: z
    .array(z.object({ date: z.string(), name: z.string() }))
    .optional()
    .describe('Around the day, where the repository has a calendar of them.'),
});
