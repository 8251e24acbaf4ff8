import { describe, expect, test } from 'vitest';
import type { ClaimedRun, Entry, Wait } from '../../src/workflow/journal.ts';
import { runOf, type StoreUnderTest } from './store-under-test.ts';

const entryOf = (position: string): Entry => ({ position, kind: 'outcome', body: null, at: 150 });

const MERGED: Wait = { position: '/do/0/merged', type: 'merged' };
const ANY: Wait = { position: '/do/1/any', type: undefined };

/** Events given to runs, and what is asked of them from outside. */
export function describeEvents(store: () => StoreUnderTest): void {
  const journal = () => store().journal;
  const claim = (now = 1000) => journal().claim('one', now, now + 1000, 10);
  const idsAt = async (now: number) => (await claim(now)).map(({ record }) => record.id);

  async function claimOne(now = 1000): Promise<ClaimedRun> {
    const runs = await claim(now);
    expect(runs).toHaveLength(1);
    return runs[0] as ClaimedRun;
  }

  async function begun(id: string, tenant = '7'): Promise<ClaimedRun> {
    await journal().create(runOf(id, { tenant }));
    return claimOne();
  }

  async function listening(id: string, waits: readonly Wait[], tenant = '7'): Promise<void> {
    const run = await begun(id, tenant);
    await journal().append(run.claim, [], { status: 'waiting', dueAt: undefined, waits });
  }

  describe('an event', () => {
    test('wakes the runs of the tenant that wait for its type or for any, and no other', async () => {
      await listening('r1', [MERGED]);
      await listening('r2', [ANY]);
      await listening('r3', [{ position: '/do/0', type: 'closed' }]);
      await listening('r4', [MERGED], '8');

      const given = await journal().give('7', 'merged', 'k1', { by: 'octocat' });

      expect(given).toEqual(['r1', 'r2']);
      const runs = await claim();
      expect(runs.map(({ record }) => record.id).sort()).toEqual(['r1', 'r2']);
      expect(runs[0]?.events).toEqual([{ sequence: 1, event: { by: 'octocat' } }]);
    });

    test('is given once per run and key', async () => {
      await listening('r1', [MERGED, ANY]);

      await journal().give('7', 'merged', 'k1', 1);
      await journal().give('7', 'merged', 'k1', 1);
      await journal().give('7', 'merged', 'k2', 2);

      expect((await claimOne()).events).toEqual([
        { sequence: 1, event: 1 },
        { sequence: 2, event: 2 },
      ]);
    });

    test('stays given when it was consumed', async () => {
      await listening('r1', [MERGED]);
      await journal().give('7', 'merged', 'k1', 1);
      const run = await claimOne();
      await journal().append(run.claim, [], { status: 'waiting', dueAt: undefined, waits: [MERGED] }, [1]);

      await journal().give('7', 'merged', 'k1', 1);

      expect(await idsAt(9_999_999)).toEqual([]);
    });

    test('comes back with each claim until an entry has made use of it', async () => {
      await listening('r1', [MERGED]);
      await journal().give('7', 'merged', 'k1', 1);
      await claimOne(1000);
      const second = await claimOne(2001);
      expect(second.events).toHaveLength(1);

      const entry = { position: '/do/0/merged', kind: 'outcome', body: 1, at: 2001 };
      await journal().append(second.claim, [entry], undefined, [1]);

      const third = await claimOne(4000);
      expect(third).toMatchObject({ events: [], entries: [entry] });
    });

    test('that comes while the run is under way is kept, and wakes it as soon as it parks', async () => {
      const run = await begun('r1');
      await journal().append(run.claim, [], { status: 'running', waits: [MERGED] });
      expect(await journal().give('7', 'merged', 'k1', 1)).toEqual(['r1']);

      await journal().append(run.claim, [], { status: 'waiting', dueAt: 99_999, waits: [MERGED] });

      expect((await claimOne(1000)).events).toEqual([{ sequence: 1, event: 1 }]);
    });

    test('for a run that stopped waiting for its type is not kept', async () => {
      const run = await begun('r1');
      await journal().append(run.claim, [], { status: 'running', waits: [MERGED] });
      await journal().append(run.claim, [], { status: 'running', waits: [] });

      expect(await journal().give('7', 'merged', 'k1', 1)).toEqual([]);
    });

    test('finds waits in force over claims and appends that say nothing of them', async () => {
      await listening('r1', [MERGED]);
      await journal().cancel('7', 'r1', 'wake it');
      const run = await claimOne();
      await journal().append(run.claim, [], { status: 'running' });

      expect(await journal().give('7', 'merged', 'k1', 1)).toEqual(['r1']);
    });

    test('no longer reaches a run that has ended', async () => {
      await listening('r1', [MERGED]);
      await journal().give('7', 'merged', 'k1', 1);
      const run = await claimOne();
      await journal().append(run.claim, [], { status: 'completed', output: null, at: 1 }, [1]);

      expect(await journal().give('7', 'merged', 'k2', 2)).toEqual([]);
    });

    test('of any length is given whole to all who wait', async () => {
      const long = 'x'.repeat(100_000);
      await listening('r1', [MERGED]);
      await listening('r2', [MERGED]);
      await journal().give('7', 'merged', 'k1', long);

      expect((await claim()).map(({ events }) => events[0]?.event)).toEqual([long, long]);
    });
  });

  describe('asking a run to stop', () => {
    test('makes a pending one claimable with the reason', async () => {
      await journal().create(runOf('r1', { createdAt: 5000 }));

      expect(await journal().cancel('7', 'r1', 'no longer wanted')).toBe(true);

      expect((await claimOne(1000)).cancel).toBe('no longer wanted');
    });

    test('wakes a parked one, and a suspended one', async () => {
      await listening('r1', [MERGED]);
      await listening('r2', [MERGED]);
      await journal().suspend('7', 'r2', 1);

      await journal().cancel('7', 'r1', 'stop');
      await journal().cancel('7', 'r2', 'stop');

      expect((await claim()).map(({ cancel }) => cancel)).toEqual(['stop', 'stop']);
    });

    test('is seen by the one who works on it at the next renewal, and after it parked', async () => {
      const run = await begun('r1');
      await journal().cancel('7', 'r1', 'first');
      await journal().cancel('7', 'r1', 'second');

      expect(await journal().renew([run.claim], 3000)).toMatchObject([{ held: true, cancel: 'first' }]);
      await journal().append(run.claim, [], { status: 'waiting', dueAt: undefined, waits: [] });
      expect((await claimOne()).cancel).toBe('first');
    });

    test('comes too late for one that ended, and finds none of another tenant', async () => {
      const run = await begun('r1');
      await journal().append(run.claim, [], { status: 'completed', output: null, at: 1 });
      await journal().create(runOf('r2'));

      expect(await journal().cancel('7', 'r1', 'stop')).toBe(false);
      expect(await journal().cancel('8', 'r2', 'stop')).toBe(false);
    });
  });

  describe('suspending', () => {
    test('takes the run from whoever works on it, and resuming lets it go on at once', async () => {
      const run = await begun('r1');

      expect(await journal().suspend('7', 'r1', 1)).toBe(true);

      await expect(journal().append(run.claim, [])).rejects.toMatchObject({ code: 'store.fenced' });
      expect(await idsAt(9_999_999)).toEqual([]);
      expect(await journal().resume('7', 'r1', 1)).toBe(true);
      expect((await claimOne()).record.claims).toBe(2);
    });

    test('is seen by the one who worked on it at the next renewal, until somebody has it again', async () => {
      const run = await begun('r1');
      await journal().suspend('7', 'r1', 1);

      const lost = { held: false, cancel: undefined, isSuspended: true };
      expect(await journal().renew([run.claim], 3000)).toEqual([lost]);
      await journal().resume('7', 'r1', 2);
      expect(await journal().renew([run.claim], 3000)).toEqual([{ ...lost, isSuspended: false }]);
    });

    test('stands in the history with its time, as the resuming does, each told apart', async () => {
      const run = await begun('r1');
      await journal().append(run.claim, [entryOf('/do/0')]);
      await journal().suspend('7', 'r1', 5);
      await journal().resume('7', 'r1', 6);
      await journal().suspend('7', 'r1', 7);
      await journal().resume('7', 'r1', 8);

      const { entries } = await claimOne();
      expect(entries.slice(1)).toEqual([
        { position: '~s1', kind: 'suspended', body: null, at: 5 },
        { position: '~s1', kind: 'resumed', body: null, at: 6 },
        { position: '~s2', kind: 'suspended', body: null, at: 7 },
        { position: '~s2', kind: 'resumed', body: null, at: 8 },
      ]);
      await journal().append({ tenant: '7', runId: 'r1', fence: 4 }, [entryOf('/do/1')]);
      expect((await journal().read('7', 'r1'))?.entries).toHaveLength(6);
    });

    test('of a run that has not begun is known to its first claim', async () => {
      await journal().create(runOf('r1'));
      await journal().suspend('7', 'r1', 5);
      await journal().resume('7', 'r1', 6);

      expect((await claimOne()).entries.map(({ kind }) => kind)).toEqual(['suspended', 'resumed']);
    });

    test('keeps the time that a parked run waits for', async () => {
      const run = await begun('r1');
      await journal().append(run.claim, [], { status: 'waiting', dueAt: 5000, waits: [] });
      await journal().suspend('7', 'r1', 1);
      expect(await journal().nextDue()).toBeUndefined();

      await journal().resume('7', 'r1', 1);

      expect(await idsAt(4999)).toEqual([]);
      expect(await idsAt(5000)).toEqual(['r1']);
    });

    test('keeps events that come meanwhile for when it is resumed', async () => {
      await listening('r1', [MERGED]);
      await journal().suspend('7', 'r1', 1);
      await journal().give('7', 'merged', 'k1', 1);
      expect(await idsAt(1000)).toEqual([]);

      await journal().resume('7', 'r1', 1);

      expect((await claimOne()).events).toHaveLength(1);
    });

    test('a run that has not begun leaves it pending once resumed', async () => {
      await journal().create(runOf('r1'));
      await journal().suspend('7', 'r1', 1);
      await journal().resume('7', 'r1', 1);

      expect((await journal().read('7', 'r1'))?.record.status).toBe('pending');
      expect(await idsAt(1000)).toEqual(['r1']);
    });

    test('raises the fence by one, as a claim does and nothing else', async () => {
      await begun('r1');
      await journal().suspend('7', 'r1', 1);
      await journal().resume('7', 'r1', 1);
      await journal().suspend('7', 'r1', 1);
      await journal().cancel('7', 'r1', 'stop');

      const { claim: held, record } = await claimOne();
      expect(held.fence - record.claims).toBe(2);
    });

    test('is refused for one that ended, is suspended already, or was asked to stop', async () => {
      const run = await begun('r1');
      await journal().append(run.claim, [], { status: 'completed', output: null, at: 1 });
      await journal().create(runOf('r2'));
      await journal().suspend('7', 'r2', 1);
      await journal().create(runOf('r3'));
      await journal().cancel('7', 'r3', 'stop');

      for (const id of ['r1', 'r2', 'r3']) expect(await journal().suspend('7', id, 1)).toBe(false);
      expect(await journal().resume('7', 'r3', 1)).toBe(false);
    });

    test('by the run itself yields to a wish that it stop', async () => {
      const run = await begun('r1');
      await journal().cancel('7', 'r1', 'stop');
      await journal().append(run.claim, [], { status: 'suspended' });

      expect((await claimOne()).cancel).toBe('stop');
    });
  });

  describe('retrying', () => {
    test('lets a faulted run go on with the history it has', async () => {
      const run = await begun('r1');
      const entry = { position: '/do/0', kind: 'outcome', body: 1, at: 1 };
      await journal().append(run.claim, [entry], { status: 'faulted', fault: { status: 500 }, at: 9 });

      expect(await journal().retry('7', 'r1')).toBe(true);

      const again = await claimOne();
      expect(again).toMatchObject({ entries: [entry], record: { claims: 2, fault: undefined, endedAt: undefined } });
      await journal().append(again.claim, [], { status: 'faulted', fault: { status: 502 }, at: 10 });
      expect(await journal().read('7', 'r1')).toMatchObject({ record: { fault: { status: 502 } } });
    });

    test('is refused for a run that did not fault', async () => {
      await journal().create(runOf('r1'));

      expect(await journal().retry('7', 'r1')).toBe(false);
      expect(await journal().retry('7', 'r9')).toBe(false);
    });
  });
}
