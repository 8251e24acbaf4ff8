import { describe, expect, test } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../src/events/error-codes.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { toFault } from '../../src/workflow/fault.ts';

const statusOf = (error: FairleadError) => toFault(error, '/do/0').fault.status;

describe('An error that no HTTP answer stands behind becomes a fault', () => {
  test.each(Object.keys(ERROR_CODES) as ErrorCode[])(
    'that a workflow tries again only where that can help: %s',
    (code) => {
      const status = statusOf(new FairleadError(code, 'why'));

      expect(status === 429 || status >= 500).toBe(ERROR_CODES[code].retryable);
    },
  );

  test.each<[status: number, error: FairleadError]>([
    [422, new FairleadError('event.unhandled', 'Nobody’s.')],
    [422, new FairleadError('github.dry_run', 'Not sent.')],
    [404, new FairleadError('github.not_found', 'Gone.')],
    [503, new FairleadError('github.unavailable', 'Away.')],
    [422, new FairleadError('github.unavailable', 'Odd, and will be.', { retryable: false })],
    [500, new FairleadError('delivery.failed', 'This time.')],
    [502, new FairleadError('event.unhandled', 'As it was answered.', { status: 502 })],
  ])('of status %i: %s', (status, error) => {
    expect(statusOf(error)).toBe(status);
  });
});
