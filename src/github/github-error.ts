/**
 * A failed request to GitHub → {@link FairleadError} `github.*`, so that nobody else reads status codes. GitHub says "wait"
 * in three ways: 429, 403 with `Retry-After` or an empty `x-ratelimit-remaining`, and 403 with a sentence; a 403 that is
 * none of these is a missing permission.
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
import type { ErrorCode } from '../events/error-codes.ts';
import { FairleadError } from '../events/fairlead-error.ts';

/** GitHub asks for at least a minute where it names no time. */
const UNNAMED_WAIT_MS = 60_000;
/** A reset further away than this is a clock gone wrong; a run can wait an hour and ask again. */
const LONGEST_WAIT_MS = 3_600_000;
const LONGEST_MESSAGE = 500;

type Headers = Readonly<Record<string, string | number | undefined>>;

/** The part of Octokit's `RequestError` that is read, recognised by shape: plug-ins bring their own copy of the class. */
interface Failure {
  readonly message: string;
  readonly status: number;
  readonly response?: { readonly headers: Headers };
  readonly cause?: unknown;
}

/** `call` names the request in the message, e.g. `GET /repos/octocat/hello/pulls/1/files`. */
export function toGitHubError(error: unknown, call: string, now: number): FairleadError {
  if (error instanceof FairleadError) return error;
  if (!isFailure(error) || error.response === undefined) {
    const cause = (error as { cause?: unknown } | undefined)?.cause;
    if (cause instanceof FairleadError) return cause;
    return new FairleadError('github.unavailable', `GitHub did not answer ${call}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const { status, response } = error;
  const code = codeOf(status, response.headers, error.message);
  const retryAfter = code === 'github.rate_limited' || status >= 500 ? retryAfterOf(response.headers, now) : undefined;
  return new FairleadError(code, `GitHub answered ${status} to ${call}: ${messageOf(error)}`, {
    cause: error,
    // Whatever it was said with: workflows wait for 429.
    status: code === 'github.rate_limited' ? 429 : status,
    retryAfter: code === 'github.rate_limited' ? (retryAfter ?? UNNAMED_WAIT_MS) : retryAfter,
  });
}

function codeOf(status: number, headers: Headers, message: string): ErrorCode {
  if (status >= 500) return 'github.unavailable';
  switch (status) {
    case 401:
      return 'github.unauthorized';
    case 403:
      return isLimit(headers, message) ? 'github.rate_limited' : 'github.forbidden';
    case 429:
      return 'github.rate_limited';
    case 404:
    case 410:
    case 451:
      return 'github.not_found';
    default:
      return 'github.invalid';
  }
}

function isLimit(headers: Headers, message: string): boolean {
  return (
    headers['retry-after'] !== undefined ||
    String(headers['x-ratelimit-remaining']) === '0' ||
    /rate limit|abuse detection/i.test(message)
  );
}

/** Milliseconds, from `Retry-After` (seconds or a date), else from the reset of an empty hour. */
function retryAfterOf(headers: Headers, now: number): number | undefined {
  const named = headers['retry-after'];
  if (named !== undefined) {
    const seconds = Number(named);
    return bounded(Number.isNaN(seconds) ? Date.parse(String(named)) - now : seconds * 1000);
  }
  if (String(headers['x-ratelimit-remaining']) !== '0') return undefined;
  return bounded(Number(headers['x-ratelimit-reset']) * 1000 - now);
}

function bounded(ms: number): number | undefined {
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_WAIT_MS) : undefined;
}

function isFailure(error: unknown): error is Failure {
  return error instanceof Error && typeof (error as unknown as Failure).status === 'number';
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_MESSAGE);
}
