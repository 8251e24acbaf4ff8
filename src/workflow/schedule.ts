import { parseIsoDuration, toMilliseconds } from './duration.ts';
import type { Schedule } from './schema/workflow.ts';

/** When a definition's `schedule` starts runs by time. */
export interface Timetable {
  /**
   * The first start after `since`, epoch milliseconds; undefined when there is none. `since` is the last start (`every`,
   * `cron`), the last end (`after`), or, before the first run, when the definition was registered. When the answer lies in
   * the past, starts were missed: one start makes up for all of them, and `since` is then now.
   */
  next(since: number): number | undefined;
  /** Whether `since` counts from the end of the run before, so that runs never overlap. */
  readonly followsEnd: boolean;
}

/**
 * The timetable of `every`, `cron` or `after`; undefined when the schedule has none of them. `croner` is loaded when a
 * definition has a cron expression. A cron expression may be followed by a time zone, e.g. `0 9 * * 1-5 Europe/Berlin`; it
 * is UTC otherwise.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#schedule
 */
export async function createTimetable(schedule: Schedule): Promise<Timetable | undefined> {
  if (schedule.cron !== undefined) return cronTimetable(schedule.cron);
  const interval = schedule.every ?? schedule.after;
  if (interval === undefined) return undefined;
  const milliseconds = typeof interval === 'string' ? parseIsoDuration(interval) : toMilliseconds(interval);
  // There is no run whose data an expression could take its duration from.
  if (milliseconds === undefined || milliseconds <= 0) throw new RangeError('A schedule needs a duration above zero.');
  return { followsEnd: schedule.every === undefined, next: (since) => since + milliseconds };
}

async function cronTimetable(expression: string): Promise<Timetable> {
  const { Cron } = await import('croner');
  const { pattern, timezone } = splitZone(expression);
  const cron = new Cron(pattern, { timezone, paused: true });
  return { followsEnd: false, next: (since) => cron.nextRun(new Date(since))?.getTime() };
}

function splitZone(expression: string): { readonly pattern: string; readonly timezone: string } {
  const zone = /\s([A-Za-z_]+\/[A-Za-z_+\-/0-9]+|UTC)$/.exec(expression);
  if (zone === null) return { pattern: expression, timezone: 'UTC' };
  return { pattern: expression.slice(0, zone.index), timezone: zone[1] as string };
}
