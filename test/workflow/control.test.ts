// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the DSL writes its expressions so.
import { describe, expect, it } from 'vitest';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import type { Json } from '../../src/expression/json.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import { createDefinitions } from '../../src/workflow/definitions.ts';
import { createEngine, type EngineOptions, type Stop } from '../../src/workflow/engine.ts';
import type { CallContext } from '../../src/workflow/function.ts';
import type { ClaimedRun, Journal } from '../../src/workflow/journal.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { runWorkflow } from '../../src/workflow/run-workflow.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const TENANT = '1';
const RUN = 'run-1';

function load(body: string, functions: readonly string[] = ['act']): Definition {
  const text = `document: { dsl: '1.0.3', namespace: test, name: control, version: '1.0.0' }\n${body}`;
  const loaded = loadDefinition(text, { file: 'w.yaml', functions });
  if (loaded.definition === undefined) throw new Error(JSON.stringify(loaded.problems));
  return loaded.definition;
}

/** An engine over a journal with one run, and what a host does with them. */
async function setUp(definition: Definition, options: Partial<EngineOptions> = {}) {
  const journal = createMemoryJournal();
  const clock = createSimulatedClock();
  await journal.keepDefinition(definition.ref, definition.text, clock.now());
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
    bus: { publish: async () => {} },
    definitions: createDefinitions([definition]),
    ...options,
  });
  const claim = async (): Promise<ClaimedRun | undefined> => {
    const [run] = await journal.claim('me', clock.now(), clock.now() + 60_000, 1);
    return run;
  };
  const proceed = async (signal?: AbortSignal): Promise<string> => {
    const run = await claim();
    return run === undefined ? 'nothing' : engine.execute(run, signal);
  };
  const record = async () => (await (journal as Journal).read(TENANT, RUN))?.record;
  return { journal, clock, engine, claim, proceed, record };
}

function stopWith(stop: Stop): AbortSignal {
  const controller = new AbortController();
  queueMicrotask(() => controller.abort(stop));
  return controller.signal;
}

describe('a run under way', () => {
  const waiting = load('do:\n  - a: { set: { n: 1 } }\n  - nap: { wait: P30D }\n  - b: { set: { n: 2 } }\n');

  it('parks while it waits, and says when it is due', async () => {
    const { proceed, record, clock, claim } = await setUp(waiting);
    expect(await proceed()).toBe('parked');
    expect(await record()).toMatchObject({ status: 'waiting', dueAt: clock.now() + 30 * 86_400_000 });
    expect(await claim()).toBeUndefined();
    await clock.advance(30 * 86_400_000);
    expect(await proceed()).toBe('ended');
    expect(await record()).toMatchObject({ status: 'completed', output: { n: 2 }, claims: 2 });
  });

  it('is cancelled while it is parked, by its next claim', async () => {
    const { proceed, record, journal } = await setUp(waiting);
    await proceed();
    await journal.cancel(TENANT, RUN, 'Nobody wants it.');
    expect(await proceed()).toBe('ended');
    expect(await record()).toMatchObject({ status: 'cancelled', fault: { reason: 'Nobody wants it.' } });
  });

  it('is suspended while it is parked, and goes on where it was', async () => {
    const { proceed, record, journal, clock } = await setUp(waiting);
    await proceed();
    await journal.suspend(TENANT, RUN, clock.now());
    await clock.advance(60 * 86_400_000);
    expect(await proceed()).toBe('nothing');
    expect(await record()).toMatchObject({ status: 'suspended' });
    await journal.resume(TENANT, RUN, clock.now());
    expect(await proceed()).toBe('ended');
    expect(await record()).toMatchObject({ status: 'completed' });
  });

  it('keeps to its own definition when another text of it is registered', async () => {
    const { proceed, record, journal, clock } = await setUp(waiting);
    await proceed();
    const edited = load('do:\n  - a: { set: { n: 9 } }\n');
    const other = createEngine({
      journal,
      clock,
      bus: { publish: async () => {} },
      definitions: createDefinitions([edited]),
    });
    await clock.advance(30 * 86_400_000);
    const [run] = await journal.claim('me', clock.now(), clock.now() + 1000, 1);
    await other.execute(run as ClaimedRun);
    expect(await record()).toMatchObject({ status: 'completed', output: { n: 2 } });
  });
});

