import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/broker/broker.ts';
import type { Event } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import type { Json } from '../../src/expression/json.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { countRuns } from '../../src/runner/counted-journal.ts';
import { hearOrders } from '../../src/runner/heard-orders.ts';
import { laneOf } from '../../src/runner/lane.ts';
import { createRunner, type RunnerOptions } from '../../src/runner/runner.ts';
import { type Starter, toTriggers } from '../../src/runner/starters.ts';
import type { Notes } from '../../src/store/store.ts';
import type { Stop } from '../../src/workflow/engine.ts';
import type { ClaimedRun } from '../../src/workflow/journal.ts';
import { createFailingJournal, type FailingJournal } from '../support/memory-journal.ts';
import { createMemoryNotes } from '../support/memory-notes.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const definition = { namespace: 'fairlead', name: 'pull-request', version: '1.0.0', digest: 'd' };
const TYPE = 'dev.knative.source.github.pull_request';
const PULL_REQUEST: Starter = {
  definition,
  starts: [{ exact: { type: TYPE, action: 'opened' } }, { exact: { type: TYPE, action: 'synchronize' } }],
};
const DELIVERY: Delivery = { attempt: 1, signal: new AbortController().signal };

function event(
  id: string,
  given: { at?: number; sha?: string; tenant?: string; number?: number } & Partial<Event> = {},
): Event {
  const { at = 1, sha = 'a', number = 12, ...overrides } = given;
  const pull_request = { number, updated_at: new Date(at * 1000).toISOString(), head: { sha: sha.repeat(40) } };
  const data = { repository: { id: 4711 }, pull_request };
  return { specversion: '1.0', id, source: '/r', type: TYPE, tenant: '7', action: 'opened', data, ...overrides };
}

type Act = (run: ClaimedRun, signal: AbortSignal) => Promise<'ended' | 'parked'>;

function house(
  options: Partial<RunnerOptions> = {},
  given: {
    journal?: FailingJournal;
    notes?: Notes;
    isOwn?: (event: Event) => boolean;
    fault?: () => Promise<never>;
  } = {},
) {
  const clock = createSimulatedClock();
  const journal = given.journal ?? createFailingJournal();
  const metrics = createMetrics();
  const log = createQuietLog();
  const counted = countRuns({ journal, metrics, clock });
  const executed: string[] = [];
  const acts: Act[] = [];
  async function end(
    { claim }: ClaimedRun,
    how: { status: 'faulted'; fault: Json } | { status: 'completed'; output: Json },
  ) {
    await counted.append(claim, [], { ...how, at: clock.now() });
    return 'ended' as const;
  }
  const complete: Act = (run) => end(run, { status: 'completed', output: null });
  const engine = {
    execute(run: ClaimedRun, signal: AbortSignal) {
      const stop = signal.aborted ? (signal.reason as Stop) : undefined;
      if (stop?.kind === 'fault') return given.fault?.() ?? end(run, { status: 'faulted', fault: stop.fault });
      executed.push(run.record.id);
      return (acts.shift() ?? complete)(run, signal);
    },
  };
  const runner = createRunner(
    {
      journal: counted,
      engine,
      notes: given.notes ?? createMemoryNotes(),
      clock,
      log,
      laneOf,
      isOwn: given.isOwn ?? (() => false),
    },
    { owner: 'me', starters: [PULL_REQUEST], ...options },
  );
  /** Runs until its signal says stop, then does as the engine must. */
  const untilStopped: Act = (run, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', async () => {
        const stop = signal.reason as Stop;
        if (stop.kind === 'cancel') {
          await counted
            .append(run.claim, [], { status: 'cancelled', fault: stop.reason, at: clock.now() })
            .catch(reject);
        }
        resolve('ended');
      });
    });
  return { clock, journal, metrics, log, runner, executed, acts, complete, untilStopped, counted };
}

