import { isObject, type Json } from '../expression/json.ts';
import { requireAlive } from './alive.ts';
import { type Authorize, compileAuthentication } from './authentication.ts';
import { ENCLOSED } from './enclosed.ts';
import { standardFault, WorkflowFault } from './fault.ts';
import type { TaskFrame } from './frame.ts';
import type { HttpAnswer } from './http.ts';
import type { Path } from './problem.ts';
import type { Endpoint, HttpOutput } from './schema/values.ts';
import { compileExpression, type Owner } from './template.ts';
import { expandUriTemplate } from './uri-template.ts';

/** A request that a task wants to make, before authorization. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly output: HttpOutput;
  readonly redirect: boolean;
}

/** An endpoint, compiled: where it is for the data of the moment, and how one is let in. */
export interface CompiledEndpoint {
  url(input: Json, frame: TaskFrame): string;
  readonly authorize: Authorize | undefined;
}

export function compileEndpoint(owner: Owner, endpoint: Endpoint, below: Path): CompiledEndpoint {
  if (typeof endpoint === 'object') {
    return {
      url: compileUri(owner, endpoint.uri, [...below, 'uri']),
      authorize:
        endpoint.authentication && compileAuthentication(owner, endpoint.authentication, [...below, 'authentication']),
    };
  }
  return { url: compileUri(owner, endpoint, below), authorize: undefined };
}

function compileUri(owner: Owner, uri: string, below: Path): CompiledEndpoint['url'] {
  if (!ENCLOSED.test(uri)) return uri.includes('{') ? (input) => expandUriTemplate(uri, input) : () => uri;
  const expression = compileExpression(owner, uri, below);
  return (input, frame) => {
    const value = expression(input, frame);
    // The value is data: braces in it are not a template.
    if (typeof value === 'string') return value;
    throw standardFault('expression', 'Not a URI', `The endpoint came to ${JSON.stringify(value).slice(0, 60)}.`);
  };
}

/** Makes the request and gives the answer the form that the task asked for. */
export async function performExchange(frame: TaskFrame, exchange: Exchange): Promise<Json> {
  const { world, run } = frame;
  const headers: Record<string, string> = { accept: 'application/json, */*;q=0.5', ...lowerCase(exchange.headers) };
  if (frame.authorization !== undefined)
    headers.authorization = `${frame.authorization.scheme} ${frame.authorization.parameter}`;
  await run.flush();
  requireAlive(frame);
  world.crashPoint('workflow.call.before', frame.position);
  const answer = await world.http({
    method: exchange.method,
    url: exchange.url,
    headers,
    ...(exchange.body === undefined ? {} : { body: exchange.body }),
    follow: exchange.redirect,
    maxBytes: world.limits.payload,
    allowPrivate: world.limits.privateAddresses,
    signal: frame.strand.scope.signal,
  });
  world.crashPoint('workflow.call.after', frame.position);
  if (answer.status < 200 || answer.status > (exchange.redirect ? 399 : 299)) throw failed(frame, exchange, answer);
  const content = decode(answer);
  if (exchange.output === 'raw') return answer.body.toString('base64');
  if (exchange.output === 'content') return content;
  const { authorization: _secret, ...shown } = headers;
  return {
    request: { method: exchange.method, uri: exchange.url, headers: shown },
    statusCode: answer.status,
    headers: answer.headers,
    content,
  };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** JSON as data, text as a string, anything else as base64; nothing as null. */
function decode(answer: HttpAnswer): Json {
  if (answer.body.length === 0) return null;
  const type = (answer.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const isJson = type === 'application/json' || type.endsWith('+json') || type === 'text/json';
  if (isJson || type === '') {
    try {
      return JSON.parse(answer.body.toString('utf8')) as Json;
    } catch (cause) {
      if (isJson) throw standardFault('communication', 'Answer is not valid JSON', (cause as Error).message, { cause });
    }
  }
  const isText = type === '' || type.startsWith('text/') || /[/+](?:xml|yaml|x-yaml|javascript)$/.test(type);
  return answer.body.toString(isText ? 'utf8' : 'base64');
}

/** RFC 9457 answers lend their title and detail; others are described by their status alone, for bodies may hold secrets. */
function failed(frame: TaskFrame, exchange: Exchange, answer: HttpAnswer): Error {
  const problem = /problem\+json/.test(answer.headers['content-type'] ?? '') ? parseProblem(answer.body) : undefined;
  const detail =
    problem?.detail ?? `${exchange.method.toUpperCase()} ${withoutQuery(exchange.url)} answered ${answer.status}.`;
  const title = problem?.title ?? (answer.reason || `HTTP ${answer.status}`);
  const { fault } = standardFault('communication', title, detail, { status: answer.status });
  return new WorkflowFault(fault, { retryAfter: retryAfter(answer.headers['retry-after'], frame.run.now()) });
}

/** Milliseconds, of either form of the header; RFC 9110 §10.2.3. */
function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(milliseconds) && milliseconds > 0 ? milliseconds : undefined;
}

function parseProblem(body: Buffer): { title?: string; detail?: string } | undefined {
  try {
    const value = JSON.parse(body.toString('utf8')) as Json;
    if (!isObject(value)) return undefined;
    return {
      ...(typeof value.title === 'string' ? { title: value.title } : {}),
      ...(typeof value.detail === 'string' ? { detail: value.detail } : {}),
    };
  } catch {
    return undefined;
  }
}

function withoutQuery(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}
