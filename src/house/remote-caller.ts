/**
 * The functions called over HTTP, as `functions/openapi.json` describes them. A failure comes out as the error that the
 * function threw there, so that a workflow's `catch` sees the same fault in both modes; no answer, or one that is not the
 * service's, is `function.unavailable`.
 */
import operations from '../../functions/operations.json' with { type: 'json' };
import { postMessage, retryAfterOf } from '../broker/post-message.ts';
import { ERROR_CODES, type ErrorCode } from '../events/error-codes.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Json } from '../expression/json.ts';
import type { Caller } from '../workflow/caller.ts';
import { RETRYABLE_HEADER, STATUS_HEADER, toCallHeaders } from './call-headers.ts';
import { FUNCTIONS_DOCUMENT } from './local-caller.ts';

const NAMES: ReadonlySet<string> = new Set(operations);

/** The service may have to start from zero first; GitHub, behind it, is bounded by its own timeouts. */
const PATIENCE_MS = 120_000;

export function createRemoteCaller({ url, token }: { readonly url: URL; readonly token: string | undefined }): Caller {
  return {
    answers: (document) => document === FUNCTIONS_DOCUMENT,
    operations: (document) => (document === FUNCTIONS_DOCUMENT ? NAMES : undefined),
    async call({ operationId, parameters }, context) {
      if (!NAMES.has(operationId)) {
        const known = [...NAMES].join(', ');
        throw new FairleadError('function.unknown', `There is no function “${operationId}”. There are: ${known}.`);
      }
      const message = {
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...toCallHeaders(context),
        },
        body: JSON.stringify(parameters),
      };
      const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PATIENCE_MS)]);
      const answer = await postMessage(new URL(operationId, withSlash(url)), message, { signal }).catch((error) => {
        throw new FairleadError('function.unavailable', `“${operationId}” was not answered by ${url.host}.`, {
          cause: error,
          status: 503,
        });
      });
      if (answer.status === 200) return toJson(answer.body);
      throw toError(operationId, answer);
    },
  };

  function toError(operationId: string, { status, headers, body }: Awaited<ReturnType<typeof postMessage>>): Error {
    const problem = headers['content-type']?.startsWith('application/problem+json') ? toJson(body) : undefined;
    const { code, detail } = (problem ?? {}) as { readonly code?: unknown; readonly detail?: unknown };
    // The service's own word for an error that nobody foresaw, which is none of ours in one process either.
    if (problem !== undefined && status === 500 && code === undefined) return new Error(`“${operationId}”: ${detail}`);
    const retryAfter = retryAfterOf(headers, Date.now());
    if (typeof code !== 'string' || !Object.hasOwn(ERROR_CODES, code)) {
      const text = `“${operationId}” was answered with ${status} by ${url.host}.`;
      // As large the next time.
      if (status === 413) return new FairleadError('function.input', text, { status });
      return new FairleadError('function.unavailable', text, { status: Math.max(status, 500) });
    }
    const own = Number(headers[STATUS_HEADER] ?? '');
    return new FairleadError(code as ErrorCode, String(detail), {
      retryable: headers[RETRYABLE_HEADER] === 'true',
      ...(own > 0 ? { status: own } : {}),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }
}

function withSlash(url: URL): URL {
  return url.pathname.endsWith('/') ? url : new URL(`${url.href}/`);
}

function toJson(body: Buffer): Json {
  try {
    return JSON.parse(body.toString('utf8')) as Json;
  } catch (error) {
    throw new FairleadError('function.unavailable', 'The functions service answered something that is not JSON.', {
      cause: error,
      status: 502,
    });
  }
}
