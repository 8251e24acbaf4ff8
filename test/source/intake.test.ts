import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Receipt } from '../../src/broker/broker.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { createIntake, type IntakeDependencies, WEBHOOK_PATH } from '../../src/source/intake.ts';
import { createPublicHandler } from '../../src/source/public-handler.ts';
import { UNOWNED } from '../../src/source/tenant-for.ts';
import {
  listen,
  rawExchange,
  recordingBroker,
  recordingLog,
  recordingMetrics,
  recordingOwnership,
  SECRET,
  sign,
} from './doubles.ts';

const BODY = JSON.stringify({ action: 'opened', installation: { id: 42 }, pull_request: { number: 7, title: 'žluť' } });

type Overrides = Partial<IntakeDependencies> & { publish?: Parameters<typeof recordingBroker>[0] };

async function start({ publish, ...overrides }: Overrides = {}) {
  const { broker, published } = recordingBroker(publish);
  const { log, lines, text } = recordingLog();
  const { metrics, counted } = recordingMetrics();
  const { ownership, buried, asked } = recordingOwnership();
  const intake = createIntake({
    broker,
    ...ownership,
    secrets: [SECRET],
    log,
    metrics,
    clock: systemClock,
    ...overrides,
  });
  const app = createPublicHandler({ intake, app: (_req, res) => res.writeHead(418).end('the app') });
  const { url, port } = await listen(app);
  return { url: `${url}${WEBHOOK_PATH}`, origin: url, port, published, buried, asked, lines, logged: text, counted };
}

function headers(body: string | Buffer = BODY, more: Record<string, string> = {}): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-github-event': 'pull_request',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-hub-signature-256': sign(body),
    ...more,
  };
}

function post(url: string, body: string | Buffer = BODY, more: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: headers(body, more) });
}

function without(name: string): Record<string, string> {
  const { [name]: _gone, ...rest } = headers();
  return rest;
}

