/**
 * What filters see of an event: its context attributes and extensions, never its data, and neither `knativebrokerttl`,
 * which belongs to the broker (`hops.ts`).
 */
import type { Event } from '../events/event.ts';

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#naming-conventions */
const NAME = /^[a-z0-9]+$/;

export type AttributeValue = string | number | boolean;

/** What is wrong with the name, in words; undefined for one that an event can carry. */
export function attributeNameProblem(name: string): string | undefined {
  if (name === 'data') return 'is the payload, and filters see attributes and extensions only';
  if (!NAME.test(name)) return 'is not the name of an attribute: lower-case letters and digits only';
  return undefined;
}

/** The attribute's value; undefined where the event does not have it. */
export function readAttribute(event: Event, name: string): AttributeValue | undefined {
  if (name === 'data' || !Object.hasOwn(event, name)) return undefined;
  const value = event[name];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

/**
 * The value in the canonical string form of its type, in which filters compare.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#type-system
 */
export function toCanonicalString(value: AttributeValue): string {
  return typeof value === 'string' ? value : String(value);
}
