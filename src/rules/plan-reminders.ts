/** When what is done about reviewers who do not answer: a list of rounds, each so long after the one before it. Pure. */
import type { Holiday } from './availability.ts';
import { type Reminders, toWorkingTime } from './reminder-schema.ts';
import { organizationOf, slugOf } from './team.ts';
import { addWorkingTime, parseHours } from './working-hours.ts';

export interface Round {
  readonly act: 'remind' | 'replace' | 'escalate';
  /** Since the round before it, or since they were asked; milliseconds by the clock. */
  readonly waitMs: number;
  /** Since they were asked, for a person to read: `8 hours of work`. */
  readonly waited: string;
}

export interface ReminderPlan {
  readonly by: 'comment' | 'chat';
  readonly rounds: readonly Round[];
  readonly escalateTo: readonly { readonly kind: 'person' | 'team'; readonly name: string }[];
}

const OFFICE_HOURS = { from: 9 * 60, to: 17 * 60 };
const OFFICE_DAYS = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;

/** `at`: when they were asked, epoch milliseconds. */
export function planReminders(
  reminders: Reminders,
  { timezone, holidays }: { readonly timezone: string; readonly holidays: readonly Holiday[] },
  at: number,
): ReminderPlan {
  const { after, by = 'comment', next, next_after = after, escalate_to = [], hours, days = OFFICE_DAYS } = reminders;
  const calendar = { days, timezone, holidays, ...(parseHours(hours ?? '') ?? OFFICE_HOURS) };
  const acts = [
    { act: 'remind' as const, time: toWorkingTime(after) },
    ...(next === undefined ? [] : [{ act: next, time: toWorkingTime(next_after) }]),
  ];
  let due = at;
  let total = 0;
  const rounds = acts.map(({ act, time }): Round => {
    const before = due;
    due = addWorkingTime(before, time, calendar);
    total += time;
    return { act, waitMs: due - before, waited: toWords(total) };
  });
  const escalateTo = escalate_to.map((name) =>
    organizationOf(name) === undefined
      ? { kind: 'person' as const, name }
      : { kind: 'team' as const, name: slugOf(name) },
  );
  return { by, rounds, escalateTo };
}

function toWords(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes % 60 !== 0) return `${minutes} minutes of work`;
  return minutes === 60 ? 'an hour of work' : `${minutes / 60} hours of work`;
}
