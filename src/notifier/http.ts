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
  return async function exchange({ url, method = 'POST', headers, body, signal }) {
    const timeout = new AbortController();
    const cancel = clock.after(TIMEOUT_MS, () => timeout.abort());
    try {
      const response = await fetch(url, {
        method,
        headers,
        body,
        // A redirect would carry the message, and its credentials, to where nobody configured it to go.
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout.signal]),
      });
      const answer = { status: response.status, text: await readText(response) };
      if (isPassing(answer.status)) {
        const retryAfter = retryAfterIn?.(parseJson(answer.text)) ?? secondsOf(response.headers, clock);
        throw new FairleadError('chat.unavailable', `${where}: the platform answered ${answer.status}.`, {
          status: answer.status,
          ...(retryAfter === undefined ? {} : { retryAfter: Math.ceil(retryAfter * 1000) }),
        });
      }
      return answer;
    } catch (error) {
      if (error instanceof FairleadError) throw error;
      const why = timeout.signal.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : failureOf(error, signal);
      // The cause is left out on purpose: fetch puts the URL, a secret, into some of its messages.
      throw new FairleadError('chat.unavailable', `${where}: ${why}.`);
    } finally {
      cancel();
    }
  };
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

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > ANSWER_LIMIT) break;
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** `Retry-After` in either of its forms. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function secondsOf(headers: Headers, clock: Clock): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - clock.now()) / 1000);
}

function failureOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'given up, since this process is stopping';
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return code !== undefined && /^[A-Z_]{2,40}$/.test(code) ? `no answer (${code})` : 'no answer';
}
