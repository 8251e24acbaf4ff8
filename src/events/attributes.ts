/**
 * The context attributes of a CloudEvent 1.0, checked one by one against the specification's type system. What passes is
 * an {@link Event}; what does not is told attribute by attribute, with what was expected.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#context-attributes
 */
import type { Event } from './event.ts';
import { FairleadError } from './fairlead-error.ts';

/** Says what is wrong with a value, undefined when nothing is. */
type Check = (value: unknown) => string | undefined;

/** Control characters, lone surrogates and noncharacters. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
const URI_REFERENCE = /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})+$/i;
const URI = /^[a-z][a-z0-9+.-]*:./i;
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+[ \t]*(?:;.*)?$/;
const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

const text: Check = (value) => {
  if (typeof value !== 'string') return 'must be a string';
  if (value === '') return 'must not be empty';
  return FORBIDDEN.test(value) ? 'holds a control character or a lone surrogate' : undefined;
};

function textLike(pattern: RegExp, expected: string): Check {
  return (value) => text(value) ?? (pattern.test(value as string) ? undefined : `must be ${expected}`);
}

const timestamp: Check = (value) => {
  const [, year, month, day] = (typeof value === 'string' && TIMESTAMP.exec(value)) || [];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isDay = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return isDay ? undefined : 'must be an RFC 3339 timestamp, such as 2026-11-21T09:30:00Z';
};

const extension: Check = (value) => {
  if (typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return (value | 0) === value ? undefined : 'must be an integer of 32 bits';
  if (typeof value !== 'string') return 'must be a string, a boolean or an integer of 32 bits';
  return value === '' ? undefined : text(value);
};

const REQUIRED: Readonly<Record<string, Check>> = {
  specversion: (value) => (value === '1.0' ? undefined : 'must be 1.0, the only version that is understood'),
  id: text,
  source: textLike(URI_REFERENCE, 'a URI-reference (RFC 3986)'),
  type: text,
};

const OPTIONAL: Readonly<Record<string, Check>> = {
  subject: text,
  time: timestamp,
  datacontenttype: textLike(MEDIA_TYPE, 'a media type, such as application/json'),
  dataschema: (value) => textLike(URI_REFERENCE, 'a URI')(value) ?? textLike(URI, 'an absolute URI')(value),
};

const CHECKS = new Map(Object.entries({ ...REQUIRED, ...OPTIONAL }));

/** Members that hold data rather than context; nothing else may be named so. */
const DATA_MEMBERS = new Set(['data', 'data_base64']);

/**
 * An event of these members. One that is null is unset, as the JSON format has it.
 * @param where names the event in the error's message, such as `event 3 of the batch`
 * @throws FairleadError `event.invalid`, naming each attribute that is wrong
 */
export function toValidEvent(members: Readonly<Record<string, unknown>>, where = 'the event'): Event {
  const problems: string[] = [];
  const event: Record<string, unknown> = {};
  for (const name of Object.keys(REQUIRED)) {
    if ((members[name] ?? undefined) === undefined) problems.push(`${name} is missing`);
  }
  for (const [name, value] of Object.entries(members)) {
    if (DATA_MEMBERS.has(name)) {
      if (value !== undefined) event[name] = value;
    } else if (value !== null && value !== undefined) {
      const problem = checkAttribute(name, value);
      if (problem) problems.push(problem);
      else event[name] = value;
    }
  }
  const problem = checkData(event);
  if (problem) problems.push(problem);
  if (problems.length === 0) return event as unknown as Event;
  throw new FairleadError('event.invalid', `${where} is not a valid CloudEvent: ${problems.join('; ')}`);
}

function checkAttribute(name: string, value: unknown): string | undefined {
  if (!/^[a-z0-9]+$/.test(name)) {
    return `${JSON.stringify(name.slice(0, 64))} is no attribute name: only a–z and 0–9 are allowed`;
  }
  const problem = (CHECKS.get(name) ?? extension)(value);
  return problem && `${name} ${problem}`;
}

function checkData(event: Record<string, unknown>): string | undefined {
  const { data_base64: base64 } = event;
  if (base64 === null) delete event.data_base64;
  if (base64 === undefined || base64 === null) return undefined;
  if ('data' in event) return 'data and data_base64 exclude each other';
  const isBase64 = typeof base64 === 'string' && Buffer.from(base64, 'base64').toString('base64') === base64;
  return isBase64 ? undefined : 'data_base64 must be base64 (RFC 4648, padded)';
}
