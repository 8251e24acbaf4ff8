import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, refusal } from './answer.ts';
import { callerOf } from './authority.ts';
import type { Call } from './call.ts';
import { answerOf, type Faults } from './faults.ts';
import { charge, rateLimitHeaders, refund } from './rate-limit.ts';
import { answerBy, type Route } from './route.ts';
import type { World } from './world.ts';

/** One request that reached the fake, kept once it was answered. */
export interface LoggedRequest {
  readonly method: string;
  /** Decoded, without `/api/v3` and query. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly body: unknown;
  /** Undefined when the connection was dropped instead. */
  readonly status: number | undefined;
  /** Whose token it came with; undefined for the App itself and for strangers. */
  readonly installation: number | undefined;
}

const LARGEST_BODY = 10 * 1024 * 1024;

/** GitHub's conventions around the routes: authentication, rate limit, conditional requests, error bodies, injected faults. */
export function createGitHubServer(parts: {
  readonly world: World;
  readonly routes: readonly Route[];
  readonly faults: Faults;
  readonly latencyMs: number;
  readonly log: (request: LoggedRequest) => void;
}): Server {
  const { world, routes, faults, latencyMs, log } = parts;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', world.apiUrl());
    const path = url.pathname.replace(/^\/api(?:\/v3)?(?=\/)/, '');
    const method = request.method ?? 'GET';
    const text = await readBody(request);
    if (latencyMs > 0) await wait(latencyMs);
    const fault = faults.take(method, path);
    await fault.held;

    const caller = callerOf(world, request.headers.authorization);
    const installation = caller.kind === 'installation' ? caller.installation : undefined;
    const body = parse(text);
    const act = (): Answer => {
      if (body instanceof SyntaxError) return refusal(400, 'Problems parsing JSON');
      const call: Call = {
        method,
        url: url.href,
        path,
        query: url.searchParams,
        accept: request.headers.accept ?? '',
        body,
        caller,
      };
      return (installation && charge(world, installation)) ?? answerBy(routes, world, call);
    };
    const { failure } = fault;
    const effect = failure && !failure.afterEffect ? undefined : act();
    const answer = failure ? answerOf(failure) : effect;
    const sent = answer && conditional(answer, request);
    if (sent?.status === 304 && installation) refund(installation);
    log({
      method,
      path: decodeURIComponent(path),
      query: url.search.slice(1),
      body: body instanceof SyntaxError ? text : body,
      status: sent?.status,
      installation: installation?.id,
    });
    if (!sent) {
      request.socket.destroy();
      return;
    }
    response.writeHead(sent.status, {
      ...(sent.body === undefined ? {} : { 'content-type': sent.contentType ?? 'application/json; charset=utf-8' }),
      'x-github-media-type': 'github.v3; format=json',
      ...(installation ? rateLimitHeaders(installation) : {}),
      ...sent.headers,
    });
    response.end(sent.body === undefined ? undefined : textOf(sent));
  }

  return createServer((request, response) => {
    serve(request, response).catch((error: Error) => {
      if (response.headersSent) {
        request.socket.destroy();
        return;
      }
      const { status, body } = refusal(500, `The fake GitHub failed: ${error.stack ?? error.message}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
}

/** Gives a successful GET its entity tag, and answers 304 to a caller who has that one. */
function conditional(answer: Answer, request: IncomingMessage): Answer {
  if (request.method !== 'GET' || answer.status !== 200) return answer;
  const etag = `W/"${createHash('sha256').update(textOf(answer)).digest('hex')}"`;
  const headers = { ...answer.headers, etag };
  return request.headers['if-none-match'] === etag ? { status: 304, headers } : { ...answer, headers };
}

function textOf(answer: Answer): string {
  return typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new Error('the request body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    return error as SyntaxError;
  }
}
