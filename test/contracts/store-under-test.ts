import type { Store } from '../../src/store/store.ts';
import type { Journal } from '../../src/workflow/journal.ts';

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
