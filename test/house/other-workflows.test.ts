import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import type { Config } from '../../src/config.ts';
import { openWorld, type World } from '../support/house.ts';

const head = (name: string) => `document: { dsl: '1.0.3', namespace: test, name: ${name}, version: '1.0.0' }\n`;
const DONE = `{ emit: { event: { with: { source: /test, type: test.done, data: '\${ . }' } } } }`;

let world: World;
afterEach(() => world.close());

async function startWith(workflow: string, config: Partial<Config> = {}) {
  const workflowsPath = mkdtempSync(join(tmpdir(), 'fairlead-workflows-'));
  onTestFinished(() => rmSync(workflowsPath, { recursive: true }));
  writeFileSync(join(workflowsPath, 'w.yaml'), workflow);
  world = await openWorld();
  const house = await world.start({ config: { ...config, workflowsPath } });
  const send = async (type: string, id: string, data: unknown) => {
    const event = { specversion: '1.0', id, source: '/test', type, tenant: '1', data };
    const answer = await fetch(`${house.internalUrl}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify(event),
    });
    expect(answer.status).toBe(202);
    await expect.poll(async () => (await house.guest.outbox.depth()).due).toBe(0);
  };
  const done = () => house.events.filter(({ type }) => type === 'test.done').map(({ data }) => data);
  return { house, send, done };
}

it('a run that listens is woken by the event it waits for, and by no other', async () => {
  const { send, done, house } =
    await startWith(`${head('asking')}schedule: { on: { one: { with: { type: test.asked } } } }
do:
  - hear: { listen: { to: { one: { with: { type: test.answered, data: '\${ .to == "1" }' } } } } }
  - tell: ${DONE}
`);
  await send('test.asked', '1', {});
  await expect.poll(async () => (await house.runs()).map(({ status }) => status)).toEqual(['waiting']);
  await send('test.answered', '2', { to: 'other' });
  expect(done()).toEqual([]);
  await send('test.answered', '3', { to: '1' });
  await expect.poll(done).toEqual([[{ to: '1' }]]);
});

it('several events start one run together', async () => {
  const { send, done, house } = await startWith(`${head('together')}schedule:
  on: { all: [{ with: { type: test.a } }, { with: { type: test.b } }] }
  read: data
do:
  - tell: ${DONE}
`);
  await send('test.b', '1', 'second');
  expect(await house.runs()).toEqual([]);
  await send('test.a', '2', 'first');
  await expect.poll(done).toEqual([['first', 'second']]);
});

it('time starts a run', async () => {
  const { done } = await startWith(`${head('timed')}schedule: { every: { milliseconds: 50 } }
do:
  - tell: ${DONE}
`);
  await expect.poll(() => done().length).toBeGreaterThan(1);
});

it('runs tell of their changes of phase, where lifecycle events are on', async () => {
  const { house, send } = await startWith(
    `${head('failing')}schedule: { on: { one: { with: { type: test.asked } } } }
do:
  - bad: { raise: { error: { type: 'https://example.com/bad', status: 409 } } }
`,
    { lifecycleEvents: 'required' },
  );
  await send('test.asked', '1', {});
  const phases = () =>
    house.events.flatMap(({ type, tenant }) =>
      type.startsWith('io.serverlessworkflow.') ? [`${tenant} ${type}`] : [],
    );
  await expect
    .poll(phases)
    .toEqual(
      ['workflow.started', 'task.created', 'task.started', 'task.faulted', 'workflow.faulted'].map(
        (what) => `1 io.serverlessworkflow.${what}.v1`,
      ),
    );
});
