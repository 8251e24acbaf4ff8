import { lookup } from 'node:dns';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress, literalAddress } from './address.ts';
import { standardFault, WorkflowFault } from './fault.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Follow redirects (each checked like the first request) instead of answering them. */
  readonly follow: boolean;
  readonly maxBytes: number;
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  /** Where the answer came from in the end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Sends one request. Rejects with a communication fault when no answer comes; any answer, of whatever status, resolves. */
export type HttpClient = (request: HttpRequest) => Promise<HttpAnswer>;

const MAX_REDIRECTS = 10;
const IDLE_TIMEOUT_MS = 60_000;

interface Way {
  readonly request: typeof requestHttp;
  /** Connections are kept open, and never shared between requests that are checked and requests that are not. */
  readonly agents: { readonly guarded: HttpAgent; readonly free: HttpAgent };
}

const PLAIN: Way = {
  request: requestHttp,
  agents: { guarded: new HttpAgent({ keepAlive: true }), free: new HttpAgent({ keepAlive: true }) },
};
let secure: Way | undefined;

/** With TLS, which is loaded when it is first needed. */
function overTls(): Way {
  if (secure !== undefined) return secure;
  const { Agent, request } = process.getBuiltinModule('node:https');
  secure = { request, agents: { guarded: new Agent({ keepAlive: true }), free: new Agent({ keepAlive: true }) } };
  return secure;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * HTTP and HTTPS without proxies. A host is resolved once per connection, inside it, and the connection goes to the very
 * address that was checked: there is no second lookup for a rebinding name to answer differently.
 */
export const nodeHttpClient: HttpClient = async (request) => {
  let current = request;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await send(current);
    const location = answer.headers.location;
    if (!request.follow || !REDIRECTS.has(answer.status) || location === undefined) return answer;
    if (redirects === MAX_REDIRECTS) throw unreachable(current.url, `more than ${MAX_REDIRECTS} redirects`);
    current = redirected(current, answer.status, location);
  }
};

function redirected(request: HttpRequest, status: number, location: string): HttpRequest {
  const url = new URL(location, request.url);
  // Credentials are for the host they were meant for; RFC 9110 §15.4.
  const isSameOrigin = url.origin === new URL(request.url).origin;
  const isGet = status === 303 || (status < 303 && request.method.toUpperCase() === 'POST');
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => {
      const lower = name.toLowerCase();
      if (!isSameOrigin && (lower === 'authorization' || lower === 'cookie')) return false;
      return !(isGet && lower.startsWith('content-'));
    }),
  );
  const { body, ...rest } = request;
  return isGet || body === undefined
    ? { ...rest, url: url.href, headers, method: isGet ? 'GET' : request.method }
    : { ...rest, url: url.href, headers, body };
}

function send(request: HttpRequest): Promise<HttpAnswer> {
  const url = parseUrl(request.url);
  const literal = literalAddress(url.hostname);
  if (!request.allowPrivate && literal !== undefined && isPrivateAddress(literal)) throw refused(url.hostname, literal);
  const way = url.protocol === 'https:' ? overTls() : PLAIN;
  return new Promise((resolve, reject) => {
    const outgoing = way.request(
      url,
      {
        method: request.method.toUpperCase(),
        headers: { 'accept-encoding': 'identity', 'user-agent': 'fairlead', ...request.headers },
        agent: request.allowPrivate ? way.agents.free : way.agents.guarded,
        lookup: request.allowPrivate ? lookup : guardedLookup,
        signal: request.signal,
        timeout: IDLE_TIMEOUT_MS,
      },
      (incoming) => {
        read(incoming, request.maxBytes).then(
          (body) =>
            resolve({
              status: incoming.statusCode ?? 0,
              reason: incoming.statusMessage ?? '',
              url: url.href,
              headers: flatten(incoming.headers),
              body,
            }),
          reject,
        );
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no data for ${IDLE_TIMEOUT_MS} ms`)));
    outgoing.on('error', (error) => {
      reject(error instanceof WorkflowFault ? error : unreachable(request.url, error.message, error));
    });
    outgoing.end(request.body);
  });
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw standardFault(
    'configuration',
    'Not an HTTP URL',
    `“${text.slice(0, 200)}” is not an absolute http or https URL.`,
  );
}

/** Refuses a name when any of its addresses is refused: which one is connected to is not ours to choose. */
const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '');
    const bad = addresses.find(({ address }) => isPrivateAddress(address));
    if (bad !== undefined) return callback(refused(hostname, bad.address), '');
    if (options.all) return callback(null, addresses);
    const first = addresses[0];
    return first === undefined
      ? callback(new Error(`${hostname} has no address`), '')
      : callback(null, first.address, first.family);
  });
};

async function read(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      incoming.destroy();
      throw standardFault(
        'communication',
        'Answer too large',
        `The answer is larger than ${maxBytes} bytes, the limit.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flatten(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

function refused(host: string, address: string): WorkflowFault {
  const detail = `${host} is at ${address}, an address that workflows may not call. The host can allow it.`;
  return standardFault('authorization', 'Address refused', detail);
}

function unreachable(url: string, detail: string, cause?: unknown): WorkflowFault {
  const { origin } = new URL(url);
  return standardFault('communication', 'Service unreachable', `${origin}: ${detail}`, { status: 503, cause });
}
