/**
 * Knative's Brokers and Triggers over HTTP, for machines that have no cluster: what `npm run cluster` and the tests put
 * between the services. As Knative's broker over an in-memory channel does, it
 *
 * - takes events at `POST /<namespace>/<broker>`, answers 202 and keeps them in memory only: what is under way when the
 *   process ends is lost, so that nobody takes it for a broker to run;
 * - delivers to every Trigger whose filters match, in no order and whether it has seen the event before or not, in binary mode
 *   with `Prefer: reply`, `Kn-Namespace` and the time of arrival;
 * - tries again by `spec.delivery` of the Trigger, else of the Broker; what failed together comes back together, and a
 *   `Retry-After` counts only where the policy has `retryAfterMax`, which is a feature of Knative to be switched on;
 * - sends what failed for good to the dead letter sink, with `knativeerrordest`, `knativeerrorcode` and `knativeerrordata`;
 * - publishes replies, up to 255 hops.
 *
 * @see https://github.com/knative/specs/blob/main/specs/eventing/data-plane.md
 * @see https://knative.dev/docs/eventing/event-delivery/#channel-behavior
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Event } from '../../events/event.ts';
import { FairleadError } from '../../events/fairlead-error.ts';
import { fromHttp, toHttp } from '../../events/http.ts';
import { sendProblem } from '../../events/problem.ts';
import { type Clock, elapsed } from '../../observe/clock.ts';
import type { Logger } from '../../observe/log.ts';
import { type DeliveryPlan, isRetryableStatus, nextStep, toDeliveryPlan } from '../delivery.ts';
import { admitted, HOPS, HOPS_ATTRIBUTE, withoutHops } from '../hops.ts';
import { type PostAnswer, postMessage, retryAfterOf } from '../post-message.ts';
import { readBody } from '../read-body.ts';
import { compileFilters, type EventTest } from '../trigger.ts';
import type { BrokerResource, Destination, Eventing } from './manifests.ts';

export interface LookAlikeDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  /** Where a destination is right now; may take as long as a service takes to start from zero. */
  readonly locate: (destination: Destination, namespace: string) => Promise<URL>;
  /** Sees every event that an ingress accepts. */
  readonly observe?: (event: Event) => void;
}

export interface LookAlikeBroker {
  /** Takes the request when its path is a broker's; false leaves it untouched. */
  receive(req: IncomingMessage, res: ServerResponse): boolean;
  /** Whether no delivery is under way or waiting for its next try. */
  isIdle(): boolean;
  /** Drops what is under way. */
  stop(): void;
}

interface Route {
  readonly trigger: string;
  readonly namespace: string;
  readonly isWanted: EventTest;
  readonly plan: DeliveryPlan;
  readonly heedsRetryAfter: boolean;
  readonly subscriber: Destination;
  readonly deadLetterSink: Destination | undefined;
}

/** What the last try of a delivery came to. */
interface Failure {
  readonly destination: string;
  readonly status: number;
  readonly data: Buffer;
}

const LIMITS = { maxBytes: 25 * 1024 * 1024, timeoutMs: 30_000 };
/** Knative's bound for what it keeps of a subscriber's answer. */
const MOST_ERROR_DATA = 1024;
/** @see https://knative.dev/docs/eventing/features/delivery-retryafter/ */
const HEEDS_RETRY_AFTER = new Set([429, 503]);
const STOPPED = Symbol('stopped');

