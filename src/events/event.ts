/**
 * The one thing rooms share: a CloudEvent 1.0 as a plain, immutable JSON-format object.
 * Parsing and validation happen at the edges (`events/http.ts`, `source/`); inside, an Event is trusted to be well formed.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#context-attributes
 */
export interface Event<Data = unknown> {
  readonly specversion: '1.0';
  /** Unique within the tenant, whatever the `source`; with the tenant, the key under which an event is accepted exactly once. */
  readonly id: string;
  /** URI-reference of the producer, e.g. `https://github.com/octo/hello`. */
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** RFC 3339 timestamp. */
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly data?: Data;
  /**
   * Our extension attribute: the tenant the event belongs to, a GitHub App installation id in decimal.
   * Every row that an event leads to is stored under it.
   */
  readonly tenant?: string;
  /** Extension attributes: strings, booleans or 32-bit integers under lower-case alphanumeric names. */
  readonly [extension: string]: unknown;
}

/** The extension attribute that {@link Event.tenant} travels in. */
export const TENANT_ATTRIBUTE = 'tenant';

/** Tenant under which events are stored that belong to no installation (`ping`, app-level events). */
export const NO_TENANT = '0';

/** The tenant of an event, {@link NO_TENANT} when it names none. */
export function tenantOf(event: Event): string {
  return event.tenant === undefined || event.tenant === '' ? NO_TENANT : event.tenant;
}
