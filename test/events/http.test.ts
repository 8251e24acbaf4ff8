import { existsSync, readFileSync } from 'node:fs';
import { CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { fromHttp, type HttpMessage, toHttp } from '../../src/events/http.ts';

const REQUIRED = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/here', 'ce-type': 'a.b' };
const JSON_TYPE = { 'content-type': 'application/json' };
const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const BATCHED = { 'content-type': 'application/cloudevents-batch+json; charset=UTF-8' };
const MINIMAL = { specversion: '1.0', id: '1', source: '/here', type: 'a.b' };

type Headers = Record<string, string | string[]>;

function read(headers: Headers, body: string | Buffer = ''): Event {
  return fromHttp(headers, Buffer.from(body))[0]?.event as Event;
}

function receive({ headers, body }: HttpMessage): Event {
  return read(headers, body);
}

function refusal(act: () => unknown): FairleadError {
  try {
    act();
  } catch (error) {
    if (error instanceof FairleadError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('A message in binary mode is read', () => {
  const table: [sentence: string, headers: Headers, body: string | Buffer, expected: Record<string, unknown>][] = [
    ['with the required attributes alone', REQUIRED, '', MINIMAL],
    ['with JSON data', { ...REQUIRED, ...JSON_TYPE }, ' {"n":1}', { data: { n: 1 } }],
    ['with JSON data of a +json type', { ...REQUIRED, 'content-type': 'application/x+json' }, '[]', { data: [] }],
    ['with null as its data, which is not the same as none', { ...REQUIRED, ...JSON_TYPE }, 'null', { data: null }],
    [
      'with text as text',
      { ...REQUIRED, 'content-type': 'text/plain; charset=utf-8' },
      'žluť',
      { data: 'žluť', datacontenttype: 'text/plain; charset=utf-8' },
    ],
    [
      'with text that is not UTF-8 as bytes',
      { ...REQUIRED, 'content-type': 'text/plain' },
      Buffer.from([0xff]),
      { data_base64: '/w==' },
    ],
    [
      'with any other type as bytes',
      { ...REQUIRED, 'content-type': 'image/png' },
      Buffer.from([0, 1, 2]),
      { data_base64: 'AAEC' },
    ],
    [
      'with extensions as texts',
      { ...REQUIRED, 'ce-installation': '0', 'ce-forced': 'false' },
      '',
      { installation: '0' },
    ],
    [
      'with a percent-encoded value decoded once',
      { ...REQUIRED, 'ce-subject': '%C5%BElu%C5%A5%20%2541' },
      '',
      {
        subject: 'žluť %41',
      },
    ],
    ['with lower-case hexadecimal', { ...REQUIRED, 'ce-subject': '%c5%be' }, '', { subject: 'ž' }],
    [
      'with a quoted value unquoted',
      { ...REQUIRED, 'ce-subject': '"a \\"b\\" \\\\ c"' },
      '',
      { subject: 'a "b" \\ c' },
    ],
    ['with headers that are none of ours ignored', { ...REQUIRED, 'kn-namespace': 'default' }, '', MINIMAL],
  ];
  test.each(table)('%s', (_sentence, headers, body, expected) => {
    expect(read(headers, body)).toMatchObject(expected);
  });

  test('with the exact text of its JSON data at hand', () => {
    const [received] = fromHttp({ ...REQUIRED, ...JSON_TYPE }, Buffer.from('{ "n" : 1.0 }'));

    expect(received?.dataText).toBe('{ "n" : 1.0 }');
  });
});

describe('A message in structured or batched mode is read', () => {
  test('with the types that its attributes have', () => {
    const event = { ...MINIMAL, number: 7, forced: false, label: 'ž', data: { a: [null] } };

    expect(read(STRUCTURED, JSON.stringify(event))).toEqual(event);
  });

  test('with an attribute that is null left out', () => {
    expect(read(STRUCTURED, JSON.stringify({ ...MINIMAL, subject: null, data_base64: null, data: 1 }))).toEqual({
      ...MINIMAL,
      data: 1,
    });
  });

  test('with bytes kept as base64', () => {
    expect(read(STRUCTURED, JSON.stringify({ ...MINIMAL, data_base64: 'AAEC' })).data_base64).toBe('AAEC');
  });

  test('as many events as a batch has, none for an empty one', () => {
    const batch = [MINIMAL, { ...MINIMAL, id: '2' }];

    expect(fromHttp(BATCHED, Buffer.from(JSON.stringify(batch))).map(({ event }) => event.id)).toEqual(['1', '2']);
    expect(fromHttp(BATCHED, Buffer.from('[]'))).toEqual([]);
  });
});

describe('A message that is no CloudEvent is refused, saying what is wrong', () => {
  const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`;
  function structured(members: object): [Headers, string] {
    return [STRUCTURED, JSON.stringify({ ...MINIMAL, ...members })];
  }
  const table: [sentence: string, ...[headers: Headers, body: string | Buffer], message: RegExp][] = [
    ['nothing of an event', JSON_TYPE, '{}', /ce- headers .*cloudevents\+json/],
    ['a format that is not JSON', { 'content-type': 'application/cloudevents+avro' }, '', /avro is not understood/],
    ['a charset that is not UTF-8', { 'content-type': `${STRUCTURED['content-type']};charset=utf-16` }, '', /utf-16/],
    ['every required attribute missing', { 'ce-x': '1' }, '', /specversion is missing; id is.*source is.*type is/],
    ['an older version', { ...REQUIRED, 'ce-specversion': '0.3' }, '', /specversion must be 1\.0/],
    ['an empty id', { ...REQUIRED, 'ce-id': '' }, '', /id must not be empty/],
    ['a source that is no URI', { ...REQUIRED, 'ce-source': 'a%20b' }, '', /source must be a URI-reference/],
    ['a time that is none', { ...REQUIRED, 'ce-time': 'yesterday' }, '', /time must be an RFC 3339 timestamp/],
    ['a day that is none', { ...REQUIRED, 'ce-time': '2026-02-30T00:00:00Z' }, '', /time must be/],
    ['a dataschema that is relative', { ...REQUIRED, 'ce-dataschema': '/a' }, '', /dataschema must be an absolute URI/],
    ['an attribute name with a dash', { ...REQUIRED, 'ce-my-name': 'a' }, '', /"my-name" is no attribute name/],
    ['data in a header', { ...REQUIRED, 'ce-data': 'a' }, '', /ce-data/],
    ['the media type in a header', { ...REQUIRED, 'ce-datacontenttype': 'a/b' }, '', /Content-Type/],
    ['a header twice', { ...REQUIRED, 'ce-x': ['a', 'b'] }, '', /ce-x came more than once/],
    ['a raw byte above ASCII', { ...REQUIRED, 'ce-x': 'ž' }, '', /ce-x holds a byte that must be percent-encoded/],
    ['a lone percent sign', { ...REQUIRED, 'ce-x': '100%' }, '', /ce-x .*%25/],
    ['bytes that are no UTF-8 once decoded', { ...REQUIRED, 'ce-x': '%FF' }, '', /ce-x is not percent-encoded UTF-8/],
    ['a control character, encoded', { ...REQUIRED, 'ce-x': '%0D%0Aset-cookie' }, '', /x holds a control character/],
    ['data that is not JSON', { ...REQUIRED, ...JSON_TYPE }, '{', /not JSON/],
    ['data that is not UTF-8', { ...REQUIRED, ...JSON_TYPE }, Buffer.from('"\xff"', 'latin1'), /not UTF-8/],
    ['data nested without end', { ...REQUIRED, ...JSON_TYPE }, deep, /deeper than 200/],
    [
      'structured data nested without end',
      STRUCTURED,
      `{"specversion":"1.0","id":"1","source":"/","type":"a","data":${deep}}`,
      /deeper/,
    ],
    ['an array where one event belongs', STRUCTURED, '[]', /the event must be a JSON object/],
    ['an id that is a number', ...structured({ id: 1 }), /id must be a string/],
    ['an extension that is an object', ...structured({ x: {} }), /x must be a string, a boolean or an integer/],
    ['a number too large for an attribute', ...structured({ x: 2 ** 31 }), /x must be an integer of 32 bits/],
    ['a fraction in an attribute', ...structured({ x: 0.5 }), /x must be an integer/],
    ['a lone surrogate', ...structured({ subject: '\ud800' }), /subject holds .*lone surrogate/],
    ['two kinds of data', ...structured({ data: 1, data_base64: 'AA==' }), /exclude each other/],
    ['base64 that is none', ...structured({ data_base64: '*' }), /data_base64 must be base64/],
    ['a name in capitals', ...structured({ Subject: 'a' }), /"Subject" is no attribute name/],
    ['a batch that is no array', BATCHED, '{}', /must be a JSON array/],
    [
      'one bad event of a batch',
      BATCHED,
      JSON.stringify([MINIMAL, { ...MINIMAL, type: '' }]),
      /event 2 of the batch .*type/,
    ],
  ];
  test.each(table)('%s', (_sentence, headers, body, message) => {
    const error = refusal(() => fromHttp(headers, Buffer.from(body)));

    expect(error.message).toMatch(message);
    expect(error.code).toBe(/understood;|^no CloudEvent/.test(error.message) ? 'event.unsupported' : 'event.invalid');
  });
});

describe('An event is written', () => {
  test('in binary mode with every value percent-encoded as the binding says', () => {
    const { headers, body } = toHttp({
      ...MINIMAL,
      specversion: '1.0',
      subject: 'Euro € "😀" 100%',
      number: 7,
      forced: false,
      data: 'text',
    });

    expect(headers).toEqual({
      ...REQUIRED,
      'ce-subject': 'Euro%20%E2%82%AC%20%22%F0%9F%98%80%22%20100%25',
      'ce-number': '7',
      'ce-forced': 'false',
      'content-type': 'application/json',
    });
    expect(body).toBe('"text"');
  });

  test('with the time it has, to the nanosecond, and none when it has none', () => {
    const time = '2026-11-21T02:05:18.957448806+01:00';
    const timed = toHttp({ ...MINIMAL, specversion: '1.0', time });
    const timeless = toHttp({ ...MINIMAL, specversion: '1.0' });

    expect(timed.headers['ce-time']).toBe(time);
    expect(timeless.headers).not.toHaveProperty('ce-time');
    expect(timeless).toEqual({ headers: REQUIRED, body: '' });
  });

  test('not at all when it is invalid', () => {
    const refused = refusal(() => toHttp({ ...MINIMAL, specversion: '1.0', source: 'not a uri' }));
    expect(refused.code).toBe('event.invalid');
  });
});

const character = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,19}$/).filter((name) => !RESERVED.has(name));
/** Attributes of the core, and those that version 0.3 had and the SDK still treats as its own. */
const RESERVED = new Set(
  ['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema', 'data'].concat([
    'schemaurl',
    'datacontentencoding',
  ]),
);
const time = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });
const jsonData = fc.record({
  data: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
  datacontenttype: fc.constant('application/json'),
});
const jsonObject = jsonData.filter(({ data }) => typeof data === 'object' && data !== null);
const textData = fc.record({ data: character, datacontenttype: fc.constant('text/plain') });
const bytes = fc.record({
  data_base64: fc.uint8Array({ minLength: 1 }).map((octets) => Buffer.from(octets).toString('base64')),
  datacontenttype: fc.constant('application/octet-stream'),
});
const noData = fc.constant({});

/** Any event whose attributes are such texts, whose extensions are such values, and whose data is such. */
function anyEvent(text: fc.Arbitrary<string>, extension: fc.Arbitrary<unknown>, data: fc.Arbitrary<object>) {
  const context = fc.record(
    { id: text, type: text, source: fc.webUrl(), subject: text, time: time.map((at) => at.toISOString()) },
    { requiredKeys: ['id', 'type', 'source'] },
  );
  return fc.tuple(context, fc.dictionary(word, extension, { maxKeys: 5, noNullPrototype: true }), data).map(
    ([attributes, extensions, payload]): Event => ({
      specversion: '1.0',
      ...extensions,
      ...attributes,
      ...payload,
    }),
  );
}

const withTexts = anyEvent(character, character, fc.oneof(jsonData, textData, bytes, noData));
const withAllTypes = anyEvent(
  character,
  fc.oneof(character, fc.boolean(), fc.integer()),
  fc.oneof(jsonData, textData, bytes, noData),
);

describe('Whatever the event,', () => {
  test('it is the same after a hop in binary mode, its extensions being texts', () => {
    fc.assert(
      fc.property(withTexts, (event) => {
        expect(receive(toHttp(event, 'binary'))).toEqual(event);
      }),
    );
  });

  test('it is the same after a hop in structured mode', () => {
    fc.assert(
      fc.property(withAllTypes, (event) => {
        expect(receive(toHttp(event, 'structured'))).toEqual(event);
      }),
    );
  });

  test('a header holds printable ASCII without space and double quote', () => {
    fc.assert(
      fc.property(withTexts, (event) => {
        const { headers } = toHttp(event);
        for (const [name, value] of Object.entries(headers)) {
          if (name.startsWith('ce-')) expect(value).toMatch(/^[!#-~]+$/);
        }
      }),
    );
  });

  test('bytes that nobody made for us are an event or a FairleadError, nothing else', () => {
    const header = fc.constantFrom('content-type', ...Object.keys(REQUIRED), 'ce-subject', 'ce-time', 'ce-x');
    const type = fc.constantFrom(...[STRUCTURED, BATCHED, JSON_TYPE].map((type) => type['content-type']));
    fc.assert(
      fc.property(
        fc.dictionary(header, fc.oneof(fc.string(), type), { noNullPrototype: true }),
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (headers, body) => {
          try {
            fromHttp(headers, Buffer.from(body));
          } catch (error) {
            expect(error).toBeInstanceOf(FairleadError);
          }
        },
      ),
    );
  });
});

/** What the SDK reads and writes right: see the list of what it does not, below. */
const ascii = fc.stringMatching(/^[!#$&-~]{1,20}$/);
const sdkSafe = anyEvent(ascii, ascii, fc.oneof(jsonObject, textData, noData)).filter(
  ({ source }) => !source.includes('%'),
);

describe('Together with the cloudevents SDK,', () => {
  test('what we write in binary mode is what it writes', () => {
    fc.assert(
      fc.property(sdkSafe, (event) => {
        const timed = { time: '2026-11-21T00:00:00.000Z', datacontenttype: 'application/json', ...event };
        const { headers, body } = HTTP.binary(new CloudEvent(timed));
        expect(toHttp(timed)).toEqual({ headers, body: body ?? '' });
      }),
    );
  });

  test('what it writes in binary mode, we read as it was', () => {
    fc.assert(
      fc.property(sdkSafe, (event) => {
        const sent = new CloudEvent({ time: '2026-11-21T00:00:00.000Z', ...event });
        const { headers, body } = HTTP.binary(sent);
        expect(read(headers as Headers, Buffer.from((body as string | undefined) ?? ''))).toEqual({
          datacontenttype: 'application/json; charset=utf-8',
          time: sent.time,
          ...event,
        });
      }),
    );
  });

  test('what it writes in structured mode, we read as it was', () => {
    fc.assert(
      fc.property(sdkSafe, (event) => {
        const sent = new CloudEvent({ time: '2026-11-21T00:00:00.000Z', ...event });
        const { headers, body } = HTTP.structured(sent);
        expect(read(headers as Headers, body as string)).toEqual({ time: sent.time, ...event });
      }),
    );
  });

  test('it and we read a batch alike', () => {
    fc.assert(
      fc.property(fc.array(sdkSafe, { maxLength: 4 }), (events) => {
        const body = JSON.stringify(events);
        const ours = fromHttp(BATCHED, Buffer.from(body)).map(({ event }) => event);
        const theirs = HTTP.toEvent({ headers: BATCHED, body }) as CloudEvent<unknown>[];
        expect(ours).toEqual(events);
        expect(theirs).toMatchObject(events);
        expect(theirs).toHaveLength(events.length);
      }),
    );
  });

  test.each(['binary', 'structured'] as const)('what we write in %s mode, it reads as it was', (mode) => {
    fc.assert(
      fc.property(sdkSafe, (event) => {
        const { headers, body } = toHttp(event, mode);
        const received = HTTP.toEvent({ headers, body: body === '' ? undefined : body }) as CloudEvent<unknown>;
        const { time, ...rest } = event;
        expect(received).toMatchObject(rest);
        if (time !== undefined) expect(received.time).toBe(time);
      }),
    );
  });
});

describe('Known defects of the cloudevents SDK 10.0.0, where we differ:', () => {
  function sdkReads(headers: Headers, body: unknown): CloudEvent<unknown> {
    return HTTP.toEvent({ headers, body }) as CloudEvent<unknown>;
  }

  test('no percent-decoding of header values', () => {
    const headers = { ...REQUIRED, 'ce-subject': '%C5%BE' };
    expect(sdkReads(headers, undefined).subject).toBe('%C5%BE');
    expect(read(headers).subject).toBe('ž');
  });

  test('no percent-encoding of header values', () => {
    const event = { ...MINIMAL, specversion: '1.0', subject: 'ž' } as const;
    expect(HTTP.binary(new CloudEvent(event)).headers['ce-subject']).toBe('ž');
    expect(toHttp(event).headers['ce-subject']).toBe('%C5%BE');
  });

  test('a malformed time becomes the present', () => {
    const headers = { ...REQUIRED, 'ce-time': 'yesterday' };
    expect(Date.parse(String(sdkReads(headers, undefined).time))).toBeGreaterThan(Date.now() - 60_000);
    expect(() => read(headers)).toThrow(/time must be/);
  });

  test('an event without a time is given one', () => {
    expect(sdkReads(REQUIRED, undefined).time).toBeDefined();
    expect(read(REQUIRED).time).toBeUndefined();
  });

  test('a JSON number becomes a text', () => {
    expect(sdkReads({ ...REQUIRED, ...JSON_TYPE }, '5').data).toBe('5');
    expect(read({ ...REQUIRED, ...JSON_TYPE }, '5').data).toBe(5);
  });

  test('JSON that begins with a space is not read', () => {
    expect(() => sdkReads({ ...REQUIRED, ...JSON_TYPE }, ' {"a":1}')).toThrow();
    expect(read({ ...REQUIRED, ...JSON_TYPE }, ' {"a":1}').data).toEqual({ a: 1 });
  });

  test('JSON data with a charset parameter written without a space is not parsed', () => {
    const headers = { ...REQUIRED, 'content-type': 'application/json;charset=utf-8' };
    expect(sdkReads(headers, '{"a":1}').data).toBe('{"a":1}');
    expect(read(headers, '{"a":1}').data).toEqual({ a: 1 });
  });

  test('base64 data is read into 32-bit words', () => {
    const body = JSON.stringify({ ...MINIMAL, data_base64: 'AAEC' });
    expect(sdkReads(STRUCTURED, body).data).toBeInstanceOf(Uint32Array);
    expect(read(STRUCTURED, body).data_base64).toBe('AAEC');
  });

  test('data that is false, zero or null gets lost in structured mode', () => {
    const body = JSON.stringify({ ...MINIMAL, data: 0 });
    expect(sdkReads(STRUCTURED, body).data).toBeUndefined();
    expect(read(STRUCTURED, body).data).toBe(0);
  });

  test('a text as JSON data is written without its quotes', () => {
    const event = { ...MINIMAL, specversion: '1.0', data: 'a', datacontenttype: 'application/json' } as const;
    expect(HTTP.binary(new CloudEvent(event)).body).toBe('a');
    expect(toHttp(event).body).toBe('"a"');
  });

  test('a time is written to the millisecond', () => {
    const event = { ...MINIMAL, specversion: '1.0', time: '2026-11-21T02:05:18.957448806Z' } as const;
    expect(HTTP.binary(new CloudEvent(event)).headers['ce-time']).toBe('2026-11-21T02:05:18.957Z');
    expect(toHttp(event).headers['ce-time']).toBe('2026-11-21T02:05:18.957448806Z');
  });

  test('an extension named schemaurl cannot be sent', () => {
    const event = { ...MINIMAL, specversion: '1.0', schemaurl: 'a' } as const;
    expect(() => new CloudEvent(event)).toThrow(/schemaurl/);
    expect(toHttp(event).headers['ce-schemaurl']).toBe('a');
  });

  test('an extension that is null or an object is handed on as a header', () => {
    const event = { ...MINIMAL, specversion: '1.0', x: null, y: {} } as const;
    expect(HTTP.binary(new CloudEvent(event)).headers).toMatchObject({ 'ce-x': null, 'ce-y': {} });
    expect(() => toHttp(event)).toThrow(/y must be a string/);
    expect(toHttp({ ...event, y: 'a' }).headers).not.toHaveProperty('ce-x');
  });

  test('control characters and lone surrogates are taken and sent', () => {
    const event = { ...MINIMAL, specversion: '1.0', subject: 'a\ud800\n' } as const;
    expect(HTTP.binary(new CloudEvent(event)).headers['ce-subject']).toBe(event.subject);
    expect(() => toHttp(event)).toThrow(/subject holds a control character/);
  });

  test('a source of brackets, which Knative lets pass, cannot be sent', () => {
    const event = { ...MINIMAL, specversion: '1.0', source: 'https://github.com/apps/a[bot]' } as const;
    expect(() => new CloudEvent(event)).toThrow(/source/);
    expect(toHttp(event).headers['ce-source']).toBe(event.source);
  });

  test('text data that is an object is left an object in the JSON format', () => {
    const event = { ...MINIMAL, specversion: '1.0', datacontenttype: 'text/plain', data: { a: 1 } } as const;
    expect(JSON.parse(HTTP.structured(new CloudEvent(event)).body as string).data).toEqual({ a: 1 });
    expect(JSON.parse(toHttp(event, 'structured').body as string).data).toBe('{"a":1}');
  });

  test('an empty batch entry is filled in rather than refused', () => {
    const id = (
      HTTP.toEvent({ headers: BATCHED, body: JSON.stringify([{ source: '/', type: 'a' }]) }) as CloudEvent[]
    )[0]?.id;
    expect(id).toMatch(/.+/);
    expect(() => read(BATCHED, JSON.stringify([{ source: '/', type: 'a' }]))).toThrow(/id is missing/);
  });
});

const SAMPLES = ['githubsource-push-delivery.jsonl'].map((name) => `../shared/data/knative/samples/${name}`);

describe.skipIf(!SAMPLES.every((file) => existsSync(file)))('What a running Knative delivered', () => {
  test.each(SAMPLES)('%s is read', (file) => {
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
      const { headers } = JSON.parse(line) as { headers: Headers };
      const event = read(headers, '{}');
      expect(event).toMatchObject({ id: headers['ce-id'], type: headers['ce-type'], source: headers['ce-source'] });
    }
  });
});
