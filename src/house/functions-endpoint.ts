/**
 * The functions over HTTP: `POST /<operationId>` with the parameters as one JSON object, as `functions/openapi.json` has it,
 * for whoever knows the token. The call's context comes in headers. A failure is a problem document with the code of ours
 * that the caller makes the same error of (`remote-caller.ts`); its status is GitHub's own where it was GitHub that refused.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyBudget, BodyClaim } from '../broker/body-budget.ts';
import { readBody } from '../broker/read-body.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { type Problem, sendProblem } from '../events/problem.ts';
import type { Json } from '../expression/json.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import { createGuard } from '../source/bearer.ts';
import type { Caller } from '../workflow/caller.ts';
import { toFault } from '../workflow/fault.ts';
import { fromCallHeaders, RETRYABLE_HEADER, STATUS_HEADER } from './call-headers.ts';
import { FUNCTIONS_DOCUMENT } from './local-caller.ts';

export interface FunctionsEndpoint {
  /** Takes requests to an operation; false leaves others untouched. */
  receive(req: IncomingMessage, res: ServerResponse): boolean;
  /** Waits for calls under way, and aborts what is not done after `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>;
}

const LIMITS = { maxBytes: 25 * 1024 * 1024, timeoutMs: 30_000 };

export function createFunctionsEndpoint(dependencies: {
  readonly caller: Caller;
  /** What all bodies have room in. */
  readonly bodies: BodyBudget;
  readonly clock: Clock;
  readonly log: Logger;
  /** Demanded as a bearer token. */
  readonly token: string | undefined;
}): FunctionsEndpoint {
  const { caller, bodies, clock, log, token } = dependencies;
  const guard = createGuard(token);
  const operations = caller.operations(FUNCTIONS_DOCUMENT) ?? new Set<string>();
  const underWay = new Map<AbortController, Promise<void>>();

  async function answer(
    claim: BodyClaim,
    operationId: string,
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<void> {
    const refusal = refuse(req);
    if (refusal) return sendProblem(res, refusal);
    const context = fromCallHeaders(req.headers);
    if (context === undefined) {
      return sendProblem(res, {
        status: 400,
        code: 'function.input',
        detail: 'The headers do not say which call this is.',
      });
    }
    const body = await readBody({ clock, claim }, req, LIMITS);
    if (body === undefined) return;
    if (!Buffer.isBuffer(body)) return sendProblem(res, body);
    const parameters = parse(body);
    if (parameters === undefined) {
      return sendProblem(res, { status: 400, code: 'function.input', detail: 'The body is not a JSON object.' });
    }
    const controller = new AbortController();
    res.once('close', () => controller.abort());
    const call = { document: FUNCTIONS_DOCUMENT, operationId, parameters };
    const calling = caller.call(call, { ...context, signal: controller.signal }).then(
      (output) => succeed(res, output),
      (error: unknown) => fail(error, operationId, context.runId, res),
    );
    underWay.set(controller, calling);
    await calling.finally(() => underWay.delete(controller));
  }

  function refuse(req: IncomingMessage): Problem | undefined {
    if (req.method !== 'POST')
      return { status: 405, detail: 'Functions are called with POST.', headers: { allow: 'POST' } };
    return guard(req);
  }

  function fail(error: unknown, operationId: string, run: string, res: ServerResponse): void {
    const fields = { err: error, operation: operationId, run };
    if (!(error instanceof FairleadError)) {
      log.error(fields, 'function failed');
      sendProblem(res, { status: 500, detail: 'The function failed; the log of the functions service says why.' });
      return;
    }
    log.info(fields, 'function refused');
    sendProblem(res, toCallProblem(error));
  }

  return {
    receive(req, res) {
      const operationId = (req.url ?? '').split('?', 1)[0]?.slice(1) ?? '';
      if (!operations.has(operationId)) return false;
      const claim = bodies.claim();
      answer(claim, operationId, req, res)
        .catch((error: unknown) => {
          log.error({ err: error, operation: operationId }, 'a call could not be answered');
          res.destroy();
        })
        .finally(claim.release);
      return true;
    },
    async drain(deadlineMs) {
      const cancel = clock.after(deadlineMs, () => {
        for (const controller of underWay.keys()) controller.abort();
      });
      await Promise.allSettled(underWay.values());
      cancel();
    },
  };
}

/** A function's failure as its caller is told it. */
export function toCallProblem(error: FairleadError): Problem {
  const { code, message: detail, retryAfter } = error;
  return {
    status: code === 'function.input' ? 400 : toFault(error, '').fault.status,
    code,
    detail,
    headers: { [RETRYABLE_HEADER]: String(error.retryable), [STATUS_HEADER]: String(error.status ?? '') },
    ...(retryAfter === undefined ? {} : { retryAfter: Math.ceil(retryAfter / 1000) }),
  };
}

function succeed(res: ServerResponse, output: Json): void {
  const body = JSON.stringify(output ?? null);
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

function parse(body: Buffer): Readonly<Record<string, Json>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, Json>>) : undefined;
  } catch {
    return undefined;
  }
}