describe('a workflow that this program waits for', () => {
  const calling = load('do:\n  - a: { call: act }\n');

  function begin() {
    const journal = createMemoryJournal();
    const clock = createSimulatedClock();
    let calls = 0;
    const act = (): Promise<Json> => {
      calls += 1;
      return calls === 1 ? new Promise<Json>(() => {}) : Promise.resolve({ n: calls });
    };
    const result = runWorkflow(calling, {}, { journal, clock, tenant: TENANT, functions: { act } });
    const id = async (): Promise<string> => (await journal.list({ limit: 1 }))[0]?.id as string;
    return { journal, clock, result, id };
  }

  it('ends when somebody else cancels its run', async () => {
    const { journal, clock, result, id } = begin();
    await clock.settle();
    await journal.cancel(TENANT, await id(), 'by hand');
    await clock.advance(4_000);
    expect(await result).toMatchObject({ status: 'cancelled', reason: 'by hand' });
  });

  it('leaves its call when somebody else suspends its run, and goes on once that is resumed', async () => {
    const { journal, clock, result, id } = begin();
    await clock.settle();
    await journal.suspend(TENANT, await id(), clock.now());
    await clock.advance(4_000);
    await journal.resume(TENANT, await id(), clock.now());
    await clock.advance(4_000);
    expect(await result).toMatchObject({ status: 'completed', output: { n: 2 } });
  });
});

describe('a run that its host gives up', () => {
  it('is recorded as faulted, and the run that waits for it hears of that', async () => {
    const parent = load('do:\n  - sub: { run: { workflow: { namespace: test, name: child, version: latest } } }\n');
    const text =
      "document: { dsl: '1.0.3', namespace: test, name: child, version: '1.0.0' }\ndo:\n  - nap: { wait: PT1H }\n";
    const child = loadDefinition(text, { file: 'c.yaml' }).definition as Definition;
    const definitions = createDefinitions([parent, child]);
    const { proceed, claim, engine, record } = await setUp(parent, { definitions });
    expect(await proceed()).toBe('parked');
    const given = (await claim()) as ClaimedRun;
    const fault = { type: 'about:blank', status: 500, title: 'It cannot go on' };
    await engine.execute(given, AbortSignal.abort({ kind: 'fault', fault } satisfies Stop));
    expect(await proceed()).toBe('ended');
    expect(await record()).toMatchObject({ status: 'faulted', fault: { ...fault, instance: '/do/0/sub' } });
  });
});

describe('a run in the middle of a call', () => {
  const calling = load('do:\n  - a: { call: act }\n  - b: { set: { n: 2 } }\n');

  function hanging() {
    const contexts: CallContext[] = [];
    let finish: (value: Json) => void = () => {};
    const act = (_input: Json, context: CallContext): Promise<Json> => {
      contexts.push(context);
      return new Promise((resolve) => {
        finish = resolve;
      });
    };
    return { functions: { act }, contexts, finish: (value: Json) => finish(value) };
  }

  it('is cancelled at once, and the call is told', async () => {
    const { functions, contexts } = hanging();
    const { proceed, record } = await setUp(calling, { functions });
    const controller = new AbortController();
    const ended = proceed(controller.signal);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort({ kind: 'cancel', reason: 'superseded' } satisfies Stop);
    expect(await ended).toBe('ended');
    expect(contexts[0]?.signal.aborted).toBe(true);
    expect(await record()).toMatchObject({ status: 'cancelled', fault: { reason: 'superseded' } });
  });

  it('finishes and records it before it is suspended', async () => {
    const { functions, finish } = hanging();
    const { proceed, record, journal } = await setUp(calling, { functions });
    const controller = new AbortController();
    const parked = proceed(controller.signal);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort({ kind: 'suspend' } satisfies Stop);
    finish({ n: 1 });
    expect(await parked).toBe('parked');
    expect(await record()).toMatchObject({ status: 'suspended' });
    const { entries } = (await journal.read(TENANT, RUN)) ?? {};
    expect(entries?.map(({ kind, position }) => `${kind} ${position}`)).toEqual([
      'done /do/0/a',
      'suspended ~c1',
      'rested ~c1',
    ]);
  });

  it('leaves the journal as it is when it is released', async () => {
    const { functions } = hanging();
    const { proceed, journal } = await setUp(calling, { functions });
    expect(await proceed(stopWith({ kind: 'release' }))).toBe('parked');
    expect((await journal.read(TENANT, RUN))?.entries).toEqual([]);
  });
});

