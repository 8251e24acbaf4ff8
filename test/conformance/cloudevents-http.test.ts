/**
 * The CloudEvents HTTP binding and the JSON format it leans on, one case or more for every sentence that says MUST. Each
 * group links the section that it is held to. How we and the SDK read each other is in `test/events/http.test.ts`.
 */
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { fromHttp, type HttpMessage, toHttp } from '../../src/events/http.ts';

const SPEC = 'https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents';
const BINDING = `${SPEC}/bindings/http-protocol-binding.md`;
const JSON_FORMAT = `${SPEC}/formats/json-format.md`;

const REQUIRED = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/here', 'ce-type': 'a.b' };
const MINIMAL = { specversion: '1.0', id: '1', source: '/here', type: 'a.b' } as const;
const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const BATCHED = { 'content-type': 'application/cloudevents-batch+json' };

type Headers = Record<string, string | string[]>;
type Members = Partial<Event>;

const readAll = (headers: Headers, body: string | Buffer = ''): readonly Event[] =>
  fromHttp(headers, Buffer.from(body)).map(({ event }) => event);
const read = (headers: Headers, body: string | Buffer = '') => readAll(headers, body)[0] as Event;
const readHeader = (value: string) => read({ ...REQUIRED, 'ce-subject': value }).subject;
const readJson = (members: object) => read(STRUCTURED, JSON.stringify({ ...MINIMAL, ...members }));
const binary = (members: Members) => toHttp({ ...MINIMAL, ...members });
const structured = (members: Members) => toHttp({ ...MINIMAL, ...members }, 'structured');
const written = (members: Members) => JSON.parse(structured(members).body as string) as unknown;
const again = ({ headers, body }: HttpMessage) => read(headers, body);

/** Every attribute that there is, two extensions among them. */
const ALL = {
  subject: 'a',
  time: '2026-11-21T09:30:00.123456789+01:00',
  datacontenttype: 'text/x',
  dataschema: 'https://example.com/schema',
  tenant: '7',
  action: 'opened',
};
const OLD = { schemaurl: 'a', datacontentencoding: 'b' };
const SUFFIXED = { datacontenttype: 'application/x+json; a=b', data: { a: 1 } };
const STRUCTURED_UTF_8 = `${STRUCTURED['content-type']}; charset=utf-8`;
const TRACE = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };

const INVALID = expect.objectContaining({ code: 'event.invalid' });
const UNSUPPORTED = expect.objectContaining({ code: 'event.unsupported' });

type Case = readonly [sentence: string, actual: () => unknown, expected: unknown];

/** A refusal is compared as what was thrown. */
function hold(section: string, cases: readonly Case[]): void {
  describe(section, () => {
    test.each(cases)('%s', async (_sentence, actual, expected) => {
      const outcome = await Promise.resolve()
        .then(actual)
        .catch((error: unknown) => error);
      expect(outcome).toEqual(expected);
    });
  });
}

hold(`${BINDING}#14-event-formats`, [
  ['the JSON format is understood', () => readJson({ data: { n: 1 } }), { ...MINIMAL, data: { n: 1 } }],
  ['the JSON format is written', () => written({ data: { n: 1 } }), { ...MINIMAL, data: { n: 1 } }],
]);

hold(`${BINDING}#3-http-message-mapping`, [
  ['the media type decides the mode, in whatever letter case', () => readJsonAs('Application/CloudEvents+JSON'), '1'],
  ['parameters of the media type do not matter', () => readJsonAs('application/cloudevents+json; charset=UTF-8'), '1'],
  ['the media type wins over ce- headers', () => read({ ...REQUIRED, ...STRUCTURED }, json({ id: '2' })).id, '2'],
  ['a format nobody knows is said to be so', () => readJsonAs('application/cloudevents+avro'), UNSUPPORTED],
  [
    'an unknown format of a batch as well',
    () => read({ 'content-type': 'application/cloudevents-batch+x' }),
    UNSUPPORTED,
  ],
  ['anything else is binary', () => read({ ...REQUIRED, 'content-type': 'a/cloudevents' }, 'x').data_base64, 'eA=='],
  ['a batch is never written, for nobody asks us for one', () => modesWritten(), ['a/b', STRUCTURED['content-type']]],
]);

