/**
 * What the bot remembers of a label (that it put it on, that a person took it off) follows when the label is renamed. A rename
 * is noted before GitHub is asked: one that was cut short is made up for by the next run. Where the bot's store cannot be
 * opened nothing is renamed, for the bot would take the label for somebody else's.
 */
import { FairleadError } from '../events/fairlead-error.ts';
import type { ReadRepository } from '../house/reading-github.ts';
import type { Store } from '../store/store.ts';
import type { Journal } from '../workflow/journal.ts';
import type { CommandContext } from './command.ts';

export interface LabelMemory {
  /** `ask` has GitHub rename it, and answers why that was refused; so does this. */
  follow(from: string, to: string, ask: () => Promise<string | undefined>): Promise<string | undefined>;
  close(): Promise<void>;
}

interface Rename {
  readonly from: string;
  readonly to: string;
}

/** `present`: names of the repository's labels, as they are now. */
export async function openLabelMemory(
  context: CommandContext,
  { context: { tenant }, repository }: ReadRepository,
  present: readonly string[],
): Promise<LabelMemory> {
  let store: Store<Journal>;
  try {
    store = await context.openStore(context.readLocalConfig(context.environment).storePath);
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error;
    const reason = `What the bot remembers of it cannot be renamed. ${error.message}`;
    return { follow: async () => reason, close: async () => {} };
  }
  const { ledger, notes } = store;
  const note = `label renames ${repository.id}`;
  const keep = (renames: readonly Rename[]) => notes.write(tenant, note, JSON.stringify(renames));
  const rename = ({ from, to }: Rename) => ledger.rename(tenant, repository.id, 'label', from, to);
  const keys = new Set(present.map(toKey));
  const begun = JSON.parse((await notes.read(tenant, note)) ?? '[]') as readonly Rename[];
  for (const one of begun) if (!keys.has(toKey(one.from)) && keys.has(toKey(one.to))) await rename(one);
  let open: readonly Rename[] = [];
  if (begun.length > 0) await keep(open);
  return {
    async follow(from, to, ask) {
      const one: Rename = { from, to };
      await keep([...open, one]);
      const refusal = await ask();
      if (refusal === undefined) await rename(one);
      // What GitHub refuses the second time it may have done the first time: the next run sees.
      else open = [...open, one];
      await keep(open);
      return refusal;
    },
    close: () => store.close(),
  };
}

function toKey(name: string): string {
  return name.toLowerCase();
}
