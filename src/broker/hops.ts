/**
 * How often an event may be a reply to a reply. Subscribers that answer each other in a circle would never stop; as in
 * Knative, an event carries how many hops are left to it, the subscriber does not see that, and its reply gets one less.
 * An event without the attribute has all hops before it.
 *
 * @see https://github.com/knative/eventing/blob/main/pkg/broker/ttl.go
 */
import type { Event } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';

export const HOPS_ATTRIBUTE = 'knativebrokerttl';
export const HOPS = 255;

/** The event as subscribers and filters see it. */
export function withoutHops(event: Event): Event {
  if (!Object.hasOwn(event, HOPS_ATTRIBUTE)) return event;
  const { [HOPS_ATTRIBUTE]: _, ...visible } = event;
  return visible as Event;
}

/**
 * The reply with the hops that are left to it.
 * @throws FairleadError `event.loop` when there are none
 */
export function withHopsAfter(event: Event, reply: Event): Event {
  return withHops(reply, hopsLeft(event) - 1);
}

/**
 * An event that comes from outside with the attribute has taken a hop by that.
 * @throws FairleadError `event.loop`
 */
export function admitted(event: Event): Event {
  return Object.hasOwn(event, HOPS_ATTRIBUTE) ? withHops(event, hopsLeft(event) - 1) : event;
}

function withHops(event: Event, left: number): Event {
  if (left > 0) return { ...event, [HOPS_ATTRIBUTE]: left };
  throw new FairleadError(
    'event.loop',
    `Event ${event.id} of type ${event.type} is a reply that has been through the broker ${HOPS} times: subscribers answer each other in a circle. Give the reply a type that its own subscriber does not consume.`,
  );
}

function hopsLeft(event: Event): number {
  const left = Number(event[HOPS_ATTRIBUTE] ?? HOPS);
  return Number.isInteger(left) ? Math.min(left, HOPS) : HOPS;
}
