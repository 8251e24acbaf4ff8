/**
 * Events by HTTP to one subscriber: what a Trigger, a source or anybody else who speaks the CloudEvents HTTP binding posts.
 *
 * - Binary, structured and batched messages. 2xx means that the subscriber has resolved for every event of the message:
 *   the work is durable or done.
 * - What trying again may mend is answered 429, 503 (with `Retry-After` where it is known) or 500; what it may not, 400, 413, 415 or 422,
 *   which Knative's data plane does not deliver again. A failure's own status never shows: GitHub's 404 would be repeated.
 * - A burst waits: of more requests than are handled at once, the others have their turn in the order in which they came,
 *   bounded in number, in bytes and in time.
 * - Where a guard is given, it is asked first: 401 for who may not send.
 * - A reply is the body of a 200 where the sender asks for it (`Prefer: reply`), else it is published.
 *
 * @see https://github.com/knative/specs/blob/main/specs/eventing/data-plane.md
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Event, TENANT_ATTRIBUTE, tenantOf } from '../events/event.ts';
import { FairleadError, isRetryable } from '../events/fairlead-error.ts';
import { fromHttp, type HttpMessage, toHttp } from '../events/http.ts';
import { type Problem, sendProblem } from '../events/problem.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { BodyBudget } from './body-budget.ts';
import type { Subscriber } from './broker.ts';
import type { EventGuard } from './oidc/guard.ts';
import { readBody } from './read-body.ts';
import { createSlots } from './slots.ts';

export interface EventReceiverOptions {
  readonly subscriber: Subscriber;
  /** Publishes a reply whose sender takes none. */
  readonly publish: (reply: Event) => Promise<unknown>;
  /** Most requests that are handled at once. Default 64. */
  readonly concurrency?: number;
  /** Most requests that wait for their turn beside those; one more is asked to come again. Default 256. */
  readonly mostWaiting?: number;
  /** What all bodies have room in, those of other receivers too. */
  readonly bodies: BodyBudget;
  readonly maxBytes?: number;
  readonly bodyTimeoutMs?: number;
  /** Asked before the body is read; without one, whoever reaches the port may send. */
  readonly guard?: EventGuard;
}

