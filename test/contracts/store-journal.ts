import { describe, expect, test } from 'vitest';
import type { ClaimedRun, Entry, RunChange } from '../../src/workflow/journal.ts';
import { runOf, type StoreUnderTest } from './store-under-test.ts';

const entryOf = (position: string, body: Entry['body'] = null): Entry => ({ position, kind: 'outcome', body, at: 150 });

const LONG = 'x'.repeat(100_000);

export function describeJournal(store: () => StoreUnderTest): void {
  const journal = () => store().journal;
  const claim = (now = 1000, limit = 10, leaseUntil = now + 1000) => journal().claim('one', now, leaseUntil, limit);

  async function claimOne(now = 1000): Promise<ClaimedRun> {
    const runs = await claim(now, 1);
    expect(runs).toHaveLength(1);
    return runs[0] as ClaimedRun;
  }

  const idsAt = async (now: number) => (await claim(now)).map(({ record }) => record.id);

  async function parked(id: string, change: Partial<Extract<RunChange, { status: 'waiting' }>> = {}): Promise<void> {
    await journal().create(runOf(id));
    const run = await claimOne();
    await journal().append(run.claim, [], { status: 'waiting', dueAt: undefined, waits: [], ...change });
  }

  describe('a run', () => {
    test('is created once per key', async () => {
      expect(await journal().create(runOf('r1'))).toEqual({ outcome: 'created', runId: 'r1' });

      expect(await journal().create(runOf('r2', { key: 'key of r1' }))).toEqual({ outcome: 'known', runId: 'r1' });
      expect(await journal().create(runOf('r3', { key: 'key of r1', tenant: '8' }))).toMatchObject({
        outcome: 'created',
      });
      expect(await journal().read('7', 'r2')).toBeUndefined();
    });

    test('is read as it was created', async () => {
      const parent = { runId: 'r0', position: '/do/1/sub' };
      await journal().create(runOf('r1', { parent, lane: { name: '4711/12', order: 5, revision: 'a1' } }));

      expect(await journal().read('7', 'r1')).toEqual({
        record: {
          tenant: '7',
          id: 'r1',
          definition: { namespace: 'octo', name: 'pull-request', version: '1.0.0', digest: 'd1' },
          key: 'key of r1',
          status: 'pending',
          lane: { name: '4711/12', order: 5, revision: 'a1' },
          parent,
          input: { number: 12 },
          output: undefined,
          fault: undefined,
          createdAt: 100,
          startedAt: undefined,
          endedAt: undefined,
          dueAt: undefined,
          claims: 0,
        },
        entries: [],
      });
      expect(await journal().read('8', 'r1')).toBeUndefined();
    });

    test('keeps long input, output and entries whole', async () => {
      await journal().create(runOf('r1', { input: LONG }));
      const { claim: held, record } = await claimOne();
      await journal().append(held, [entryOf('/do/0', [LONG]), entryOf('/do/1', [LONG])], {
        status: 'completed',
        output: LONG,
        at: 300,
      });

      const read = await journal().read('7', 'r1');
      expect(record.input).toBe(LONG);
      expect(read?.entries.map(({ body }) => body)).toEqual([[LONG], [LONG]]);
      expect(read?.record).toMatchObject({ status: 'completed', input: LONG, output: LONG, endedAt: 300 });
    });

    test('that ended holds its output or its fault', async () => {
      const fault = { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout', status: 408 };
      const ends: readonly RunChange[] = [
        { status: 'completed', output: null, at: 300 },
        { status: 'faulted', fault, at: 301 },
        { status: 'cancelled', fault: 'asked to stop', at: 302 },
      ];
      for (const [index, change] of ends.entries()) {
        await journal().create(runOf(`r${index}`));
        await journal().append((await claimOne()).claim, [], change);
      }

      expect(await journal().list({ limit: 10 })).toMatchObject([
        { status: 'cancelled', fault: 'asked to stop', output: undefined, endedAt: 302 },
        { status: 'faulted', fault, output: undefined, endedAt: 301 },
        { status: 'completed', output: null, fault: undefined, endedAt: 300 },
      ]);
      expect(await idsAt(9_999_999)).toEqual([]);
    });
  });

  describe('a claim', () => {
    test('gives the run with its history, and nobody else gets it while the lease holds', async () => {
      await journal().create(runOf('r1'));

      const run = await claimOne();

      expect(run).toMatchObject({
        record: { id: 'r1', status: 'running', startedAt: 1000, claims: 1 },
        entries: [],
        events: [],
      });
      expect(run.cancel).toBeUndefined();
      expect(await idsAt(2000)).toEqual([]);
    });

    test('passes to another when the lease has ended, history and all', async () => {
      await journal().create(runOf('r1'));
      const first = await claimOne(1000);
      await journal().append(first.claim, [entryOf('/do/0', { ok: true }), entryOf('/do/1')]);

      const second = await claimOne(2001);

      expect(second.claim.fence).toBeGreaterThan(first.claim.fence);
      expect(second.record).toMatchObject({ claims: 2, startedAt: 1000 });
      expect(second.entries).toEqual([entryOf('/do/0', { ok: true }), entryOf('/do/1')]);
    });

    test('of an older fence writes nothing', async () => {
      await journal().create(runOf('r1'));
      const stale = await claimOne(1000);
      const fresh = await claimOne(2001);

      await expect(journal().append(stale.claim, [entryOf('/late')])).rejects.toMatchObject({ code: 'store.fenced' });
      await expect(
        journal().append(stale.claim, [], { status: 'completed', output: null, at: 1 }),
      ).rejects.toMatchObject({ code: 'store.fenced' });

      await journal().append(fresh.claim, [entryOf('/do/0')]);
      expect((await journal().read('7', 'r1'))?.entries).toEqual([entryOf('/do/0')]);
    });

    const endings: readonly (readonly [told: string, change: RunChange])[] = [
      ['parked', { status: 'waiting', dueAt: 5000, waits: [] }],
      ['completed', { status: 'completed', output: null, at: 1 }],
      ['faulted', { status: 'faulted', fault: null, at: 1 }],
      ['suspended', { status: 'suspended' }],
    ];
    test.each(endings)('has ended once its run is %s', async (_, change) => {
      await journal().create(runOf('r1'));
      const { claim: held } = await claimOne();
      await journal().append(held, [], change);

      await expect(journal().append(held, [entryOf('/late')])).rejects.toMatchObject({ code: 'store.fenced' });
      expect(await journal().renew([held], 9000)).toEqual([{ held: false, cancel: undefined, isSuspended: false }]);
    });

    test('that lost its lease to nobody yet may still write', async () => {
      await journal().create(runOf('r1'));
      const { claim: held } = await claimOne(1000);

      await journal().append(held, [entryOf('/do/0')]);

      expect((await journal().read('7', 'r1'))?.entries).toHaveLength(1);
    });

    test('is prolonged by renewing, which tells for each claim whether it holds', async () => {
      await journal().create(runOf('r1'));
      await journal().create(runOf('r2'));
      const [stale] = await claim(1000, 1);
      const [held] = await claim(1000, 1, 9000);
      await claim(2001, 1);

      const answer = await journal().renew([stale!.claim, held!.claim], 12_000);

      expect(answer).toEqual([
        { held: false, cancel: undefined, isSuspended: false },
        { held: true, cancel: undefined, isSuspended: false },
      ]);
      expect(await idsAt(11_999)).toEqual(['r1']);
    });

    test('goes to tenants in turn, so that one with many runs does not delay the others', async () => {
      for (let index = 0; index < 20; index += 1) await journal().create(runOf(`a${index + 10}`, { tenant: '1' }));
      for (const tenant of ['2', '3']) await journal().create(runOf(`b${tenant}`, { tenant, createdAt: 900 }));

      const tenants = (await claim(1000, 6)).map(({ record }) => record.tenant);

      expect(tenants.filter((tenant) => tenant === '1')).toHaveLength(4);
      expect(tenants).toContain('2');
      expect(tenants).toContain('3');
    });

    test('goes on with the next tenant where the call before it ended', async () => {
      for (const tenant of ['1', '2', '3']) {
        await journal().create(runOf(`a${tenant}`, { tenant }));
        await journal().create(runOf(`b${tenant}`, { tenant }));
      }

      const tenants = [];
      for (let index = 0; index < 6; index += 1) tenants.push((await claimOne()).record.tenant);

      expect(tenants).toEqual(['1', '2', '3', '1', '2', '3']);
    });

    test('takes the oldest of a tenant first, and no more than asked for', async () => {
      for (const [id, createdAt] of [
        ['r1', 300],
        ['r2', 100],
        ['r3', 200],
      ] as const) {
        await journal().create(runOf(id, { createdAt }));
      }

      expect((await claim(1000, 2)).map(({ record }) => record.id)).toEqual(['r2', 'r3']);
    });
  });

  describe('a parked run', () => {
    test('goes on when it is due', async () => {
      await parked('r1', { dueAt: 5000 });

      expect(await journal().read('7', 'r1')).toMatchObject({ record: { status: 'waiting', dueAt: 5000 } });
      expect(await journal().nextDue()).toBe(5000);
      expect(await idsAt(4999)).toEqual([]);
      expect(await idsAt(5000)).toEqual(['r1']);
      expect(await journal().nextDue()).toBeUndefined();
    });

    test('without a time goes on only when something happens', async () => {
      await parked('r1');

      expect(await journal().nextDue()).toBeUndefined();
      expect(await idsAt(9_999_999)).toEqual([]);
    });
  });

  describe('the list', () => {
    test('is newest first, page by page, of one tenant or status or both', async () => {
      for (const [id, tenant] of [
        ['r1', '7'],
        ['r2', '8'],
        ['r3', '7'],
      ] as const) {
        await journal().create(runOf(id, { tenant }));
      }
      await claim(1000, 10);
      await journal().create(runOf('r4'));
      const list = async (query: Parameters<ReturnType<typeof journal>['list']>[0]) =>
        (await journal().list(query)).map(({ id }) => id);

      expect(await list({ limit: 2 })).toEqual(['r4', 'r3']);
      expect(await list({ limit: 2, before: 'r3' })).toEqual(['r2', 'r1']);
      expect(await list({ limit: 9, tenant: '7' })).toEqual(['r4', 'r3', 'r1']);
      expect(await list({ limit: 9, status: 'running' })).toEqual(['r3', 'r2', 'r1']);
      expect(await list({ limit: 9, tenant: '8', status: 'pending' })).toEqual([]);
    });
  });

  describe('definitions', () => {
    const refOf = (digest: string) => ({ namespace: 'octo', name: 'pull-request', version: '1.0.0', digest });
    const HOURS = 60 * 60 * 1000;

    test('are kept by digest, the first text of it for good', async () => {
      const ref = refOf('d1');
      await journal().keepDefinition(ref, 'text one', 1);
      await journal().keepDefinition(ref, 'text one', 1);

      expect(await journal().readDefinition('d1')).toBe('text one');
      expect(await journal().readDefinition('d2')).toBeUndefined();
    });

    test('that no run is pinned to are forgotten when they were not in use since, and others stay', async () => {
      for (const digest of ['used', 'unused', 'pinned']) await journal().keepDefinition(refOf(digest), digest, 1);
      await journal().keepDefinition(refOf('used'), 'used', 9 * HOURS);
      await journal().create(runOf('r1', { tenant: '8', definition: refOf('pinned') }));

      expect(await journal().pruneDefinitions(1)).toBe(0);
      expect(await journal().pruneDefinitions(8 * HOURS)).toBe(1);
      const left = ['used', 'unused', 'pinned'].map((digest) => journal().readDefinition(digest));
      expect(await Promise.all(left)).toEqual(['used', undefined, 'pinned']);
    });

    test('stay when it is told to stop', async () => {
      await journal().keepDefinition(refOf('unused'), 'unused', 1);
      await journal().create(runOf('r1'));
      expect(await journal().pruneDefinitions(2, AbortSignal.abort())).toBe(0);
      expect(await journal().readDefinition('unused')).toBe('unused');
    });

    test('are looked for among more runs than one look holds', async () => {
      await journal().keepDefinition(refOf('pinned'), 'pinned', 1);
      for (let nth = 0; nth < 2_100; nth += 1) {
        const definition = refOf(nth === 2_099 ? 'pinned' : 'other');
        await journal().create(runOf(`r${String(nth).padStart(4, '0')}`, { definition }));
      }
      expect(await journal().pruneDefinitions(2)).toBe(0);
    });
  });
}
