/** What the sender of an event is told when the broker did not take it: a webhook and `POST /events` differ in one status alone. */
import type { Event } from '../events/event.ts';
import { FairleadError, isRetryable } from '../events/fairlead-error.ts';
import type { Problem } from '../events/problem.ts';
import type { Logger } from '../observe/log.ts';

/** Seconds; a full disk or a locked store is not mended sooner. */
const RETRY_AFTER = 30;

/**
 * Logs why, which the sender is not told.
 * @param conflict the status for an id that is known with another body, which is final; a sender may take 409 for a passing one
 */
export function refusePublication(
  { log }: { readonly log: Logger },
  event: Event,
  error: unknown,
  conflict: 409 | 422 = 409,
): Problem {
  const fields = { event: event.id, type: event.type, source: event.source };
  if (error instanceof FairleadError && error.code === 'event.conflict') {
    log.warn(fields, 'suspicious: a known event id came again with a different body; refused');
    return {
      status: conflict,
      code: error.code,
      detail: 'An event with this id was accepted before with another body.',
    };
  }
  if (isRetryable(error)) {
    log.error({ ...fields, err: error }, 'event not taken: it cannot be stored right now');
    const detail = 'The event cannot be stored right now. Nothing was accepted; send it again later.';
    return { status: 503, code: 'store.unavailable', detail, retryAfter: RETRY_AFTER };
  }
  log.error({ ...fields, err: error }, 'event not taken');
  const code = error instanceof FairleadError ? { code: error.code } : {};
  return { status: 500, detail: 'The event could not be accepted; the log says why.', ...code };
}
