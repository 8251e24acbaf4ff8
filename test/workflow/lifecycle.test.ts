import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import { createDefinitions } from '../../src/workflow/definitions.ts';
import { createEngine, type Stop } from '../../src/workflow/engine.ts';
import type { LifecycleMode } from '../../src/workflow/lifecycle.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';
import { CRASH_CASES, type CrashCase } from './crash-workflows.ts';
import { begin, createStage, drive, LEASE_MS, startProcess } from './stage.ts';

const TENANT = '1';
const RUN = 'run';

function load(body: string): Definition {
  const text = `document: { dsl: '1.0.3', namespace: test, name: lifecycle, version: '1.0.0' }\n${body}`;
  const loaded = loadDefinition(text, { file: 'w.yaml', functions: ['act'] });
  if (loaded.definition === undefined) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
}

/** One run under an engine whose events are told as `what place`, each id once; what a host does with them. */
async function setUp(definition: Definition, mode: LifecycleMode = 'required') {
  const journal = createMemoryJournal();
  const clock = createSimulatedClock();
  const published = new Map<string, Event>();
  await journal.create({
    tenant: TENANT,
    id: RUN,
    definition: definition.ref,
    key: 'k',
    input: {},
    createdAt: clock.now(),
  });
  const engine = createEngine({
    journal,
    clock,
    bus: { publish: async (event) => void (published.has(event.id) || published.set(event.id, event)) },
    definitions: createDefinitions([definition]),
    lifecycle: mode,
    functions: { act: () => new Promise<never>(() => {}) },
  });
  let seen = 0;
  return {
    journal,
    clock,
    published,
    /** Executes the run until it rests or ends; when told to stop, it is after it has come to a stand. */
    async proceed(stop?: Stop): Promise<void> {
      const [run] = await journal.claim('me', clock.now(), clock.now() + 60_000, 1);
      if (run === undefined) throw new Error('The run cannot be claimed.');
      const controller = new AbortController();
      const execution = engine.execute(run, controller.signal);
      if (stop !== undefined) setImmediate(() => controller.abort(stop));
      await execution;
    },
    /** What was told since the last time. */
    told(): string[] {
      const all = [...published.values()].map(({ type, data }) => {
        const { task = '' } = data as { readonly task?: string };
        return `${type.slice('io.serverlessworkflow.'.length, -'.v1'.length)} ${task}`.trimEnd();
      });
      const since = all.slice(seen);
      seen = all.length;
      return since;
    },
  };
}

const WAITING = load('do:\n  - outer: { do: [ { nap: { wait: PT1H } } ] }\n  - end: { set: { n: 1 } }\n');

