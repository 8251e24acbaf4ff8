import type { z } from 'zod';
import { dispatch } from '../schema/dispatch.ts';
import { callFunction, functionCall } from './call-function.ts';
import { callHttp, httpCall } from './call-http.ts';
import { laterCalls } from './call-later.ts';
import { callOpenApi, openApiCall } from './call-openapi.ts';
import { defineTask } from './kind.ts';

interface CallSource {
  readonly call: string;
  readonly with?: unknown;
}

const protocols: Readonly<Record<string, z.ZodType>> = { http: httpCall, openapi: openApiCall, ...laterCalls };

function choose(value: unknown): z.ZodType | string {
  const call = (value as { readonly call?: unknown }).call;
  if (typeof call !== 'string') return '“call” names a protocol (http, openapi) or a function.';
  return Object.hasOwn(protocols, call) ? (protocols[call] as z.ZodType) : functionCall;
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
  schema: () => dispatch<CallSource>(choose, () => [...Object.values(protocols), functionCall]),
  compile(site, source) {
    if (source.call === 'http') return callHttp(site, source as z.output<typeof httpCall>);
    if (source.call === 'openapi') return callOpenApi(site, source as z.output<typeof openApiCall>);
    if (Object.hasOwn(laterCalls, source.call)) {
      site.compilation.unsupported([...site.path, 'call'], `calling by ${source.call}`);
      return (frame) => ({ output: frame.input });
    }
    return callFunction(site, source as z.output<typeof functionCall>);
  },
});
