/**
 * The bot never answers itself: events that its own account caused (the label it just added, the review it just asked for)
 * start nothing and wake nothing. Its login is often learned only after the start, from GitHub. Who sent an event is read from
 * its attribute, else from GitHub's payload: other producers leave the attribute out. What our own workflows and commands
 * publish on purpose names no sender and is none of this.
 */
import type { Event } from '../events/event.ts';

export interface OwnEvents {
  isOwn(event: Event): boolean;
  /** From now on the account of this login, e.g. `fairlead[bot]`, is the bot's as well. */
  learn(login: string): void;
}

export function createOwnEvents(login?: string): OwnEvents {
  // GitHub's logins differ by more than letter case.
  const logins = new Set(login === undefined ? [] : [login.toLowerCase()]);
  return {
    isOwn: (event) => {
      const sender = event.sender ?? senderIn(event.data);
      return typeof sender === 'string' && logins.has(sender.toLowerCase());
    },
    learn: (learned) => logins.add(learned.toLowerCase()),
  };
}

function senderIn(payload: unknown): unknown {
  return (payload as { readonly sender?: { readonly login?: unknown } | null } | null | undefined)?.sender?.login;
}
