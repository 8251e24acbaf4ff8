import type { Event } from '../events/event.ts';

/** An event as it is kept: its data apart from its attributes, both as JSON text. */
export interface EventText<Data extends string | Buffer = string> {
  readonly type: string;
  readonly attributes: string;
  /** Null for an event without data, which is not the same as data that is `null`. Bytes are UTF-8, and are kept as text. */
  readonly data: Data | null;
}

export function toEventText(event: Event, dataText?: string | Buffer): EventText<string | Buffer> {
  const { data, ...attributes } = event;
  return {
    type: event.type,
    attributes: JSON.stringify(attributes),
    data: dataText ?? (data === undefined ? null : JSON.stringify(data)),
  };
}

export function toEvent(attributes: string, data: string | null): Event {
  const event = JSON.parse(attributes) as Event;
  return data === null ? event : { ...event, data: JSON.parse(data) };
}