describe('an event', () => {
  it('starts a run of each definition that wants it, at once and without a poll', async () => {
    const { runner, clock, journal, executed } = house();
    await runner.start();
    const begun = clock.now();
    await runner.handle(event('1'), DELIVERY);
    await clock.settle();
    expect(clock.now()).toBe(begun);
    expect(executed).toHaveLength(1);
    expect(await journal.runs()).toMatchObject([
      {
        status: 'completed',
        tenant: '7',
        definition,
        key: '["fairlead","pull-request","/r","1"]',
        input: [{ id: '1' }],
        lane: { name: '4711/12', order: 1_000, revision: 'a'.repeat(40) },
      },
    ]);
    await runner.drain(0);
  });

  it('that is delivered twice starts one run', async () => {
    const { runner, clock, executed } = house();
    await runner.start();
    await Promise.all([runner.handle(event('1'), DELIVERY), runner.handle(event('1'), DELIVERY)]);
    await runner.handle(event('1'), { ...DELIVERY, attempt: 2 });
    await clock.settle();
    expect(executed).toHaveLength(1);
    await runner.drain(0);
  });

  it.each([
    ['of another action', event('1', { action: 'closed' })],
    ['of another type', event('1', { type: 'dev.knative.source.github.push' })],
  ])('%s starts nothing', async (_, given) => {
    const { runner, journal } = house();
    await runner.handle(given, DELIVERY);
    expect(await journal.runs()).toEqual([]);
  });

  it('of the bot’s own account starts nothing and wakes nothing', async () => {
    const listening: Starter = { ...PULL_REQUEST, listens: [{ exact: { type: TYPE } }] };
    const { runner, journal } = house({ starters: [listening] }, { isOwn: ({ sender }) => sender === 'fairlead[bot]' });
    await runner.handle(event('1', { sender: 'fairlead[bot]' }), DELIVERY);
    expect(await journal.runs()).toEqual([]);
  });

  it('that a condition on its data refuses starts nothing', async () => {
    const { runner, journal } = house({ starters: [{ ...PULL_REQUEST, matches: () => false }] });
    await runner.handle(event('1'), DELIVERY);
    expect(await journal.runs()).toEqual([]);
  });

  it('is the run’s input in the form that the definition asks for', async () => {
    const { runner, journal } = house({
      starters: [{ ...PULL_REQUEST, toInput: ([first]) => ({ only: first?.id ?? null }) }],
    });
    await runner.handle(event('1'), DELIVERY);
    expect(await journal.runs()).toMatchObject([{ input: { only: '1' } }]);
  });

  describe('of a definition that several start together', () => {
    const need = (type: string) => ({
      matches: (one: Event) => one.type === type,
      correlationOf: ({ subject }: Event) => ({ pet: subject }),
    });
    const together: Starter = {
      definition,
      starts: [{ exact: { type: 'bought' } }, { exact: { type: 'fed' } }],
      needs: [need('bought'), need('fed')],
    };
    const one = (id: string, type: string, subject: string) => event(id, { type, subject });

    it('waits for the others, and then is their input with them, in the order of the filters', async () => {
      const { runner, journal } = house({ starters: [together] });
      await runner.handle(one('1', 'fed', 'milou'), DELIVERY);
      expect(await journal.runs()).toEqual([]);
      await runner.handle(one('2', 'bought', 'milou'), DELIVERY);
      expect(await journal.runs()).toMatchObject([{ input: [{ id: '2' }, { id: '1' }] }]);
    });

    it('starts nothing with events that it has nothing in common with', async () => {
      const { runner, journal } = house({ starters: [together] });
      await runner.handle(one('1', 'fed', 'milou'), DELIVERY);
      await runner.handle(one('2', 'bought', 'garfield'), DELIVERY);
      expect(await journal.runs()).toEqual([]);
    });

    it('starts all the runs that are complete when they come faster than runs are made', async () => {
      const { runner, journal } = house({ starters: [together] });
      const events = ['1', '2', '3'].flatMap((id) => [one(`f${id}`, 'fed', 'milou'), one(`b${id}`, 'bought', 'milou')]);
      await Promise.all(events.map((given) => runner.handle(given, DELIVERY)));
      expect((await journal.runs()).map(({ input }) => input)).toMatchObject(
        ['1', '2', '3'].map((id) => [{ id: `b${id}` }, { id: `f${id}` }]),
      );
    });

    it('starts a run that the process before did not come to make', async () => {
      const notes = createMemoryNotes();
      const dying = house({ starters: [together] }, { notes });
      await dying.runner.handle(one('1', 'fed', 'milou'), DELIVERY);
      dying.journal.isDown = true;
      await dying.runner.handle(one('2', 'bought', 'milou'), DELIVERY).catch(() => {});
      const { runner, journal } = house({ starters: [together] }, { notes });
      await runner.handle(one('2', 'bought', 'milou'), { ...DELIVERY, attempt: 2 });
      expect(await journal.runs()).toMatchObject([{ input: [{ id: '2' }, { id: '1' }] }]);
    });

    it('starts one run when it comes again, before the run and after it', async () => {
      const { runner, journal } = house({ starters: [together] });
      for (const id of ['1', '1']) await runner.handle(one(id, 'fed', 'milou'), DELIVERY);
      for (const id of ['2', '2']) await runner.handle(one(id, 'bought', 'milou'), DELIVERY);
      await runner.handle(one('1', 'fed', 'milou'), DELIVERY);
      await runner.handle(one('3', 'bought', 'milou'), DELIVERY);
      expect(await journal.runs()).toHaveLength(1);
    });

    it('waits its turn behind an earlier one of its kind', async () => {
      const { runner, journal } = house({ starters: [together] });
      for (const id of ['1', '2']) await runner.handle(one(id, 'fed', 'milou'), DELIVERY);
      for (const id of ['3', '4']) await runner.handle(one(id, 'bought', 'milou'), DELIVERY);
      expect((await journal.runs()).map(({ input }) => (input as Event[]).map(({ id }) => id))).toEqual([
        ['3', '1'],
        ['4', '2'],
      ]);
    });
  });

  it('is refused while the journal is down, so that the broker keeps it', async () => {
    const { runner, journal } = house();
    journal.isDown = true;
    await expect(runner.handle(event('1'), DELIVERY)).rejects.toMatchObject({ code: 'store.unavailable' });
  });

  it('starts the runs of other definitions though one cannot say whether it wants it', async () => {
    const broken: Starter = {
      definition: { ...definition, name: 'broken' },
      starts: PULL_REQUEST.starts,
      matches() {
        throw new FairleadError('event.invalid', 'No such field.');
      },
    };
    const { runner, journal } = house({ starters: [broken, PULL_REQUEST] });
    await expect(runner.handle(event('1'), DELIVERY)).rejects.toMatchObject({ code: 'event.invalid' });
    expect((await journal.runs()).map((run) => run.definition.name)).toEqual(['pull-request']);
  });

  it('wakes the runs that wait for it', async () => {
    const listening: Starter = { ...PULL_REQUEST, listens: [{ exact: { type: 'approved' } }] };
    const { runner, clock, executed, acts, counted } = house({ starters: [listening] });
    acts.push(async ({ claim }) => {
      await counted.append(claim, [], {
        status: 'waiting',
        dueAt: undefined,
        waits: [{ position: '/do/0', type: 'approved' }],
      });
      return 'parked';
    });
    await runner.start();
    await runner.handle(event('1'), DELIVERY);
    await clock.settle();
    await runner.handle(event('2', { type: 'approved' }), DELIVERY);
    await clock.settle();
    expect(executed).toHaveLength(2);
    expect(new Set(executed).size).toBe(1);
    await runner.drain(0);
  });
});

