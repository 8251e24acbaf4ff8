import type { Clock } from '../observe/clock.ts';
import type { Definition } from '../workflow/definition.ts';
import type { Journal } from '../workflow/journal.ts';

/**
 * The journal, with each definition kept no later than the first run of it: in one commit with it, or before, for the journal
 * makes what it is asked in that order. The others can wait until there is time.
 */
export function createKeptDefinitions(
  { journal, clock }: { readonly journal: Journal; readonly clock: Clock },
  definitions: readonly Definition[],
): { readonly journal: Journal; keepAll(): Promise<void> } {
  const byDigest = new Map(definitions.map((definition) => [definition.ref.digest, definition]));
  const kept = new Map<string, Promise<void>>();

  function keep(digest: string): Promise<void> {
    const definition = byDigest.get(digest);
    if (definition === undefined) return Promise.resolve();
    const keeping = kept.get(digest) ?? journal.keepDefinition(definition.ref, definition.text, clock.now());
    kept.set(digest, keeping);
    // It is tried again by whoever wants it next.
    keeping.catch(() => kept.delete(digest));
    return keeping;
  }

  return {
    journal: {
      ...journal,
      async create(run) {
        const [, result] = await Promise.all([keep(run.definition.digest), journal.create(run)]);
        return result;
      },
    },
    async keepAll() {
      await Promise.all([...byDigest.keys()].map(keep));
    },
  };
}
