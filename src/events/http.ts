/**
 * The CloudEvents HTTP binding: binary, structured and batched messages in, binary and structured ones out.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 *
 * Reading is ours and strict. The `cloudevents` SDK reads leniently: it replaces a malformed time by the present, takes
 * `5` and `true` for texts, reads base64 data into 32-bit words, drops attributes that are empty, and knows no
 * percent-encoding. Writing is ours as well: the SDK encodes no header, shortens times, leaves scalar data without its
 * quotes, and costs a start from zero 5 ms. `test/events/http.test.ts` lists each such point by name and holds the two
 * together elsewhere. What is written passes the same check first, so that nothing leaves which we would refuse.
 */
import { isUtf8 } from 'node:buffer';
import { toValidEvent } from './attributes.ts';
import type { Event } from './event.ts';
import { FairleadError } from './fairlead-error.ts';

export interface ReceivedEvent {
  readonly event: Event;
  /** The exact JSON text of `event.data`, where the message carried it by itself. */
  readonly dataText?: string;
}

export interface HttpMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const JSON_TYPE = 'application/json';
const UTF_8 = 'utf-8';

/** Data nested deeper than this is refused: code that walks it would run out of stack. */
const MAX_DEPTH = 200;

/**
 * The events of a request, or of a response that carries a reply. Header names are lower case, as Node gives them.
 * @throws FairleadError `event.unsupported` when the message is in no format that is understood, `event.invalid`
 */
export function fromHttp(headers: Headers, body: Buffer): readonly ReceivedEvent[] {
  const type = mediaTypeOf(headers);
  switch (type?.essence) {
    case 'application/cloudevents+json':
      return [{ event: fromJson(parse(textOf(type, body))) }];
    case 'application/cloudevents-batch+json':
      return fromBatch(parse(textOf(type, body)));
    default:
      if (type?.essence.startsWith('application/cloudevents')) {
        throw unsupported(`${type.essence} is not understood; send application/cloudevents+json or -batch+json`);
      }
      return [fromBinary(headers, type, body)];
  }
}

function fromBatch(events: unknown): readonly ReceivedEvent[] {
  if (!Array.isArray(events)) throw invalid('a batch must be a JSON array of events');
  return events.map((event, index) => ({ event: fromJson(event, `event ${index + 1} of the batch`) }));
}