describe('a lane', () => {
  it('has one run at a time, in order; other lanes go on beside it', async () => {
    const { runner, clock, executed, acts, complete, journal } = house();
    acts.push(async (run, signal) => {
      await new Promise<void>((resolve) => clock.after(1_000, resolve));
      return complete(run, signal);
    });
    await runner.start();
    await runner.handle(event('1', { at: 1 }), DELIVERY);
    await runner.handle(event('2', { at: 2 }), DELIVERY);
    await runner.handle(event('other', { number: 13 }), DELIVERY);
    await clock.settle();
    const [first, second, other] = (await journal.runs()).map(({ id }) => id);
    expect(executed).toEqual([first, other]);
    await clock.advance(1_000);
    expect(executed).toEqual([first, other, second]);
    await runner.drain(0);
  });

  it('whose newer head arrives stops the run of the older one at once', async () => {
    const { runner, clock, acts, untilStopped, journal, executed } = house();
    acts.push(untilStopped);
    await runner.start();
    const begun = clock.now();
    await runner.handle(event('1', { at: 1, sha: 'a' }), DELIVERY);
    await clock.settle();
    await runner.handle(event('2', { at: 2, sha: 'b', action: 'synchronize' }), DELIVERY);
    await clock.settle();
    expect(clock.now()).toBe(begun);
    expect((await journal.runs()).map(({ status }) => status)).toEqual(['cancelled', 'completed']);
    const [older, newer] = await journal.runs();
    expect(older?.fault).toContain(newer?.id);
    expect(executed).toHaveLength(2);
    await runner.drain(0);
  });

  it('has one run for all that comes to a head before it begins, where its definition says so, and none less after', async () => {
    const latest: Starter = { ...PULL_REQUEST, lane: 'latest' };
    const { runner, clock, acts, untilStopped, journal, log } = house({ starters: [latest] });
    acts.push(untilStopped);
    await runner.start();
    await runner.handle(event('begun', { at: 1 }), DELIVERY);
    await clock.settle();
    for (const at of [2, 4, 3]) await runner.handle(event(String(at), { at }), DELIVERY);
    const [begun, two, four, three] = await journal.runs();
    expect([begun, two, four, three].map((run) => [run?.status, run?.fault])).toEqual([
      ['running', undefined],
      ['cancelled', `joined by ${four?.id}`],
      ['pending', undefined],
      ['cancelled', `joined by ${four?.id}`],
    ]);
    const told = log.lines.filter(({ message }) => message === 'run queued').map(({ fields }) => fields);
    expect(told).toMatchObject([
      { outcome: 'created' },
      { outcome: 'created' },
      { outcome: 'created', joined: [two?.id] },
      { outcome: 'joined', by: four?.id },
    ]);
    await runner.drain(0);
  });

  it('runs no webhook that is older than what has begun, but what is asked for from inside all the same', async () => {
    const asked = 'dev.fairlead.pull_request.evaluation_requested.v1';
    const starts = [...PULL_REQUEST.starts, { exact: { type: asked } }];
    const { runner, clock, executed, journal } = house({ starters: [{ ...PULL_REQUEST, starts, lane: 'latest' }] });
    await runner.start();
    await runner.handle(event('newest', { at: 3 }), DELIVERY);
    await clock.settle();
    await runner.handle(event('late', { at: 1 }), DELIVERY);
    await runner.handle(event('asked for', { at: 2, type: asked }), DELIVERY);
    await clock.settle();
    const [newest, late, wanted] = await journal.runs();
    expect(late).toMatchObject({ status: 'cancelled', fault: `joined by ${newest?.id}` });
    expect(executed).toEqual([newest?.id, wanted?.id]);
    await runner.drain(0);
  });

  it('runs all that comes, whatever the head, where its definition says that each counts', async () => {
    const each: Starter = { ...PULL_REQUEST, lane: 'each' };
    const { runner, clock, executed, journal } = house({ starters: [each] });
    await runner.handle(event('1', { at: 1, sha: 'a' }), DELIVERY);
    await runner.handle(event('3', { at: 3, sha: 'b' }), DELIVERY);
    await runner.handle(event('2', { at: 2, sha: 'a' }), DELIVERY);
    await runner.start();
    await clock.settle();
    const [first, third, second] = (await journal.runs()).map(({ id }) => id);
    expect(executed).toEqual([first, second, third]);
    await runner.drain(0);
  });

  it('does not let an older head that arrives late start', async () => {
    const { runner, clock, executed, journal } = house();
    await runner.start();
    await runner.handle(event('2', { at: 2, sha: 'b' }), DELIVERY);
    await runner.handle(event('1', { at: 1, sha: 'a' }), DELIVERY);
    await clock.settle();
    const runs = await journal.runs();
    expect(executed).toEqual([runs[0]?.id]);
    expect(runs.map(({ status }) => status)).toEqual(['completed', 'cancelled']);
    await runner.drain(0);
  });
});