export interface EventReceiver {
  /** Answers the request; resolves to the status, undefined when the sender had gone. */
  receive(req: IncomingMessage, res: ServerResponse): Promise<number | undefined>;
  /** Takes nothing more, waits for what is under way, and aborts what is not done after `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>;
}

type Answer = { readonly status: 200 | 202; readonly message?: HttpMessage } | Problem;

const MAX_BYTES = 25 * 1024 * 1024;
const BODY_TIMEOUT_MS = 30_000;
const MAX_BATCH = 1000;
const DEFAULT_CONCURRENCY = 64;
export const MOST_WAITING = 256;
/** Half of the minute that a try may take by default: the other half is for the work. */
const LONGEST_WAIT_MS = 30_000;
/** Seconds after which another replica, or this one, has room again. */
const RETRY_SOON = 1;

const STOPPING: Problem = { status: 503, detail: 'This process is stopping.', retryAfter: RETRY_SOON };
const BUSY: Problem = {
  status: 503,
  detail: `The event’s turn did not come within ${LONGEST_WAIT_MS / 1000} s.`,
  retryAfter: RETRY_SOON,
};

/** What brokers add on the way; it belongs to the delivery, not to the event. */
const TRANSPORT_ATTRIBUTES = ['knativearrivaltime', 'knativebrokerttl'] as const;

export function createEventReceiver(
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  options: EventReceiverOptions,
): EventReceiver {
  const { subscriber, publish, guard, bodies } = options;
  const { concurrency = DEFAULT_CONCURRENCY, mostWaiting = MOST_WAITING } = options;
  const limits = { maxBytes: options.maxBytes ?? MAX_BYTES, timeoutMs: options.bodyTimeoutMs ?? BODY_TIMEOUT_MS };
  const underWay = new Map<AbortController, Promise<unknown>>();
  const slots = createSlots({ clock }, { count: concurrency, waitMs: LONGEST_WAIT_MS });
  let isDraining = false;

  async function receive(req: IncomingMessage, res: ServerResponse): Promise<number | undefined> {
    const refusal = refuseHead(req);
    if (refusal) return send(res, refusal);
    const controller = new AbortController();
    res.once('close', () => controller.abort(new FairleadError('delivery.failed', 'The sender waits no longer.')));
    const answering = answer(req, controller.signal).then((settled) => settled && send(res, settled));
    underWay.set(controller, answering);
    try {
      return await answering;
    } finally {
      underWay.delete(controller);
    }
  }

  function refuseHead(req: IncomingMessage): Problem | undefined {
    if (req.method !== 'POST') return { status: 405, detail: 'Events are sent with POST.', headers: { allow: 'POST' } };
    if (isDraining) return STOPPING;
    if (underWay.size < concurrency + mostWaiting) return undefined;
    return { status: 429, detail: `${mostWaiting} events are waiting for their turn.`, retryAfter: RETRY_SOON };
  }

  async function answer(req: IncomingMessage, signal: AbortSignal): Promise<Answer | undefined> {
    const claim = bodies.claim();
    try {
      const refusal = await guard?.(req);
      if (refusal) return refusal;
      const body = await readBody({ clock, claim }, req, limits);
      if (!Buffer.isBuffer(body)) return body;
      if (!(await slots.take(signal))) return isDraining ? STOPPING : BUSY;
      return await answerInTurn(req, body, signal).finally(slots.free);
    } catch (error) {
      return toProblem(error);
    } finally {
      claim.release();
    }
  }

  async function answerInTurn(req: IncomingMessage, body: Buffer, signal: AbortSignal): Promise<Answer> {
    const events = fromHttp(req.headers, body).map(({ event }) => withoutTransport(event));
    if (events.length > MAX_BATCH) {
      return { status: 413, detail: `A batch may hold ${MAX_BATCH} events; this one holds ${events.length}.` };
    }
    const outcomes = await Promise.allSettled(events.map((event) => handle(event, signal)));
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    const failure = failures.find(isRetryable) ?? failures[0];
    if (failure !== undefined) return toProblem(failure);
    const replies = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' && outcome.value) || []);
    return withReplies(replies, isReplyWanted(req) && events.length === 1);
  }

  /** How often an event came before is not told by Knative: each try is the first that this process knows of. */
  async function handle(event: Event, signal: AbortSignal): Promise<Event | undefined> {
    try {
      const reply = await Promise.race([subscriber(event, { attempt: 1, signal }), rejectedBy(signal)]);
      const isOwned = reply === undefined || reply.tenant !== undefined || event.tenant === undefined;
      return isOwned ? reply : { ...reply, [TENANT_ATTRIBUTE]: event.tenant };
    } catch (error) {
      const fields = { event: event.id, type: event.type, tenant: tenantOf(event), err: error };
      if (isRetryable(error)) log.warn(fields, 'event not handled; its sender is asked to try again');
      else log.error(fields, 'event refused for good');
      throw error;
    }
  }

  async function withReplies(replies: readonly Event[], areWanted: boolean): Promise<Answer> {
    const [reply] = replies;
    if (reply === undefined) return { status: 202 };
    if (areWanted) return { status: 200, message: toHttp(reply) };
    await Promise.all(replies.map(publish));
    return { status: 202 };
  }

  return {
    receive,
    async drain(deadlineMs) {
      isDraining = true;
      slots.close();
      const all = Promise.allSettled(underWay.values());
      const cancel = clock.after(deadlineMs, () => {
        for (const controller of underWay.keys()) {
          controller.abort(new FairleadError('delivery.failed', 'This process is stopping.'));
        }
      });
      await all;
      cancel();
    },
  };
}

function send(res: ServerResponse, answer: Answer): number {
  if ('detail' in answer) sendProblem(res, answer);
  else {
    const { headers = {}, body = '' } = answer.message ?? {};
    res.writeHead(answer.status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
  }
  return answer.status;
}

function toProblem(error: unknown): Problem {
  if (!(error instanceof FairleadError))
    return { status: 500, detail: 'The event could not be handled; the log says why.' };
  const { code, message: detail, retryAfter } = error;
  // Without a time of its own, the sender's back-off says when.
  if (error.retryable) {
    return {
      status: 503,
      code,
      detail,
      ...(retryAfter === undefined ? {} : { retryAfter: Math.ceil(retryAfter / 1000) }),
    };
  }
  if (code === 'event.unsupported') return { status: 415, code, detail };
  return { status: code === 'event.invalid' ? 400 : 422, code, detail };
}

function withoutTransport(event: Event): Event {
  if (!TRANSPORT_ATTRIBUTES.some((name) => Object.hasOwn(event, name))) return event;
  const { [TRANSPORT_ATTRIBUTES[0]]: _, [TRANSPORT_ATTRIBUTES[1]]: __, ...rest } = event;
  return rest as Event;
}

/** @see https://www.rfc-editor.org/rfc/rfc7240#section-2 */
function isReplyWanted({ headers }: IncomingMessage): boolean {
  return String(headers.prefer ?? '')
    .split(',')
    .some((preference) => preference.split(';', 1)[0]?.trim().toLowerCase() === 'reply');
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
