import { z } from 'zod';
import { isObject, type Json } from '../../expression/json.ts';
import { compileEndpoint, performExchange } from '../exchange.ts';
import { standardFault } from '../fault.ts';
import { enclosed, endpoint, httpOutput, stringMap, taskBase } from '../schema/values.ts';
import type { Perform, Site } from '../site.ts';
import { compileValue } from '../template.ts';

export const httpCall = () =>
  z.strictObject({
    ...taskBase,
    call: z.literal('http'),
    with: z.strictObject({
      method: z.string(),
      endpoint,
      headers: z.union([stringMap, enclosed]).optional(),
      body: z.unknown().optional(),
      query: z.union([stringMap, enclosed]).optional(),
      output: httpOutput.optional(),
      redirect: z.boolean().optional(),
    }),
  });

export type HttpCall = z.output<ReturnType<typeof httpCall>>;

/**
 * One HTTP request. A body that is not a string is sent as JSON. With `redirect: true` redirects are followed; without,
 * an answer of 300–399 is a fault like every other but 200–299.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#http-call
 */
export function callHttp(site: Site, { with: args }: HttpCall): Perform {
  const target = compileEndpoint(site, args.endpoint, ['with', 'endpoint']);
  const headers = compileValue(site, args.headers ?? {}, ['with', 'headers']);
  const query = compileValue(site, args.query ?? {}, ['with', 'query']);
  const body = args.body === undefined ? undefined : compileValue(site, args.body, ['with', 'body']);
  return async (frame) => {
    const { input } = frame;
    frame.authorization = target.authorize?.(input, frame);
    const url = appendQuery(target.url(input, frame), query(input, frame));
    const sent = encodeBody(body?.(input, frame), toHeaders(headers(input, frame)));
    const output = await performExchange(frame, {
      method: args.method,
      url,
      ...sent,
      output: args.output ?? 'content',
      redirect: args.redirect ?? false,
    });
    return { output };
  };
}

/** Adds parameters to what the URI already has; one that is null is left out, and a list is repeated. */
export function appendQuery(url: string, query: Json): string {
  if (query === null) return url;
  if (!isObject(query)) throw standardFault('expression', 'Not an object', 'The query did not come to an object.');
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) if (item !== null) parameters.append(name, toText(item));
  }
  if (parameters.size === 0) return url;
  const [whole, fragment] = url.split('#', 2) as [string, string?];
  const joined = `${whole}${whole.includes('?') ? '&' : '?'}${parameters}`;
  return fragment === undefined ? joined : `${joined}#${fragment}`;
}

export function toHeaders(value: Json): Record<string, string> {
  if (value === null) return {};
  if (!isObject(value)) throw standardFault('expression', 'Not an object', 'The headers did not come to an object.');
  const headers: Record<string, string> = {};
  for (const [name, item] of Object.entries(value)) if (item !== null) headers[name.toLowerCase()] = toText(item);
  return headers;
}

export function encodeBody(
  body: Json | undefined,
  headers: Record<string, string>,
): { headers: Record<string, string>; body?: string } {
  if (body === undefined || body === null) return { headers };
  if (typeof body === 'string') return { headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body };
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') && isObject(body);
  if (isForm) {
    const fields = Object.entries(body as { readonly [key: string]: Json }).map(([name, value]): [string, string] => [
      name,
      toText(value),
    ]);
    return { headers, body: new URLSearchParams(fields).toString() };
  }
  return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export function toText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