describe('a run', () => {
  it('that is parked goes on when it is due, to the millisecond', async () => {
    const { runner, clock, acts, counted, executed } = house();
    acts.push(async ({ claim }) => {
      await counted.append(claim, [], { status: 'waiting', dueAt: clock.now() + 1_234, waits: [] });
      return 'parked';
    });
    await runner.start();
    const begun = clock.now();
    await runner.handle(event('1'), DELIVERY);
    await clock.until(() => executed.length === 2);
    expect(clock.now() - begun).toBe(1_234);
    await runner.drain(0);
  });

  it('keeps its lease as long as it takes', async () => {
    const { runner, clock, acts, untilStopped, executed } = house({ leaseMs: 3_000 });
    acts.push(untilStopped);
    await runner.start();
    await runner.handle(event('1'), DELIVERY);
    await clock.advance(60_000);
    expect(executed).toHaveLength(1);
    await runner.drain(0);
  });

  it('that somebody cancels is told so within a third of a lease', async () => {
    const { runner, clock, acts, untilStopped, journal, executed } = house({ leaseMs: 3_000 });
    acts.push(untilStopped);
    await runner.start();
    await runner.handle(event('1'), DELIVERY);
    await clock.settle();
    await journal.cancel('7', executed[0]!, 'by hand');
    await clock.advance(1_000);
    expect(await journal.runs()).toMatchObject([{ status: 'cancelled', fault: 'by hand' }]);
    await runner.drain(0);
  });

  it('that somebody suspends is told so within a third of a lease', async () => {
    const { runner, clock, acts, journal, executed } = house({ leaseMs: 3_000 });
    let reason: unknown;
    acts.push(
      (_run, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            resolve('parked');
          });
        }),
    );
    await runner.start();
    await runner.handle(event('1'), DELIVERY);
    await clock.settle();
    await journal.suspend('7', executed[0]!, clock.now());
    await clock.advance(1_000);
    expect(reason).toEqual({ kind: 'suspended' });
    await runner.drain(0);
  });

  it('that is stopped through this process’s own journal is told so at once', async () => {
    const { runner, clock, acts, untilStopped, journal, counted, executed } = house({ leaseMs: 3_000 });
    const heard = hearOrders({ journal: counted, heard: runner.recheck });
    acts.push(untilStopped);
    await runner.start();
    await runner.handle(event('1'), DELIVERY);
    await clock.settle();
    const before = clock.now();
    await heard.cancel('7', executed[0]!, 'by its parent');
    await clock.settle();
    expect(await journal.runs()).toMatchObject([{ status: 'cancelled', fault: 'by its parent' }]);
    expect(clock.now()).toBe(before);
    await runner.drain(0);
  });

  it('that another process took over is stopped here, and nothing is written', async () => {
    const { runner, clock, acts, journal } = house({ leaseMs: 3_000 });
    let reason: unknown;
    acts.push(
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            resolve('ended');
          });
        }),
    );
    await runner.start();
    await runner.handle(event('1'), DELIVERY);
    await clock.settle();
    await journal.takeOver();
    await clock.advance(1_000);
    expect(reason).toEqual({ kind: 'release' });
    expect(await journal.runs()).toMatchObject([{ status: 'running' }]);
    await runner.drain(0);
  });

  it('whose lease ended while the journal was down, and that is claimed anew, is under way once', async () => {
    const { runner, clock, acts, untilStopped, journal, executed } = house({ leaseMs: 3_000 });
    acts.push(untilStopped);
    await runner.start();
    await runner.handle(event('1'), DELIVERY);
    await clock.settle();
    journal.isDown = true;
    await clock.advance(10_000);
    journal.isDown = false;
    runner.wake();
    await clock.settle();
    expect(executed).toHaveLength(2);
    expect(await journal.runs()).toMatchObject([{ status: 'completed', claims: 2 }]);
    await runner.drain(0);
  });

  it('of a process that died is taken over when its lease has ended', async () => {
    const first = house({ leaseMs: 3_000 });
    first.acts.push(() => new Promise(() => undefined));
    await first.runner.start();
    await first.runner.handle(event('1'), DELIVERY);
    await first.clock.settle();

    const second = house({ leaseMs: 3_000, owner: 'other' }, { journal: first.journal });
    await second.runner.start();
    const begun = second.clock.now();
    await second.clock.until(() => second.executed.length === 1, 10_000);
    expect(second.clock.now() - begun).toBeLessThan(6_000);
    expect(second.executed).toEqual(first.executed);
    await second.runner.drain(0);
  });

  it.each([
    ['by the engine', undefined],
    ['without it where it cannot do that either', () => Promise.reject(new Error('cannot do that either'))],
  ])('that the engine fails on is tried again after its lease, and faulted the third time, %s', async (_, fault) => {
    const { runner, clock, acts, journal, executed } = house({ leaseMs: 3_000 }, fault === undefined ? {} : { fault });
    const fail: Act = async () => {
      throw new Error('cannot read the definition');
    };
    acts.push(fail, fail, fail);
    await runner.start();
    await runner.handle(event('1'), DELIVERY);
    await clock.until(async () => (await journal.runs())[0]?.status === 'faulted', 60_000);
    expect(executed).toHaveLength(3);
    expect((await journal.runs())[0]).toMatchObject({
      fault: { status: 500, detail: expect.stringContaining('cannot read the definition') },
    });
    await runner.drain(0);
  });

  it('waits for a place when as many are under way as may be', async () => {
    const { runner, clock, acts, complete, executed } = house({ concurrency: 2 });
    const slow: Act = async (run, signal) => {
      await new Promise<void>((resolve) => clock.after(1_000, resolve));
      return complete(run, signal);
    };
    acts.push(slow, slow, slow);
    await runner.start();
    for (const number of [1, 2, 3]) await runner.handle(event(`${number}`, { number }), DELIVERY);
    await clock.settle();
    expect(executed).toHaveLength(2);
    await clock.advance(1_000);
    expect(executed).toHaveLength(3);
    await clock.advance(1_000);
    await runner.drain(0);
  });

  it('is counted by how it ended, and its entries by their kind', async () => {
    const { runner, clock, metrics, acts, counted, complete } = house();
    acts.push(async (run, signal) => {
      await counted.append(run.claim, [{ position: '/do/0/label', kind: 'done', body: null, at: clock.now() }]);
      return complete(run, signal);
    });
    await runner.start();
    await runner.handle(event('1'), DELIVERY);
    await clock.settle();
    const { text } = await metrics.expose();
    expect(text).toContain('fairlead_runs_total{workflow="pull-request",status="completed"} 1');
    expect(text).toContain('fairlead_steps_total{workflow="pull-request",kind="done"} 1');
    expect(text).toContain('fairlead_run_seconds_count{workflow="pull-request"} 1');
    await runner.drain(0);
  });
});