describe('lifecycle events tell that a run', () => {
  it('is suspended with the tasks under way, and resumed with them', async () => {
    const { proceed, told, journal, clock } = await setUp(
      load(
        'do:\n  - both: { fork: { branches: [ { nap: { wait: PT0.5S } }, { more: { do: [ { one: { wait: PT0.2S } }, { two: { set: { n: 1 } } } ] } } ] } }\n',
      ),
    );
    const suspended = proceed({ kind: 'suspend' });
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(250);
    await suspended;
    const held = ['/do/0/both', '/do/0/both/fork/branches/0/nap', '/do/0/both/fork/branches/1/more'];
    expect(told().slice(-4)).toEqual([...held.map((task) => `task.suspended ${task}`), 'workflow.suspended']);
    await journal.resume(TENANT, RUN);
    const resumed = proceed();
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(1000);
    await resumed;
    expect(told().slice(0, 5)).toEqual([
      ...held.map((task) => `task.resumed ${task}`),
      'workflow.resumed',
      'task.created /do/0/both/fork/branches/1/more/do/1/two',
    ]);
  });

  it('was suspended beside the engine, as soon as it is taken up again', async () => {
    const { proceed, told, journal, clock } = await setUp(WAITING);
    await proceed();
    told();
    for (const _ of [1, 2]) {
      await journal.suspend(TENANT, RUN);
      await journal.resume(TENANT, RUN);
    }
    await clock.advance(3_600_000);
    await proceed();
    const once = ['task.suspended /do/0/outer', 'task.suspended /do/0/outer/do/0/nap', 'workflow.suspended'];
    const held = [...once, ...once.map((what) => what.replace('suspended', 'resumed'))];
    expect(told()).toEqual([
      ...held,
      ...held,
      'task.completed /do/0/outer/do/0/nap',
      'task.completed /do/0/outer',
      'task.created /do/1/end',
      'task.started /do/1/end',
      'task.completed /do/1/end',
      'workflow.completed',
    ]);
  });

  it('is cancelled with the tasks under way, the innermost first', async () => {
    const { proceed, told } = await setUp(load('do:\n  - outer: { do: [ { inner: { call: act } } ] }\n'));
    await proceed({ kind: 'cancel', reason: 'no longer wanted' });
    expect(told().slice(-3)).toEqual([
      'task.cancelled /do/0/outer/do/0/inner',
      'task.cancelled /do/0/outer',
      'workflow.cancelled',
    ]);
  });

  it('is cancelled while it is parked, with the tasks that it waits in', async () => {
    const { proceed, told, journal } = await setUp(WAITING);
    await proceed();
    told();
    await journal.cancel(TENANT, RUN, 'no longer wanted');
    await proceed();
    expect(told()).toEqual(['task.cancelled /do/0/outer/do/0/nap', 'task.cancelled /do/0/outer', 'workflow.cancelled']);
  });

  it('has a task whose time is up, and what was within it is cancelled', async () => {
    const { proceed, told, clock } = await setUp(
      load('do:\n  - outer: { do: [ { nap: { wait: PT2H } } ], timeout: { after: PT1H } }\n'),
    );
    await proceed();
    told();
    await clock.advance(3_600_000);
    await proceed();
    expect(told()).toEqual(['task.cancelled /do/0/outer/do/0/nap', 'task.faulted /do/0/outer', 'workflow.faulted']);
  });

  it('has a fork whose losers are cancelled', async () => {
    const { proceed, told, clock } = await setUp(
      load(
        'do:\n  - race: { fork: { compete: true, branches: [ { slow: { do: [ { nap: { wait: PT2H } } ] } }, { fast: { wait: PT1H } } ] } }\n',
      ),
    );
    await proceed();
    told();
    await clock.advance(3_600_000);
    await proceed();
    expect(told()).toEqual([
      'task.completed /do/0/race/fork/branches/1/fast',
      'task.cancelled /do/0/race/fork/branches/0/slow/do/0/nap',
      'task.cancelled /do/0/race/fork/branches/0/slow',
      'task.completed /do/0/race',
      'workflow.completed',
    ]);
  });

  it('faulted, was retried and faulted again, each time', async () => {
    const { proceed, told, journal } = await setUp(
      load('do:\n  - bad: { raise: { error: { type: x, status: 500, title: Bad } } }\n'),
    );
    await proceed();
    const first = told();
    await journal.retry(TENANT, RUN);
    await proceed();
    expect(first.slice(-2)).toEqual(['task.faulted /do/0/bad', 'workflow.faulted']);
    expect(told().slice(-2)).toEqual(['task.faulted /do/0/bad', 'workflow.faulted']);
  });

  it('changed its status, each time, where that is asked for', async () => {
    const { proceed, journal, published } = await setUp(WAITING, 'all');
    await proceed();
    await journal.suspend(TENANT, RUN);
    await journal.resume(TENANT, RUN);
    await journal.suspend(TENANT, RUN);
    await journal.cancel(TENANT, RUN, 'no longer wanted');
    await proceed();
    const changes = [...published.values()].filter(
      ({ type }) => type === 'io.serverlessworkflow.workflow.status-changed.v1',
    );
    expect(changes.map(({ data }) => Reflect.get(data as object, 'status'))).toEqual([
      'running',
      'suspended',
      'running',
      'suspended',
      'cancelled',
    ]);
  });
});

/** The ids of all lifecycle events of a run that is killed at the given act, and taken up by another process. */
async function toldOf(test: CrashCase, kills: readonly number[]) {
  const stage = createStage([test.definition, ...test.others], createMemoryJournal(), 1, 'all');
  stage.events.push(...test.events);
  await begin(stage, test.definition, test.input);
  let acts = 0;
  for (const [index, kill] of [...kills, 0].entries()) {
    const process = startProcess(stage, `process ${index}`, kill);
    await drive(stage, process);
    acts = process.acts();
    process.kill();
    stage.clock.skip(LEASE_MS + 1);
  }
  const told = [...stage.published.values()]
    .filter(({ type }) => type.startsWith('io.serverlessworkflow.'))
    .map(({ id, type, source }) => `${type} ${source} ${id.replace(/^[0-9a-f-]{36}/, '')}`);
  // Sub-flows that nobody waits for may or may not have ended with the run, so they are not told apart.
  return { told: [...new Set(told)].sort(), acts };
}

describe('a run that is killed at any act tells each of its lifecycle events once', () => {
  it.each(CRASH_CASES.map((test) => [test.name, test] as const))('%s', async (_name, test) => {
    const clean = await toldOf(test, []);
    for (let kill = 1; kill <= clean.acts; kill += 1)
      expect((await toldOf(test, [kill])).told, `killed at ${kill}`).toEqual(clean.told);
  });
});
