/**
 * Dead letters that no trigger was found for, once a person wants them delivered again. Whom the event belongs to is looked up
 * anew, as when it came, and it is published in that name to whoever wants it; the App may have been installed meanwhile. One
 * that still belongs to nobody is refused for good, with that as the reason.
 */
import type { Event } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { type FindTenant, tenantFor, UNOWNED } from './tenant-for.ts';

/** The function rejects with `event.unhandled` where the event belongs to nobody. */
export function createAdoption({
  publish,
  findTenant,
}: {
  readonly publish: (event: Event) => Promise<unknown>;
  readonly findTenant: FindTenant;
}): (event: Event) => Promise<void> {
  return async (event) => {
    const tenant = await tenantFor(event, findTenant);
    if (tenant === undefined) throw new FairleadError('event.unhandled', UNOWNED);
    await publish({ ...event, tenant });
  };
}
