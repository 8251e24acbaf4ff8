import { type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';

export interface Request {
  /** May hold a secret: it appears in no error and no log. */
  readonly url: string;
  readonly method?: 'POST' | 'PATCH';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** The first {@link ANSWER_LIMIT} bytes of it. */
  readonly text: string;
}

/** One exchange with a platform. Resolves to any answer that is not a passing failure: 1xx to 4xx but 408, 425 and 429. */
export type Exchange = (request: Request) => Promise<Answer>;

export interface ExchangeOptions {
  readonly clock: Clock;
  /** Begins every error: which channel it is about. */
  readonly where: string;
  /** Seconds to wait that the platform names in the body of a 429, where it does. */
  readonly retryAfterIn?: (body: unknown) => number | undefined;
}

const TIMEOUT_MS = 10_000;
const ANSWER_LIMIT = 1_048_576;

/** @returns an exchange that rejects with `chat.unavailable` when the platform cannot answer now */
export function createExchange({ clock, where, retryAfterIn }: ExchangeOptions): Exchange {
  return async function exchange(request) {
    const { signal } = request;
    const ended = new AbortController();
    let isLate = false;
    const cancelTimeout = clock.after(TIMEOUT_MS, () => {
      isLate = true;
      ended.abort();
    });
    const stop = () => ended.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const { headers, ...answer } = await send(request, ended.signal);
      if (isPassing(answer.status)) {
        const retryAfter = retryAfterIn?.(parseJson(answer.text)) ?? secondsOf(headers['retry-after'], clock);
        throw new FairleadError('chat.unavailable', `${where}: the platform answered ${answer.status}.`, {
          status: answer.status,
          ...(retryAfter === undefined ? {} : { retryAfter: Math.ceil(retryAfter * 1000) }),
        });
      }
      return answer;
    } catch (error) {
      if (error instanceof FairleadError) throw error;
      const why = isLate ? `no answer within ${TIMEOUT_MS / 1000} s` : failureOf(error, signal);
      // The cause is left out on purpose: it may name the URL, a secret.
      throw new FairleadError('chat.unavailable', `${where}: ${why}.`);
    } finally {
      cancelTimeout();
      signal.removeEventListener('abort', stop);
    }
  };
}

/**
 * Over `node:http`: `fetch` costs several times its CPU time. Redirects are not followed: one would carry the message, and
 * its credentials, to where nobody configured it to go.
 */
function send(
  { url, method = 'POST', headers, body }: Request,
  signal: AbortSignal,
): Promise<Answer & { readonly headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? requestHttps : requestHttp;
    const length = { 'content-length': Buffer.byteLength(body) };
    const call = request(url, { method, headers: { ...headers, ...length }, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = () => {
        const text = Buffer.concat(chunks).toString('utf8', 0, ANSWER_LIMIT);
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size <= ANSWER_LIMIT) return;
        finish();
        call.destroy();
      });
      response.on('end', finish).on('error', reject);
    });
    call.on('error', reject).end(body);
  });
}

/** For an answer that is none of the platform's: a proxy's, say. Where it claims success, nobody knows what was done. */
export function toUnexpected(where: string, { status }: Answer): FairleadError {
  const code = status >= 200 && status <= 299 ? 'chat.unavailable' : 'chat.refused';
  return new FairleadError(code, `${where}: an answer (status ${status}) that is not the platform’s.`, { status });
}

/** The value of a JSON text, undefined where it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** `Retry-After` in either of its forms. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function secondsOf(header: string | undefined, clock: Clock): number | undefined {
  const value = header?.trim();
  if (value === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - clock.now()) / 1000);
}

function failureOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'given up, since this process is stopping';
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return code !== undefined && /^[A-Z_]{2,40}$/.test(code) ? `no answer (${code})` : 'no answer';
}
