/** The inline form; each part may be any integer. */
export interface DurationParts {
  readonly days?: number | undefined;
  readonly hours?: number | undefined;
  readonly minutes?: number | undefined;
  readonly seconds?: number | undefined;
  readonly milliseconds?: number | undefined;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration has no date to count from, so a year is 365 days and a month 30. */
const YEAR = 365 * DAY;
const MONTH = 30 * DAY;
const WEEK = 7 * DAY;

/** As the specification's schema has it: every part may be a decimal fraction. */
export const ISO_DURATION =
  /^P(?!$)(\d+(?:\.\d+)?Y)?(\d+(?:\.\d+)?M)?(\d+(?:\.\d+)?W)?(\d+(?:\.\d+)?D)?(T(?=\d)(\d+(?:\.\d+)?H)?(\d+(?:\.\d+)?M)?(\d+(?:\.\d+)?S)?)?$/;

/** Milliseconds of an ISO 8601 duration such as `PT1M30S` or `P1Y2M3W4DT5H`; undefined when it is not one. */
export function parseIsoDuration(text: string): number | undefined {
  const match = ISO_DURATION.exec(text);
  if (match === null) return undefined;
  const [, years, months, weeks, days, , hours, minutes, seconds] = match;
  const total =
    part(years) * YEAR +
    part(months) * MONTH +
    part(weeks) * WEEK +
    part(days) * DAY +
    part(hours) * HOUR +
    part(minutes) * MINUTE +
    part(seconds) * SECOND;
  return Math.round(total);
}

function part(text: string | undefined): number {
  return text === undefined ? 0 : Number.parseFloat(text);
}

export function toMilliseconds(parts: DurationParts): number {
  return (
    (parts.days ?? 0) * DAY +
    (parts.hours ?? 0) * HOUR +
    (parts.minutes ?? 0) * MINUTE +
    (parts.seconds ?? 0) * SECOND +
    (parts.milliseconds ?? 0)
  );
}