describe('a function of the host', () => {
  it('that asks to be called later is called later, without counting as a failure', async () => {
    let calls = 0;
    const act = async (): Promise<Json> => {
      calls += 1;
      if (calls === 1) throw new FairleadError('github.rate_limited', 'Not now.', { retryAfter: 60_000 });
      return { calls };
    };
    const { proceed, record, clock } = await setUp(load('do:\n  - a: { call: act }\n'), { functions: { act } });
    expect(await proceed()).toBe('parked');
    expect(await record()).toMatchObject({ status: 'waiting', dueAt: clock.now() + 60_000 });
    await clock.advance(60_000);
    expect(await proceed()).toBe('ended');
    expect(await record()).toMatchObject({ status: 'completed', output: { calls: 2 } });
  });

  it.each([
    ['not found', new FairleadError('github.not_found', 'No such thing.'), 404],
    ['forbidden', new FairleadError('github.forbidden', 'No right.'), 403],
    ['invalid', new FairleadError('github.invalid', 'Not so.'), 422],
    ['down, with a status of its own', new FairleadError('github.unavailable', 'Down.', { status: 502 }), 502],
  ])('whose error says %s is a fault of that status', async (_name, error, status) => {
    const act = (): Promise<Json> => Promise.reject(error);
    const { proceed, record } = await setUp(load('do:\n  - a: { call: act }\n'), { functions: { act } });
    await proceed();
    expect(await record()).toMatchObject({
      status: 'faulted',
      fault: { status, instance: '/do/0/a', title: error.code },
    });
  });

  it('whose store is down makes no fault: the run stays as it is for the next claim', async () => {
    const error = new FairleadError('store.unavailable', 'Disk full.');
    const body = 'do:\n  - t: { try: [ { a: { call: act } } ], catch: { do: [ { b: { set: { n: 1 } } } ] } }\n';
    const { proceed, record } = await setUp(load(body), { functions: { act: () => Promise.reject(error) } });
    await expect(proceed()).rejects.toBe(error);
    expect(await record()).toMatchObject({ status: 'running' });
  });

  it('is told of uncertainty only where an earlier claim may have called it', async () => {
    const contexts: boolean[] = [];
    let hangs = false;
    const act = async (_input: Json, context: CallContext): Promise<Json> => {
      contexts.push(context.uncertain);
      return hangs ? new Promise<never>(() => {}) : null;
    };
    const body = 'do:\n  - a: { call: act }\n  - nap: { wait: PT1H }\n  - b: { call: act }\n  - c: { call: act }\n';
    const { proceed, clock } = await setUp(load(body), { functions: { act } });
    await proceed();
    await clock.advance(3_600_000);
    hangs = true;
    void proceed();
    await clock.advance(60_001);
    hangs = false;
    await proceed();
    expect(contexts).toEqual([false, false, true, false]);
  });
});

describe('a faulted run that is retried', () => {
  it('goes on from the task that failed, and its deadlines begin anew', async () => {
    let works = false;
    const acts: string[] = [];
    const act = async (input: Json): Promise<Json> => {
      acts.push(JSON.stringify(input));
      if (!works) throw new FairleadError('github.unavailable', 'Down.');
      return { ok: true };
    };
    const body =
      'do:\n  - a: { set: { n: 1 } }\n  - b: { do: [ { nap: { wait: PT1M } }, { c: { call: act } } ], timeout: { after: PT1H } }\n';
    const { proceed, record, journal, clock } = await setUp(load(body), { functions: { act } });
    await proceed();
    await clock.advance(60_000);
    await proceed();
    expect(await record()).toMatchObject({ status: 'faulted', fault: { status: 503 } });
    works = true;
    await clock.advance(24 * 3_600_000);
    expect(await journal.retry(TENANT, RUN)).toBe(true);
    expect(await proceed()).toBe('ended');
    expect(await record()).toMatchObject({ status: 'completed', output: { ok: true } });
    expect(acts).toEqual(['{"n":1}', '{"n":1}']);
  });
});