hold(`${BINDING}#311-http-content-type`, [
  ['Content-Type becomes datacontenttype as it is', () => typeRead('text/x; a="b;c"'), 'text/x; a="b;c"'],
  ['datacontenttype becomes Content-Type as it is', () => typeWritten('text/x; a="b;c"'), 'text/x; a="b;c"'],
  ['without a Content-Type there is no datacontenttype', () => 'datacontenttype' in read(REQUIRED, 'x'), false],
  [
    'ce-datacontenttype is not written',
    () => headerNames({ datacontenttype: 'a/b' }),
    namesOf({ datacontenttype: 'a/b' }),
  ],
  ['ce-datacontenttype is refused', () => read({ ...REQUIRED, 'ce-datacontenttype': 'a/b' }), INVALID],
]);

hold(`${BINDING}#312-event-data-encoding`, [
  ['bytes are the body as they are', () => binary(bytes('AP8=')).body, Buffer.from([0, 255])],
  ['a text is the body as it is', () => binary({ datacontenttype: 'text/x', data: '"ž"' }).body, '"ž"'],
  ['a body of bytes is data', () => read({ ...REQUIRED, 'content-type': 'a/b' }, '\0').data_base64, 'AA=='],
  ['text in a charset we do not write is refused', () => binary(text('text/x; charset=utf-16')), INVALID],
]);

hold(`${BINDING}#313-metadata-headers`, [
  ['each attribute has a header of its own', () => headerNames(ALL), namesOf(ALL)],
  ['each attribute comes back from its header', () => again(binary(ALL)), { ...MINIMAL, ...ALL }],
  ['two headers of one name are no attribute', () => read({ ...REQUIRED, 'ce-x': ['a', 'b'] }), INVALID],
  ['a header of another standard gives no attribute', () => 'traceparent' in read({ ...REQUIRED, ...TRACE }), false],
  [
    'an attribute of another standard keeps its ce- header',
    () => headerNames({ traceparent: 'a' }),
    namesOf({ traceparent: 'a' }),
  ],
]);

hold(`${BINDING}#3131-http-header-names`, [
  ['an attribute is read under its name with ce- before it', () => read({ ...REQUIRED, 'ce-abc1': 'x' }).abc1, 'x'],
  ['an attribute is written so', () => binary({ abc1: 'x' }).headers['ce-abc1'], 'x'],
  ['an extension that version 0.3 had as its own too', () => again(binary(OLD)), { ...MINIMAL, ...OLD }],
  ['the letter case of a header does not matter', () => readOverTheWire('CE-Id: 7\r\ncE-sUBJECT: Ab'), ['7', 'Ab']],
]);

const ASCII = Array.from({ length: 0x5e }, (_, nth) => String.fromCharCode(0x21 + nth)).join('');

