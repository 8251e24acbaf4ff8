import type { Message } from './message.ts';

/**
 * A place where messages appear, as a port: one implementation per platform in `chat/`, and one contract suite
 * (`test/contracts/chat.ts`) that holds them all to it.
 *
 * Every operation rejects with `FairleadError`: `chat.unavailable` (the platform answered 408, 429 or 5xx, or not at all;
 * `retryAfter` where it said so) or `chat.refused` (it will not take this, ever). No error names a secret: a webhook's URL
 * and a token are secrets.
 */
export interface Chat {
  /**
   * Passes each event on as it is: nothing is edited, compared or held back for being late, and a receiver tells a repeat
   * by the event's id.
   */
  readonly forwards?: true;
  /** Shows a new message. Resolves to the platform's handle of it, where the platform gives one. */
  send(message: Message, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Replaces what the message shows, as often as one likes to the same effect; absent where the platform cannot.
   * @throws FairleadError `chat.gone` where the message is no longer there or no longer ours to edit
   */
  update?(reference: string, message: Message, signal: AbortSignal): Promise<string>;
  /**
   * The handle of a message that was sent with the same `key` at or after `since` (epoch milliseconds), so that a send
   * without a known outcome is not done twice; absent where the platform cannot look.
   */
  find?(message: Message, since: number, signal: AbortSignal): Promise<string | undefined>;
}
