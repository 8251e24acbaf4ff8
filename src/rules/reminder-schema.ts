/** How reviewers who do not answer are reminded, as written in the file. */
import { z } from 'zod';
import { WEEKDAYS } from './availability.ts';
import { TEAM } from './team.ts';
import { parseHours } from './working-hours.ts';

const WORKING_TIME = /^(\d{1,3})(m|h)$/;

const workingTime = z.string().regex(WORKING_TIME, 'must be a time of work, such as 90m or 8h');
const candidate = z.string().regex(TEAM, 'must be a login, or a team with its organization: octo/core');

export const reminders = z
  .strictObject({
    after: workingTime.describe('Time of work without an answer before a reviewer is reminded.'),
    by: z
      .enum(['comment', 'chat'])
      .describe('A comment that mentions them, told to the chats as well; or the chats alone. Without it a comment.')
      .optional(),
    next: z
      .enum(['replace', 'escalate'])
      .describe('After more time of work: the next candidate of the rules in their place, or others as well.')
      .optional(),
    next_after: workingTime.describe('How much more. Without it as much as `after`.').optional(),
    escalate_to: z
      .array(candidate)
      .min(1)
      .max(5)
      .describe('Who is asked then: logins, or teams as octo/core.')
      .optional(),
    hours: z
      .string()
      .refine((text) => parseHours(text) !== undefined, 'must be hours of a day, such as 09:00-17:00')
      .describe('Hours of work, in `timezone`. Without it 09:00-17:00.')
      .optional(),
    days: z.array(z.enum(WEEKDAYS)).min(1).describe('Days of work. Without it Monday to Friday.').optional(),
  })
  .refine(
    ({ next, escalate_to }) => (next === 'escalate') === (escalate_to !== undefined),
    '“next: escalate” and “escalate_to” belong together',
  )
  .describe('Reviewers who do not answer are reminded. Off without it.');

export type Reminders = z.output<typeof reminders>;

/** `90m` → milliseconds. */
export function toWorkingTime(text: string): number {
  const [, number, unit] = WORKING_TIME.exec(text) ?? [];
  return Number(number) * (unit === 'h' ? 3_600_000 : 60_000);
}
