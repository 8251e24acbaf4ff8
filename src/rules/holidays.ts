/**
 * Holidays out of a calendar file (iCalendar, RFC 5545): whole days with a name. Of the format it takes what calendars of
 * holidays are made of (`DTSTART`, `DTEND`, `SUMMARY`, `RRULE:FREQ=YEARLY` with `UNTIL` or `COUNT`); an event that repeats in
 * another way counts once, and a problem says so. Work and memory are bounded by the file's size and the days asked for.
 */
import type { Holiday } from './availability.ts';

export interface ReadHolidays {
  /** By date; one a day. */
  readonly holidays: readonly Holiday[];
  readonly problems: readonly string[];
}

export const LARGEST_CALENDAR = 64 * 1024;
const MOST_EVENTS = 1_000;
const MOST_PROBLEMS = 5;
const LONGEST_SPAN = 366;
const LONGEST_NAME = 100;
const DAY = 86_400_000;

interface HolidayEvent {
  /** Epoch milliseconds of UTC's midnight of the day, whatever the time zone. */
  readonly first: number;
  readonly days: number;
  readonly name: string;
  readonly yearly?: { readonly until: number; readonly count: number } | undefined;
}

/** The holidays from one day to another, both `YYYY-MM-DD` and included. */
export function readHolidays(text: string, from: string, to: string): ReadHolidays {
  const problems: string[] = [];
  const tell = (problem: string) => problems.length < MOST_PROBLEMS && problems.push(problem);
  if (!/^\uFEFF?BEGIN:VCALENDAR\s/i.test(text)) tell('it does not begin with BEGIN:VCALENDAR');
  const byDate = new Map<string, Holiday>();
  const window = { first: Date.parse(from), last: Date.parse(to) };
  for (const event of eventsOf(text, tell)) {
    for (const first of startsOf(event, window)) {
      for (let day = first; day < first + event.days * DAY && day <= window.last; day += DAY) {
        const date = new Date(day).toISOString().slice(0, 10);
        if (day >= window.first && !byDate.has(date)) byDate.set(date, { date, name: event.name });
      }
    }
  }
  const holidays = [...byDate.values()].sort((a, b) => (a.date < b.date ? -1 : 1));
  return { holidays, problems };
}

/** On which days it begins, as far as that matters within the window. */
function startsOf({ first, days, yearly }: HolidayEvent, window: { first: number; last: number }): readonly number[] {
  if (yearly === undefined) return [first];
  const origin = new Date(first);
  const earliest = new Date(window.first - days * DAY).getUTCFullYear();
  const latest = new Date(window.last).getUTCFullYear();
  const starts: number[] = [];
  for (let year = Math.max(earliest, origin.getUTCFullYear()); year <= latest; year += 1) {
    const day = Date.UTC(year, origin.getUTCMonth(), origin.getUTCDate());
    // The 29th of February is not every year.
    if (new Date(day).getUTCDate() !== origin.getUTCDate()) continue;
    if (year - origin.getUTCFullYear() < yearly.count && day <= yearly.until) starts.push(day);
  }
  return starts;
}

function eventsOf(text: string, tell: (problem: string) => void): readonly HolidayEvent[] {
  const events: HolidayEvent[] = [];
  let fields: Map<string, string> | undefined;
  let isNested = false;
  // A line that is too long goes on in the next one, behind a blank: section 3.1.
  for (const line of text.replaceAll(/\r?\n[ \t]/g, '').split(/\r?\n/)) {
    const [, name = '', value = ''] = /^([A-Za-z-]+)(?:;[^:]*)?:(.*)$/.exec(line) ?? [];
    const key = name.toUpperCase();
    if (key === 'BEGIN' && value === 'VEVENT') fields = new Map();
    else if (key === 'BEGIN') isNested = fields !== undefined;
    else if (key === 'END' && value === 'VEVENT') {
      if (events.length >= MOST_EVENTS) {
        tell(`it has more than ${MOST_EVENTS} events; the rest is left out`);
        return events;
      }
      const event = toHoliday(fields ?? new Map(), tell);
      if (event !== undefined) events.push(event);
      fields = undefined;
    } else if (key === 'END') isNested = false;
    else if (!isNested) fields?.set(key, value);
  }
  return events;
}

function toHoliday(fields: ReadonlyMap<string, string>, tell: (problem: string) => void): HolidayEvent | undefined {
  if (fields.get('STATUS') === 'CANCELLED') return undefined;
  const name = (fields.get('SUMMARY') ?? 'holiday').replaceAll(/\\([\\;,])|\\[nN]/g, '$1').slice(0, LONGEST_NAME);
  const first = dayIn(fields.get('DTSTART'));
  if (first === undefined) {
    tell(`the event “${name}” has no DTSTART that is a date`);
    return undefined;
  }
  // The end of whole days is the day after; one with a time ends on its day, unless at midnight.
  const end = fields.get('DTEND') ?? '';
  const until = (dayIn(end) ?? first + DAY) + (/T(?!000000)/.test(end) ? DAY : 0);
  const days = Math.min(Math.max(1, Math.round((until - first) / DAY)), LONGEST_SPAN);
  return { first, days, name, yearly: yearlyOf(fields.get('RRULE'), name, tell) };
}

function yearlyOf(rule: string | undefined, name: string, tell: (problem: string) => void): HolidayEvent['yearly'] {
  if (rule === undefined) return undefined;
  const parts = new Map(rule.split(';').map((part) => part.split('=', 2) as [string, string]));
  const { FREQ, UNTIL, COUNT, INTERVAL = '1', WKST: _, ...others } = Object.fromEntries(parts);
  if (FREQ !== 'YEARLY' || INTERVAL !== '1' || Object.keys(others).length > 0) {
    tell(`the event “${name}” repeats by “${rule.slice(0, LONGEST_NAME)}”, which is not understood; it counts once`);
    return undefined;
  }
  return { until: dayIn(UNTIL) ?? Number.POSITIVE_INFINITY, count: Number(COUNT ?? Number.POSITIVE_INFINITY) };
}

/** `20261225`, and what begins with it → its midnight in UTC. */
function dayIn(value: string | undefined): number | undefined {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)(?:T\d{6}Z?)?$/.exec(value?.trim() ?? '') ?? [];
  if (year === undefined) return undefined;
  const at = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  return Number.isNaN(at) ? undefined : at;
}
