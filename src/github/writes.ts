/** Which requests write, and which of them may leave: all, none but check runs (a dry run), or none at all. */
import { FairleadError } from '../events/fairlead-error.ts';

export type Writes = 'all' | 'check-runs' | 'none';

interface Outgoing {
  readonly method: string;
  readonly url: string;
  /** Of a GraphQL request. */
  readonly query?: unknown;
}

const CHECK_RUNS = /\/repos\/[^/]+\/[^/]+\/check-runs(?:\/[^/]+)?$/;

/** A GraphQL query is a POST that reads. */
export function isWrite({ method, url, query }: Outgoing): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  return !(url.endsWith('/graphql') && typeof query === 'string' && /^\s*(?:query\b|\{)/.test(query));
}

/** @throws FairleadError `github.dry_run` for a write that may not leave; `name` is the call's */
export function refuseWrite(writes: Writes, request: Outgoing, name: string): void {
  if (writes === 'all' || (writes === 'check-runs' && CHECK_RUNS.test(request.url))) return;
  const why = writes === 'none' ? 'this only reads' : 'FAIRLEAD_DRY_RUN is on';
  throw new FairleadError('github.dry_run', `${name} was not sent: ${why}.`);
}
