import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createBodyBudget } from '../../src/broker/body-budget.ts';
import type { Receipt } from '../../src/broker/broker.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { createIntake, type IntakeDependencies, WEBHOOK_PATH } from '../../src/source/intake.ts';
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

/** Of exactly the size that there is room for. */
const BODY = JSON.stringify({ installation: { id: 42 }, text: 'x'.repeat(1000) });

type Overrides = Partial<IntakeDependencies> & { publish?: Parameters<typeof recordingBroker>[0] };

/** An intake with room for one {@link BODY} at a time. */
async function start({ publish, ...overrides }: Overrides = {}) {
  const { broker, published } = recordingBroker(publish);
  const { log, lines } = recordingLog();
  const { metrics, counted } = recordingMetrics();
  const budget = createBodyBudget(BODY.length);
  const { ownership } = recordingOwnership();
  const secrets = [SECRET];
  const dependencies = { broker, ...ownership, secrets, log, metrics, clock: systemClock, bodyBudget: budget };
  const intake = createIntake({ ...dependencies, ...overrides });
  const { url, port } = await listen((req, res) => void intake(req, res));
  /** Whether nothing is counted. */
  const isFree = () => budget.claim().fits(BODY.length);
  return { url: `${url}${WEBHOOK_PATH}`, port, published, lines, counted, budget, isFree };
}

function headers(body: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': 'd-1',
    'x-hub-signature-256': sign(body),
  };
}

function post(url: string, body = BODY, more: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { ...headers(body), ...more } });
}

function head(extra: string): string {
  const lines = Object.entries(headers(BODY)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${WEBHOOK_PATH} HTTP/1.1\r\nhost: x\r\n${lines.join('')}${extra}\r\n\r\n`;
}

/** A sender that stops in the middle of its body. */
function begin(port: number, text: string) {
  const socket = connect(port, '127.0.0.1', () => socket.write(text)).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe('While bodies on their way fill what all may hold,', () => {
  test('one that says how long it is gets 503 and when to come again before it is read', async () => {
    const { port, isFree, published, lines, counted } = await start();
    begin(port, `${head(`content-length: ${BODY.length}`)}{`);
    await expect.poll(isFree).toBe(false);

    const answer = await rawExchange(port, [head(`content-length: ${BODY.length}`)]);

    expect(answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 1\r\n[\s\S]*connection: close/i);
    expect(published).toEqual([]);
    expect(lines).toEqual([{ level: 'warn', text: expect.stringContaining('bodies of other requests') }]);
    expect(counted).toEqual({ 'webhooks_total 503': 1 });
  });

  test('one that does not say so gets it where no more fits, and what of it was read is given back', async () => {
    const { port, budget } = await start();
    const other = budget.claim();
    other.take(BODY.length - 5);

    const answer = await rawExchange(port, [head('transfer-encoding: chunked'), '6\r\n123456\r\n']);

    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(budget.claim().fits(5)).toBe(true);
  });

  test('what is announced and has not arrived keeps nobody out', async () => {
    const { port, budget, url } = await start();
    begin(port, `${head(`content-length: ${BODY.length}`)}{`);
    await expect.poll(() => budget.claim().fits(BODY.length)).toBe(false);

    expect((await post(url, '{"installation":{"id":42}}')).status).toBe(202);
  });

  test('one that is being committed counts until it is answered', async () => {
    const commit = Promise.withResolvers<Receipt>();
    const { url, published } = await start({ publish: () => commit.promise });
    const first = post(url);
    await expect.poll(() => published.length).toBe(1);

    expect((await post(url)).status).toBe(503);
    commit.resolve('accepted');
    expect((await first).status).toBe(202);
    expect((await post(url)).status).toBe(202);
  });
});

describe('A body counts no longer', () => {
  test('once its sender has gone', async () => {
    const { port, isFree, url } = await start();
    const socket = begin(port, `${head(`content-length: ${BODY.length}`)}{`);
    await expect.poll(isFree).toBe(false);

    socket.destroy();

    await expect.poll(isFree).toBe(true);
    expect((await post(url)).status).toBe(202);
  });

  const failing = (code: 'store.unavailable' | 'event.invalid') => () => Promise.reject(new FairleadError(code, 'no'));
  test.each<[when: string, status: number, overrides: Overrides, body: string, signature?: string]>([
    ['taken', 202, {}, BODY],
    ['known', 200, { publish: () => 'duplicate' }, BODY],
    ['signed by somebody else', 401, {}, BODY, sign('other')],
    ['no JSON', 400, {}, 'x'.repeat(BODY.length)],
    ['larger than the bound', 413, { maxBytes: 100 }, BODY],
    ['not to be stored now', 503, { publish: failing('store.unavailable') }, BODY],
    ['not to be stored ever', 500, { publish: failing('event.invalid') }, BODY],
  ])('once it is answered that it is %s: %i', async (_when, status, overrides, body, signature = sign(body)) => {
    const { url, isFree } = await start(overrides);

    expect((await post(url, body, { 'x-hub-signature-256': signature })).status).toBe(status);

    expect(isFree()).toBe(true);
  });

  test.each([
    ['too slow', { bodyTimeoutMs: 100 }, 408, ['2\r\n{}\r\n']],
    ['longer than the bound', { maxBytes: 100 }, 413, ['2\r\n{}\r\n', `64\r\n${'x'.repeat(100)}\r\n`]],
  ])('once it is answered that what it sends in pieces is %s', async (_what, overrides, status, pieces) => {
    const { port, isFree } = await start(overrides);

    const answer = await rawExchange(port, [head('transfer-encoding: chunked'), ...pieces]);

    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(isFree()).toBe(true);
  });
});
