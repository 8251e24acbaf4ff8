import { describe, expect, test } from 'vitest';
import type { LedgerEntry, MessageRecord } from '../../src/store/store.ts';
import type { StoreUnderTest } from './store-under-test.ts';

const label = (name: string, changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  kind: 'label',
  name,
  state: 'ours',
  reason: 'rule docs',
  at: 100,
  ...changes,
});

export function describeWork(store: () => StoreUnderTest): void {
  describe('the ledger', () => {
    test('answers what was written, by tenant and pull request', async () => {
      await store().ledger.write('7', '4711/12', [label('docs'), label('octocat', { kind: 'reviewer' })]);
      await store().ledger.write('7', '4711/13', [label('other')]);
      await store().ledger.write('8', '4711/12', [label('foreign')]);

      const entries = await store().ledger.read('7', '4711/12');
      expect(entries).toHaveLength(2);
      expect(entries).toEqual(expect.arrayContaining([label('docs'), label('octocat', { kind: 'reviewer' })]));
      expect(await store().ledger.read('9', '4711/12')).toEqual([]);
    });

    test('takes names that differ in case alone for one, and keeps the last spelling and word', async () => {
      await store().ledger.write('7', '4711/12', [label('Docs')]);
      await store().ledger.write('7', '4711/12', [label('docs', { state: 'refused', reason: 'octocat', at: 200 })]);

      expect(await store().ledger.read('7', '4711/12')).toEqual([
        label('docs', { state: 'refused', reason: 'octocat', at: 200 }),
      ]);
    });

    test('keeps by which rule, and what GitHub calls it, until it is written without', async () => {
      const entry = label('docs', { rule: 'abc', reference: '17' });
      await store().ledger.write('7', '4711/12', [entry]);
      expect(await store().ledger.read('7', '4711/12')).toStrictEqual([entry]);

      await store().ledger.write('7', '4711/12', [label('docs')]);
      expect(await store().ledger.read('7', '4711/12')).toStrictEqual([label('docs')]);
    });

    test('keeps a label, a reviewer and a team of one name apart', async () => {
      const entries = (['label', 'reviewer', 'team'] as const).map((kind) => label('core', { kind }));
      await store().ledger.write('7', '4711/12', entries);

      await store().ledger.forget('7', '4711/12', [{ kind: 'reviewer', name: 'CORE' }]);

      const left = await store().ledger.read('7', '4711/12');
      expect(left.map(({ kind }) => kind)).toEqual(['label', 'team']);
    });

    test('follows a name that is another from now on, in one repository and kind', async () => {
      const { ledger } = store();
      const old = label('Defect', { state: 'refused', reason: 'removed by ann', rule: 'abc', reference: '17' });
      await ledger.write('7', '4711/12', [old, label('defect', { kind: 'team' })]);
      await ledger.write('7', '4711/13', [label('defect'), label('docs')]);
      await ledger.write('7', '47110/12', [label('defect')]);
      await ledger.write('8', '4711/12', [label('defect')]);

      await ledger.rename('7', 4711, 'label', 'defect', 'Bug');

      expect(await ledger.read('7', '4711/12')).toStrictEqual([
        { ...old, name: 'Bug' },
        label('defect', { kind: 'team' }),
      ]);
      expect(await ledger.read('7', '4711/13')).toEqual([label('Bug'), label('docs')]);
      expect(await ledger.read('7', '47110/12')).toEqual([label('defect')]);
      expect(await ledger.read('8', '4711/12')).toEqual([label('defect')]);
    });

    test('keeps what is known of the new name already, and of one that is spelled anew alone', async () => {
      const { ledger } = store();
      await ledger.write('7', '4711/12', [label('defect'), label('bug', { state: 'refused' })]);
      await ledger.rename('7', 4711, 'label', 'defect', 'bug');
      await ledger.rename('7', 4711, 'label', 'bug', 'BUG');

      expect(await ledger.read('7', '4711/12')).toEqual([label('bug', { state: 'refused' })]);
    });
  });

  describe('messages', () => {
    test('are remembered per tenant, channel and subject, the last word only', async () => {
      const sending: MessageRecord = { state: 'sending', reference: undefined, digest: 'd1', at: 100 };
      const sent: MessageRecord = { state: 'sent', reference: 'C1:17.5', digest: 'd2', at: 200 };
      expect(await store().messages.read('7', 'team', '4711/12')).toBeUndefined();

      await store().messages.write('7', 'team', '4711/12', sending);
      expect(await store().messages.read('7', 'team', '4711/12')).toEqual(sending);

      await store().messages.write('7', 'team', '4711/12', sent);
      expect(await store().messages.read('7', 'team', '4711/12')).toEqual(sent);
      expect(await store().messages.read('7', 'mail', '4711/12')).toBeUndefined();
      expect(await store().messages.read('8', 'team', '4711/12')).toBeUndefined();
    });
  });

  describe('a budget', () => {
    const take = (count: number, now: number, tenant = '7') =>
      store().budget.take(tenant, 'writes', { count, burst: 20, perMinute: 80, now });

    test('starts full, grants what it has, and says when one more is there', async () => {
      expect(await take(15, 0)).toEqual({ granted: 15, waitMs: 0 });
      expect(await take(15, 0)).toEqual({ granted: 5, waitMs: 750 });
      expect(await take(1, 749)).toEqual({ granted: 0, waitMs: 1 });
      expect(await take(1, 750)).toEqual({ granted: 1, waitMs: 0 });
    });

    test('gains no more than its burst', async () => {
      await take(20, 0);

      expect(await take(30, 3_600_000)).toEqual({ granted: 20, waitMs: 750 });
    });

    test('is each tenant’s own', async () => {
      await take(20, 0);

      expect(await take(20, 0, '8')).toEqual({ granted: 20, waitMs: 0 });
    });

    test('neither gains nor loses when the clock is set back', async () => {
      await take(20, 10_000);

      expect(await take(1, 0)).toMatchObject({ granted: 0 });
      expect(await take(1, 10_749)).toEqual({ granted: 0, waitMs: 1 });
    });

    test('is never overdrawn by callers at the same time', async () => {
      const grants = await Promise.all(Array.from({ length: 30 }, () => take(1, 0)));

      expect(grants.filter(({ granted }) => granted === 1)).toHaveLength(20);
    });
  });

  describe('notes', () => {
    test('are kept by tenant and name, the last one only', async () => {
      expect(await store().notes.read('0', 'cursor')).toBeUndefined();
      await store().notes.write('0', 'cursor', '1');
      await store().notes.write('0', 'cursor', '2');
      await store().notes.write('7', 'cursor', '3');

      expect(await store().notes.read('0', 'cursor')).toBe('2');
    });

    test('that are changed by many at once keep what each has changed', async () => {
      const add = (name: string) =>
        store().notes.change('7', 'names', 100, (value) => {
          const names = value === undefined ? [name] : [...(JSON.parse(value) as string[]), name];
          return { value: JSON.stringify(names), result: names.length };
        });
      const all = Array.from({ length: 20 }, (_, nth) => `n${nth}`);

      const lengths = await Promise.all(all.map(add));

      expect(lengths.toSorted((one, other) => one - other)).toEqual(all.map((_, nth) => nth + 1));
      expect(JSON.parse((await store().notes.read('7', 'names')) ?? '').toSorted()).toEqual(all.toSorted());
    });

    test('stay as they are where a change decides so', async () => {
      await store().notes.write('7', 'n', 'as it was');

      expect(await store().notes.change('7', 'n', 100, (value) => ({ value: undefined, result: value }))).toBe(
        'as it was',
      );
      expect(await store().notes.change('7', 'none', 100, (value) => ({ value: undefined, result: value }))).toBe(
        undefined,
      );
      expect(await store().notes.read('7', 'none')).toBeUndefined();
    });

    test('are forgotten by their age, where they have one', async () => {
      const set = (name: string, at: number) =>
        store().notes.change('7', name, at, () => ({ value: name, result: null }));
      await store().notes.write('7', 'ageless', '1');
      await set('old', 100);
      await set('young', 100);
      await set('young', 200);

      expect(await store().notes.prune(200, AbortSignal.abort())).toBe(0);
      expect(await store().notes.prune(200)).toBe(1);
      const left = ['ageless', 'old', 'young'].map((name) => store().notes.read('7', name));
      expect(await Promise.all(left)).toEqual(['1', undefined, 'young']);
    });
  });

  describe('the check', () => {
    test('passes while the store can be written', async () => {
      await expect(store().check()).resolves.toBeUndefined();
    });

    test('and everything else rejects once the store is closed', async () => {
      await store().close();

      await expect(store().check()).rejects.toMatchObject({ code: 'store.unavailable' });
      await expect(store().notes.read('0', 'cursor')).rejects.toMatchObject({ code: 'store.unavailable' });
    });
  });
}
