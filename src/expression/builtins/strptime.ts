/** `strptime`: text → broken-down time, in the C locale. */
import { JqError } from '../jq-error.ts';
import type { Json } from '../json.ts';
import { countString } from '../meter.ts';
import { dayOfYear, weekdayOf } from './calendar.ts';
import { MONTHS, WEEKDAYS } from './strftime.ts';

interface Draft {
  year: number;
  month: number;
  day: number;
  hours: number;
  minutes: number;
  seconds: number;
  dayOfYear: number | undefined;
  isAfternoon: boolean | undefined;
  century: number | undefined;
}

/** Reads one field at the front of the rest; answers how many characters it took, or nothing when it is not there. */
type Reader = (rest: string, draft: Draft) => number | undefined;

function number(most: number, least: number, greatest: number, set: (draft: Draft, value: number) => void): Reader {
  const pattern = new RegExp(`^\\s*([+-]?\\d{1,${most}})`);
  return (rest, draft) => {
    const found = pattern.exec(rest);
    const value = Number(found?.[1]);
    if (found === null || value < least || value > greatest) return undefined;
    set(draft, value);
    return found[0].length;
  };
}

function name(names: readonly string[], set: (draft: Draft, index: number) => void): Reader {
  return (rest, draft) => {
    const text = rest.toLowerCase();
    for (const [index, full] of names.entries()) {
      for (const candidate of [full.toLowerCase(), full.slice(0, 3).toLowerCase()]) {
        if (!text.startsWith(candidate)) continue;
        set(draft, index);
        return candidate.length;
      }
    }
    return undefined;
  };
}

function pattern(regex: RegExp, set: (draft: Draft, found: RegExpExecArray) => void = () => undefined): Reader {
  return (rest, draft) => {
    const found = regex.exec(rest);
    if (found !== null) set(draft, found);
    return found?.[0].length;
  };
}

const weekday = name(WEEKDAYS, () => undefined);
const month = name(MONTHS, (draft, index) => {
  draft.month = index;
});
const hours = number(2, 0, 23, (draft, value) => {
  draft.hours = value;
});
const hours12 = number(2, 1, 12, (draft, value) => {
  draft.hours = value % 12;
  draft.isAfternoon ??= false;
});
const day = number(2, 1, 31, (draft, value) => {
  draft.day = value;
});
const ignored = (most: number, greatest: number) => number(most, 0, greatest, () => undefined);
const space = pattern(/^\s*/);

const FIELDS: Readonly<Record<string, Reader | string>> = {
  a: weekday,
  A: weekday,
  b: month,
  B: month,
  h: month,
  c: '%a %b %e %H:%M:%S %Y',
  C: number(2, 0, 99, (draft, value) => {
    draft.century = value;
  }),
  d: day,
  e: day,
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  H: hours,
  k: hours,
  I: hours12,
  l: hours12,
  j: number(3, 1, 366, (draft, value) => {
    draft.dayOfYear = value - 1;
  }),
  m: number(2, 1, 12, (draft, value) => {
    draft.month = value - 1;
  }),
  M: number(2, 0, 59, (draft, value) => {
    draft.minutes = value;
  }),
  n: space,
  t: space,
  p: pattern(/^([ap])m/i, (draft, found) => {
    draft.isAfternoon = found[1]?.toLowerCase() === 'p';
  }),
  r: '%I:%M:%S %p',
  R: '%H:%M',
  s: pattern(/^-?\d+/, (draft, found) => {
    const date = new Date(Number(found[0]) * 1000);
    draft.year = date.getUTCFullYear();
    draft.month = date.getUTCMonth();
    draft.day = date.getUTCDate();
    draft.hours = date.getUTCHours();
    draft.minutes = date.getUTCMinutes();
    draft.seconds = date.getUTCSeconds();
  }),
  S: number(2, 0, 61, (draft, value) => {
    draft.seconds = value;
  }),
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  x: '%m/%d/%y',
  u: ignored(1, 7),
  w: ignored(1, 6),
  g: ignored(2, 99),
  G: ignored(4, 9999),
  U: ignored(2, 53),
  V: ignored(2, 53),
  W: ignored(2, 53),
  y: number(2, 0, 99, (draft, value) => {
    draft.year = value + (value < 69 ? 2000 : 1900);
  }),
  Y: number(4, -9999, 9999, (draft, value) => {
    draft.year = value;
  }),
  z: pattern(/^\s*(?:Z|[+-]\d{2}(?::?\d{2})?)/),
  Z: pattern(/^[a-zA-Z]+/),
  '%': pattern(/^%/),
};

/** How much of `text` the format takes, or nothing when it does not match. */
function read(text: string, format: string, draft: Draft): number | undefined {
  let taken = 0;
  for (let i = 0; i < format.length; i += 1) {
    const character = format[i] as string;
    const rest = text.slice(taken);
    let length: number | undefined;
    if (/\s/.test(character)) {
      length = space(rest, draft);
    } else if (character === '%') {
      i += /[EO_0^#-]/.test(format[i + 1] ?? '') ? 2 : 1;
      const field = FIELDS[format[i] ?? ''];
      length = typeof field === 'string' ? read(rest, field, draft) : field?.(rest, draft);
    } else {
      length = rest.startsWith(character) ? 1 : undefined;
    }
    if (length === undefined) return undefined;
    taken += length;
  }
  return taken;
}

/** What follows the match is kept as a last element, as in jq. */
export function parseTime(text: string, format: string): Json[] {
  countString(text.length * Math.min(format.length, 64));
  const draft: Draft = {
    year: 1900,
    month: 0,
    day: 0,
    hours: 0,
    minutes: 0,
    seconds: 0,
    dayOfYear: undefined,
    isAfternoon: undefined,
    century: undefined,
  };
  const taken = read(text, format, draft);
  if (taken === undefined) throw new JqError(`date "${text}" does not match format "${format}"`);
  const year = draft.century === undefined ? draft.year : draft.century * 100 + (((draft.year % 100) + 100) % 100);
  const hour = draft.isAfternoon === true ? (draft.hours % 12) + 12 : draft.hours;
  const ofYear = draft.dayOfYear ?? dayOfYear(year, draft.month, draft.day);
  const rest = text.slice(taken);
  return [
    year,
    draft.month,
    draft.day,
    hour,
    draft.minutes,
    draft.seconds,
    weekdayOf(year, draft.month, draft.day),
    ofYear,
    ...(rest === '' ? [] : [rest]),
  ];
}
