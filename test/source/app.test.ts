import pino from 'pino';
import { createNodeMiddleware, Probot } from 'probot';
import { describe, expect, test } from 'vitest';
import { createApp } from '../../src/source/app.ts';
import { toEvent } from '../../src/source/translate.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';
import { listen, recordingBroker, SECRET, sign } from './doubles.ts';
import { exampleOf } from './webhook-examples.ts';

const log = pino({ level: 'silent' });

async function start(publish?: Parameters<typeof recordingBroker>[0]) {
  const { broker, published } = recordingBroker(publish);
  const clock = createSimulatedClock();
  const probot = new Probot({ githubToken: 'unused', secret: SECRET, log });
  const middleware = await createNodeMiddleware(createApp({ broker, clock }), { probot });
  const { url } = await listen((req, res) => void middleware(req, res));
  async function deliver(payload: object): Promise<Response> {
    const body = JSON.stringify(payload);
    return fetch(`${url}/api/github/webhooks`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'pull_request',
        'x-github-delivery': 'd-1',
        'x-hub-signature-256': sign(body),
      },
    });
  }
  return { deliver, published, clock };
}

describe('As a Probot app, the source', () => {
  test('publishes what Probot received as the intake would have', async () => {
    const { deliver, published, clock } = await start();
    const payload = exampleOf('pull_request');

    const answer = await deliver(payload);

    expect(answer.status).toBe(200);
    const webhook = { name: 'pull_request', id: 'd-1', payload };
    expect(published.map(({ event }) => event)).toEqual([
      toEvent(webhook, { convention: 'knative', now: clock.now() }),
    ]);
  });

  test('lets Probot say that it failed when the event was not committed', async () => {
    const { deliver } = await start(() => Promise.reject(new Error('disk full')));

    expect((await deliver(exampleOf('pull_request'))).status).toBe(500);
  });
});
