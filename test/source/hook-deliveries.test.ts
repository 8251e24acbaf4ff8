import { Octokit } from '@octokit/rest';
import nock from 'nock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHookDeliveries } from '../../src/source/hook-deliveries.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

function hookDeliveries() {
  return createHookDeliveries({ app: new Octokit({ log: { debug() {}, info() {}, warn() {}, error() {} } }) });
}

test('the list is read page by page, by the cursors that GitHub gives', async () => {
  const row = {
    id: 12345678,
    guid: '0b989ba4-242f-11e5-81e1-c7b6966d2516',
    delivered_at: '2026-11-21T00:57:16Z',
    redelivery: false,
    duration: 0.27,
    status: 'OK',
    status_code: 200,
    event: 'issues',
    action: 'opened',
    installation_id: 123,
    repository_id: 456,
  };
  const github = nock('https://api.github.com')
    .get('/app/hook/deliveries')
    .query({ per_page: 100 })
    .reply(200, [row], {
      link: '<https://api.github.com/app/hook/deliveries?per_page=100&cursor=v1_123%3D>; rel="next", <https://api.github.com/x>; rel="prev"',
    })
    .get('/app/hook/deliveries')
    .query({ per_page: 100, cursor: 'v1_123=' })
    .reply(200, [{ ...row, installation_id: null, redelivery: true, status_code: 0 }]);

  const first = await hookDeliveries().list(undefined);
  const second = await hookDeliveries().list(first.next);

  expect(first).toEqual({
    attempts: [
      {
        id: 12345678,
        guid: '0b989ba4-242f-11e5-81e1-c7b6966d2516',
        deliveredAt: Date.UTC(2026, 10, 21, 0, 57, 16),
        statusCode: 200,
        redelivery: false,
        installation: 123,
      },
    ],
    next: 'v1_123=',
  });
  expect(second.next).toBeUndefined();
  expect(second.attempts[0]).toMatchObject({ installation: undefined, redelivery: true, statusCode: 0 });
  expect(github.isDone()).toBe(true);
});

test('an attempt is asked for again by its id', async () => {
  const github = nock('https://api.github.com').post('/app/hook/deliveries/12345678/attempts').reply(202, {});

  await hookDeliveries().redeliver(12345678);

  expect(github.isDone()).toBe(true);
});
