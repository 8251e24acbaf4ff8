import express from 'express';
import { describe, expect, test } from 'vitest';
import { createBodyBudget } from '../../src/broker/body-budget.ts';
import { isRetryableStatus } from '../../src/broker/delivery.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { createEventsEndpoint, type EventsEndpointDependencies } from '../../src/source/events-endpoint.ts';
import { listen, rawExchange, recordingBroker, recordingLog, recordingOwnership } from './doubles.ts';

const HEADERS = {
  'ce-specversion': '1.0',
  'ce-id': 'd-1',
  'ce-source': 'https://github.com/octo/repo',
  'ce-type': 'dev.knative.source.github.push',
  'content-type': 'application/json',
};
const EVENT = { specversion: '1.0', id: 'd-1', source: '/here', type: 'a.b' };

type Overrides = Partial<EventsEndpointDependencies> & { publish?: Parameters<typeof recordingBroker>[0] };

async function start({ publish, ...overrides }: Overrides = {}) {
  const { broker, published } = recordingBroker(publish);
  const { log, text } = recordingLog();
  const { ownership, buried, asked } = recordingOwnership();
  const endpoint = createEventsEndpoint({
    broker,
    ...ownership,
    log,
    clock: systemClock,
    ...overrides,
  });
  const { url, port } = await listen(express().use(endpoint));
  return { url: `${url}/events`, port, published, buried, asked, logged: text };
}

function post(url: string, headers: Record<string, string>, body: string): Promise<Response> {
  return fetch(url, { method: 'POST', headers, body });
}

function structured(event: object): [headers: Record<string, string>, body: string] {
  return [{ 'content-type': 'application/cloudevents+json' }, JSON.stringify(event)];
}

describe('An event posted to /events is taken', () => {
  test('in binary mode, with the exact text of its data', async () => {
    const { url, published } = await start();

    const answer = await post(url, { ...HEADERS, 'ce-tenant': '7' }, '{ "ref": "refs/heads/main" }');

    expect(answer.status).toBe(202);
    expect(published).toEqual([
      {
        event: expect.objectContaining({ id: 'd-1', tenant: '7', data: { ref: 'refs/heads/main' } }),
        dataText: '{ "ref": "refs/heads/main" }',
      },
    ]);
  });

  test('in structured mode', async () => {
    const { url, published } = await start();

    const answer = await post(url, ...structured({ ...EVENT, tenant: '7', data: [1] }));

    expect(answer.status).toBe(202);
    expect(published[0]?.event).toEqual({ ...EVENT, tenant: '7', data: [1] });
  });

  test('in a batch, each event of it', async () => {
    const { url, published } = await start();
    const batch = ['1', '2', '3'].map((id) => ({ ...EVENT, id, tenant: '7' }));

    const answer = await post(url, { 'content-type': 'application/cloudevents-batch+json' }, JSON.stringify(batch));

    expect(answer.status).toBe(202);
    expect(published.map(({ event }) => event.id)).toEqual(['1', '2', '3']);
  });

  test('and 2xx is never given before the commit', async () => {
    const commit = Promise.withResolvers<'accepted'>();
    const { url, published } = await start({ publish: () => commit.promise });
    let answered = false;

    const answer = post(url, ...structured({ ...EVENT, tenant: '7' })).finally(() => {
      answered = true;
    });
    await expect.poll(() => published.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answered).toBe(false);
    commit.resolve('accepted');

    expect((await answer).status).toBe(202);
  });
});

describe('The tenant of an event is', () => {
  const repository = { name: 'repo', owner: { login: 'octo' } };
  const table: [sentence: string, members: object, tenant: string, asked: readonly string[]][] = [
    ['the one it names', { tenant: '7', data: { installation: { id: 8 } } }, '7', []],
    ['the installation attribute of Knative’s source', { installation: '9' }, '9', []],
    ['the installation in its payload', { installation: '0', data: { installation: { id: 8 } } }, '8', []],
    ['that of the repository in its attributes', { owner: 'octo', repository: 'repo' }, '42', ['octo/repo']],
    ['that of the repository in its payload', { data: { repository } }, '42', ['octo/repo']],
  ];
  test.each(table)('%s', async (_sentence, members, tenant, expected) => {
    const { url, published, asked } = await start();

    await post(url, ...structured({ ...EVENT, ...members }));

    expect(published[0]?.event.tenant).toBe(tenant);
    expect(asked).toEqual(expected);
  });

  const homeless: [sentence: string, members: object, asked: readonly string[]][] = [
    ['a repository the App is not installed on', { owner: 'other', repository: 'repo' }, ['other/repo']],
    ['no repository', {}, []],
    ['a repository whose name would change the address it is asked under', { owner: '..', repository: 'a/b' }, []],
  ];
  test.each(homeless)(
    'nobody for %s: it is kept in the dead letters and answered 202',
    async (_sentence, members, expected) => {
      const { url, published, buried, asked } = await start();

      const answer = await post(url, ...structured({ ...EVENT, ...members }));

      expect(answer.status).toBe(202);
      expect(published).toEqual([]);
      expect(buried).toEqual([{ event: { ...EVENT, ...members }, reason: expect.stringMatching(/no installation/) }]);
      expect(asked).toEqual(expected);
    },
  );

  test('unknown while GitHub cannot be asked: the sender is to come again', async () => {
    const { url, buried } = await start({
      findTenant: () => Promise.reject(new FairleadError('github.unavailable', 'down')),
    });

    const answer = await post(url, ...structured({ ...EVENT, owner: 'octo', repository: 'repo' }));

    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(buried).toEqual([]);
  });
});

