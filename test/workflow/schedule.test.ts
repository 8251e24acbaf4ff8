import { describe, expect, it } from 'vitest';
import { createTimetable } from '../../src/workflow/schedule.ts';
import type { Schedule } from '../../src/workflow/schema/workflow.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const iso = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();

describe('when a schedule starts the next run', () => {
  it.each<[string, Schedule, string]>([
    ['every ten minutes, counted from the last start', { every: { minutes: 10 } }, '2026-11-21T12:10:00.000Z'],
    ['an hour after the last one ended', { after: 'PT1H' }, '2026-11-21T13:00:00.000Z'],
    ['daily at midnight', { cron: '0 0 * * *' }, '2026-11-22T00:00:00.000Z'],
    ['at nine in Berlin', { cron: '0 9 * * * Europe/Berlin' }, '2026-11-22T08:00:00.000Z'],
    ['on weekdays only', { cron: '30 8 * * 1-5' }, '2026-11-23T08:30:00.000Z'],
  ])('%s', async (_name, schedule, expected) => {
    expect(iso((await createTimetable(schedule))?.next(NOON))).toBe(expected);
  });

  it('does not say when events start it', async () => {
    expect(await createTimetable({ on: { any: [] } })).toBeUndefined();
  });

  it('is asked of the end of the run before, for “after” alone', async () => {
    expect((await createTimetable({ after: 'PT1H' }))?.followsEnd).toBe(true);
    expect((await createTimetable({ every: 'PT1H' }))?.followsEnd).toBe(false);
  });

  it('refuses an interval of nothing, which would start runs without end', async () => {
    await expect(createTimetable({ every: { seconds: 0 } })).rejects.toThrow('above zero');
  });
});
