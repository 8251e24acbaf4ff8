/**
 * One HTTP exchange with GitHub: it ends after {@link TIMEOUT_MS}, its answer is read whole and bounded, redirects of moved
 * repositories are followed, and it is counted. Over `node:http`, because `fetch` costs several times its CPU time.
 */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Metrics } from '../observe/metrics.ts';

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Resolves to any answer, refusals included; rejects where there is none. */
export type Exchange = (sent: Sent) => Promise<Answered>;

const TIMEOUT_MS = 30_000;
/** A page of a hundred files with their patches stays well below it. */
const LARGEST_BODY = 32 * 1024 * 1024;
const MOST_REDIRECTS = 5;
const unzip = promisify(gunzip);

/** `tenant` is whose rate limit the answers tell of; undefined for calls of the App itself. */
export function createExchange(
  { clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics },
  tenant: string | undefined,
): Exchange {
  return async (sent) => {
    const { method } = sent;
    const startedAt = clock.now();
    let status = 'none';
    try {
      const answer = await follow(sent);
      status = String(answer.status);
      const remaining = answer.headers['x-ratelimit-remaining'];
      if (tenant !== undefined && remaining !== undefined && remaining !== '') {
        metrics.set('github_rate_limit_remaining', { tenant }, Number(remaining));
      }
      return answer;
    } finally {
      metrics.count('github_requests_total', { method, status });
      metrics.time('github_request_seconds', { method }, (clock.now() - startedAt) / 1000);
    }
  };
}

/** The exchange as Octokit wants to be given one. */
export function toFetch(exchange: Exchange): typeof fetch {
  return async (input, init) => {
    const { method = 'GET', headers, body, signal } = init ?? {};
    const sent = { method, url: String(input), headers: headers as Record<string, string>, body: body as string };
    const { status, headers: answered, text } = await exchange({ ...sent, signal: signal ?? undefined });
    return new Response(text === '' ? null : text, { status, headers: answered });
  };
}

/** GitHub answers for a moved repository with where it is now: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects */
async function follow(sent: Sent): Promise<Answered> {
  let { url, headers } = sent;
  for (let hop = 0; ; hop += 1) {
    const answer = await send({ ...sent, url, headers });
    const { status } = answer;
    const isMoved = status === 307 || status === 308 || ((status === 301 || status === 302) && sent.method === 'GET');
    const next = isMoved && hop < MOST_REDIRECTS ? URL.parse(answer.headers.location ?? '', url) : null;
    if (next === null) return answer;
    // The token is for GitHub alone.
    if (next.origin !== new URL(url).origin) headers = { ...headers, authorization: undefined };
    url = next.href;
  }
}

function send({ method, url, headers, body, signal }: Sent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = url.startsWith('https:') ? requestHttps : requestHttp;
    const own: Record<string, string | number> = { 'accept-encoding': 'gzip' };
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) own[name] = value;
    if (body !== undefined) own['content-length'] = Buffer.byteLength(body);
    const call = request(url, { method, headers: own }, (response) => {
      readBounded(response).then(
        (text) => {
          settle();
          resolve({ status: response.statusCode as number, headers: toHeaders(response), text });
        },
        (error) => {
          call.destroy();
          fail(error);
        },
      );
    });
    const timer = setTimeout(() => call.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
    const abort = () => call.destroy(signal?.reason instanceof Error ? signal.reason : undefined);
    signal?.addEventListener('abort', abort, { once: true });
    call.on('error', fail);
    call.end(body);

    function settle(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
    function fail(error: unknown): void {
      settle();
      reject(error);
    }
  });
}

async function readBounded(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST_BODY) reject(tooLarge(response));
      else chunks.push(chunk);
    });
    // A body that breaks off ends with an error, never with `end`.
    response.on('end', resolve).on('error', reject);
  });
  const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
  if (response.headers['content-encoding'] !== 'gzip' || size === 0) return body.toString('utf8');
  try {
    return (await unzip(body, { maxOutputLength: LARGEST_BODY })).toString('utf8');
  } catch (error) {
    throw (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(response) : error;
  }
}

function tooLarge({ statusCode }: IncomingMessage): FairleadError {
  return new FairleadError('github.unavailable', `GitHub’s answer is larger than ${LARGEST_BODY} bytes.`, {
    retryable: false,
    ...(statusCode === undefined ? {} : { status: statusCode }),
  });
}

function toHeaders({ headers }: IncomingMessage): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // What the body was packed in is of no interest once it is unpacked.
    if (value !== undefined && name !== 'content-encoding') plain[name] = String(value);
  }
  return plain;
}
