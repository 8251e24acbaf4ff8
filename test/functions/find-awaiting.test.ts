import nock from 'nock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findAwaiting } from '../../functions/find-awaiting.ts';
import { readFacts } from '../../functions/read-facts.ts';
import { evaluationRequestedData } from '../../src/events/catalogue.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';
import { createWorkbench, type Reply, serve, type Workbench } from './harness.ts';
import { payloadOf } from './payload.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const pull = payloadOf('opened').pull_request;
const HEAD: string = pull.head.sha;
const SUITES = `GET /commits/${HEAD}/check-suites`;
const STATUS = `GET /commits/${HEAD}/status`;
const PULL = 'GET /pulls/2';
const NO_STATUSES: Reply = () => [200, { total_count: 0, state: 'pending', statuses: [] }];
const suites = (conclusion: string | null): Reply => {
  const status = conclusion === null ? 'in_progress' : 'completed';
  const suite = { status, conclusion, latest_check_runs_count: 1, app: { id: 15368 } };
  return () => [200, { total_count: 1, check_suites: [suite] }];
};

/** Judges the pull request while its checks have come to this. */
async function judge(workbench: Workbench, reply: Reply, sha = HEAD): Promise<void> {
  const { configuration } = parseConfiguration('labels: [{ label: x, ci: green }]');
  const event = payloadOf('opened');
  event.pull_request.head.sha = sha;
  serve({
    'GET /pulls/2/files': () => [200, []],
    [`GET /commits/${sha}/check-suites`]: reply,
    [`GET /commits/${sha}/status`]: NO_STATUSES,
  });
  const rules = { outcome: 'found' as const, configuration };
  await readFacts.handle(readFacts.input.parse({ event, rules }), workbench.contextOf());
  nock.cleanAll();
}

async function find(
  workbench: Workbench,
  routes: Readonly<Record<string, Reply>>,
  told: object = { check_suite: { head_sha: HEAD } },
) {
  const calls = serve({ [STATUS]: NO_STATUSES, ...routes });
  const event = { ...told, repository: payloadOf('opened').repository };
  const found = await findAwaiting.handle(findAwaiting.input.parse({ event }), workbench.contextOf());
  nock.cleanAll();
  return { made: calls.map(({ call }) => call), ...findAwaiting.output.parse(found) };
}

test('where nobody waits, nothing is asked', async () => {
  expect(await find(createWorkbench(), {})).toEqual({ made: [], ci: null, requests: [] });
});

test('who waits is judged again by an event that the catalogue knows, once the checks have come to something new', async () => {
  const workbench = createWorkbench();
  await judge(workbench, suites(null));
  const found = await find(workbench, { [SUITES]: suites('success'), [PULL]: () => [200, pull] });
  expect([found.made, found.ci]).toEqual([[SUITES, STATUS, PULL], 'green']);
  const [request] = found.requests;
  expect(evaluationRequestedData.parse(request)).toMatchObject({
    reason: 'the checks of its head are green',
    number: 2,
    pull_request: { head: { sha: HEAD }, updated_at: pull.updated_at },
  });

  await judge(workbench, suites('success'));
  expect(await find(workbench, { [SUITES]: suites('success') })).toEqual({
    made: [SUITES, STATUS],
    ci: 'green',
    requests: [],
  });
});

test('a pull request that is closed, or has another head, is forgotten', async () => {
  const workbench = createWorkbench();
  await judge(workbench, suites(null));
  const closed = { ...pull, state: 'closed' };
  expect((await find(workbench, { [SUITES]: suites('success'), [PULL]: () => [200, closed] })).requests).toEqual([]);
  expect((await find(workbench, {})).made).toEqual([]);

  await judge(workbench, suites(null));
  await judge(workbench, suites(null), 'b'.repeat(40));
  expect((await find(workbench, {})).made).toEqual([]);
});

test('a commit status has the same pull requests judged again, and what is neither asks nothing', async () => {
  const workbench = createWorkbench();
  await judge(workbench, suites('success'));
  const failed: Reply = () => [200, { total_count: 2, state: 'failure', statuses: [] }];
  const routes = {
    [SUITES]: suites('success'),
    [STATUS]: failed,
    [PULL]: (): readonly [number, unknown] => [200, pull],
  };

  const found = await find(workbench, routes, { sha: HEAD, state: 'failure', context: 'ci/build' });

  expect([found.made, found.ci, found.requests.length]).toEqual([[SUITES, STATUS, PULL], 'failing', 1]);
  expect((await find(workbench, routes, {})).made).toEqual([]);
});

test('checks that have failed say enough: no status is asked for', async () => {
  const workbench = createWorkbench();
  await judge(workbench, suites('failure'));
  expect(await find(workbench, { [SUITES]: suites('failure') })).toMatchObject({ made: [SUITES], ci: 'failing' });
});

test('who may not know the checks does not wait for them', async () => {
  const workbench = createWorkbench();
  await judge(workbench, () => [403, { message: 'Resource not accessible by integration' }]);
  expect((await find(workbench, {})).made).toEqual([]);
});