describe('A post to /events is refused with a problem', () => {
  const table: [sentence: string, init: RequestInit, status: number, detail: RegExp][] = [
    ['with another method', { method: 'GET' }, 405, /POST/],
    [
      'without an event',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' },
      415,
      /ce- headers/,
    ],
    [
      'with an event that is invalid',
      { method: 'POST', headers: { ...HEADERS, 'ce-source': '' }, body: '{}' },
      400,
      /source/,
    ],
    ['larger than the bound', { method: 'POST', headers: HEADERS, body: `"${'x'.repeat(1000)}"` }, 413, /1000 bytes/],
  ];
  test.each(table)('%s', async (_sentence, init, status, detail) => {
    const { url, published } = await start({ maxBytes: 1000 });

    const answer = await fetch(url, init);

    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(((await answer.json()) as { detail: string }).detail).toMatch(detail);
    expect(published).toEqual([]);
  });

  test('with more events in a batch than are stored at once', async () => {
    const { url } = await start();
    const batch = Array.from({ length: 1001 }, (_, id) => ({ ...EVENT, id: String(id) }));

    const answer = await post(url, { 'content-type': 'application/cloudevents-batch+json' }, JSON.stringify(batch));

    expect(answer.status).toBe(413);
  });

  test.each([
    [new FairleadError('event.conflict', 'known'), 422],
    [new FairleadError('store.unavailable', 'full'), 503],
  ])('when the broker says %s, so that Knative sends it again only where that helps', async (error, status) => {
    const { url } = await start({ publish: () => Promise.reject(error) });

    expect((await post(url, ...structured({ ...EVENT, tenant: '7' }))).status).toBe(status);
    expect(isRetryableStatus(status)).toBe(error.retryable);
  });

  test('with what may pass, where another event of the same batch is refused for good', async () => {
    const { url } = await start({
      publish: ({ id }) => Promise.reject(new FairleadError(id === '1' ? 'event.conflict' : 'store.unavailable', id)),
    });
    const batch = ['1', '2'].map((id) => ({ ...EVENT, id, tenant: '7' }));

    const answer = await post(url, { 'content-type': 'application/cloudevents-batch+json' }, JSON.stringify(batch));

    expect(answer.status).toBe(503);
  });

  test('while others at the port fill what all may hold, of which nothing is left counted once it is answered', async () => {
    const bodyBudget = createBodyBudget(100);
    const { url } = await start({ bodyBudget });
    const [headers, body] = structured({ ...EVENT, tenant: '7' });
    const other = bodyBudget.claim();
    other.take(101 - body.length);

    expect((await post(url, headers, body)).status).toBe(503);
    other.release();
    expect((await post(url, headers, body)).status).toBe(202);
    expect(bodyBudget.claim().fits(100)).toBe(true);
  });

  test('when its body is too slow', async () => {
    const { port } = await start({ bodyTimeoutMs: 100 });

    const answer = await rawExchange(port, ['POST /events HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n', '{']);

    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('Where the cluster’s tokens are asked for,', () => {
  const refusal = { status: 401, detail: 'No.' };
  const guard = async ({ headers }: { readonly headers: { readonly authorization?: string } }) =>
    headers.authorization === 'Bearer of the cluster' ? undefined : refusal;

  test.each<[sentence: string, token: string | undefined, sent: string | undefined, status: number]>([
    ['one lets an event in', undefined, 'Bearer of the cluster', 202],
    ['none does not', undefined, undefined, 401],
    ['the port’s own token does too', 'the token', 'Bearer the token', 202],
    ['one is good beside the port’s own', 'the token', 'Bearer of the cluster', 202],
    ['another is not', 'the token', 'Bearer another', 401],
  ])('%s', async (_sentence, token, sent, status) => {
    const { url, published } = await start({ token, guard });
    const authorization: Record<string, string> = sent === undefined ? {} : { authorization: sent };
    const answer = await post(url, { ...HEADERS, ...authorization, 'ce-tenant': '7' }, '{}');
    expect([answer.status, published.length]).toEqual([status, status === 202 ? 1 : 0]);
  });
});

describe('Where a token is configured,', () => {
  test.each([
    ['the right one lets an event in', 'Bearer the token', 202],
    ['a wrong one does not', 'Bearer another', 401],
    ['a part of it does not', 'Bearer the', 401],
    ['another scheme does not', 'Basic the token', 401],
    ['none does not', undefined, 401],
  ])('%s', async (_sentence, authorization, status) => {
    const { url, published, logged } = await start({ token: 'the token' });
    const [headers, body] = structured({ ...EVENT, tenant: '7' });

    const answer = await post(url, authorization === undefined ? headers : { ...headers, authorization }, body);

    expect(answer.status).toBe(status);
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
    expect(published).toHaveLength(status === 202 ? 1 : 0);
    expect(logged()).not.toContain('the token');
  });
});
