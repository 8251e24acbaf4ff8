import type { Journal } from '../workflow/journal.ts';

/**
 * The journal, with what is ordered through it heard at once in this process: a sub-flow under way whose parent is cancelled
 * need not go on until its lease is next renewed, and one that is parked need not wait for the next look.
 */
export function hearOrders(dependencies: { readonly journal: Journal; readonly heard: () => void }): Journal {
  const { journal, heard } = dependencies;

  async function tell(done: Promise<boolean>): Promise<boolean> {
    if (await done) heard();
    return done;
  }

  return {
    ...journal,
    cancel: (tenant, runId, reason) => tell(journal.cancel(tenant, runId, reason)),
    suspend: (tenant, runId, at) => tell(journal.suspend(tenant, runId, at)),
    resume: (tenant, runId, at) => tell(journal.resume(tenant, runId, at)),
    retry: (tenant, runId) => tell(journal.retry(tenant, runId)),
  };
}