describe('a faulted run whose retries were used up', () => {
  const body = (limit: string) =>
    `do:\n  - a: { try: [ { b: { call: act } } ], catch: { retry: { delay: PT1M, limit: ${limit} } } }\n`;

  it.each(['{ attempt: { count: 2 } }', '{ duration: PT2M }'])(
    'has as many again when it is retried: %s',
    async (limit) => {
      const times: number[] = [];
      const act = async (): Promise<Json> => {
        times.push((clock.now() - begun) / 60_000);
        if (times.length < 9) throw new FairleadError('github.unavailable', 'Down.');
        return { ok: true };
      };
      const { proceed, record, journal, clock } = await setUp(load(body(limit)), { functions: { act } });
      let begun = clock.now();
      /** Until the run ends. */
      async function finish(): Promise<void> {
        while ((await proceed()) === 'parked') await clock.advance(60_000);
      }
      await finish();
      for (let round = 0; round < 2; round += 1) {
        expect(await record()).toMatchObject({ status: 'faulted', fault: { status: 503 } });
        await clock.advance(24 * 3_600_000);
        begun += 24 * 3_600_000 + 2 * 60_000;
        await journal.retry(TENANT, RUN);
        await finish();
      }
      expect(await record()).toMatchObject({ status: 'completed', output: { ok: true } });
      expect(times).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
    },
  );
});

describe('a faulted run whose fault was caught first', () => {
  it('is retried from what failed, and a second fault is handled anew', async () => {
    let failures = 2;
    const calls: string[] = [];
    const act = async (): Promise<Json> => {
      calls.push('act');
      if (failures-- > 0) throw new FairleadError('github.forbidden', 'No.');
      return { ok: true };
    };
    const tell = async (): Promise<Json> => {
      calls.push('tell');
      throw new FairleadError('github.forbidden', 'No.');
    };
    const body =
      'do:\n  - a: { try: [ { b: { set: { n: 1 } } }, { c: { call: act } } ], catch: { do: [ { d: { call: tell } } ] } }\n';
    const { proceed, record, journal } = await setUp(load(body, ['act', 'tell']), { functions: { act, tell } });
    for (let round = 0; round < 2; round += 1) {
      await proceed();
      expect(await record()).toMatchObject({ status: 'faulted', fault: { status: 403 } });
      await journal.retry(TENANT, RUN);
    }
    await proceed();
    expect(await record()).toMatchObject({ status: 'completed', output: { ok: true } });
    expect(calls).toEqual(['act', 'tell', 'act', 'tell', 'act']);
  });
});

describe('a faulted run whose sub-workflow failed', () => {
  it('runs another one when it is retried', async () => {
    let works = false;
    const act = async (): Promise<Json> => {
      if (!works) throw new FairleadError('github.unavailable', 'Down.');
      return { ok: true };
    };
    const child = loadDefinition(
      `document: { dsl: '1.0.3', namespace: test, name: child, version: '1.0.0' }\ndo:\n  - a: { call: act }\n`,
      { file: 'child.yaml', functions: ['act'] },
    ).definition as Definition;
    const parent = load('do:\n  - a: { run: { workflow: { namespace: test, name: child, version: latest } } }\n');
    const { proceed, record, journal } = await setUp(parent, {
      functions: { act },
      definitions: createDefinitions([parent, child]),
    });
    const settle = async (): Promise<void> => {
      for (let left = 20; left > 0 && (await proceed()) !== 'nothing'; left -= 1);
    };
    await settle();
    expect(await record()).toMatchObject({ status: 'faulted', fault: { status: 503, instance: '/do/0/a' } });
    works = true;
    await journal.retry(TENANT, RUN);
    await settle();
    expect(await record()).toMatchObject({ status: 'completed', output: { ok: true } });
    expect(await journal.list({ limit: 10 })).toHaveLength(3);
  });
});

describe('the cost of a step', () => {
  it('does not grow with the steps before it', async () => {
    const body = 'do:\n  - loop: { for: { in: "[range(.n)]" }, do: [ { a: { set: { x: "${ $index }" } } } ] }\n';
    const definition = load(body);
    async function appended(n: number): Promise<number> {
      const { journal, clock } = await setUp(definition);
      let size = 0;
      const counting: Journal = {
        ...journal,
        append: (claim, entries, ...rest) => {
          size += JSON.stringify(entries).length;
          return journal.append(claim, entries, ...rest);
        },
      };
      const engine = createEngine({
        journal: counting,
        clock,
        bus: { publish: async () => {} },
        definitions: createDefinitions([definition]),
      });
      await journal.create({
        tenant: TENANT,
        id: 'n',
        definition: definition.ref,
        key: 'n',
        input: { n },
        createdAt: 0,
      });
      const claimed = await journal.claim('me', clock.now(), clock.now() + 1000, 10);
      await engine.execute(claimed.find((run) => run.record.id === 'n') as ClaimedRun);
      return size / n;
    }
    const [few, many] = [await appended(100), await appended(5000)];
    expect(many / few).toBeLessThan(1.2);
  });
});
