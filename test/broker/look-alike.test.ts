/** What Knative's data plane is documented to do, held against the look-alike alone: raw HTTP on both sides of it. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { createLookAlikeBroker } from '../../src/broker/look-alike/knative-broker.ts';
import { readEventing } from '../../src/broker/look-alike/manifests.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { createQuietLog } from '../support/quiet.ts';
import { bodyOf, serve, untilTrue } from './knative-stage.ts';

interface Request {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}
type Answer = readonly [status: number, headers?: Record<string, string>, body?: string];

let closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

const QUICK = { retry: 3, backoffPolicy: 'linear', backoffDelay: 'PT0.01S' };

async function open(spec: object, answers: (request: Request, nth: number) => Answer, broker: object = {}) {
  const got: Request[] = [];
  const subscriber = await serve(async (req, res) => {
    const request = {
      path: req.url as string,
      headers: req.headers,
      body: (await bodyOf(req)).toString(),
      at: performance.now(),
    };
    got.push(request);
    const nth = got.filter(({ path }) => path === request.path).length;
    const [status, headers = {}, body = ''] = request.path === '/dead' ? [202] : answers(request, nth);
    res.writeHead(status, headers).end(body);
  });
  const manifests = [
    {
      kind: 'Broker',
      metadata: { namespace: 'n', name: 'b' },
      spec: { delivery: { ...QUICK, ...broker, deadLetterSink: { uri: `${subscriber.url}/dead` } } },
    },
    {
      kind: 'Trigger',
      metadata: { namespace: 'n', name: 't' },
      spec: { broker: 'b', subscriber: { uri: `${subscriber.url}/t` }, ...spec },
    },
  ];
  const lookAlike = createLookAlikeBroker(
    { clock: systemClock, log: createQuietLog(), locate: async ({ uri }) => new URL(uri as string) },
    readEventing(manifests.map((each) => JSON.stringify(each))),
  );
  const ingress = await serve((req, res) => void (lookAlike.receive(req, res) || res.writeHead(404).end()));
  closing.push(() => lookAlike.stop(), ingress.close, subscriber.close);
  const send = (headers: Record<string, string> = {}, path = '/n/b') =>
    fetch(ingress.url + path, {
      method: 'POST',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': '1',
        'ce-source': '/s',
        'ce-type': 't',
        'content-type': 'application/json',
        ...headers,
      },
      body: '{"n":1}',
    });
  return {
    got,
    send,
    settled: () => untilTrue(() => lookAlike.isIdle()),
    at: (path: string) => got.filter((each) => each.path === path),
  };
}

const ok = (): Answer => [202];

describe('the ingress', () => {
  test.each<[string, Record<string, string>, string, number]>([
    ['takes an event', {}, '/n/b', 202],
    ['knows no other broker', {}, '/n/other', 404],
    ['refuses what is no event', { 'ce-id': '' }, '/n/b', 400],
    ['refuses an event that has used up its hops', { 'ce-knativebrokerttl': '1' }, '/n/b', 400],
  ])('%s', async (_, headers, path, status) => {
    const { send } = await open({}, ok);
    expect((await send(headers, path)).status).toBe(status);
  });
});

describe('a delivery', () => {
  test('is binary, asks for a reply and tells namespace and arrival', async () => {
    const { send, settled, at } = await open({}, ok);
    await send();
    await settled();
    const [{ headers, body }] = at('/t') as [Request];
    expect(headers).toMatchObject({
      prefer: 'reply',
      'kn-namespace': 'n',
      'ce-id': '1',
      'content-type': 'application/json',
    });
    expect(headers['ce-knativearrivaltime']).toMatch(/^\d{4}-/);
    expect(headers).not.toHaveProperty('ce-knativebrokerttl');
    expect(body).toBe('{"n":1}');
  });

  test('is made again for an event that comes again', async () => {
    const { send, settled, at } = await open({}, ok);
    await send();
    await send();
    await settled();
    expect(at('/t')).toHaveLength(2);
  });

  test.each<[number, number]>([
    [202, 1],
    [200, 1],
    [204, 1],
    [400, 1],
    [401, 1],
    [403, 1],
    [405, 1],
    [410, 1],
    [413, 1],
    [415, 1],
    [422, 1],
    [404, 4],
    [408, 4],
    [409, 4],
    [429, 4],
    [500, 4],
    [502, 4],
    [503, 4],
    [504, 4],
  ])('answered %i is tried %i times with three retries', async (status, tries) => {
    const { send, settled, at } = await open({}, () => [status]);
    await send();
    await settled();
    expect(at('/t')).toHaveLength(tries);
    expect(at('/dead')).toHaveLength(status < 300 ? 0 : 1);
  });

  test.each<[number, object, boolean]>([
    [429, { retryAfterMax: 'PT1M' }, true],
    [503, { retryAfterMax: 'PT1M' }, true],
    [500, { retryAfterMax: 'PT1M' }, false],
    [404, { retryAfterMax: 'PT1M' }, false],
    [429, {}, false],
    [503, {}, false],
  ])('answered %i with a Retry-After under the policy %o heeds it: %s', async (status, policy, isHeeded) => {
    const answers = (_: unknown, nth: number): Answer => (nth === 1 ? [status, { 'retry-after': '1' }] : [202]);
    const { send, settled, at } = await open({}, answers, policy);
    await send();
    await settled();
    const [first, second] = at('/t') as [Request, Request];
    expect(second.at - first.at >= 990).toBe(isHeeded);
  });

  test('by the trigger’s own policy where it has one, with the broker’s dead letter sink', async () => {
    const { send, settled, at } = await open({ delivery: { retry: 1, backoffDelay: 'PT0.01S' } }, () => [500]);
    await send();
    await settled();
    expect([at('/t').length, at('/dead').length]).toEqual([2, 1]);
  });
});

test('a dead letter carries the destination, the code and the beginning of the answer', async () => {
  const { send, settled, at } = await open({}, () => [422, {}, 'x'.repeat(5000)]);
  await send();
  await settled();
  const [{ headers, body }] = at('/dead') as [Request];
  expect(headers).toMatchObject({ 'ce-id': '1', 'ce-knativeerrorcode': '422', 'ce-knativebrokerttl': '255' });
  expect(headers['ce-knativeerrordest']).toMatch(/\/t$/);
  expect(Buffer.from(headers['ce-knativeerrordata'] as string, 'base64').toString()).toBe('x'.repeat(1024));
  expect(body).toBe('{"n":1}');
});

test('a subscriber that does not listen counts as a 500', async () => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  const { send, settled, at } = await open({ subscriber: { uri: `http://127.0.0.1:${port}/none` } }, ok);
  await send();
  await settled();
  expect(at('/dead')[0]?.headers['ce-knativeerrorcode']).toBe('500');
});

describe('filters', () => {
  test.each<[string, object, boolean]>([
    ['none: everything passes', {}, true],
    ['the older filter, exact', { filter: { attributes: { type: 't' } } }, true],
    ['the older filter, another type', { filter: { attributes: { type: 'u' } } }, false],
    ['the older filter, an empty value is any', { filter: { attributes: { type: '' } } }, true],
    [
      'filters go before the older filter',
      { filter: { attributes: { type: 'u' } }, filters: [{ exact: { type: 't' } }] },
      true,
    ],
    [
      'an empty list of filters leaves the older one in force',
      { filter: { attributes: { type: 'u' } }, filters: [] },
      false,
    ],
    ['all of the list must match', { filters: [{ exact: { type: 't' } }, { prefix: { source: '/x' } }] }, false],
    ['cesql', { filters: [{ cesql: "type = 't' AND source LIKE '/%'" }] }, true],
    ['not', { filters: [{ not: { suffix: { type: 't' } } }] }, false],
  ])('%s', async (_, spec, passes) => {
    const { send, settled, at } = await open(spec, ok);
    await send();
    await settled();
    expect(at('/t')).toHaveLength(passes ? 1 : 0);
  });
});
