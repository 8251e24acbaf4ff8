import type { Event } from '../events/event.ts';
import { type Packed, unpackData } from './packed-data.ts';

/** An event as it is kept: its data apart from its attributes, both as JSON text. */
export interface EventText {
  readonly type: string;
  readonly attributes: string;
  /** Null for an event without data, which is not the same as data that is `null`. */
  readonly data: Packed | null;
}

export interface OfferedEvent extends EventText {
  /** Of its data before it was packed. */
  readonly length: number;
}

/** `dataText`: the data's JSON, or its bytes in UTF-8, where they are at hand. */
export function toEventText(
  event: Event,
  pack: (text: string | Buffer) => Packed,
  dataText?: string | Buffer,
): OfferedEvent {
  const { data, ...attributes } = event;
  const text = dataText ?? (data === undefined ? undefined : JSON.stringify(data));
  return {
    type: event.type,
    attributes: JSON.stringify(attributes),
    data: text === undefined ? null : pack(text),
    length: text?.length ?? 0,
  };
}

export function toEvent(attributes: string, data: Packed | null): Event {
  const event = JSON.parse(attributes) as Event;
  return data === null ? event : { ...event, data: JSON.parse(unpackData(data)) };
}
