/** A run waits for GitHub’s limits as often as it takes; only what fails uses up its attempts. */
import nock from 'nock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFastClock, createWorkbench, type Reply, serve } from './harness.ts';
import { payloadOf } from './payload.ts';
import { loadShipped, runShipped } from './run-shipped.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const pullRequest = loadShipped('pull-request.yaml');

test('eight waits for a limit, told with 403, are no attempts: the run is done in the end, and nothing twice', async () => {
  const workbench = createWorkbench({ clock: createFastClock() });
  let limited = 8;
  const files: Reply = () =>
    limited-- > 0
      ? [403, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': '11' }]
      : [200, [{ filename: 'README.md', status: 'modified' }]];
  const calls = serve({
    'GET /contents/.github%2Ffairlead.yml': () => [404, {}],
    'GET /pulls/2/files': files,
    'POST /issues/2/labels': () => [200, []],
    'POST /check-runs': () => [201, { html_url: 'https://github.com/runs/1' }],
  });
  const payload = payloadOf('opened');
  payload.pull_request.requested_reviewers = [];

  const { result } = await runShipped(workbench, pullRequest, payload);

  expect(result.status).toBe('completed');
  const made = calls.map(({ call }) => call).filter((call) => !call.startsWith('GET /contents'));
  expect(made).toEqual([
    ...Array.from({ length: 9 }, () => 'GET /pulls/2/files'),
    'POST /issues/2/labels',
    'POST /check-runs',
  ]);
}, 15_000);
