/**
 * One message to one URL: an HTTP POST and its answer, over connections that are kept open. What the answer means is the
 * caller's to say; that there was none is an error of Node's own, with a code such as `ECONNREFUSED`.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { HttpMessage } from '../events/http.ts';

export interface PostAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** As much as an event may have. */
const MOST_BYTES = 25 * 1024 * 1024;

const PLAIN = { agent: new HttpAgent({ keepAlive: true }), request: httpRequest };
let secure: typeof PLAIN | undefined;

/** With TLS, which is loaded when it is first needed: services of a cluster speak without it. */
function overTls(): typeof PLAIN {
  if (secure !== undefined) return secure;
  const { Agent, request } = process.getBuiltinModule('node:https');
  secure = { agent: new Agent({ keepAlive: true }), request };
  return secure;
}

/** Redirects are not followed: nobody configured where they lead. */
export function postMessage(
  url: URL,
  { headers, body }: HttpMessage,
  options: { readonly signal: AbortSignal; readonly headers?: Readonly<Record<string, string>> },
): Promise<PostAnswer> {
  const { agent, request: send } = url.protocol === 'https:' ? overTls() : PLAIN;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method: 'POST',
        agent,
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