describe('the end of the process', () => {
  it('waits for the runs under way and claims no more', async () => {
    const { runner, clock, acts, complete, executed, journal } = house({ concurrency: 1 });
    acts.push(async (run, signal) => {
      await new Promise<void>((resolve) => clock.after(1_000, resolve));
      return complete(run, signal);
    });
    await runner.start();
    await runner.handle(event('1', { number: 1 }), DELIVERY);
    await runner.handle(event('2', { number: 2 }), DELIVERY);
    await clock.settle();
    const drained = runner.drain(5_000);
    await clock.advance(1_000);
    await drained;
    expect(executed).toHaveLength(1);
    expect((await journal.runs()).map(({ status }) => status)).toEqual(['completed', 'pending']);
  });

  it('stops at the deadline what is not done, and leaves it to the next process at once', async () => {
    const first = house();
    first.acts.push(() => new Promise(() => undefined));
    await first.runner.start();
    await first.runner.handle(event('1'), DELIVERY);
    await first.clock.settle();
    const drained = first.runner.drain(5_000);
    await first.clock.advance(6_000);
    await drained;

    const second = house({ owner: 'next' }, { journal: first.journal });
    await second.clock.advance(6_000);
    await second.runner.start();
    await second.clock.settle();
    expect(second.executed).toEqual(first.executed);
    await second.runner.drain(0);
  });

  it('waits out a journal that is down, and complains once', async () => {
    const { runner, clock, journal, executed, log } = house();
    await runner.start();
    await runner.handle(event('1', { action: 'closed' }), DELIVERY);
    journal.isDown = true;
    await clock.advance(20_000);
    journal.isDown = false;
    expect(log.lines.filter(({ message }) => message === 'runs cannot be claimed')).toHaveLength(1);
    await runner.handle(event('1'), DELIVERY);
    await clock.settle();
    expect(executed).toHaveLength(1);
    await runner.drain(0);
  });
});

describe('the triggers of definitions', () => {
  it('are one for each name, with the filters of starts and listens once each', () => {
    const other: Starter = { definition: { ...definition, name: 'other' }, starts: [{ exact: { type: 'a' } }] };
    const newer: Starter = {
      definition: { ...definition, version: '2.0.0' },
      starts: PULL_REQUEST.starts,
      listens: [{ exact: { type: 'b' } }],
    };
    const idle: Starter = { definition: { ...definition, name: 'idle' }, starts: [] };
    expect(toTriggers([PULL_REQUEST, newer, other, idle])).toEqual([
      { name: 'runner-pull-request', filters: [{ any: [...PULL_REQUEST.starts, { exact: { type: 'b' } }] }] },
      { name: 'runner-other', filters: [{ exact: { type: 'a' } }] },
    ]);
  });
});
