import { describe, expect, test } from 'vitest';
import type { NewRun } from '../../src/workflow/journal.ts';
import { runOf, type StoreUnderTest } from './store-under-test.ts';

/** Long enough to be kept apart from the rows that refer to it. */
const LONG = (name: string) => name.repeat(100_000);

export function describeRetention(store: () => StoreUnderTest): void {
  const journal = () => store().journal;
  const ids = async () => (await journal().list({ limit: 2_000 })).map(({ id }) => id).sort();
  const create = (id: string, changes: Partial<NewRun> = {}) => journal().create(runOf(id, changes));

  /** A run that has ended then, with an entry, an event given to it, and what came of it. */
  async function ended(id: string, at: number, changes: Partial<NewRun> = {}, output: NewRun['input'] = null) {
    await create(id, changes);
    const [run] = await journal().claim('one', 1000, 2000, 1);
    if (run === undefined) throw new Error(`${id} cannot be claimed`);
    const entry = { position: '/do/0', kind: 'outcome', body: output, at };
    await journal().append(run.claim, [entry], { status: 'completed', output, at });
  }

  describe('runs that ended', () => {
    test('before a time are forgotten, and others are not', async () => {
      await ended('r1', 100);
      await ended('r2', 199);
      await ended('r3', 200);
      expect(await journal().prune(200)).toBe(2);
      expect(await ids()).toEqual(['r3']);
      expect(await journal().read('7', 'r1')).toBeUndefined();
      expect(await journal().prune(200)).toBe(0);
    });

    test('are forgotten with all that belongs to them, so that their keys are free again', async () => {
      await ended('r1', 100, { key: 'k', input: LONG('a') }, LONG('b'));
      expect(await journal().prune(200)).toBe(1);
      expect(await create('r1', { key: 'k', input: 1 })).toEqual({ outcome: 'created', runId: 'r1' });
      expect(await journal().read('7', 'r1')).toMatchObject({ record: { input: 1, output: undefined }, entries: [] });
    });

    test('never go where they have not ended: pending, running, waiting or suspended, however old', async () => {
      const states = ['running', 'waiting', 'suspended', 'pending'] as const;
      for (const id of states) {
        await create(id, { createdAt: 1 });
        if (id === 'pending') continue;
        const [run] = await journal().claim('one', 1, 2_000, 1);
        if (id === 'waiting') {
          await journal().append(run!.claim, [], { status: 'waiting', dueAt: 9_000, waits: [] });
        }
        if (id === 'suspended') await journal().suspend('7', id, 1);
      }
      expect(await journal().prune(1e15)).toBe(0);
      expect((await journal().list({ limit: 10 })).map(({ status }) => status).sort()).toEqual([...states].sort());
    });

    test('stay as long as the run that they are a part of', async () => {
      await create('parent');
      const [parent] = await journal().claim('one', 1000, 2000, 1);
      await ended('child', 100, { parent: { runId: 'parent', position: '/do/0' } });
      await ended('orphan', 100, { parent: { runId: 'gone', position: '/do/0' } });
      expect(await journal().prune(200)).toBe(1);
      expect(await ids()).toEqual(['child', 'parent']);

      await journal().append(parent!.claim, [], { status: 'completed', output: null, at: 250 });
      expect(await journal().prune(200)).toBe(0);
      expect(await journal().prune(300)).toBe(2);
      expect(await ids()).toEqual([]);
    });

    test('leave what others refer to as well', async () => {
      const shared = LONG('s');
      await ended('r1', 100, { input: shared }, LONG('o'));
      await ended('r2', 300, { input: shared });
      await ended('r3', 100, { input: shared, tenant: '8' });
      expect(await journal().prune(200)).toBe(2);
      expect(await journal().read('7', 'r2')).toMatchObject({ record: { input: shared } });

      await create('r4', { input: shared });
      expect(await journal().prune(400)).toBe(1);
      expect(await journal().read('7', 'r4')).toMatchObject({ record: { input: shared } });
      await create('r5', { input: shared, tenant: '8' });
      expect(await journal().read('8', 'r5')).toMatchObject({ record: { input: shared } });
    });

    test('are forgotten though there are more than one look or one commit holds', async () => {
      const count = 620;
      for (let nth = 0; nth < count; nth += 1) {
        const lane = { name: 'l', order: count - nth, revision: `${nth}` };
        // Superseded by the one before, it has ended as it begins.
        await create(`r${String(nth).padStart(4, '0')}`, { lane, createdAt: 100 });
      }
      expect(await journal().prune(200)).toBe(count - 1);
      expect(await ids()).toEqual(['r0000']);
    });

    test('stay when it is told to stop', async () => {
      await ended('r1', 100);
      expect(await journal().prune(200, AbortSignal.abort())).toBe(0);
      expect(await ids()).toEqual(['r1']);
    });
  });
}
