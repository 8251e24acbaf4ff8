import type { Store } from '../store/store.ts';
import type { Journal } from '../workflow/journal.ts';
import type { CommandContext } from './command.ts';

/** Opens the store of this machine's settings, beside a bot that may be running, for one piece of work. */
export async function withStore<Result>(
  context: CommandContext,
  work: (store: Store<Journal>) => Promise<Result>,
): Promise<Result> {
  const store = await context.openStore(context.readLocalConfig(context.environment).storePath);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
