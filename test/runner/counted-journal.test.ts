import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/observe/metrics.ts';
import { countRuns } from '../../src/runner/counted-journal.ts';
import type { ClaimedRun, Journal, NewRun, RunStatus } from '../../src/workflow/journal.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const definition = { namespace: 'fairlead', name: 'pull-request', version: '1.0.0', digest: 'd' };
const LEASE_MS = 7_500;

function counting() {
  const clock = createSimulatedClock();
  const metrics = createMetrics();
  const inner = createMemoryJournal();
  const journal = countRuns({ journal: inner, metrics, clock });
  return {
    clock,
    inner,
    journal,
    create: (id: string, order: number, revision: string, more: Partial<NewRun> = {}) =>
      journal.create({
        tenant: '7',
        id,
        definition,
        key: id,
        input: null,
        createdAt: clock.now(),
        lane: { name: '4711/12', order, revision },
        ...more,
      }),
    async claimOne(from: Journal = journal): Promise<ClaimedRun> {
      const [run] = await from.claim('one', clock.now(), clock.now() + LEASE_MS, 1);
      if (run === undefined) throw new Error('There is no run to claim.');
      return run;
    },
    async ended(): Promise<Partial<Record<RunStatus, number>>> {
      const { text } = await metrics.expose();
      const lines = text.matchAll(/^fairlead_runs_total\{workflow="pull-request",status="(\w+)"\} (\d+)$/gm);
      return Object.fromEntries([...lines].map(([, status, count]) => [status, Number(count)]));
    },
    async timed(): Promise<number> {
      const { text } = await metrics.expose();
      return Number(/^fairlead_run_seconds_count\{workflow="pull-request"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    },
  };
}

describe('runs that end before they begin are counted, and not timed', () => {
  it('where a newer head comes: those of the older ones', async () => {
    const { create, ended, timed } = counting();
    await create('r1', 1, 'a');
    await create('r2', 2, 'a');
    expect(await ended()).toEqual({});
    await create('r3', 3, 'b');
    expect(await ended()).toEqual({ cancelled: 2 });
    expect(await timed()).toBe(0);
  });

  it('where one of an older head comes late: itself', async () => {
    const { create, ended } = counting();
    await create('r1', 2, 'b');
    await create('r2', 1, 'a');
    expect(await ended()).toEqual({ cancelled: 1 });
  });

  it('where one run does for several: those that it does for, or itself', async () => {
    const { create, ended } = counting();
    await create('r1', 1, 'a', { joins: 'unbegun' });
    await create('r2', 3, 'a', { joins: 'unbegun' });
    expect(await ended()).toEqual({ cancelled: 1 });
    await create('r3', 2, 'a', { joins: 'unbegun' });
    expect(await ended()).toEqual({ cancelled: 2 });
  });

  it('once, though the event comes again', async () => {
    const { create, ended } = counting();
    await create('r1', 2, 'b');
    await create('r2', 1, 'a');
    await create('r3', 1, 'a', { key: 'r2' });
    expect(await ended()).toEqual({ cancelled: 1 });
  });

  it('beside one under way, which is counted when it has stopped', async () => {
    const { create, claimOne, journal, clock, ended, timed } = counting();
    await create('r1', 1, 'a');
    const { claim } = await claimOne();
    await create('r2', 2, 'b');
    expect(await ended()).toEqual({});
    await journal.append(claim, [], { status: 'cancelled', fault: 'superseded by r2', at: clock.now() });
    expect(await ended()).toEqual({ cancelled: 1 });
    expect(await timed()).toBe(1);
  });
});

describe('a run that is lost', () => {
  it('to another process is not counted here, and nothing of it is kept', async () => {
    const { create, claimOne, journal, inner, clock, ended } = counting();
    await create('r1', 1, 'a');
    const lost = await (async () => {
      const { claim, record } = await claimOne();
      await clock.advance(LEASE_MS + 1);
      await claimOne(inner);
      const late = journal.append(claim, [], { status: 'completed', output: null, at: clock.now() });
      await expect(late).rejects.toMatchObject({ code: 'store.fenced' });
      return new WeakRef(record);
    })();
    await collectGarbage();
    expect(await ended()).toEqual({});
    expect(lost.deref()).toBeUndefined();
  });

  it('by being given back leaves nothing either', async () => {
    const { create, claimOne, journal, inner, clock } = counting();
    await create('r1', 1, 'a');
    const given = await (async () => {
      const { claim, record } = await claimOne();
      await journal.renew([claim], clock.now() - 1);
      return new WeakRef(record);
    })();
    await claimOne(inner);
    await collectGarbage();
    expect(given.deref()).toBeUndefined();
  });
});

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What a WeakRef was asked for, or made of, lives to the end of its turn.
  await new Promise((resolve) => setTimeout(resolve));
  collect();
}