function fromJson(value: unknown, where?: string): Event {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${where ?? 'the event'} must be a JSON object`);
  }
  const event = toValidEvent(value as Record<string, unknown>, where);
  if (isDeeper(event.data, MAX_DEPTH)) throw tooDeep();
  return event;
}

interface MediaType {
  readonly essence: string;
  readonly charset: string;
  readonly value: string;
}

function fromBinary(headers: Headers, type: MediaType | undefined, body: Buffer): ReceivedEvent {
  const members: Record<string, unknown> = {};
  for (const [header, value] of Object.entries(headers)) {
    if (header.startsWith('ce-') && value !== undefined) members[header.slice(3)] = decodeHeader(header, value);
  }
  if (Object.keys(members).length === 0) {
    throw unsupported(
      'no CloudEvent: send ce- headers (binary mode) or content type application/cloudevents+json (structured mode)',
    );
  }
  if ('data' in members) throw invalid('ce-data is no header of the binding; data is the body');
  if ('datacontenttype' in members) throw invalid('ce-datacontenttype is no header of the binding; it is Content-Type');
  if (type) members.datacontenttype = type.value;
  if (body.length === 0) return { event: toValidEvent(members) };
  if (type && isJson(type.essence)) {
    const dataText = textOf(type, body);
    const data = parse(dataText);
    if (isDeeper(data, MAX_DEPTH)) throw tooDeep();
    return { event: toValidEvent({ ...members, data }), dataText };
  }
  if (type && isText(type.essence) && type.charset === UTF_8 && isUtf8(body)) {
    return { event: toValidEvent({ ...members, data: body.toString('utf8') }) };
  }
  return { event: toValidEvent({ ...members, data_base64: body.toString('base64') }) };
}

/** An event as a message, in binary mode unless told otherwise. @throws FairleadError `event.invalid` */
export function toHttp(event: Event, mode: 'binary' | 'structured' = 'binary'): HttpMessage {
  const valid = toValidEvent(event, 'the event to be sent');
  const text = textDataOf(valid);
  if (mode === 'structured') {
    const members = text === undefined ? valid : { ...valid, data: text };
    return {
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
      body: JSON.stringify(members),
    };
  }
  const { data, data_base64: base64, datacontenttype, ...attributes } = valid;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) headers[`ce-${name}`] = encodeHeader(String(value));
  // Without a media type, data in the JSON format is JSON: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#31-handling-of-data
  const type = datacontenttype ?? (data === undefined ? undefined : JSON_TYPE);
  if (type !== undefined) headers['content-type'] = type;
  if (typeof base64 === 'string') return { headers, body: Buffer.from(base64, 'base64') };
  if (data === undefined) return { headers, body: '' };
  requireUtf8(type);
  return { headers, body: text ?? JSON.stringify(data) };
}

/** Data as a text, where it has a media type that is not JSON's; undefined where it is JSON, bytes or nothing. */
function textDataOf({ data, datacontenttype = JSON_TYPE }: Event): string | undefined {
  if (data === undefined || isJson(essenceOf(datacontenttype))) return undefined;
  return typeof data === 'string' ? data : JSON.stringify(data);
}

/** A body is written in UTF-8, and must not say of itself that it is something else. */
function requireUtf8(type: string | undefined): void {
  const charset = mediaTypeOf({ 'content-type': type })?.charset ?? UTF_8;
  if (charset === UTF_8 || charset === 'us-ascii') return;
  throw invalid(`the event to be sent has text in ${charset}; send it in UTF-8, or as bytes in data_base64`);
}

/**
 * All but printable ASCII is percent-encoded, and the space, the double quote and the percent sign as well.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values
 */
function encodeHeader(value: string): string {
  return value.replace(/[^!#$&-~]+/g, (run) =>
    Array.from(Buffer.from(run, 'utf8'), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

function decodeHeader(name: string, value: string | readonly string[]): string {
  if (typeof value !== 'string') throw invalid(`${name} came more than once`);
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1]?.replace(/\\(.)/g, '$1') ?? value;
  if (/[^ -~]/.test(quoted)) throw invalid(`${name} holds a byte that must be percent-encoded`);
  if (!quoted.includes('%')) return quoted;
  try {
    return decodeURIComponent(quoted);
  } catch {
    throw invalid(`${name} is not percent-encoded UTF-8; a percent sign by itself is written %25`);
  }
}

function mediaTypeOf(headers: Headers): MediaType | undefined {
  const value = headers['content-type'];
  if (typeof value !== 'string' || value === '') return undefined;
  const charset = /;\s*charset="?([^";\s]+)/i.exec(value)?.[1]?.toLowerCase() ?? UTF_8;
  return { value, essence: essenceOf(value), charset: charset === 'utf8' ? UTF_8 : charset };
}

function essenceOf(mediaType: string): string {
  return (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function isJson(essence: string): boolean {
  return essence.endsWith('/json') || essence.endsWith('+json');
}

function isText(essence: string): boolean {
  return essence.startsWith('text/') || essence.endsWith('/xml') || essence.endsWith('+xml');
}

function textOf(type: MediaType, body: Buffer): string {
  if (type.charset !== UTF_8 && type.charset !== 'us-ascii') {
    throw unsupported(`charset ${type.charset} is not understood; JSON is sent in UTF-8`);
  }
  if (!isUtf8(body)) throw invalid('the body is not UTF-8');
  return body.toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FairleadError('event.invalid', 'the body is not JSON', { cause: error });
  }
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((child) => isDeeper(child, depth - 1));
}

function tooDeep(): FairleadError {
  return invalid(`data is nested deeper than ${MAX_DEPTH} levels`);
}

function invalid(message: string): FairleadError {
  return new FairleadError('event.invalid', message);
}

function unsupported(message: string): FairleadError {
  return new FairleadError('event.unsupported', message);
}
