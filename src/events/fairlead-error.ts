import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

export interface FairleadErrorOptions {
  /** The underlying error; kept for logs, never shown to a remote caller. */
  readonly cause?: unknown;
  /** Overrides whether trying again can help; the default comes from the table of codes. */
  readonly retryable?: boolean;
  /** Milliseconds the other side asked us to wait before a retry (its `Retry-After`). */
  readonly retryAfter?: number;
  /** HTTP status of the answer that caused this error, where there was one. */
  readonly status?: number;
}

/**
 * The one error class outside workflows (inside, a failure is an RFC 7807 fault). Its message says what happened, where,
 * and what to do about it; its code is one of {@link ERROR_CODES}, from which `docs/reference/errors.md` is generated.
 */
export class FairleadError extends Error {
  override readonly name = 'FairleadError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfter: number | undefined;
  readonly status: number | undefined;

  constructor(code: ErrorCode, message: string, options: FairleadErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? ERROR_CODES[code].retryable;
    this.retryAfter = options.retryAfter;
    this.status = options.status;
  }
}

/** Whether trying the same thing again can help. Errors that are not ours are taken for passing ones. */
export function isRetryable(error: unknown): boolean {
  return error instanceof FairleadError ? error.retryable : true;
}