/** @throws FairleadError `config.invalid` for a filter or a duration that Knative's webhook would refuse */
export function createLookAlikeBroker(dependencies: LookAlikeDependencies, eventing: Eventing): LookAlikeBroker {
  const { clock, log, locate, observe } = dependencies;
  const routes = new Map(
    eventing.brokers.map((broker) => [`/${broker.namespace}/${broker.name}`, routesOf(broker, eventing)]),
  );
  const stopping = new AbortController();
  let underWay = 0;

  function ingress(path: string, event: Event): void {
    const hasHops = Object.hasOwn(event, HOPS_ATTRIBUTE);
    const accepted: Event = {
      ...(hasHops ? admitted(event) : { ...event, [HOPS_ATTRIBUTE]: HOPS }),
      knativearrivaltime: new Date(clock.now()).toISOString(),
    };
    const visible = withoutHops(accepted);
    observe?.(visible);
    for (const route of routes.get(path) ?? []) if (route.isWanted(visible)) void begin(path, route, accepted);
  }

  async function begin(path: string, route: Route, event: Event): Promise<void> {
    underWay += 1;
    try {
      const failure = await deliver(route, route.subscriber, withoutHops(event), (answer) =>
        takeReply(path, event, answer),
      );
      if (failure !== undefined) await bury(route, event, failure);
    } catch (error) {
      if (error !== STOPPED) log.error({ err: error, trigger: route.trigger, event: event.id }, 'delivery broken');
    } finally {
      underWay -= 1;
    }
  }

  /** Undefined once it is delivered and `onAnswer` has taken the answer; else what the last try came to. */
  async function deliver(
    route: Route,
    destination: Destination,
    event: Event,
    onAnswer: (answer: PostAnswer) => void,
  ): Promise<Failure | undefined> {
    const message = toHttp(event);
    const headers = { prefer: 'reply', 'kn-namespace': route.namespace };
    for (let attempt = 1; ; attempt += 1) {
      const { failure, retryAfter } = await attemptOnce();
      if (failure === undefined) return undefined;
      const { status } = failure;
      const error = new FairleadError('delivery.failed', `HTTP ${status}`, {
        retryable: isRetryableStatus(status),
        ...(retryAfter === undefined ? {} : { retryAfter }),
      });
      const step = nextStep(route.plan, { error, attempt, random: 0 });
      log.debug({ trigger: route.trigger, event: event.id, attempt, status, outcome: step.outcome }, 'delivery failed');
      if (step.outcome === 'dead') return failure;
      await elapsed(clock, step.waitMs, stopping.signal);
      if (stopping.signal.aborted) throw STOPPED;
    }

    async function attemptOnce(): Promise<{ readonly failure?: Failure; readonly retryAfter?: number | undefined }> {
      const timeout = new AbortController();
      const cancel = clock.after(route.plan.timeoutMs, () => timeout.abort());
      let url = '';
      try {
        const target = await locate(destination, route.namespace);
        url = target.href;
        const signal = AbortSignal.any([timeout.signal, stopping.signal]);
        const answer = await postMessage(target, message, { headers, signal });
        if (answer.status < 200 || answer.status >= 300) {
          const failure = { destination: url, status: answer.status, data: answer.body };
          const isHeeded = route.heedsRetryAfter && HEEDS_RETRY_AFTER.has(answer.status);
          return { failure, retryAfter: isHeeded ? retryAfterOf(answer.headers, clock.now()) : undefined };
        }
        onAnswer(answer);
        return {};
      } catch (error) {
        if (stopping.signal.aborted) throw STOPPED;
        // As Knative tells it: no answer counts as a 500, and a reply that its ingress refuses as the ingress's 400.
        const status = error instanceof FairleadError ? 400 : 500;
        return { failure: { destination: url, status, data: Buffer.from(String(error)) } };
      } finally {
        cancel();
      }
    }
  }

  function takeReply(path: string, to: Event, { status, headers, body }: PostAnswer): void {
    const isReply =
      status === 200 &&
      (headers['ce-specversion'] !== undefined || /^application\/cloudevents/.test(headers['content-type'] ?? ''));
    if (!isReply) return;
    for (const { event } of fromHttp(headers, body)) ingress(path, { ...event, [HOPS_ATTRIBUTE]: to[HOPS_ATTRIBUTE] });
  }

  async function bury(route: Route, event: Event, { destination, status, data }: Failure): Promise<void> {
    const fields = { trigger: route.trigger, event: event.id, type: event.type, status };
    if (route.deadLetterSink === undefined) {
      log.error(fields, 'delivery given up, and there is no dead letter sink: the event is lost');
      return;
    }
    const letter = {
      ...event,
      knativeerrordest: destination,
      knativeerrorcode: status,
      ...(data.length === 0 ? {} : { knativeerrordata: data.subarray(0, MOST_ERROR_DATA).toString('base64') }),
    };
    log.warn(fields, 'delivery given up: a dead letter');
    const failure = await deliver(route, route.deadLetterSink, letter, () => {});
    if (failure !== undefined)
      log.error({ ...fields, sink: failure.destination }, 'the dead letter sink took it not: the event is lost');
  }

  async function take(path: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method !== 'POST')
      return sendProblem(res, { status: 405, detail: 'Events are sent with POST.', headers: { allow: 'POST' } });
    const body = await readBody({ clock }, req, LIMITS);
    if (body === undefined) return;
    if (!Buffer.isBuffer(body)) return sendProblem(res, body);
    try {
      for (const { event } of fromHttp(req.headers, body)) ingress(path, event);
      res.writeHead(202, { 'content-length': 0 }).end();
    } catch (error) {
      if (!(error instanceof FairleadError)) throw error;
      sendProblem(res, { status: 400, code: error.code, detail: error.message });
    }
  }

  return {
    receive(req, res) {
      const path = (req.url ?? '').split('?', 1)[0] as string;
      if (!routes.has(path)) return false;
      void take(path, req, res);
      return true;
    },
    isIdle: () => underWay === 0,
    stop: () => stopping.abort(),
  };
}

function routesOf(broker: BrokerResource, { triggers }: Eventing): readonly Route[] {
  return triggers
    .filter((trigger) => trigger.namespace === broker.namespace && trigger.broker === broker.name)
    .map(({ name, namespace, filters, subscriber, ...trigger }) => {
      const where = `Trigger ${namespace}/${name}`;
      // Knative takes the Trigger's policy whole where it has one, but for the dead letter sink, which it may inherit.
      const { deadLetterSink, ...policy } = trigger.delivery ?? broker.delivery;
      return {
        trigger: name,
        namespace,
        subscriber,
        isWanted: compileFilters(filters, `${where}: spec.filters`),
        plan: toDeliveryPlan(policy, `${where}: spec.delivery`),
        heedsRetryAfter: policy.retryAfterMax !== undefined,
        deadLetterSink: deadLetterSink ?? broker.delivery.deadLetterSink,
      };
    });
}
