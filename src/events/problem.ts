/**
 * Failures told over HTTP, one form for every route: RFC 9457 problem details.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { ErrorCode } from './error-codes.ts';

export interface Problem {
  readonly status: number;
  /** What happened and what the caller can do about it. Never holds a secret or what the caller sent. */
  readonly detail: string;
  /** One of our codes, where the failure has one; `docs/reference/errors.md` explains them. */
  readonly code?: ErrorCode;
  /** Seconds, told in `Retry-After`. */
  readonly retryAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `about:blank`: the status says what kind of problem it is, so the title must be the status's own. */
export function toProblemBody({ status, detail, code }: Problem): string {
  return JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail, code });
}

/** Answers with a problem; the connection is closed when the request's body has not been read to its end. */
export function sendProblem(res: ServerResponse, problem: Problem): void {
  const body = toProblemBody(problem);
  res.writeHead(problem.status, {
    ...problem.headers,
    ...(problem.retryAfter === undefined ? {} : { 'retry-after': String(problem.retryAfter) }),
    ...(res.req.complete ? {} : { connection: 'close' }),
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
  });
  res.end(body);
}
