/** Opens connections, and keeps from hammering at a database that is not there. */
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import { toConnectError } from './postgres-error.ts';
import type { Session } from './postgres-session.ts';

/**
 * Answers an open connection.
 * @throws FairleadError `store.unavailable`; at once while the wait after a failure lasts
 */
export type Connect = () => Promise<Session>;

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

export function createConnector(dependencies: { readonly clock: Clock; readonly open: Connect }): Connect {
  const { clock, open } = dependencies;
  let failures = 0;
  let notBefore = Number.NEGATIVE_INFINITY;
  let lastError: unknown;

  return async () => {
    const wait = notBefore - clock.now();
    if (wait > 0) {
      throw new FairleadError('store.unavailable', 'The Postgres database was not reachable a moment ago.', {
        cause: lastError,
        retryAfter: wait,
      });
    }
    try {
      const session = await open();
      failures = 0;
      return session;
    } catch (error) {
      lastError = toConnectError(error);
      notBefore = clock.now() + Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS);
      failures += 1;
      throw lastError;
    }
  };
}