describe('A webhook is taken', () => {
  test('a signed delivery becomes one event, its payload’s text unchanged, and is answered 202', async () => {
    const { url, published, counted } = await start();

    const answer = await post(url);

    expect(answer.status).toBe(202);
    expect(published).toHaveLength(1);
    expect(published[0]?.event).toMatchObject({
      id: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      type: 'dev.knative.source.github.pull_request',
      subject: '7',
      tenant: '42',
    });
    expect(published[0]?.dataText).toBe(BODY);
    expect(published[0]?.event.data).toEqual(JSON.parse(BODY));
    expect(counted).toEqual({ 'webhooks_total 202': 1 });
  });

  test('202 is never given before the commit', async () => {
    const commit = Promise.withResolvers<Receipt>();
    const { url, published } = await start({ publish: () => commit.promise });
    let answered = false;

    const answer = post(url).finally(() => {
      answered = true;
    });
    await expect.poll(() => published.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answered).toBe(false);
    commit.resolve('accepted');

    expect((await answer).status).toBe(202);
  });

  test('a ping is an event like any other, of no installation', async () => {
    const { url, published } = await start();
    const body = JSON.stringify({ zen: 'Keep it logically awesome.', hook_id: 3 });

    const answer = await post(url, body, { 'x-github-event': 'ping' });

    expect(answer.status).toBe(202);
    expect(published[0]?.event).toMatchObject({ type: 'dev.knative.source.github.ping', subject: '3' });
    expect(published[0]?.event.tenant).toBeUndefined();
  });

  test('one of a repository’s own webhook acts in the name of the installation on that repository', async () => {
    const { url, published, asked } = await start();
    const body = JSON.stringify({ action: 'opened', repository: { name: 'repo', owner: { login: 'octo' } } });

    const answer = await post(url, body);

    expect(answer.status).toBe(202);
    expect(asked).toEqual(['octo/repo']);
    expect(published).toMatchObject([{ event: { tenant: '42', data: JSON.parse(body) }, dataText: body }]);
  });

  test('one that names its installation is not looked up', async () => {
    const { url, published, asked } = await start();

    await post(
      url,
      JSON.stringify({ installation: { id: 7 }, repository: { name: 'repo', owner: { login: 'octo' } } }),
    );

    expect(published[0]?.event.tenant).toBe('7');
    expect(asked).toEqual([]);
  });

  test.each([
    ['a repository that the App is not installed on', { repository: { name: 'repo', owner: { login: 'other' } } }],
    ['an organization and no repository', { repository: null, organization: { login: 'octo' } }],
    ['a repository whose name no address can have', { repository: { name: '../x', owner: { login: 'octo' } } }],
  ])('one of %s is a dead letter, and the log says so once', async (_whose, payload) => {
    const { url, published, buried, lines, counted } = await start();

    const answer = await post(url, JSON.stringify(payload));

    expect(answer.status).toBe(202);
    expect(published).toEqual([]);
    expect(buried).toMatchObject([{ event: { data: payload }, reason: UNOWNED }]);
    expect(lines).toEqual([{ level: 'warn', text: expect.stringContaining('a dead letter') }]);
    expect(counted).toEqual({ 'webhooks_total 202': 1 });
  });

  test('a delivery known already is answered 2xx', async () => {
    const { url } = await start({ publish: () => 'duplicate' });

    expect((await post(url)).status).toBe(200);
  });

  test.each([
    ['the current secret', 'new', 202],
    ['the one being replaced', 'old', 202],
    ['one that was never ours', 'other', 401],
  ])(
    'while secrets are rotated, a webhook signed with %s is answered as it should be',
    async (_which, secret, status) => {
      const { url } = await start({ secrets: ['new', 'old'] });

      expect((await post(url, BODY, { 'x-hub-signature-256': sign(BODY, secret) })).status).toBe(status);
    },
  );

  test('the query of the address does not matter, and another path belongs to the app', async () => {
    const { url, origin } = await start();

    expect((await post(`${url}?from=here`)).status).toBe(202);
    expect((await post(`${url}/more`)).status).toBe(418);
    expect((await post(`${origin}/`)).status).toBe(418);
  });

  test('by the other convention, the type has the action in it', async () => {
    const { url, published } = await start({ convention: 'github' });

    await post(url);

    expect(published[0]?.event.type).toBe('com.github.pull_request.opened');
  });

  test('a chunked body is taken like any other', async () => {
    const { port, published } = await start();
    const head = Object.entries(headers()).map(([name, value]) => `${name}: ${value}\r\n`);
    const bytes = Buffer.from(BODY);

    const answer = await rawExchange(port, [
      `POST ${WEBHOOK_PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${head.join('')}transfer-encoding: chunked\r\n\r\n`,
      '5\r\n',
      bytes.subarray(0, 5),
      `\r\n${(bytes.length - 5).toString(16)}\r\n`,
      bytes.subarray(5),
      '\r\n0\r\n\r\n',
    ]);

    expect(answer).toMatch(/^HTTP\/1\.1 202 /);
    expect(published[0]?.dataText).toBe(BODY);
  });
});

