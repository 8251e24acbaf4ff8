/** `strftime`: broken-down time → text, in the C locale. */
import { JqError } from '../jq-error.ts';
import { countString } from '../meter.ts';
import { type Moment, weekdayOf } from './calendar.ts';

export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

function pad(value: number, width: number, filler = '0'): string {
  return value < 0 ? `-${String(-value).padStart(width - 1, filler)}` : String(value).padStart(width, filler);
}

function hours12({ hours }: Moment): number {
  return hours % 12 === 0 ? 12 : hours % 12;
}

/** Weeks that begin on `first`; the days before the first such day are week 0. */
function week({ dayOfYear, weekday }: Moment, first: 0 | 1): number {
  return Math.floor((dayOfYear + 7 - ((weekday - first + 7) % 7)) / 7);
}

/** ISO 8601: the week with the year's first Thursday is week 1. */
function isoWeek(moment: Moment): { year: number; week: number } {
  const weekday = (moment.weekday + 6) % 7;
  const number = Math.floor((moment.dayOfYear - weekday + 10) / 7);
  if (number < 1) return { year: moment.year - 1, week: weeksIn(moment.year - 1) };
  if (number > weeksIn(moment.year)) return { year: moment.year + 1, week: 1 };
  return { year: moment.year, week: number };
}

function weeksIn(year: number): number {
  return weekdayOf(year, 0, 1) === 4 || weekdayOf(year, 11, 31) === 4 ? 53 : 52;
}

function zoneOffset({ offset }: Moment): string {
  const size = Math.abs(offset);
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(size / 60), 2)}${pad(size % 60, 2)}`;
}

type Field = (moment: Moment) => string;

const FIELDS: Readonly<Record<string, Field | string>> = {
  a: ({ weekday }) => (WEEKDAYS[weekday] ?? '?').slice(0, 3),
  A: ({ weekday }) => WEEKDAYS[weekday] ?? '?',
  b: ({ month }) => (MONTHS[month] ?? '?').slice(0, 3),
  B: ({ month }) => MONTHS[month] ?? '?',
  c: '%a %b %e %H:%M:%S %Y',
  C: ({ year }) => pad(Math.floor(year / 100), 2),
  d: ({ day }) => pad(day, 2),
  D: '%m/%d/%y',
  e: ({ day }) => pad(day, 2, ' '),
  F: '%Y-%m-%d',
  g: (moment) => pad(isoWeek(moment).year % 100, 2),
  G: (moment) => String(isoWeek(moment).year),
  h: '%b',
  H: ({ hours }) => pad(hours, 2),
  I: (moment) => pad(hours12(moment), 2),
  j: ({ dayOfYear }) => pad(dayOfYear + 1, 3),
  k: ({ hours }) => pad(hours, 2, ' '),
  l: (moment) => pad(hours12(moment), 2, ' '),
  m: ({ month }) => pad(month + 1, 2),
  M: ({ minutes }) => pad(minutes, 2),
  n: '\n',
  p: ({ hours }) => (hours < 12 ? 'AM' : 'PM'),
  P: ({ hours }) => (hours < 12 ? 'am' : 'pm'),
  r: '%I:%M:%S %p',
  R: '%H:%M',
  s: (moment) => String(secondsOf(moment)),
  S: ({ seconds }) => pad(seconds, 2),
  t: '\t',
  T: '%H:%M:%S',
  u: ({ weekday }) => String(weekday === 0 ? 7 : weekday),
  U: (moment) => pad(week(moment, 0), 2),
  V: (moment) => pad(isoWeek(moment).week, 2),
  w: ({ weekday }) => String(weekday),
  W: (moment) => pad(week(moment, 1), 2),
  x: '%m/%d/%y',
  X: '%H:%M:%S',
  y: ({ year }) => pad(((year % 100) + 100) % 100, 2),
  Y: ({ year }) => pad(year, 4),
  z: zoneOffset,
  Z: ({ zone }) => zone,
  '%': () => '%',
};

function secondsOf({ year, month, day, hours, minutes, seconds, offset }: Moment): number {
  return Date.UTC(year, month, day, hours, minutes, seconds) / 1000 - offset * 60;
}

export function formatTime(moment: Moment, format: string): string {
  countString(format.length * 8);
  return format.replace(/%[EO_0^#-]?([a-zA-Z%]?)/g, (text, letter: string) => {
    const field = FIELDS[letter];
    if (field === undefined) throw new JqError(`strftime/1: unknown conversion ${text}`);
    return typeof field === 'string' ? formatTime(moment, field) : field(moment);
  });
}
