import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, test } from 'vitest';
import { createSink, type SinkOptions } from '../../src/broker/sink.ts';
import type { Event } from '../../src/events/event.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { bodyOf, type Served, serve } from './knative-stage.ts';

const EVENT: Event = {
  specversion: '1.0',
  id: '1',
  source: '/test',
  type: 'test.happened',
  tenant: '7',
  data: { n: 1 },
};

const opened: Served[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

/** A sink that answers by turns, the last answer again and again. */
async function sinkOf(
  answers: readonly (readonly [number, Record<string, string>?])[],
  options: Partial<SinkOptions> = {},
) {
  const got: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const served = await serve(async (req, res) => {
    got.push({ headers: req.headers, body: (await bodyOf(req)).toString() });
    const [status, headers = {}] = answers[Math.min(got.length, answers.length) - 1]!;
    res.writeHead(status, headers).end();
  });
  opened.push(served);
  return { got, sink: createSink({ clock: systemClock, random: () => 0 }, { url: new URL(served.url), ...options }) };
}

describe('publishing to K_SINK', () => {
  it('sends the token of a file along, as it is at the time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fairlead-sink-'));
    const tokenFile = join(folder, 'token');
    const { sink, got } = await sinkOf([[202]], { tokenFile });
    for (const token of ['first', 'second']) {
      writeFileSync(tokenFile, `${token}\n`);
      await sink(EVENT);
    }
    rmSync(folder, { recursive: true });
    expect(got.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  });

  it('sends the event in binary mode, with the overrides of the platform', async () => {
    const { sink, got } = await sinkOf([[202]], { overrides: { cluster: 'harbour', tenant: '8' } });
    await sink(EVENT);
    expect(got).toHaveLength(1);
    expect(got[0]!.headers).toMatchObject({
      'ce-id': '1',
      'ce-type': 'test.happened',
      'ce-cluster': 'harbour',
      'ce-tenant': '8',
      'content-type': 'application/json',
    });
    expect(got[0]!.body).toBe('{"n":1}');
  });

  test.each([404, 408, 409, 429, 500, 502, 503, 504])('tries again after %i', async (status) => {
    const { sink, got } = await sinkOf([[status], [status], [202]]);
    await sink(EVENT);
    expect(got).toHaveLength(3);
  });

  test.each([400, 401, 403, 405, 410, 413, 415, 422, 302])('takes %i for final', async (status) => {
    const { sink, got } = await sinkOf([[status]]);
    await expect(sink(EVENT)).rejects.toMatchObject({ code: 'broker.refused', retryable: false });
    expect(got).toHaveLength(1);
  });

  it('waits as long as Retry-After says', async () => {
    const { sink, got } = await sinkOf([[429, { 'retry-after': '1' }], [202]]);
    const began = performance.now();
    await sink(EVENT);
    expect(performance.now() - began).toBeGreaterThanOrEqual(990);
    expect(got).toHaveLength(2);
  });

  it('gives up at once when Retry-After is longer than whoever publishes can wait', async () => {
    const { sink, got } = await sinkOf([[503, { 'retry-after': '60' }]]);
    await expect(sink(EVENT)).rejects.toMatchObject({ code: 'broker.unavailable', retryable: true });
    expect(got).toHaveLength(1);
  });

  it('gives up after its patience where nothing listens, and says where', async () => {
    const sink = createSink({ clock: systemClock }, { url: new URL('http://127.0.0.1:9'), patienceMs: 400 });
    await expect(sink(EVENT)).rejects.toThrow('127.0.0.1:9 took no event: ECONNREFUSED.');
  });

  it('gives up after its patience where nobody answers', async () => {
    const served = await serve(() => {});
    opened.push(served);
    const sink = createSink({ clock: systemClock }, { url: new URL(served.url), patienceMs: 200 });
    await expect(sink(EVENT)).rejects.toThrow('no answer within 0.2 s');
  });
});