describe('A webhook is refused with a problem', () => {
  const big = JSON.stringify({ text: 'x'.repeat(2000) });
  const table: [sentence: string, request: RequestInit, status: number, detail: RegExp][] = [
    ['with another method', { method: 'GET' }, 405, /POST/],
    ['without a content type', { headers: without('content-type'), body: Buffer.from(BODY) }, 415, /application\/json/],
    ['of another content type', { headers: headers(BODY, { 'content-type': 'text/plain' }) }, 415, /application\/json/],
    [
      'form encoded, with the setting to change',
      { headers: headers(BODY, { 'content-type': 'application/x-www-form-urlencoded' }) },
      415,
      /Set “Content type” of the webhook on GitHub to application\/json/,
    ],
    ['compressed', { headers: headers(BODY, { 'content-encoding': 'gzip' }), body: gzipSync(BODY) }, 415, /compressed/],
    ['without an event', { headers: without('x-github-event') }, 400, /X-GitHub-Event/],
    ['with a name no event has', { headers: headers(BODY, { 'x-github-event': '../x' }) }, 400, /X-GitHub-Event/],
    ['without a delivery id', { headers: without('x-github-delivery') }, 400, /X-GitHub-Delivery/],
    [
      'with an endless delivery id',
      { headers: headers(BODY, { 'x-github-delivery': 'a'.repeat(129) }) },
      400,
      /X-GitHub-Delivery/,
    ],
    ['without a signature', { headers: without('x-hub-signature-256') }, 401, /not signed/],
    ['signed by somebody else', { headers: headers('other') }, 401, /not signed/],
    ['with half a signature', { headers: headers(BODY, { 'x-hub-signature-256': 'sha256=ab' }) }, 401, /not signed/],
    [
      'signed with SHA-1',
      { headers: headers(BODY, { 'x-hub-signature-256': sign(BODY).replace('sha256', 'sha1') }) },
      401,
      /not signed/,
    ],
    ['signed, and not JSON', { headers: headers('{"a":'), body: '{"a":' }, 400, /JSON object/],
    ['signed, and empty', { headers: headers(''), body: '' }, 400, /JSON object/],
    ['signed, and JSON but no object', { headers: headers('[1]'), body: '[1]' }, 400, /JSON object/],
    [
      'signed, and not UTF-8',
      { headers: headers(Buffer.from('{"a":"\xff"}', 'latin1')), body: Buffer.from('{"a":"\xff"}', 'latin1') },
      400,
      /UTF-8/,
    ],
    ['larger than the bound', { headers: headers(big), body: big }, 413, /1000 bytes/],
  ];
  test.each(table)('%s', async (_sentence, request, status, detail) => {
    const { url, published, counted } = await start({ maxBytes: 1000 });
    const init = { method: 'POST', headers: headers(), body: BODY, ...request };

    const answer = await fetch(url, init.method === 'GET' ? { method: 'GET' } : init);

    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await answer.json()) as { status: number; title: string; detail: string };
    expect(problem).toMatchObject({ type: 'about:blank', status, title: expect.stringMatching(/\w/) });
    expect(problem.detail).toMatch(detail);
    expect(published).toEqual([]);
    expect(counted).toEqual({ [`webhooks_total ${status}`]: 1 });
  });

  test('whatever is wrong with a signature, the answer is the same', async () => {
    const { url } = await start();
    const answers = await Promise.all([
      fetch(url, { method: 'POST', headers: without('x-hub-signature-256'), body: BODY }),
      post(url, BODY, { 'x-hub-signature-256': '' }),
      post(url, BODY, { 'x-hub-signature-256': sign(BODY, 'other') }),
      post(url, 'not even JSON', { 'x-hub-signature-256': sign(BODY) }),
    ]);

    const bodies = new Set(await Promise.all(answers.map((answer) => answer.text())));

    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 401]);
    expect(bodies.size).toBe(1);
  });

  test('a known id with a different body is refused as a conflict and logged as suspicious', async () => {
    const { url, lines } = await start({
      publish: () => {
        throw new FairleadError('event.conflict', 'known');
      },
    });

    const answer = await post(url);

    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: 'event.conflict' });
    expect(lines.find((line) => line.level === 'warn')?.text).toMatch(/suspicious.*/);
  });

  test.each([
    ['the store is down', new FairleadError('store.unavailable', 'SQLITE_FULL at /secret/path')],
    ['something unforeseen fails', new Error('SQLITE_FULL at /secret/path')],
  ])('while %s, GitHub is told 503 and when to come again, not why', async (_when, error) => {
    const { url } = await start({ publish: () => Promise.reject(error) });

    const answer = await post(url);

    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.text()).not.toContain('SQLITE');
  });

  test.each([
    [
      'GitHub cannot be asked whose it is',
      { findTenant: () => Promise.reject(new FairleadError('github.unavailable', 'away')) },
    ],
    ['it cannot be buried', { outbox: { bury: () => Promise.reject(new FairleadError('store.unavailable', 'full')) } }],
  ])('nothing of no installation is taken while %s', async (_when, overrides) => {
    const { url, published, buried } = await start(overrides);

    const answer = await post(url, JSON.stringify({ repository: { name: 'repo', owner: { login: 'other' } } }));

    expect(answer.status).toBe(503);
    expect([published, buried]).toEqual([[], []]);
  });

  test('an event that the broker refuses for good is 500, with its code', async () => {
    const { url } = await start({ publish: () => Promise.reject(new FairleadError('event.invalid', 'too deep')) });

    const answer = await post(url);

    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ code: 'event.invalid' });
  });
});