hold(`${BINDING}#3132-http-header-values, written`, [
  ['a boolean is its canonical string', () => binary({ x: true }).headers['ce-x'], 'true'],
  ['an integer is its canonical string', () => binary({ x: -7 }).headers['ce-x'], '-7'],
  ['a space is percent-encoded', () => headerOf(' a b'), '%20a%20b'],
  ['a double quote is', () => headerOf('"'), '%22'],
  ['a percent sign is', () => headerOf('%20'), '%2520'],
  ['what is beyond ASCII is, as UTF-8', () => headerOf('žluť'), '%C5%BElu%C5%A5'],
  ['a surrogate pair is one character', () => headerOf('😀'), '%F0%9F%98%80'],
  ['the example of the binding', () => headerOf('Euro € 😀'), 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
  ['the rest of printable ASCII is itself', () => headerOf(ASCII), ASCII.replace('%', '%25').replace('"', '%22')],
  ['a lone surrogate is no string of CloudEvents', () => binary({ subject: 'a\ud800' }), INVALID],
  ['nor is a control character', () => binary({ subject: 'a\r\nb' }), INVALID],
]);

hold(`${BINDING}#3132-http-header-values, read`, [
  ['a quoted value loses its quotes', () => readHeader('"a b"'), 'a b'],
  ['and the backslashes in it', () => readHeader('"a \\"b\\" \\\\"'), 'a "b" \\'],
  ['quotes go first, percent-encoding then', () => readHeader('"%22a%22"'), '"a"'],
  ['percent-encoding is read once', () => readHeader('%2541'), '%41'],
  ['in lower case too', () => readHeader('%c5%be'), 'ž'],
  ['where it need not have been', () => readHeader('%41%2d%7E'), 'A-~'],
  ['a parenthesis is no comment', () => readHeader('a(b)'), 'a(b)'],
  ['an overlong encoding is refused', () => readHeader('%C0%A0'), INVALID],
  ['so is a surrogate in UTF-8', () => readHeader('%ED%A0%80'), INVALID],
  ['and a sequence cut short', () => readHeader('%E2%82'), INVALID],
  ['and a byte that begins nothing', () => readHeader('%FF'), INVALID],
  ['and a percent sign before no hexadecimals', () => readHeader('100%'), INVALID],
]);

hold(`${BINDING}#321-http-content-type`, [
  ['the Content-Type is the format’s', () => structured({}).headers['content-type'], STRUCTURED_UTF_8],
]);

hold(`${BINDING}#323-metadata-headers`, [
  ['every attribute is in the payload', () => written(ALL), { ...MINIMAL, ...ALL }],
  ['headers add nothing to the payload', () => 'x' in read({ ...STRUCTURED, 'ce-x': '1' }, json({})), false],
  [
    'headers do not stand in for the payload',
    () => read({ ...STRUCTURED, ...REQUIRED }, '{"specversion":"1.0"}'),
    INVALID,
  ],
]);

hold(`${BINDING}#33-batched-content-mode`, [
  [
    'the JSON batch format is understood',
    () => readAll(BATCHED, `[${json({})},${json({ id: '2' })}]`).map(({ id }) => id),
    ['1', '2'],
  ],
  ['an empty batch is one', () => readAll(BATCHED, '[]'), []],
  [
    'media types may differ within it',
    () => readAll(BATCHED, `[${json({ datacontenttype: 'a/b' })},${json({})}]`).length,
    2,
  ],
  ['versions may not', () => readAll(BATCHED, `[${json({})},${json({ specversion: '0.3' })}]`), INVALID],
  ['one event is no batch', () => readAll(BATCHED, json({})), INVALID],
  ['a batch is no event', () => readAll(STRUCTURED, `[${json({})}]`), INVALID],
]);

hold(`${JSON_FORMAT}#22-type-system-mapping`, [
  ['a boolean is a boolean', () => readJson({ x: false }).x, false],
  ['an integer is a number', () => readJson({ x: -2_147_483_648 }).x, -2_147_483_648],
  ['a fraction is none', () => readJson({ x: 1.5 }), INVALID],
  ['nor what 32 bits do not hold', () => readJson({ x: 2_147_483_648 }), INVALID],
  ['a string is a string', () => readJson({ x: 'ž' }).x, 'ž'],
  ['a string attribute is no number', () => readJson({ id: 5 }), INVALID],
  ['an object is no attribute', () => readJson({ x: {} }), INVALID],
  ['an array is no attribute', () => readJson({ x: [] }), INVALID],
  ['a URI-reference is one', () => readJson({ source: 'a b' }), INVALID],
  ['a URI is absolute', () => readJson({ dataschema: 'a/b' }), INVALID],
  ['a timestamp is one of RFC 3339', () => readJson({ time: '21 Nov 2026' }), INVALID],
  ['null is unset', () => 'subject' in readJson({ subject: null }), false],
  ['a required attribute that is null is missing', () => readJson({ id: null }), INVALID],
  ['what is unset is not written', () => written({ x: null } as Members), MINIMAL],
  ['what is no attribute is not written either', () => structured({ x: { a: 1 } }), INVALID],
  ['in binary mode no more than here', () => binary({ x: { a: 1 } }), INVALID],
]);

hold(`${JSON_FORMAT}#3-envelope`, [
  ['the media type is the envelope’s', () => structured({}).headers['content-type'], STRUCTURED_UTF_8],
  ['extensions are members at the top', () => written({ x: 1, y: 'b' }), { ...MINIMAL, x: 1, y: 'b' }],
  ['names are those of the attributes', () => readJson({ Subject: 'a' }), INVALID],
]);

hold(`${JSON_FORMAT}#311-payload-serialization`, [
  ['bytes are base64 in data_base64', () => written(bytes('AP8=')), { ...MINIMAL, ...bytes('AP8=') }],
  ['JSON data is a JSON value', () => written(jsonData({ a: [1] })), { ...MINIMAL, ...jsonData({ a: [1] }) }],
  ['a string as JSON data is a string', () => written(jsonData('{"a":1}')), { ...MINIMAL, ...jsonData('{"a":1}') }],
  ['of a type that ends in +json as well', () => written(SUFFIXED), { ...MINIMAL, ...SUFFIXED }],
  ['null as data is not the same as none', () => written({ data: null }), { ...MINIMAL, data: null }],
  ['data of another type is its text', () => written(text('a/xml', '<a/>')), { ...MINIMAL, ...text('a/xml', '<a/>') }],
  ['also where it was not one', () => written(text('text/x', { a: 1 })), { ...MINIMAL, ...text('text/x', '{"a":1}') }],
  ['data and data_base64 exclude each other', () => structured({ data: 1, data_base64: 'AA==' }), INVALID],
]);

hold(`${JSON_FORMAT}#312-payload-deserialization`, [
  ['data_base64 are bytes', () => toHttp(readJson(bytes('AP8='))).body, Buffer.from([0, 255])],
  ['data_base64 that is none is refused', () => readJson({ data_base64: 'AP8' }), INVALID],
  ['data and data_base64 are refused together', () => readJson({ data: 1, data_base64: 'AA==' }), INVALID],
  ['JSON data is the value', () => readJson(jsonData({ a: [1] })).data, { a: [1] }],
  ['a string that looks like JSON stays a string', () => readJson(jsonData('{"a":1}')).data, '{"a":1}'],
  ['and is one JSON string in binary mode', () => toHttp(readJson(jsonData('{}'))).body, '"{}"'],
  ['without a media type data is JSON', () => readJson({ data: '5' }).data, '5'],
  ['and says so in another mode', () => toHttp(readJson({ data: '5' })).headers['content-type'], 'application/json'],
  ['text of another type is a string', () => readJson(text('a/xml', '<a/>')).data, '<a/>'],
]);

hold(`${JSON_FORMAT}#42-envelope`, [
  ['a batch has the media type of batches', () => readAll(BATCHED, `[${json({})}]`), [MINIMAL]],
]);

describe(`${BINDING}#3132-http-header-values, for any text`, () => {
  const any = fc.string({ unit: 'binary', minLength: 1 }).filter((value) => value.isWellFormed());

  test('what is written holds printable ASCII without space and quote, and reads as it was; or both refuse it', () => {
    fc.assert(
      fc.property(any, (value) => {
        const encoded = encodeURIComponent(value);
        let message: HttpMessage | undefined;
        try {
          message = binary({ subject: value });
        } catch {
          expect(() => readHeader(encoded)).toThrow(/subject/);
        }
        if (message !== undefined) {
          expect(message.headers['ce-subject']).toMatch(/^[!#-~]+$/);
          expect([again(message).subject, readHeader(encoded)]).toEqual([value, value]);
        }
      }),
    );
  });

  test('each byte may be encoded, in either case, and the value may be in quotes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~ž😀]{1,20}$/u), fc.boolean(), fc.boolean(), (value, isUpper, isQuoted) => {
        const bytes = Array.from(Buffer.from(value), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
        const cased = isUpper ? bytes.toUpperCase() : bytes;
        expect(readHeader(isQuoted ? `"${cased}"` : cased)).toBe(value);
      }),
    );
  });
});

