/** What all bodies together may take, as whoever reads one meets it. Sockets are real, and each step waits for the one before. */
import { EventEmitter, once } from 'node:events';
import { type ClientRequest, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type BodyClaim, createBodyBudget } from '../../src/broker/body-budget.ts';
import { readBody } from '../../src/broker/read-body.ts';
import { type Problem, sendProblem } from '../../src/events/problem.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

describe('a budget', () => {
  test('is one for all claims, and what one gives back another may take', () => {
    const budget = createBodyBudget(100);
    const [one, other] = [budget.claim(), budget.claim()];
    expect([one.take(60), other.take(41), other.take(40), one.take(1)]).toEqual([true, false, true, false]);
    one.release();
    expect([other.fits(61), other.fits(60)]).toEqual([false, true]);
    expect([other.take(60), one.take(1)]).toEqual([true, false]);
  });

  test('gets back what was taken, however often it is given back', () => {
    const budget = createBodyBudget(100);
    const claim = budget.claim();
    claim.take(70);
    claim.release();
    claim.release();
    expect([budget.claim().fits(101), budget.claim().fits(100)]).toEqual([false, true]);
  });
});

test('a body in pieces of any size is whole, and its smallest pieces are kept as one', async () => {
  const sizes = [...Array(2_500).fill(1), 300_000, ...Array(1_200).fill(3), 70_000, 1] as readonly number[];
  const pieces = sizes.map((size, index) => Buffer.alloc(size, index));
  const req = Object.assign(new EventEmitter(), { headers: {}, pause() {} });
  const whole = readBody({ clock: createSimulatedClock() }, req as unknown as IncomingMessage, {
    maxBytes: 1_000_000,
    timeoutMs: 10_000,
  });
  const merge = vi.spyOn(Buffer, 'concat');
  onTestFinished(() => merge.mockRestore());
  for (const piece of pieces) req.emit('data', piece);
  expect(merge.mock.calls.map(([list]) => list.length)).toEqual([1_000, 1_000, 1_000]);
  req.emit('end');
  expect(merge.mock.lastCall?.[0].length).toBeLessThan(1_000);
  merge.mockRestore();
  expect(Buffer.concat(pieces).equals((await whole) as Buffer)).toBe(true);
});

describe('a body that is read on a budget', () => {
  const LIMITS = { maxBytes: 100, timeoutMs: 10_000 };
  const clock = createSimulatedClock();
  let budget = createBodyBudget(100);
  let held: BodyClaim[] = [];
  let read: (Buffer | Problem | undefined)[] = [];
  const server = createServer(async (req, res) => {
    const claim = budget.claim();
    held.push(claim);
    const body = await readBody({ clock, claim }, req, LIMITS);
    read.push(body);
    if (body === undefined) return;
    if (Buffer.isBuffer(body)) res.end(body);
    else sendProblem(res, body);
  });

  beforeEach(async () => {
    budget = createBodyBudget(100);
    held = [];
    read = [];
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  function open(headers: Record<string, string | number> = {}): ClientRequest {
    const { port } = server.address() as AddressInfo;
    return request({ port, host: '127.0.0.1', method: 'POST', headers });
  }
  async function answerOf(req: ClientRequest): Promise<{ status: number; retryAfter: string | undefined }> {
    const [{ statusCode, headers }] = (await once(req, 'response')) as [IncomingMessage];
    return { status: statusCode as number, retryAfter: headers['retry-after'] };
  }
  async function send(bytes: number): Promise<{ status: number; retryAfter: string | undefined }> {
    const req = open({ 'content-length': bytes });
    const answered = answerOf(req);
    req.end('x'.repeat(bytes));
    return answered;
  }
  async function arrived(condition: () => boolean): Promise<void> {
    await expect.poll(condition).toBe(true);
  }

  test('keeps its room until it is given back, and what does not fit is asked to come again', async () => {
    expect(await send(60)).toEqual({ status: 200, retryAfter: undefined });
    expect(await send(41)).toEqual({ status: 503, retryAfter: '1' });
    expect(await send(40)).toEqual({ status: 200, retryAfter: undefined });
    held[0]?.release();
    expect(await send(60)).toEqual({ status: 200, retryAfter: undefined });
  });

  test('of no announced length is refused by the byte that does not fit, and then takes nothing', async () => {
    await send(60);
    const req = open();
    const answered = answerOf(req);
    req.write('x'.repeat(30));
    await arrived(() => !budget.claim().fits(11));
    req.write('x'.repeat(20));
    expect(await answered).toEqual({ status: 503, retryAfter: '1' });
    expect(budget.claim().fits(40)).toBe(true);
    req.destroy();
  });

  test('takes no room by being announced', async () => {
    const req = open({ 'content-length': 100 });
    req.on('error', () => {});
    req.flushHeaders();
    await arrived(() => held.length === 1);
    expect(await send(100)).toEqual({ status: 200, retryAfter: undefined });
    req.destroy();
    await arrived(() => read.length === 2);
  });

  test('gives its room back when its sender goes away', async () => {
    const req = open({ 'content-length': 100 });
    req.on('error', () => {});
    req.write('x'.repeat(99));
    await arrived(() => !budget.claim().fits(2));
    req.destroy();
    await arrived(() => read.length === 1);
    expect(read).toEqual([undefined]);
    expect(await send(100)).toEqual({ status: 200, retryAfter: undefined });
  });

  test('is told too large where it would never fit', async () => {
    expect(await send(101)).toEqual({ status: 413, retryAfter: undefined });
  });
});
