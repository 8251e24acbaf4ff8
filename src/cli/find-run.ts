import { FairleadError } from '../events/fairlead-error.ts';
import type { Entry, Journal, RunRecord } from '../workflow/journal.ts';
import { restoreEntries } from '../workflow/terse-entries.ts';

export interface History {
  readonly record: RunRecord;
  readonly entries: readonly Entry[];
}

/**
 * With its entries in full.
 * @throws FairleadError `cli.not_found`
 */
export async function findRun(journal: Journal, id: string, tenant: string | undefined): Promise<History> {
  const found = await find(journal, id, tenant);
  if (found !== undefined) return { record: found.record, entries: restoreEntries(found.entries).entries };
  throw new FairleadError('cli.not_found', `There is no run ${id}. “fairlead runs” lists those there are.`);
}

async function find(journal: Journal, id: string, tenant: string | undefined): Promise<History | undefined> {
  if (tenant !== undefined) return journal.read(tenant, id);
  // Ids sort as text, so what comes just before a slightly longer one is the run itself, whichever tenant has it.
  const [candidate] = await journal.list({ before: `${id}~`, limit: 1 });
  return candidate?.id === id ? journal.read(candidate.tenant, id) : undefined;
}
