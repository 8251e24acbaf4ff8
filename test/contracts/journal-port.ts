import type { Journal as StoreJournal } from '../../src/store/journal.ts';
import type { Journal } from '../../src/workflow/journal.ts';

/** Fails the type check when the store's journal no longer has the shape that the workflow runtime declares. */
export function asWorkflowJournal(journal: StoreJournal): Journal {
  return journal;
}
