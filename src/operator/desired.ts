/**
 * What the bot needs of Knative's eventing, as Kubernetes resources: pure, the same input gives the same resources in the
 * same order. Triggers are derived from the very data that the embedded broker subscribes by, so that both modes deliver the
 * same events to the same rooms.
 */
import type { DeliveryPolicy, Trigger } from '../broker/broker.ts';
import { DEFAULT_POLICY } from '../broker/delivery.ts';
import type { Filter } from '../broker/filter.ts';

export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface Subscription {
  readonly trigger: Trigger;
  /** Knative Service that handles it, at the path of the trigger's name. */
  readonly service: string;
}

export interface EventingPlan {
  readonly namespace: string;
  readonly broker: string;
  readonly subscriptions: readonly Subscription[];
  /** Where what was given up goes. */
  readonly deadLetters: Subscription;
  /** What has to hear now and then that time passes. */
  readonly tick: Subscription;
  /** Services that publish. */
  readonly publishers: readonly string[];
  readonly eventTypes: readonly { readonly type: string; readonly summary: string }[];
}

/** By what the files of `knative/base/` are called. */
export interface Desired {
  readonly triggers: readonly Resource[];
  readonly bindings: readonly Resource[];
  readonly eventTypes: readonly Resource[];
}

/**
 * How late a timer may be while what is told of time is scaled to zero, as cron. Knative lets go of a service that nobody asked
 * anything for a window of a minute, by default, and some time of grace: with a tick in each minute, none ever gets there.
 * @see https://knative.dev/docs/serving/autoscaling/scale-to-zero/
 */
const EVERY_FIVE_MINUTES = '*/5 * * * *';

export function desiredEventing(plan: EventingPlan): Desired {
  const { namespace, broker } = plan;
  const metadata = (name: string) => ({ name, namespace });
  const brokerRef = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: broker };
  const serviceRef = (name: string) => ({ apiVersion: 'serving.knative.dev/v1', kind: 'Service', name });
  const destination = ({ trigger, service }: Subscription) => ({ ref: serviceRef(service), uri: `/${trigger.name}` });
  return {
    triggers: plan.subscriptions.map((subscription) => ({
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Trigger',
      metadata: metadata(subscription.trigger.name),
      spec: {
        broker,
        filters: subscription.trigger.filters,
        delivery: toDelivery(subscription.trigger.delivery, destination(plan.deadLetters)),
        subscriber: destination(subscription),
      },
    })),
    bindings: [
      ...plan.publishers.map((name) => ({
        apiVersion: 'sources.knative.dev/v1',
        kind: 'SinkBinding',
        metadata: metadata(name),
        spec: { subject: { ...serviceRef(name), namespace }, sink: { ref: brokerRef } },
      })),
      {
        apiVersion: 'sources.knative.dev/v1',
        kind: 'PingSource',
        metadata: metadata(plan.tick.trigger.name),
        spec: {
          schedule: EVERY_FIVE_MINUTES,
          contentType: 'application/json',
          data: '{}',
          sink: destination(plan.tick),
        },
      },
    ],
    eventTypes: plan.eventTypes.map(({ type, summary }) => ({
      apiVersion: 'eventing.knative.dev/v1beta3',
      kind: 'EventType',
      metadata: metadata(toResourceName(type)),
      spec: {
        reference: brokerRef,
        description: summary,
        attributes: [
          { name: 'specversion', required: true, value: '1.0' },
          { name: 'id', required: true },
          { name: 'source', required: true },
          { name: 'type', required: true, value: type },
          { name: 'tenant', required: true },
        ],
      },
    })),
  };
}

function toDelivery(policy: DeliveryPolicy = DEFAULT_POLICY, deadLetterSink: unknown) {
  // `timeout` and `retryAfterMax` are features of Knative that a cluster may not have switched on, and its schema not know.
  const { retry, backoffPolicy, backoffDelay } = policy;
  return { deadLetterSink, retry, backoffPolicy, backoffDelay };
}

/** An event type as the name of an object (RFC 1123 subdomain). */
function toResourceName(type: string): string {
  return type.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-');
}

/** The event types that a trigger names, however deep; empty when it takes any. */
export function typesOf(filters: readonly Filter[]): readonly string[] {
  return filters.flatMap((filter) => {
    if ('exact' in filter) return filter.exact.type === undefined ? [] : [filter.exact.type];
    if ('all' in filter) return typesOf(filter.all);
    return 'any' in filter ? typesOf(filter.any) : [];
  });
}
