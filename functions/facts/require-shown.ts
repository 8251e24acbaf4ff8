import { FairleadError } from '../../src/events/fairlead-error.ts';
import type { QueryRefusal } from '../../src/github/query-github.ts';

/** For a query of which a part is no use. @throws FairleadError `github.forbidden` where GitHub refused some of it */
export function requireShown(refusals: readonly QueryRefusal[]): void {
  const [refusal] = refusals;
  if (refusal === undefined) return;
  throw new FairleadError('github.forbidden', `GitHub refuses a part of a query: ${refusal.message.slice(0, 200)}`, {
    status: 403,
  });
}
