/**
 * GitHub webhook → {@link Event}, with the attributes of Knative's GitHubSource (`github-events.ts`), so that a Trigger
 * cannot tell which of the two an event came through. Pure.
 *
 * - `id` is the delivery id, which GitHub keeps when it delivers again: with the tenant, the key of exactly once.
 * - `data` is the payload itself, nothing dropped.
 * - `time` is when we accepted it. The payloads' own timestamps differ from event to event and are missing from some, and
 *   the specification wants one meaning per source; Knative's source stamps the arrival as well.
 * - Extension attributes are strings, as they are after any hop over HTTP in binary mode, so that a filter or an
 *   expression means the same in one process and behind a Knative Broker.
 * - `tenant` is the App installation.
 */
import { type Event, TENANT_ATTRIBUTE } from '../events/event.ts';
import { attributesOf, type Payload } from './github-events.ts';

/** How event types are named: `dev.knative.source.github.<event>`, or `com.github.<event>.<action>`. */
export type Convention = 'knative' | 'github';

export interface Webhook {
  /** `X-GitHub-Event`. */
  readonly name: string;
  /** `X-GitHub-Delivery`. */
  readonly id: string;
  readonly payload: Payload;
}

/** Not allowed in an attribute: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#type-system */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** `now` in epoch milliseconds. */
export function toEvent(webhook: Webhook, options: { readonly convention: Convention; readonly now: number }): Event {
  const { name, id, payload } = webhook;
  const { subject, extensions } = attributesOf(name);
  const event: Record<string, unknown> = {
    specversion: '1.0',
    id,
    source: sourceOf(payload),
    type: typeOf(name, payload, options.convention),
    time: new Date(options.now).toISOString(),
    datacontenttype: 'application/json',
  };
  set(event, 'subject', subject(payload));
  set(event, TENANT_ATTRIBUTE, tenantIn(payload));
  for (const [extension, read] of extensions) set(event, extension, read(payload));
  event.data = payload;
  return event as unknown as Event;
}

/** The App installation that a webhook's payload names, undefined when it names none. */
export function tenantIn(payload: Payload): string | undefined {
  const id = (payload.installation as Payload | null | undefined)?.id;
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? String(id) : undefined;
}

function typeOf(name: string, payload: Payload, convention: Convention): string {
  if (convention === 'knative') return `dev.knative.source.github.${name}`;
  const { action } = payload;
  return typeof action === 'string' && /^[\w-]+$/.test(action) ? `com.github.${name}.${action}` : `com.github.${name}`;
}

/** The repository's address, else the organization's, else GitHub's own. */
function sourceOf({ repository, organization }: Payload): string {
  const address = (repository as Payload | null | undefined)?.html_url;
  if (typeof address === 'string' && URL.canParse(address)) return address;
  const login = (organization as Payload | null | undefined)?.login;
  return typeof login === 'string' ? `https://github.com/${encodeURIComponent(login)}` : 'https://github.com';
}

function set(event: Record<string, unknown>, name: string, value: string | undefined): void {
  if (value !== undefined) event[name] = value.replace(FORBIDDEN, '\uFFFD');
}
