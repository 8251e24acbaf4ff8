import type { Event } from '../events/event.ts';
import type { Filter } from './filter.ts';

/**
 * What became of a published event: kept now, or known already under the same tenant and id with the same type and data,
 * whatever the source (a repository may be renamed between two tellings). So two sources must not give one id within one
 * installation: the second event is taken for the first, or rejected with `event.conflict` where its type or data differ.
 */
export type Receipt = 'accepted' | 'duplicate';

export interface PublishOptions {
  /** The exact JSON text of `event.data`, or its bytes in UTF-8, where the publisher has it at hand; saves serialising it again. */
  readonly dataText?: string | Buffer;
}

/** How one delivery went about: given to a subscriber beside the event. */
export interface Delivery {
  /** 1 for the first try. Above 1, what the subscriber did before may have happened already. */
  readonly attempt: number;
  /** Aborted when the process stops waiting for the subscriber. */
  readonly signal: AbortSignal;
}

/**
 * Handles one event. Resolves once the work is durable or done; a returned event is published as a reply. A thrown
 * `FairleadError` says whether trying again helps (`retryable`, `retryAfter`); any other error is tried again.
 */
export type Subscriber = (event: Event, delivery: Delivery) => Promise<Event | undefined>;

/**
 * When and how often a failed delivery is tried again, in the terms of Knative's `spec.delivery`.
 * @see https://knative.dev/docs/eventing/event-delivery/
 */
export interface DeliveryPolicy {
  /** Tries after the first one. */
  readonly retry: number;
  readonly backoffPolicy: 'exponential' | 'linear';
  /** ISO 8601 duration, e.g. `PT0.2S`. */
  readonly backoffDelay: string;
  /** ISO 8601 duration: how long one try may take; default `PT1M`. */
  readonly timeout?: string;
  /**
   * ISO 8601 duration: the upper bound of what a `Retry-After` may ask for; `PT0S` ignores it. Default `PT1H`, but on a
   * cluster, where Knative heeds it only by this.
   */
  readonly retryAfterMax?: string;
}

/** One subscriber's interest: Knative calls it a Trigger. */
export interface Trigger {
  /** Unique, lower-case kebab; names the deliveries in the store, so it must stay the same over restarts. */
  readonly name: string;
  /** All must match (Subscriptions API); empty matches every event. */
  readonly filters: readonly Filter[];
  readonly delivery?: DeliveryPolicy;
  /** Most deliveries under way at once; default 64. */
  readonly concurrency?: number;
}

/** Publish and subscribe; two implementations: embedded (over the store) and Knative (HTTP). */
export interface Broker {
  /**
   * Resolves once the event and a delivery for each matching trigger are durable.
   * @throws FairleadError `event.conflict` (id known with other content), `store.unavailable`
   */
  publish(event: Event, options?: PublishOptions): Promise<Receipt>;
  /** Declares a subscriber; all are declared before the house starts. */
  subscribe(trigger: Trigger, subscriber: Subscriber): void;
}
