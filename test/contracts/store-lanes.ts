import { describe, expect, test } from 'vitest';
import type { ClaimedRun, Lane, NewRun, RunStatus } from '../../src/workflow/journal.ts';
import { runOf, type StoreUnderTest } from './store-under-test.ts';

const LANE = '4711/12';

export function describeLanes(store: () => StoreUnderTest): void {
  const journal = () => store().journal;
  const inLane = (id: string, order: number, revision?: string, changes: Partial<NewRun> = {}) =>
    journal().create(runOf(id, { lane: laneOf(order, revision), ...changes }));
  const claim = (now = 1000) => journal().claim('one', now, now + 1000, 10);
  const idsAt = async (now: number) => (await claim(now)).map(({ record }) => record.id);
  const statusOf = async (id: string) => (await journal().read('7', id))?.record.status;

  async function claimOne(now = 1000): Promise<ClaimedRun> {
    const runs = await claim(now);
    expect(runs).toHaveLength(1);
    return runs[0] as ClaimedRun;
  }

  async function complete(run: ClaimedRun): Promise<void> {
    await journal().append(run.claim, [], { status: 'completed', output: null, at: 1 });
  }

  describe('a lane', () => {
    test('runs one after the other, by order, then by creation', async () => {
      await inLane('r1', 30);
      await inLane('r2', 10);
      await inLane('r3', 20);
      await inLane('r4', 20);

      const order = [];
      for (let index = 0; index < 4; index += 1) {
        const run = await claimOne();
        order.push(run.record.id);
        await complete(run);
      }

      expect(order).toEqual(['r2', 'r3', 'r4', 'r1']);
    });

    test('is held by a run that has begun, though one of a lower order comes', async () => {
      await inLane('r1', 20);
      const first = await claimOne();
      await inLane('r2', 10);
      await journal().append(first.claim, [], { status: 'waiting', dueAt: 5000, waits: [] });

      expect(await idsAt(4000)).toEqual([]);
      const again = await claimOne(5000);
      expect(again.record.id).toBe('r1');
      await complete(again);
      expect(await idsAt(5000)).toEqual(['r2']);
    });

    test('does not hold back runs of other lanes, of other tenants, or of none', async () => {
      await inLane('r1', 1);
      await inLane('r2', 2);
      await inLane('r3', 2, undefined, { lane: { name: '4711/13', order: 1 } });
      await inLane('r4', 2, undefined, { tenant: '8' });
      await journal().create(runOf('r5'));

      expect([...(await idsAt(1000))].sort()).toEqual(['r1', 'r3', 'r4', 'r5']);
    });

    test('moves on after a fault, and a retried run takes its turn again', async () => {
      await inLane('r1', 1);
      await inLane('r2', 2);
      const first = await claimOne();
      await journal().append(first.claim, [], { status: 'faulted', fault: { status: 500 }, at: 1 });
      const second = await claimOne();
      expect(second.record.id).toBe('r2');

      expect(await journal().retry('7', 'r1')).toBe(true);

      expect(await idsAt(1500)).toEqual([]);
      await complete(second);
      expect(await idsAt(1500)).toEqual(['r1']);
    });

    test('waits for a suspended run', async () => {
      await inLane('r1', 1);
      await inLane('r2', 2);
      await journal().suspend('7', 'r1', 1);

      expect(await idsAt(1000)).toEqual([]);
      await journal().resume('7', 'r1', 1);
      expect(await idsAt(1000)).toEqual(['r1']);
    });
  });

  interface Superseding {
    readonly told: string;
    readonly older: Lane;
    readonly newer: Lane;
    readonly definition?: string;
    readonly outcome: 'created' | 'superseded';
    /** Of the older run when it was pending. */
    readonly pending: RunStatus;
  }
  const a = (order: number): Lane => laneOf(order, 'a');
  const b = (order: number): Lane => laneOf(order, 'b');
  const SUPERSEDING: readonly Superseding[] = [
    { told: 'a newer revision cancels the older', older: a(1), newer: b(2), outcome: 'created', pending: 'cancelled' },
    {
      told: 'an older revision that comes late is cancelled itself',
      older: b(2),
      newer: a(1),
      outcome: 'superseded',
      pending: 'pending',
    },
    {
      told: 'one revision does not supersede itself',
      older: a(1),
      newer: a(2),
      outcome: 'created',
      pending: 'pending',
    },
    {
      told: 'one revision does not supersede itself, late',
      older: a(2),
      newer: a(1),
      outcome: 'created',
      pending: 'pending',
    },
    {
      told: 'two revisions of one order leave each other alone',
      older: a(1),
      newer: b(1),
      outcome: 'created',
      pending: 'pending',
    },
    {
      told: 'a run without a revision supersedes nothing',
      older: a(1),
      newer: laneOf(2),
      outcome: 'created',
      pending: 'pending',
    },
    {
      told: 'a run without a revision is not superseded',
      older: laneOf(1),
      newer: b(2),
      outcome: 'created',
      pending: 'pending',
    },
    {
      told: 'another lane is left alone',
      older: a(1),
      newer: { ...b(2), name: '4711/13' },
      outcome: 'created',
      pending: 'pending',
    },
    {
      told: 'another definition is left alone',
      older: a(1),
      newer: b(2),
      definition: 'triage',
      outcome: 'created',
      pending: 'pending',
    },
  ];

  describe('superseding', () => {
    test.each(SUPERSEDING)('$told', async ({ older, newer, definition, outcome, pending }) => {
      await journal().create(runOf('r1', { lane: older }));
      const { definition: ref } = runOf('r2');

      const result = await journal().create(
        runOf('r2', { lane: newer, definition: { ...ref, name: definition ?? ref.name } }),
      );

      expect(result.outcome).toBe(outcome);
      expect(await statusOf('r1')).toBe(pending);
      expect(await statusOf('r2')).toBe(outcome === 'created' ? 'pending' : 'cancelled');
    });

    test.each<[string, Lane, string, string | undefined]>([
      ['ends with the cause where a newer revision came meanwhile', b(2), 'pull-request', 'superseded by r2'],
      ['goes on beside a later event of its revision', a(2), 'pull-request', undefined],
      ['goes on beside a newer revision of another definition', b(2), 'triage', undefined],
    ])('a faulted run that is retried %s', async (_, lane, name, cancel) => {
      const { definition } = runOf('r1');
      await inLane('r1', 1, 'a', { definition: { ...definition, name: 'pull-request' } });
      await journal().append((await claimOne()).claim, [], { status: 'faulted', fault: { status: 500 }, at: 1 });
      await journal().create(runOf('r2', { lane, definition: { ...definition, name } }));
      await complete(await claimOne());

      expect(await journal().retry('7', 'r1')).toBe(true);

      const again = await claimOne();
      expect([again.record.id, again.cancel]).toEqual(['r1', cancel]);
    });

    test('says by which run, in the result and in the record', async () => {
      await inLane('r1', 1, 'a');
      await inLane('r2', 3, 'b', { createdAt: 200 });

      expect(await inLane('r3', 2, 'c')).toEqual({ outcome: 'superseded', runId: 'r3', by: 'r2' });

      expect(await journal().read('7', 'r1')).toMatchObject({ record: { fault: 'superseded by r2', endedAt: 200 } });
      expect(await journal().read('7', 'r3')).toMatchObject({ record: { fault: 'superseded by r2', claims: 0 } });
    });

    test('answers which runs had not begun and have ended by it, and none that is only asked to stop', async () => {
      await inLane('r1', 1, 'a');
      await claimOne();
      await inLane('r2', 2, 'a');
      await inLane('r3', 2, 'a');

      expect(await inLane('r4', 3, 'b')).toEqual({ outcome: 'created', runId: 'r4', superseded: ['r2', 'r3'] });
      expect(await Promise.all(['r1', 'r2', 'r3'].map(statusOf))).toEqual(['running', 'cancelled', 'cancelled']);
    });

    test('holds across versions of the definition', async () => {
      await inLane('r1', 1, 'a');
      const { definition } = runOf('r2');
      await inLane('r2', 2, 'b', { definition: { ...definition, version: '2.0.0', digest: 'd2' } });

      expect(await statusOf('r1')).toBe('cancelled');
    });

    test('asks a run under way to stop: its renewal says so, and the lane waits for it', async () => {
      await inLane('r1', 1, 'a');
      const first = await claimOne();
      await inLane('r2', 2, 'b');

      expect(await statusOf('r1')).toBe('running');
      expect(await journal().renew([first.claim], 3000)).toMatchObject([{ held: true, cancel: 'superseded by r2' }]);
      expect(await idsAt(2500)).toEqual([]);

      await journal().append(first.claim, [], { status: 'cancelled', fault: 'superseded by r2', at: 9 });
      expect(await idsAt(2500)).toEqual(['r2']);
    });

    test('makes a parked run claimable, with the reason', async () => {
      await inLane('r1', 1, 'a');
      const first = await claimOne();
      await journal().append(first.claim, [], { status: 'waiting', dueAt: undefined, waits: [] });
      await inLane('r2', 2, 'b');

      const again = await claimOne();
      expect(again).toMatchObject({ cancel: 'superseded by r2', record: { id: 'r1' } });
    });

    test('still refuses an older revision after the newer one has ended', async () => {
      await inLane('r1', 2, 'b');
      await complete(await claimOne());

      expect(await inLane('r2', 1, 'a')).toEqual({ outcome: 'superseded', runId: 'r2', by: 'r1' });
      expect(await idsAt(1000)).toEqual([]);
    });

    test('cancels all that are older, and only the newest of many runs', async () => {
      for (const [index, revision] of ['a', 'b', 'c', 'd'].entries()) await inLane(`r${index}`, index, revision);

      expect(await idsAt(1000)).toEqual(['r3']);
    });

    test('creates the same run again as known, though it was superseded', async () => {
      await inLane('r1', 2, 'b');
      await inLane('r2', 1, 'a');

      expect(await inLane('r3', 1, 'a', { key: 'key of r2' })).toEqual({ outcome: 'known', runId: 'r2' });
    });
  });

  describe('joining', () => {
    const joining = (id: string, order: number, revision?: string, changes: Partial<NewRun> = {}) =>
      inLane(id, order, revision, { joins: 'unbegun', ...changes });

    test('lets the newest run do for all of its revision that have not begun, and says so', async () => {
      await joining('r1', 1, 'a');
      expect(await joining('r2', 2, 'a')).toEqual({ outcome: 'created', runId: 'r2', joined: ['r1'] });
      expect(await joining('r3', 2, 'a', { createdAt: 300 })).toEqual({
        outcome: 'created',
        runId: 'r3',
        joined: ['r2'],
      });

      expect(await journal().read('7', 'r2')).toMatchObject({
        record: { status: 'cancelled', fault: 'joined by r3', endedAt: 300, claims: 0 },
      });
      expect(await idsAt(1000)).toEqual(['r3']);
    });

    test('ends one that comes late in favour of a newer one that waits', async () => {
      await joining('r1', 2, 'a');

      expect(await joining('r2', 1, 'a')).toEqual({ outcome: 'joined', runId: 'r2', by: 'r1' });

      expect(await journal().read('7', 'r2')).toMatchObject({ record: { fault: 'joined by r1', claims: 0 } });
      expect(await joining('r3', 1, 'a', { key: 'key of r2' })).toEqual({ outcome: 'known', runId: 'r2' });
      expect(await idsAt(1000)).toEqual(['r1']);
    });

    test('leaves a run that has begun alone, under way or parked: the next one comes after it', async () => {
      await joining('r1', 1, 'a');
      const first = await claimOne();
      expect(await joining('r2', 2, 'a')).toEqual({ outcome: 'created', runId: 'r2' });
      await journal().append(first.claim, [], { status: 'waiting', dueAt: 5000, waits: [] });
      expect(await joining('r3', 3, 'a')).toMatchObject({ outcome: 'created', joined: ['r2'] });

      const again = await claimOne(5000);
      expect(again.record.id).toBe('r1');
      await complete(again);
      expect(await idsAt(5000)).toEqual(['r3']);
    });

    test('does not count on a run that is asked to stop, or that is held', async () => {
      await joining('r1', 9, 'a');
      await journal().cancel('7', 'r1', 'stop');
      expect(await joining('r2', 8, 'a')).toEqual({ outcome: 'created', runId: 'r2' });
      await journal().suspend('7', 'r2', 1);
      expect(await joining('r3', 7, 'a')).toEqual({ outcome: 'created', runId: 'r3' });
    });

    test.each<[string, (run: ClaimedRun) => Promise<void>, 'joined' | 'created']>([
      ['is under way', async () => {}, 'joined'],
      [
        'is parked',
        ({ claim }) => journal().append(claim, [], { status: 'waiting', dueAt: 5000, waits: [] }),
        'joined',
      ],
      ['is done', complete, 'joined'],
      ['has faulted', ({ claim }) => journal().append(claim, [], { status: 'faulted', fault: null, at: 1 }), 'created'],
      ['is asked to stop', async () => void (await journal().cancel('7', 'r1', 'stop')), 'created'],
      ['is held', async () => void (await journal().suspend('7', 'r1', 1)), 'created'],
    ])(
      'of one that comes late and tells nothing new depends on what came of the newer: it %s',
      async (_, act, outcome) => {
        await joining('r1', 2, 'a');
        await act(await claimOne());

        expect(await joining('r2', 1, 'a', { joins: 'newer' })).toEqual(
          outcome === 'joined' ? { outcome, runId: 'r2', by: 'r1' } : { outcome, runId: 'r2' },
        );
        // What may be about something else is run in any case, and so is what is as new.
        expect(await joining('r3', 0, 'a')).toMatchObject({ outcome: outcome === 'joined' ? 'created' : 'joined' });
        expect(await joining('r4', 2, 'a', { joins: 'newer' })).toMatchObject({ outcome: 'created' });
      },
    );

    test('keeps the place in the lane of the run that is left', async () => {
      await inLane('r0', 1, undefined);
      await joining('r1', 2, 'a');
      await inLane('r2', 3, undefined);
      await joining('r3', 4, 'a');

      const order = [];
      for (let index = 0; index < 3; index += 1) {
        const run = await claimOne();
        order.push(run.record.id);
        await complete(run);
      }

      expect(order).toEqual(['r0', 'r2', 'r3']);
    });

    test('is none of other revisions, definitions and lanes, nor of runs without a revision', async () => {
      const { definition } = runOf('r0');
      await joining('r1', 2, 'a');
      await joining('r2', 2, 'b');
      await joining('r3', 2, 'a', { definition: { ...definition, name: 'triage' } });
      await joining('r4', 2, undefined);
      await joining('r5', 2, undefined, { lane: { name: '4711/13', order: 2, revision: 'a' } });

      expect(await Promise.all(['r1', 'r2', 'r3', 'r4', 'r5'].map(statusOf))).toEqual(Array(5).fill('pending'));
    });

    test('supersedes older revisions as well', async () => {
      await joining('r1', 1, 'a');
      await joining('r2', 2, 'b');

      expect(await joining('r3', 3, 'b')).toMatchObject({ joined: ['r2'] });
      expect(await joining('r4', 2, 'a')).toEqual({ outcome: 'superseded', runId: 'r4', by: 'r3' });
      expect(await idsAt(1000)).toEqual(['r3']);
    });
  });
}

function laneOf(order: number, revision?: string): Lane {
  return { name: LANE, order, ...(revision === undefined ? {} : { revision }) };
}
