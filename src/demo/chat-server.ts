import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived, in the order of arrival, answered well or not. */
export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** How the next requests go wrong. */
export interface Failure {
  /** A reply in place of the right one; `drop` closes the connection, `hang` leaves it open until the server closes. */
  readonly answer: Reply | 'drop' | 'hang';
  /** Whether the request takes effect all the same; by default it does not. */
  readonly effect?: boolean;
  /** Default 1. */
  readonly times?: number;
}

/** What every fake platform can do. */
export interface FakeServer {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly received: readonly Received[];
  fail(failure: Failure): void;
  close(): Promise<void>;
}

export interface FakeOptions {
  /** Default 0: any free one. */
  readonly port?: number;
}

const BODY_LIMIT = 1_048_576;

/** A real HTTP server on loopback that keeps what it is sent and fails when told to: the ground of every fake platform. */
export async function startFakeServer(
  { port = 0 }: FakeOptions,
  reply: (request: Received) => Reply,
): Promise<FakeServer> {
  const received: Received[] = [];
  const failures: Failure[] = [];
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return response.writeHead(413).end();
    const arrived = toReceived(request, body);
    received.push(arrived);
    const failure = failures.shift();
    const right = failure === undefined || failure.effect ? reply(arrived) : undefined;
    const answer = failure?.answer ?? right;
    if (answer === 'hang') return;
    if (answer === undefined || answer === 'drop') return request.socket.destroy();
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '');
    const type = typeof answer.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
    return response.writeHead(answer.status, { 'content-type': type, ...answer.headers }).end(text);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    fail(failure) {
      for (let time = 0; time < (failure.times ?? 1); time += 1) failures.push(failure);
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The value of a JSON text, undefined where it is not JSON. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The whole body; undefined where it is too large, or the sender broke off (killed, say). */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += chunk.length;
      if (size > BODY_LIMIT) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toReceived(request: IncomingMessage, body: string): Received {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: request.method ?? '',
    url: new URL(request.url ?? '/', 'http://127.0.0.1'),
    headers: Object.fromEntries(headers),
    body,
  };
}
