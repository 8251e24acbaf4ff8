import type { Event } from '../../src/events/event.ts';
import type { Store } from '../../src/store/store.ts';
import type { Journal, NewRun } from '../../src/workflow/journal.ts';

export type StoreUnderTest = Store<Journal>;

/** Answers a fresh, empty store; who opened it closes it. */
export type OpenStore = () => Promise<StoreUnderTest>;

/** Does something with a store of its own. */
export async function withStore(open: OpenStore, act: (store: StoreUnderTest) => Promise<void>): Promise<void> {
  const store = await open();
  try {
    await act(store);
  } finally {
    await store.close();
  }
}

export function eventOf(id: string, changes: Partial<Event> = {}): Event {
  return {
    specversion: '1.0',
    id,
    source: 'https://github.com/octo/hello',
    type: 'dev.knative.source.github.pull_request',
    tenant: '7',
    data: { number: 12 },
    ...changes,
  };
}

export function runOf(id: string, changes: Partial<NewRun> = {}): NewRun {
  return {
    tenant: '7',
    id,
    definition: { namespace: 'octo', name: 'pull-request', version: '1.0.0', digest: 'd1' },
    key: `key of ${id}`,
    input: { number: 12 },
    createdAt: 100,
    ...changes,
  };
}
