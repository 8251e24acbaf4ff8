import type { z } from 'zod';
import { dispatch } from '../schema/dispatch.ts';
import { callFunction, type FunctionCall, functionCall } from './call-function.ts';
import { callHttp, type HttpCall, httpCall } from './call-http.ts';
import { laterCalls } from './call-later.ts';
import { callOpenApi, type OpenApiCall, openApiCall } from './call-openapi.ts';
import { defineTask } from './kind.ts';

interface CallSource {
  readonly call: string;
  readonly with?: unknown;
}

const PROTOCOLS: Readonly<Record<string, () => z.ZodType>> = { http: httpCall, openapi: openApiCall, ...laterCalls };

function callSchema(): z.ZodType<CallSource> {
  const named = functionCall();
  const protocols = new Map(Object.entries(PROTOCOLS).map(([name, schema]) => [name, schema()]));
  const choose = ({ call }: { readonly call?: unknown }) =>
    typeof call === 'string'
      ? (protocols.get(call) ?? named)
      : '“call” names a protocol (http, openapi) or a function.';
  return dispatch<CallSource>(
    (value) => choose(value as object),
    () => [...protocols.values(), named],
  );
}

/**
 * Calls a service or a function. What `with` holds depends on what is called.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#call
 */
export const callTask = defineTask({
  kind: 'call',
  extendedAs: 'call',
  keywords: ['call'],
  isComposite: false,
  schema: callSchema,
  compile(site, source) {
    if (source.call === 'http') return callHttp(site, source as HttpCall);
    if (source.call === 'openapi') return callOpenApi(site, source as OpenApiCall);
    if (Object.hasOwn(laterCalls, source.call)) {
      site.compilation.unsupported([...site.path, 'call'], `calling by ${source.call}`);
      return (frame) => ({ output: frame.input });
    }
    return callFunction(site, source as FunctionCall);
  },
});
