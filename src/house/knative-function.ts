/**
 * One function by itself, in the shape that Knative Functions' runtime for Node gives it: `handle(context, input)`. Called
 * over HTTP it takes what the functions service takes (`functions-endpoint.ts`), without a path. Given a CloudEvent, it takes
 * the event's data as its parameters and answers nothing when it is done: a broker would take an answer for a reply event.
 *
 * @see https://github.com/nodeshift/faas-js-runtime#the-function-interface
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { EventGuard } from '../broker/oidc/guard.ts';
import type { ServiceConfig } from '../config.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { type Problem, toProblemBody } from '../events/problem.ts';
import type { Json } from '../expression/json.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import { createGuard } from '../source/bearer.ts';
import type { Caller } from '../workflow/caller.ts';
import type { CallContext } from '../workflow/function.ts';
import { fromCallHeaders } from './call-headers.ts';
import { toCallProblem } from './functions-endpoint.ts';
import { FUNCTIONS_DOCUMENT } from './local-caller.ts';

/** As much of the runtime's context as is used. */
export interface InvocationContext {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Where the request is a CloudEvent. */
  readonly cloudevent?: InvocationEvent;
}

export interface InvocationEvent {
  readonly id: string;
  readonly source: string;
  readonly data?: unknown;
  /** The installation that the call is for. */
  readonly tenant?: unknown;
}

/** What the runtime makes an HTTP answer of; undefined is 204. */
export interface InvocationAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Handle = (context: InvocationContext, input?: unknown) => Promise<InvocationAnswer | undefined>;

/** A whole function is bounded as a call of the runner is. */
const PATIENCE_MS = 120_000;

/** @throws FairleadError `config.invalid` where no function is named, or none of ours */
export function createKnativeFunction(
  dependencies: {
    readonly caller: Caller;
    readonly clock: Clock;
    readonly log: Logger;
    /** Lets events in that the cluster signed; without it they need the token of the functions. */
    readonly eventGuard: EventGuard | undefined;
  },
  { operation = '', http }: Pick<ServiceConfig, 'operation' | 'http'>,
): Handle {
  const { caller, clock, log, eventGuard } = dependencies;
  const known = caller.operations(FUNCTIONS_DOCUMENT) ?? new Set<string>();
  if (!known.has(operation)) {
    const text = `FAIRLEAD_FUNCTION is “${operation}”, and no function of ours. There are: ${[...known].join(', ')}.`;
    throw new FairleadError('config.invalid', text);
  }
  const guard = createGuard(http.internalToken);

  return async (context, input) => {
    const { method, headers, cloudevent: event } = context;
    if (method !== 'POST') {
      return refuse({ status: 405, detail: 'Functions are called with POST.', headers: { allow: 'POST' } });
    }
    const refusal = event && eventGuard ? await eventGuard({ headers }) : guard({ headers });
    if (refusal) return refuse(refusal);
    const told = event ? fromEvent(event) : fromCallHeaders(headers);
    if (told === undefined) {
      const detail = event ? 'The event has no tenant.' : 'The headers do not say which call this is.';
      return refuse({ status: 400, code: 'function.input', detail });
    }
    const parameters = event ? event.data : input;
    if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
      return refuse({ status: 400, code: 'function.input', detail: 'The parameters are not a JSON object.' });
    }
    const late = new AbortController();
    const cancel = clock.after(PATIENCE_MS, () => late.abort());
    try {
      const call = {
        document: FUNCTIONS_DOCUMENT,
        operationId: operation,
        parameters: parameters as Record<string, Json>,
      };
      const output = await caller.call(call, { ...told, signal: late.signal });
      if (event) return undefined;
      return {
        statusCode: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(output ?? null),
      };
    } catch (error) {
      return fail(error, event !== undefined);
    } finally {
      cancel();
    }
  };

  function fail(error: unknown, isEvent: boolean): InvocationAnswer {
    if (!(error instanceof FairleadError)) {
      log.error({ err: error, operation }, 'function failed');
      return refuse({ status: 500, detail: 'The function failed; its log says why.' });
    }
    log.info({ err: error, operation }, 'function refused');
    const problem = toCallProblem(error);
    // A broker reads the status alone, and would deliver a 404 of GitHub's again.
    return refuse(isEvent ? { ...problem, status: error.retryable ? 503 : 422 } : problem);
  }
}

/** Who delivers an event may have delivered it before. */
function fromEvent({ id, source, tenant }: InvocationEvent): Omit<CallContext, 'signal'> | undefined {
  if (typeof tenant !== 'string' || tenant === '') return undefined;
  return { tenant, runId: id, effectKey: `${source} ${id}`, uncertain: true };
}

function refuse(problem: Problem): InvocationAnswer {
  const { status: statusCode, headers, retryAfter } = problem;
  return {
    statusCode,
    headers: {
      ...headers,
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      'content-type': 'application/problem+json',
    },
    body: toProblemBody(problem),
  };
}
