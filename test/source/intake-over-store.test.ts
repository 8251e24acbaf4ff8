import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createEmbeddedBroker } from '../../src/broker/embedded.ts';
import { systemClock as clock } from '../../src/observe/clock.ts';
import { createIntake, WEBHOOK_PATH } from '../../src/source/intake.ts';
import { UNOWNED } from '../../src/source/tenant-for.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { listen, recordingLog, recordingMetrics, SECRET, sign } from './doubles.ts';

const BODY = JSON.stringify({ action: 'opened', installation: { id: 42 }, pull_request: { number: 7 } });

async function start() {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-intake-'));
  const store = await openSqliteStore({ path: join(folder, 'fairlead.db') });
  const { log, text } = recordingLog();
  const { metrics } = recordingMetrics();
  const { outbox } = store;
  const broker = createEmbeddedBroker({ outbox, clock, log, metrics });
  broker.subscribe({ name: 'all', filters: [] }, async () => undefined);
  const intake = createIntake({
    broker,
    outbox,
    findTenant: async () => undefined,
    secrets: [SECRET],
    log,
    metrics,
    clock,
  });
  const { url } = await listen((req, res) => void intake(req, res));
  let isOpen = true;
  async function close(): Promise<void> {
    if (isOpen) await store.close();
    isOpen = false;
  }
  onTestFinished(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });
  function deliver(body: string, id = 'd-1'): Promise<Response> {
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'pull_request',
      'x-github-delivery': id,
      'x-hub-signature-256': sign(body),
    };
    return fetch(`${url}${WEBHOOK_PATH}`, { method: 'POST', body, headers });
  }
  async function stored(): Promise<readonly unknown[]> {
    const due = await store.outbox.due('42', clock.now(), 100, new Set());
    return due.map(({ event }) => event.data);
  }
  return { deliver, stored, close, store, logged: text };
}

test('a delivery is in the inbox once it is answered 202', async () => {
  const { deliver, stored, store } = await start();

  expect((await deliver(BODY)).status).toBe(202);

  expect(await stored()).toEqual([JSON.parse(BODY)]);
  expect(await store.outbox.unknown('42', ['d-1', 'd-2'])).toEqual(['d-2']);
});

test('the same delivery, many times at once, is one event', async () => {
  const { deliver, stored } = await start();

  const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(BODY)));

  expect(answers.map((answer) => answer.status).sort()).toEqual([...Array<number>(19).fill(200), 202]);
  expect(await stored()).toHaveLength(1);
});

test('a known delivery with another body is refused and changes nothing', async () => {
  const { deliver, stored, logged } = await start();
  await deliver(BODY);

  const answer = await deliver(BODY.replace('opened', 'closed'));

  expect(answer.status).toBe(409);
  expect(await stored()).toEqual([JSON.parse(BODY)]);
  expect(logged()).toContain('suspicious');
});

test('with the store gone, a delivery is answered 503', async () => {
  const { deliver, close } = await start();
  await close();

  expect((await deliver(BODY)).status).toBe(503);
});

test('a webhook of nobody is answered 202 once it is a dead letter, of which there is one however often it comes', async () => {
  const { deliver, stored, store } = await start();
  const body = JSON.stringify({ action: 'opened', repository: { name: 'hello', owner: { login: 'octo' } } });

  expect([(await deliver(body)).status, (await deliver(body)).status]).toEqual([202, 202]);

  expect(await stored()).toEqual([]);
  expect(await store.outbox.deadLetters({ limit: 10 })).toEqual([
    expect.objectContaining({
      tenant: '0',
      trigger: '',
      reason: UNOWNED,
      event: expect.objectContaining({ id: 'd-1' }),
    }),
  ]);
});
