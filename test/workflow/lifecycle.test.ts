import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import { createDefinitions } from '../../src/workflow/definitions.ts';
import { createEngine, type Stop } from '../../src/workflow/engine.ts';
import type { LifecycleMode } from '../../src/workflow/lifecycle.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';
import { contradictions } from './contradictions.ts';
import { CRASH_CASES, type CrashCase } from './crash-workflows.ts';
import { begin, createStage, drive, LEASE_MS, type Mutation, startProcess } from './stage.ts';

const TENANT = '1';
const RUN = 'run';

function load(body: string): Definition {
  const text = `document: { dsl: '1.0.3', namespace: test, name: lifecycle, version: '1.0.0' }\n${body}`;
  const loaded = loadDefinition(text, { file: 'w.yaml', functions: ['act'] });
  if (loaded.definition === undefined) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
}

/** One run under an engine whose events are told as `what place`, each id once and never otherwise; what a host does with them. */
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
  let acts = 0;

  /** The process dies at its `dieAt`-th act on the world, before or after it. */
  function startEngine(dieAt = 0) {
    acts = 0;
    async function act<T>(perform: () => Promise<T>): Promise<T> {
      await pass();
      const result = await perform();
      await pass();
      return result;
    }
    async function pass(): Promise<void> {
      acts += 1;
      if (dieAt > 0 && acts >= dieAt) await new Promise<never>(() => {});
    }
    async function publish(event: Event): Promise<void> {
      if (published.has(event.id)) expect(event).toEqual(published.get(event.id));
      else published.set(event.id, event);
    }
    return createEngine({
      journal: { ...journal, append: (...args) => act(() => journal.append(...args)) },
      clock,
      bus: { publish: (event) => act(() => publish(event)) },
      definitions: createDefinitions([definition]),
      lifecycle: mode,
      functions: { act: () => new Promise<never>(() => {}) },
    });
  }
  /** Begins to execute the run, until it has come to a stand. */
  async function start(dieAt = 0) {
    const [run] = await journal.claim('me', clock.now(), clock.now() + 60_000, 1);
    if (run === undefined) throw new Error('The run cannot be claimed.');
    const controller = new AbortController();
    const execution = startEngine(dieAt).execute(run, controller.signal);
    execution.catch(() => {});
    await turns();
    return { execution, stop: (reason: Stop) => controller.abort(reason) };
  }
  let seen = 0;
  return {
    journal,
    clock,
    published,
    start,
    acts: () => acts,
    /** Executes the run until it rests, ends or the process dies; when told to stop, it is after it has come to a stand. */
    async proceed(reason?: Stop, dieAt = 0): Promise<void> {
      const { execution, stop } = await start(dieAt);
      if (reason !== undefined) stop(reason);
      // What is slept through in memory passes.
      if (reason !== undefined) await clock.advance(250);
      if (dieAt === 0) return void (await execution);
      await turns();
      await clock.advance(60_001);
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

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const WAITING = load('do:\n  - outer: { do: [ { nap: { wait: PT1H } } ] }\n  - end: { set: { n: 1 } }\n');

describe('lifecycle events tell that a run', () => {
  it('is suspended with the tasks under way, and resumed with them', async () => {
    const { start, proceed, told, journal, clock } = await setUp(
      load(
        'do:\n  - both: { fork: { branches: [ { nap: { wait: PT0.5S } }, { more: { do: [ { one: { wait: PT0.2S } }, { two: { set: { n: 1 } } } ] } } ] } }\n',
      ),
    );
    await proceed({ kind: 'suspend' });
    const held = ['/do/0/both', '/do/0/both/fork/branches/0/nap', '/do/0/both/fork/branches/1/more'];
    expect(told().slice(-4)).toEqual([...held.map((task) => `task.suspended ${task}`), 'workflow.suspended']);
    await journal.resume(TENANT, RUN, clock.now());
    const { execution } = await start();
    await clock.advance(1000);
    await execution;
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
      await journal.suspend(TENANT, RUN, clock.now());
      await journal.resume(TENANT, RUN, clock.now());
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

  it.each([
    ['heard', true],
    ['met with at the next write', false],
  ])(
    'was suspended beside it while it was under way, as soon as that is %s, and says the same later',
    async (_, isHeard) => {
      const { start, proceed, told, journal, clock } = await setUp(
        load('do:\n  - both: { fork: { branches: [ { a: { call: act } }, { b: { wait: PT0.1S } } ] } }\n'),
      );
      const { execution, stop } = await start();
      await journal.suspend(TENANT, RUN, clock.now());
      if (isHeard) stop({ kind: 'suspended' });
      else await clock.advance(100);
      await execution.catch(({ code }) => expect(code).toBe('store.fenced'));
      const tasks = ['', '/fork/branches/0/a', '/fork/branches/1/b'];
      const held = [...tasks.map((place) => `task.suspended /do/0/both${place}`), 'workflow.suspended'];
      expect(told().slice(-4)).toEqual(held);
      await clock.advance(5_000);
      await journal.resume(TENANT, RUN, clock.now());
      await clock.advance(5_000);
      await proceed({ kind: 'release' });
      expect(told().slice(0, 4)).toEqual(held.map((what) => what.replace('suspended', 'resumed')));
    },
  );

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
    const { proceed, journal, published, clock } = await setUp(WAITING, 'all');
    await proceed();
    await journal.suspend(TENANT, RUN, clock.now());
    await journal.resume(TENANT, RUN, clock.now());
    await journal.suspend(TENANT, RUN, clock.now());
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

describe('a run that is killed while it is told to stop comes to a stop, and all of it is told once', () => {
  const running = load(
    'do:\n  - both: { fork: { branches: [ { one: { wait: PT0.5S } }, { two: { do: [ { nap: { wait: PT0.2S } }, { more: { set: { n: 1 } } } ] } } ] } }\n',
  );
  const STOPS: readonly (readonly [string, Stop, string])[] = [
    ['cancelled', { kind: 'cancel', reason: 'no longer wanted' }, 'cancelled'],
    ['suspended', { kind: 'suspend' }, 'suspended'],
  ];

  it.each(STOPS)('%s', async (_name, stop, status) => {
    const clean = await setUp(running);
    await clean.proceed(stop);
    const all = clean.told();
    expect(all.at(-1)).toBe(`workflow.${status}`);
    let stops = 0;
    for (let dieAt = 1; dieAt <= clean.acts(); dieAt += 1) {
      const { proceed, told, journal } = await setUp(running);
      await proceed(stop, dieAt);
      const { entries = [] } = (await journal.read(TENANT, RUN)) ?? {};
      if (!entries.some(({ kind }) => kind === 'ending' || kind === 'suspended')) continue;
      stops += 1;
      // Whoever goes on with it knows from the journal alone.
      const { record } = (await journal.read(TENANT, RUN)) ?? {};
      if (record?.status === 'running') await proceed();
      expect((await journal.read(TENANT, RUN))?.record.status, `died at ${dieAt}`).toBe(status);
      expect(told().sort(), `died at ${dieAt}`).toEqual([...all].sort());
    }
    expect(stops).toBeGreaterThan(3);
  });
});

/**
 * All lifecycle events of a run that is killed at the given acts, each time taken up by another process, with what they say
 * but for ids and times. Whoever contradicts what was told before is among the violations.
 */
async function toldOf(
  test: CrashCase,
  kills: readonly number[],
  { awayMs = LEASE_MS + 1, mutation = {} }: { readonly awayMs?: number; readonly mutation?: Mutation } = {},
) {
  const stage = createStage([test.definition, ...test.others], createMemoryJournal(), 1, 'required');
  stage.events.push(...test.events);
  await begin(stage, test.definition, test.input);
  let acts = 0;
  for (const [index, kill] of [...kills, 0].entries()) {
    const process = startProcess(stage, `process ${index}`, kill, mutation);
    await drive(stage, process);
    acts = Math.max(acts, process.acts());
    process.kill();
    stage.clock.skip(awayMs);
  }
  const events = [...stage.published.values()].filter(({ type }) => type.startsWith('io.serverlessworkflow.'));
  const told = events.map(
    ({ id, type, source, data }) => `${type} ${source} ${id.replace(/^[0-9a-f-]{36}/, '')} ${described(data)}`,
  );
  const { violations } = stage;
  // Sub-flows that nobody waits for may or may not have ended with the run, so they are not told apart.
  return { told: [...new Set(told)].sort(), acts, events, violations };
}

function described(data: unknown): string {
  const text = JSON.stringify(data, (key, value) => (/^time$|.At$/.test(key) ? 0 : value));
  return text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'run');
}

/** The only one whose runs may end after the one that is looked at. */
const SUB_FLOWS = 'sub-flow';
const AGES_MS = 10 * 86_400_000;

describe('a run that is killed at any act, and again while it recovers, tells all of its lifecycle events', () => {
  it.each(CRASH_CASES.map((test) => [test.name, test] as const))('%s', { timeout: 60_000 }, async (_name, test) => {
    const clean = await toldOf(test, []);
    for (let kill = 1; kill <= clean.acts; kill += 1) {
      for (const kills of [[kill], [kill, 1], [kill, 4]]) {
        const { told, violations } = await toldOf(test, kills);
        expect(told, `killed at ${kills}`).toEqual(clean.told);
        expect(violations, `killed at ${kills}`).toEqual([]);
      }
    }
  });

  it.each(CRASH_CASES.filter(({ name }) => name !== SUB_FLOWS).map((test) => [test.name, test] as const))(
    'and where all deadlines pass meanwhile, each with one end: %s',
    { timeout: 60_000 },
    async (_name, test) => {
      const { acts } = await toldOf(test, []);
      for (let kill = 1; kill <= acts; kill += 1) {
        const { events, violations } = await toldOf(test, [kill], { awayMs: AGES_MS });
        expect(contradictions(events), `killed at ${kill}`).toEqual([]);
        expect(violations, `killed at ${kill}`).toEqual([]);
      }
    },
  );

  it.each(['begun', 'failed', 'ending'])('but not where the journal does not have what is %s', async (kind) => {
    const found: string[] = [];
    for (const test of CRASH_CASES.filter(({ name }) => name !== SUB_FLOWS)) {
      const { acts } = await toldOf(test, []);
      for (let kill = 1; kill <= acts && found.length === 0; kill += 1) {
        const { events, violations } = await toldOf(test, [kill], { awayMs: AGES_MS, mutation: forgetting(kind) });
        found.push(...contradictions(events), ...violations);
      }
    }
    expect(found).not.toEqual([]);
  });
});

function forgetting(kind: string): Mutation {
  return {
    journal: (journal) => ({
      ...journal,
      append: (claim, entries, ...rest) =>
        journal.append(
          claim,
          entries.filter((entry) => entry.kind !== kind),
          ...rest,
        ),
    }),
  };
}
