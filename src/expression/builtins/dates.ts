/** Dates: seconds since 1970, broken-down time, and text. */
import { JqError } from '../jq-error.ts';
import type { Json } from '../json.ts';
import { add, subtract } from '../operators.ts';
import { byValue, type Family } from './builtin.ts';
import { breakDown, toMoment, toSeconds } from './calendar.ts';
import { formatTime } from './strftime.ts';
import { parseTime } from './strptime.ts';

const ISO_8601 = '%Y-%m-%dT%H:%M:%SZ';

function strftime(input: Json, format: Json, name: 'strftime' | 'strflocaltime'): Json {
  const isLocal = name === 'strflocaltime';
  const parts = typeof input === 'number' ? breakDown(input, isLocal ? 'localtime' : 'gmtime') : input;
  if (typeof input !== 'number' && !Array.isArray(input))
    throw new JqError(`${name}/1 requires parsed datetime inputs`);
  if (typeof format !== 'string') throw new JqError(`${name}/1 requires a string format`);
  return formatTime(toMoment(parts, `${name}/1`, isLocal), format);
}

function strptime(input: Json, format: Json): Json[] {
  if (typeof input !== 'string' || typeof format !== 'string') {
    throw new JqError('strptime/1 requires string inputs and arguments');
  }
  return parseTime(input, format);
}

function fromIso(input: Json): Json {
  return toSeconds(strptime(input, ISO_8601));
}

function toIso(input: Json): Json {
  return strftime(input, ISO_8601, 'strftime');
}

export const dates: Family = {
  'gmtime/0': byValue((input) => breakDown(input, 'gmtime')),
  'localtime/0': byValue((input) => breakDown(input, 'localtime')),
  'mktime/0': byValue(toSeconds),
  'strftime/1': byValue((input, format) => strftime(input, format as Json, 'strftime')),
  'strflocaltime/1': byValue((input, format) => strftime(input, format as Json, 'strflocaltime')),
  'strptime/1': byValue((input, format) => strptime(input, format as Json)),
  'todate/0': byValue(toIso),
  'todateiso8601/0': byValue(toIso),
  'fromdate/0': byValue(fromIso),
  'fromdateiso8601/0': byValue(fromIso),
  'date/0': byValue(toIso),
  'dateadd/2': byValue((input, _unit, amount) => add(input, amount as Json)),
  'datesub/2': byValue((input, _unit, amount) => subtract(input, amount as Json)),
};
