/**
 * Real deaths: one pull request, through a process that kills itself by SIGKILL at a place, another over the same file that
 * does so at a later one, and so on. In the end every effect has happened once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { post, quiet, until, type World } from '../support/house.ts';
import type { ChildOptions } from './child.ts';
import { namesOf } from './life.ts';
import { opened, outcome, type Scenario } from './scenario.ts';

/** In the order of the story: each process comes a little further than the one before. */
const PLACES = [
  'outbox.publish dev.knative.source.github.pull_request:before#1',
  'outbox.publish dev.knative.source.github.pull_request:after#1',
  'journal.create:after#1',
  'workflow.call.before#1',
  'journal.append:after#2',
  'github POST /repos/octo-org/hello/issues/1/labels:after#1',
  'github POST /repos/octo-org/hello/pulls/1/requested_reviewers:after#1',
  'github POST /repos/octo-org/hello/check-runs:after#1',
  'workflow.emit.before-publish#1',
  'outbox.publish dev.fairlead.pull_request.verified.v1:after#1',
  'notifier.before-send#1',
  'slack POST /api/chat.postMessage:after#1',
  'messages.write:after#1',
];

interface Child {
  readonly process: ChildProcess;
  readonly webhookUrl: string;
  /** Exit code, or the signal that it died of. */
  readonly ended: Promise<number | string>;
}

const CACHE = join(tmpdir(), 'fairlead-compile-cache');
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** `nth`: each child lives later than the one before, beyond its leases. */
async function bear(world: World, nth: number, place?: string): Promise<Child> {
  const { secrets: _, ...config } = world.config();
  const { token, webhookUrl } = world.slack;
  const options: ChildOptions = {
    config,
    slack: { token, webhookUrl },
    hosts: [...namesOf(world)],
    ahead: nth * 10_000,
    ...(place === undefined ? {} : { place }),
  };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'child.ts'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Each would else strip and compile the same sources.
    env: { ...process.env, NODE_COMPILE_CACHE: CACHE },
  });
  children.add(child);
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then((end) => Promise.reject(new Error(`The child ended with ${end} before it listened.`))),
  ])) as [string];
  return { process: child, webhookUrl: line, ended };
}

async function idle(world: World): Promise<void> {
  const guest = await openSqliteStore({ path: world.storePath, as: 'guest' });
  try {
    await quiet(guest);
  } finally {
    await guest.close();
  }
}

const send = ({ webhookUrl }: Child, scenario: Scenario) =>
  post(webhookUrl, scenario).then(
    ({ status }) => status,
    () => undefined,
  );

test('processes killed one after the other bring a pull request all the way, every effect once', {
  timeout: 120_000,
}, async () => {
  const scenario = await opened();
  const { world } = scenario;
  let nth = 0;
  let status: number | undefined;
  for (const place of PLACES) {
    const child = await bear(world, nth, place);
    nth += 1;
    // Whom GitHub was answered by, it does not deliver to again.
    if (status === undefined) status = await send(child, scenario);
    expect(await child.ended, place).toBe('SIGKILL');
  }
  const last = await bear(world, nth);
  await idle(world);
  last.process.kill('SIGTERM');

  expect(await last.ended).toBe(0);
  expect(outcome(world)).toEqual(await withoutFault());
  await world.close();
});

async function withoutFault() {
  const scenario = await opened();
  const { world } = scenario;
  const house = await world.start({ connected: false });
  expect((await post(house.webhookUrl, scenario)).status).toBe(202);
  await house.quiet();
  const result = outcome(world);
  await world.close();
  return result;
}

test('SIGTERM lets what is under way be finished: exit code 0, and nothing is left for the next one', async () => {
  const scenario = await opened();
  const { world } = scenario;
  const child = await bear(world, 0);
  const release = world.github.hold({ path: /\/pulls\/1\/files$/ });
  await send(child, scenario);
  await release.reached;
  child.process.kill('SIGTERM');
  await until(() => isRefused(child.webhookUrl), 'the port is closed');
  release();

  expect(await child.ended).toBe(0);
  expect(scenario.pull.labels).toEqual(['documentation']);
  const guest = await openSqliteStore({ path: world.storePath, as: 'guest' });
  expect((await guest.journal.list({ limit: 10 })).map(({ status }) => status)).toEqual(['completed']);
  await guest.close();
  await world.close();
});

/** Whether a new connection is. */
function isRefused(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  return once(socket, 'connect')
    .then(
      () => false,
      () => true,
    )
    .finally(() => socket.destroy());
}