describe('A sender cannot make the intake wait or fill its memory', () => {
  function head(extra: string, more: Record<string, string> = {}): string {
    const lines = Object.entries(headers(BODY, more)).map(([name, value]) => `${name}: ${value}\r\n`);
    return `POST ${WEBHOOK_PATH} HTTP/1.1\r\nhost: x\r\n${lines.join('')}${extra}\r\n\r\n`;
  }

  test('a body that arrives too slowly is given up with 408 and the connection closed', async () => {
    const { port, published } = await start({ bodyTimeoutMs: 100 });

    const answer = await rawExchange(port, [head('content-length: 1000'), '{"a":']);

    expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*connection: close/i);
    expect(published).toEqual([]);
  });

  test.each([
    ['', 'none at all'],
    ['sha256=', 'its name alone'],
    [sign(BODY).slice(0, -1), 'a digit less'],
    [`${sign(BODY)}0`, 'a digit more'],
    [sign(BODY).replace(/.$/, 'g'), 'a digit that is none'],
    [`${sign(BODY)}, ${sign(BODY)}`, 'two'],
  ])('a signature that cannot be one is refused without reading the body: “%s”, %s', async (signature) => {
    const { port, counted } = await start();

    const answer = await rawExchange(port, [head('content-length: 1000', { 'x-hub-signature-256': signature })]);

    expect(answer).toMatch(/^HTTP\/1\.1 401 [\s\S]*connection: close/i);
    expect(counted).toEqual({ 'webhooks_total 401': 1 });
  });

  test('a declared length beyond the bound is refused without reading the body', async () => {
    const { port } = await start({ maxBytes: 1000 });

    const answer = await rawExchange(port, [head('content-length: 1001')]);

    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close/i);
  });

  test('a chunked body is read no further than the bound', async () => {
    const { port } = await start({ maxBytes: 100_000 });
    let sent = 0;
    async function* endless() {
      yield head('transfer-encoding: chunked');
      const piece = `${(10_000).toString(16)}\r\n${'x'.repeat(10_000)}\r\n`;
      while (sent < 100_000_000) {
        sent += 10_000;
        yield piece;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }

    const answer = await rawExchange(port, endless());

    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThan(20_000_000);
  });

  test('a sender that leaves in the middle of the body is no event and no answer', async () => {
    const { port, published, counted } = await start();
    const { connect } = await import('node:net');
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(head('content-length: 1000'));
      socket.write('{"a":', () => socket.destroy());
    });
    await new Promise((resolve) => socket.on('close', resolve));

    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(published).toEqual([]);
    expect(counted).toEqual({});
  });

  test('after a refusal whose body was read, the connection stays usable', async () => {
    const { port } = await start();
    const bad = Buffer.from('{"not":"signed for"}');
    const good = Buffer.from(BODY);

    const answer = await rawExchange(port, [
      head(`content-length: ${bad.length}`),
      bad,
      head(`content-length: ${good.length}\r\nconnection: close`),
      good,
    ]);

    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 202']);
  });
});

describe('The secret', () => {
  test.each([[[]], [['']], [['good', ' ']]])('%j is refused at construction, with how to fix it', (secrets) => {
    expect(() =>
      createIntake({
        broker: recordingBroker().broker,
        ...recordingOwnership().ownership,
        secrets,
        log: recordingLog().log,
        metrics: recordingMetrics().metrics,
        clock: systemClock,
      }),
    ).toThrow(/Set WEBHOOK_SECRET.*fairlead setup/);
  });

  test('neither it nor a body nor a signature gets into the log', async () => {
    const { url, logged } = await start();

    await post(url);
    await post(url, BODY, { 'x-hub-signature-256': sign(BODY, 'other') });
    await post(url, 'not JSON');

    expect(logged()).toContain('webhook taken');
    expect(logged()).not.toContain(SECRET);
    expect(logged()).not.toContain('žluť');
    expect(logged()).not.toContain('sha256=');
  });
});
