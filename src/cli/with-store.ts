import { existsSync } from 'node:fs';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Store } from '../store/store.ts';
import type { Journal } from '../workflow/journal.ts';
import type { CommandContext } from './command.ts';

/** Opens the store of this machine's settings for one piece of work. Makes none: a store that is not there holds nothing to show. */
export async function withStore<Result>(
  context: CommandContext,
  work: (store: Store<Journal>) => Promise<Result>,
): Promise<Result> {
  const { storePath } = context.readLocalConfig(context.environment);
  if (!existsSync(storePath)) {
    throw new FairleadError(
      'cli.not_found',
      `There is no store at ${storePath}. Run this where the bot runs, or set FAIRLEAD_STORE to its file.`,
    );
  }
  const store = await context.openStore(storePath);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
