/** What a broker's dead letter says of the delivery that failed, taken off the event it is about. */
import type { Event } from '../events/event.ts';

export interface ReceivedDeadLetter {
  readonly event: Event;
  /** In words: the status, where it was to go, and the beginning of the answer. */
  readonly reason: string;
  /** The last part of the destination's path, which names the trigger for deliveries to us. */
  readonly trigger: string;
}

const LONGEST_ANSWER = 300;

/** @see https://knative.dev/docs/eventing/event-delivery/#configuring-broker-and-channel-delivery */
export function fromDeadLetter(letter: Event): ReceivedDeadLetter {
  const { knativeerrordest, knativeerrorcode, knativeerrordata, ...event } = letter;
  const destination = typeof knativeerrordest === 'string' ? knativeerrordest : '';
  const answer = Buffer.from(typeof knativeerrordata === 'string' ? knativeerrordata : '', 'base64').toString('utf8');
  const status = knativeerrorcode === undefined ? 'It was not delivered' : `HTTP ${knativeerrorcode}`;
  return {
    event: event as Event,
    reason: `${status}${destination && ` from ${destination}`}${answer && `: ${answer.slice(0, LONGEST_ANSWER)}`}`,
    trigger: URL.parse(destination)?.pathname.split('/').at(-1) ?? '',
  };
}
