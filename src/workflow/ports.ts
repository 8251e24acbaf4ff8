import type { Event } from '../events/event.ts';
import type { Json } from '../expression/json.ts';
import type { DefinitionRef } from './journal.ts';

/** What the runtime needs of its host, besides the {@link Journal} and the {@link Caller}. */

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once after `ms`; the function returned cancels it. */
  after(ms: number, callback: () => void): () => void;
}

export interface EventBus {
  /** Resolves once the event is durable. The same `(source, id)` again changes nothing. */
  publish(event: Event): Promise<void>;
}

/** As much of a definition as its runs' expressions and sub-flows need to know. */
export interface KnownDefinition {
  readonly ref: DefinitionRef;
  /** The exact text it was loaded from. */
  readonly text: string;
  /** The same, parsed. */
  readonly document: Json;
}

/** The definitions that this process knows. One that is gone from here is read from the journal, by its digest. */
export interface Definitions<Known extends KnownDefinition = KnownDefinition> {
  byDigest(digest: string): Known | undefined;
  /** `latest` is the highest version of that name. */
  byName(namespace: string, name: string, version: string): Known | undefined;
}

/** Answers a secret by name, or undefined when there is none or the workflow has no right to it. */
export type Secrets = (name: string, definition: DefinitionRef) => Promise<Json | undefined>;

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Bounds for definitions from strangers. Going over one is a fault of the run, never of the process. */
export interface Limits {
  /** Tasks executed by one run, iterations and retries included. */
  readonly steps: number;
  /** Sub-flows within sub-flows. */
  readonly depth: number;
  /** Branches of one fork, and items of one `for`. */
  readonly fanOut: number;
  /** Characters of JSON in one task's output, and bytes in one HTTP answer. */
  readonly payload: number;
  /** Milliseconds from a run's start, parked time included. */
  readonly runTime: number;
  /** Whether `call` may reach loopback, private, link-local and metadata addresses. */
  readonly privateAddresses: boolean;
}

export const DEFAULT_LIMITS: Limits = {
  steps: 100_000,
  depth: 10,
  fanOut: 10_000,
  payload: 10_000_000,
  runTime: 366 * 24 * 60 * 60 * 1000,
  privateAddresses: false,
};
