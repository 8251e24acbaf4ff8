/** Time as jq breaks it down, `[year, month from 0, day, hours, minutes, seconds, weekday, day of the year]`, in the proleptic Gregorian calendar. */
import { JqError } from '../jq-error.ts';
import { isArray, type Json } from '../json.ts';
import { describe } from '../to-json.ts';

export interface Moment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly weekday: number;
  readonly dayOfYear: number;
  /** Minutes east of Greenwich. */
  readonly offset: number;
  readonly zone: string;
}

const MILLISECONDS_PER_DAY = 86_400_000;
/** Farthest from 1970 that a JavaScript date reaches, in seconds. */
const MAX_SECONDS = 8.64e12;

function utc(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.getTime();
}

export function weekdayOf(year: number, month: number, day: number): number {
  return new Date(utc(year, month, day)).getUTCDay();
}

export function dayOfYear(year: number, month: number, day: number): number {
  return Math.round((utc(year, month, day) - utc(year, 0, 1)) / MILLISECONDS_PER_DAY);
}

function requireSeconds(value: Json, name: string): number {
  if (typeof value !== 'number') throw new JqError(`${name}() requires numeric inputs`);
  if (!(Math.abs(value) <= MAX_SECONDS))
    throw new JqError('error converting number of seconds since epoch to datetime');
  return value;
}

/** Seconds since 1970 → broken-down time; the fraction stays with the seconds. */
export function breakDown(value: Json, name: 'gmtime' | 'localtime'): Json[] {
  const seconds = requireSeconds(value, name);
  // As C converts: towards zero, also before 1970, while the fraction counts upwards.
  const date = new Date(Math.trunc(seconds) * 1000);
  const shifted = name === 'gmtime' ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  const [year, month, day] = [shifted.getUTCFullYear(), shifted.getUTCMonth(), shifted.getUTCDate()];
  return [
    year,
    month,
    day,
    shifted.getUTCHours(),
    shifted.getUTCMinutes(),
    shifted.getUTCSeconds() + (seconds - Math.floor(seconds)),
    shifted.getUTCDay(),
    dayOfYear(year, month, day),
  ];
}

/** Broken-down time as C takes it: whole numbers, missing parts zero. */
export function toMoment(value: Json, name: string, isLocal: boolean): Moment {
  if (!isArray(value) || value.some((part) => typeof part !== 'number')) {
    throw new JqError(`${name} requires parsed datetime inputs`);
  }
  const parts = value as readonly number[];
  const [year = 1900, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0, weekday = 0, ofYear = 0] = parts.map(
    (part) => (Number.isFinite(part) ? Math.trunc(part) : 0),
  );
  const local = isLocal ? new Date(year, month, day, hours, minutes, seconds) : undefined;
  const offset = local === undefined ? 0 : -local.getTimezoneOffset();
  return {
    year,
    month,
    day,
    hours,
    minutes,
    seconds,
    weekday,
    dayOfYear: ofYear,
    offset,
    zone: zoneName(local, offset),
  };
}

function zoneName(local: Date | undefined, offset: number): string {
  if (local === undefined || offset === 0) return 'UTC';
  const part = new Intl.DateTimeFormat('en', { timeZoneName: 'short' })
    .formatToParts(local)
    .find(({ type }) => type === 'timeZoneName');
  return part?.value ?? 'UTC';
}

/** Broken-down UTC → whole seconds since 1970. */
export function toSeconds(value: Json): number {
  if (!isArray(value)) throw new JqError('mktime requires array inputs');
  const { year, month, day, hours, minutes, seconds } = toMoment(value, 'mktime', false);
  const result = (utc(year, month, day) + ((hours * 60 + minutes) * 60 + seconds) * 1000) / 1000;
  if (Number.isNaN(result)) throw new JqError(`invalid gmtime representation: ${describe(value)}`);
  return result;
}
