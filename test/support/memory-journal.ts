/** The journal in memory, with its failures at the test's command. */
import { setImmediate as turn } from 'node:timers/promises';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import type { Journal, RunRecord } from '../../src/workflow/journal.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';

export interface FailingJournal extends Journal {
  /** While true, every method rejects with `store.unavailable`. */
  isDown: boolean;
  /** In the order of their creation. */
  runs(): Promise<readonly RunRecord[]>;
  /** Makes another process take over every run that has not ended. */
  takeOver(): Promise<void>;
}

export function createFailingJournal(): FailingJournal {
  const inner = createMemoryJournal();
  const created: { readonly tenant: string; readonly id: string }[] = [];
  const methods = Object.entries(inner).map(([name, method]: [string, (...given: never[]) => unknown]) => [
    name,
    async (...given: never[]) => {
      await turn();
      if (journal.isDown) throw new FairleadError('store.unavailable', 'The store is down.');
      return method(...given);
    },
  ]);
  const guarded = Object.fromEntries(methods) as Journal;
  const journal: FailingJournal = {
    ...guarded,
    isDown: false,
    async create(run) {
      const result = await guarded.create(run);
      if (result.outcome !== 'known') created.push(run);
      return result;
    },
    async runs() {
      const found = await Promise.all(created.map(({ tenant, id }) => inner.read(tenant, id)));
      return found.flatMap((run) => (run === undefined ? [] : [run.record]));
    },
    async takeOver() {
      const { MAX_SAFE_INTEGER } = Number;
      await inner.claim('another', MAX_SAFE_INTEGER, MAX_SAFE_INTEGER, MAX_SAFE_INTEGER);
    },
  };
  return journal;
}
