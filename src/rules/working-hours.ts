/**
 * Time that counts only while people work: some hours of some days of the week, holidays left out, in a time zone. Summer
 * time is the time zone's affair.
 */
import { dayOf, type Holiday, type Weekday } from './availability.ts';

export interface WorkingHours {
  readonly days: readonly Weekday[];
  /** Minutes since midnight; `to` may be 1440. */
  readonly from: number;
  readonly to: number;
  readonly timezone: string;
  readonly holidays: readonly Holiday[];
}

const MINUTE = 60_000;
const DAY = 86_400_000;
/** A calendar without any day of work must not be searched for ever. */
const MOST_DAYS = 366;

/** When so much working time has gone by since `start`; all in milliseconds. After a year without enough of it, a year later. */
export function addWorkingTime(start: number, duration: number, hours: WorkingHours): number {
  const { days, from, to, timezone } = hours;
  const holidays = new Set(hours.holidays.map(({ date }) => date));
  let left = duration;
  for (let count = 0; count <= MOST_DAYS; count += 1) {
    const { date, weekday } = dayOf(start + count * DAY, timezone);
    if (!days.includes(weekday) || holidays.has(date)) continue;
    const begins = Math.max(start, instantOf(date, from, timezone));
    const ends = instantOf(date, to, timezone);
    if (ends <= begins) continue;
    if (left <= ends - begins) return begins + left;
    left -= ends - begins;
  }
  return start + MOST_DAYS * DAY;
}

/** `09:00-17:30` → minutes since midnight; undefined where it is nothing of the kind. */
export function parseHours(text: string): Pick<WorkingHours, 'from' | 'to'> | undefined {
  const [, ...parts] = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text) ?? [];
  const [fromHour = Number.NaN, fromMinute = 0, toHour = Number.NaN, toMinute = 0] = parts.map(Number);
  const from = fromHour * 60 + fromMinute;
  const to = toHour * 60 + toMinute;
  return fromMinute < 60 && toMinute < 60 && from < to && to <= 1440 ? { from, to } : undefined;
}

/** When it is so many minutes past midnight of a day in a time zone. */
function instantOf(date: string, minutes: number, timezone: string): number {
  const wanted = Date.parse(date) + minutes * MINUTE;
  // Once by the offset that holds then in UTC, once more where a change of the clocks lies between the two.
  const guess = wanted - offsetAt(wanted, timezone);
  return wanted - offsetAt(guess, timezone);
}

/** How far a time zone is ahead of UTC at an instant, milliseconds. */
function offsetAt(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(at);
  const { year, month, day, hour, minute } = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  const local = Date.UTC(year as number, (month as number) - 1, day, hour, minute);
  return local - Math.floor(at / MINUTE) * MINUTE;
}
