/**
 * Events that this process has just committed, by the data they carry. A run's input holds the very same data: it refers to
 * the event's row instead of repeating a webhook's payload, which is most of what a run would write.
 *
 * Only where one process owns the store: on a shared one, another version of the bot may read the run.
 */
import { type Event, tenantOf } from '../events/event.ts';
import { LONG } from './journal/body.ts';
import type { Json } from './journal/run.ts';

export interface KeptEvents {
  /** `length`: of its data as JSON. A long one is not taken: inputs that are held in memory are bounded by what they repeat. */
  keep(event: Event, length: number): void;
  /** The event of the tenant that carries this very data. */
  idOf(tenant: string, data: Json): string | undefined;
}

export function createKeptEvents(): KeptEvents {
  const kept = new WeakMap<object, { readonly tenant: string; readonly id: string }>();
  return {
    keep(event, length) {
      if (isObject(event.data) && length < LONG) kept.set(event.data, { tenant: tenantOf(event), id: event.id });
    },
    idOf(tenant, data) {
      const event = isObject(data) ? kept.get(data) : undefined;
      return event?.tenant === tenant ? event.id : undefined;
    },
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
