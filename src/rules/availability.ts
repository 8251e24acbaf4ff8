/**
 * Whether somebody is there to be asked, by the dates and days that the configuration gives, and by what is told beside it:
 * absences from elsewhere, holidays, GitHub's “busy”. A day is one of the calendar's time zone; the last day of an absence
 * counts as absent, and the return needs nobody to remember it.
 */
export interface Absence {
  readonly person: string;
  /** `YYYY-MM-DD`; absent from the beginning of time without it. */
  readonly from?: string | undefined;
  readonly until: string;
}

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface Calendar {
  readonly away: readonly Absence[];
  /** By login; who is not in it works every day. */
  readonly workdays: ReadonlyMap<string, readonly Weekday[]>;
  readonly timezone: string;
}

export interface Holiday {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly name: string;
}

/** What is known of people's absence beside the configuration. */
export interface Told {
  /** Absences from the store, say; they count like the configuration's. */
  readonly absences?: readonly Absence[] | undefined;
  readonly busy?: readonly string[] | undefined;
  readonly holidays?: readonly Holiday[] | undefined;
}

/** Why somebody is not there; `dayOff` may be overlooked where nobody else is. */
export interface Missing {
  readonly kind: 'away' | 'dayOff';
  readonly reason: string;
}

export function createAvailability(
  calendar: Calendar,
  at: number,
  { absences = [], busy = [], holidays = [] }: Told = {},
): (login: string) => Missing | undefined {
  const away = [...calendar.away, ...absences];
  // Most calendars are empty, and a day in a time zone takes longer to tell than all else about a pull request's rules.
  if (away.length + calendar.workdays.size + busy.length + holidays.length === 0) return () => undefined;
  const { date, weekday } = dayOf(at, calendar.timezone);
  const holiday = holidays.find((one) => one.date === date);
  return (login) => {
    const key = login.toLowerCase();
    const last = away
      .filter(({ person, from = '', until }) => person.toLowerCase() === key && from <= date && date <= until)
      .map(({ until }) => until)
      .sort()
      .at(-1);
    if (last !== undefined) return { kind: 'away', reason: `is away until ${last}` };
    if (busy.some((one) => one.toLowerCase() === key)) return { kind: 'away', reason: 'is busy, says GitHub' };
    if (holiday !== undefined) return { kind: 'dayOff', reason: `has a holiday, ${holiday.name}` };
    const workdays = calendar.workdays.get(key);
    if (workdays === undefined || workdays.includes(weekday)) return undefined;
    return { kind: 'dayOff', reason: `does not work on ${weekday}` };
  };
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The day that it is in a time zone at an instant (epoch milliseconds). @throws RangeError where there is no such zone */
export function dayOf(at: number, timeZone: string): { readonly date: string; readonly weekday: Weekday } {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    date: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
    weekday: (parts.get('weekday') ?? '').slice(0, 3).toLowerCase() as Weekday,
  };
}
