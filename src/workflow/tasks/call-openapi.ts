import { z } from 'zod';
import { isObject, type Json } from '../../expression/json.ts';
import { compileAuthentication } from '../authentication.ts';
import { performExchange } from '../exchange.ts';
import { callContext } from '../frame.ts';
import { shapeRequest } from '../openapi.ts';
import { suggest } from '../problem.ts';
import { compileResource } from '../resource.ts';
import { anyObject, authentication, externalResource, httpOutput, taskBase } from '../schema/values.ts';
import type { Perform, Site } from '../site.ts';
import { compileValue } from '../template.ts';
import { callHost } from './call-host.ts';
import { encodeBody } from './call-http.ts';

/** Made when a definition is checked, as every task's schema is: to run one that has been checked, no schema is needed. */
export const openApiCall = () =>
  z.strictObject({
    ...taskBase,
    call: z.literal('openapi'),
    with: z.strictObject({
      document: externalResource,
      operationId: z.string(),
      parameters: anyObject.optional(),
      authentication: authentication.optional(),
      output: httpOutput.optional(),
      redirect: z.boolean().optional(),
    }),
  });

export type OpenApiCall = z.output<ReturnType<typeof openApiCall>>;
type OpenApiArguments = OpenApiCall['with'];

/**
 * One operation of an OpenAPI document. A document that the host answers for is called through it; any other is fetched
 * and its server called over HTTP.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#openapi-call
 */
export function callOpenApi(site: Site, { with: args }: OpenApiCall): Perform {
  const resource = compileResource(site, args.document, ['with', 'document']);
  const parameters = compileValue(site, args.parameters ?? {}, ['with', 'parameters']);
  const authorize = args.authentication && compileAuthentication(site, args.authentication, ['with', 'authentication']);
  const { operationId } = args;
  const form = args.output ?? 'content';
  requireOperation(site, args);
  return async (frame) => {
    const { input, world } = frame;
    const url = resource.url(input, frame);
    frame.authorization = authorize?.(input, frame);
    const evaluated = parameters(input, frame);
    const values = isObject(evaluated) ? evaluated : {};
    if (world.caller.answers(url)) {
      const content = await callHost(frame, () =>
        world.caller.call({ document: url, operationId, parameters: values }, callContext(frame)),
      );
      return { output: present(content, form, url, operationId) };
    }
    const shaped = shapeRequest(await resource.read(input, frame), url, operationId, values);
    const query = new URLSearchParams(shaped.query);
    const output = await performExchange(frame, {
      method: shaped.method,
      url: query.size === 0 ? shaped.url : `${shaped.url}?${query}`,
      ...encodeBody(shaped.body, shaped.headers),
      output: form,
      redirect: args.redirect ?? false,
    });
    return { output };
  };
}

/** What the host says of its documents is known when the definition is loaded; other documents are not fetched for this. */
function requireOperation({ compilation, path }: Site, { document, operationId }: OpenApiArguments): void {
  const { endpoint } = document;
  const known = compilation.operations(typeof endpoint === 'string' ? endpoint : endpoint.uri);
  if (known === undefined || known.has(operationId)) return;
  compilation.report([...path, 'with', 'operationId'], `The document has no operation “${operationId}”.`, {
    hint: suggest(operationId, known),
  });
}

/** A host's function has no HTTP answer of its own; `raw` and `response` are what one would have been. */
function present(content: Json, form: 'raw' | 'content' | 'response', url: string, operationId: string): Json {
  if (form === 'content') return content;
  if (form === 'raw') return Buffer.from(JSON.stringify(content)).toString('base64');
  return {
    request: { method: 'post', uri: `${url}#${operationId}`, headers: {} },
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    content,
  };
}