function json(members: object): string {
  return JSON.stringify({ ...MINIMAL, ...members });
}

function readJsonAs(type: string): string {
  return read({ 'content-type': type }, json({})).id;
}

function bytes(base64: string) {
  return { datacontenttype: 'application/octet-stream', data_base64: base64 };
}

function text(datacontenttype: string, data: unknown = 'ž') {
  return { datacontenttype, data };
}

function jsonData(data: unknown) {
  return { datacontenttype: 'application/json', data };
}

function headerOf(value: string): string | undefined {
  return binary({ subject: value }).headers['ce-subject'];
}

function headerNames(members: Members): readonly string[] {
  return Object.keys(binary(members).headers).sort();
}

/** The headers that an event of these attributes has, in the order of the alphabet. */
function namesOf(members: Members): readonly string[] {
  return Object.keys({ ...MINIMAL, ...members })
    .map((name) => (name === 'datacontenttype' ? 'content-type' : `ce-${name}`))
    .sort();
}

function typeWritten(datacontenttype: string): string | undefined {
  return binary({ datacontenttype }).headers['content-type'];
}

function typeRead(type: string): string | undefined {
  return read({ ...REQUIRED, 'content-type': type }, 'x').datacontenttype;
}

function modesWritten(): readonly (string | undefined)[] {
  const messages = [binary({ datacontenttype: 'a/b' }), structured({})];
  return messages.map(({ headers }) => headers['content-type']?.replace('; charset=utf-8', ''));
}

/** Subject and id of an event sent byte by byte, with these lines among its headers. */
function readOverTheWire(lines: string): Promise<readonly unknown[]> {
  return new Promise((resolve, reject) => {
    const server = createServer((req, res) => {
      res.end();
      server.close();
      const { id, subject } = read(req.headers as Headers);
      resolve([id, subject]);
    }).listen(0, '127.0.0.1', () => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', reject);
      socket.end(
        `POST / HTTP/1.1\r\nHost: a\r\nce-specversion: 1.0\r\nce-source: /\r\nce-type: a\r\n${lines}\r\nConnection: close\r\n\r\n`,
      );
    });
  });
}
