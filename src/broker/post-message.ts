/**
 * One message to one URL: an HTTP POST and its answer, over connections that are kept open. What the answer means is the
 * caller's to say; that there was none is an error of Node's own, with a code such as `ECONNREFUSED`.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { HttpMessage } from '../events/http.ts';

export interface PostAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** As much as an event may have. */
const MOST_BYTES = 25 * 1024 * 1024;

const AGENTS = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

/** Redirects are not followed: nobody configured where they lead. */
export function postMessage(
  url: URL,
  { headers, body }: HttpMessage,
  options: { readonly signal: AbortSignal; readonly headers?: Readonly<Record<string, string>> },
): Promise<PostAnswer> {
  const isSecure = url.protocol === 'https:';
  const send = isSecure ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method: 'POST',
        agent: isSecure ? AGENTS.https : AGENTS.http,
        signal: options.signal,
        headers: { ...headers, ...options.headers, 'content-length': String(Buffer.byteLength(body)) },
      },
      (answer) => {
        collect(answer).then(resolve, reject);
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}

async function collect(answer: IncomingMessage): Promise<PostAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error(`the answer is larger than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return { status: answer.statusCode as number, headers: answer.headers, body: Buffer.concat(chunks, length) };
}

/** `Retry-After` in milliseconds, in either of its forms. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function retryAfterOf(headers: IncomingMessage['headers'], now: number): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
