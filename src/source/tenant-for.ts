/**
 * In whose name an event acts that came without saying so: from another producer, or by the webhook of a repository or an
 * organization, which belongs to no App. The installation is looked up by the repository.
 */
import type { Event } from '../events/event.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Outbox } from '../store/store.ts';
import type { Payload } from './github-events.ts';
import { tenantIn } from './translate.ts';

/** The installation of a repository, undefined where the App is not installed. */
export type FindTenant = (owner: string, repo: string) => Promise<string | undefined>;

export interface OwnershipDependencies {
  readonly findTenant: FindTenant;
  readonly outbox: Pick<Outbox, 'bury'>;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Why an event that nobody may act on is in the dead letters. */
export const UNOWNED = 'It names no installation, and the App is not installed on its repository.';

const INSTALLATION = /^[1-9]\d{0,15}$/;

/**
 * The event with its tenant. One that belongs to nobody is kept in the dead letters, and nothing answered.
 * @throws FairleadError `github.*` where it cannot be known now, `store.unavailable`
 */
export async function toOwned(dependencies: OwnershipDependencies, event: Event): Promise<Event | undefined> {
  const { findTenant, outbox, log, clock } = dependencies;
  const tenant = await tenantFor(event, findTenant);
  if (tenant !== undefined) return { ...event, tenant };
  await outbox.bury(event, UNOWNED, clock.now());
  log.warn({ event: event.id, type: event.type, source: event.source }, 'event of no installation: a dead letter');
  return undefined;
}

/** The tenant that the event names, else that of its repository; undefined where the App is not installed on that. */
export async function tenantFor(event: Event, findTenant: FindTenant): Promise<string | undefined> {
  const named = [event.tenant, event.installation].map((value) => String(value ?? ''));
  const found = named.find((value) => INSTALLATION.test(value)) ?? tenantIn(toPayload(event.data));
  if (found !== undefined) return found;
  const { owner, repo } = repositoryOf(event);
  return owner === undefined || repo === undefined ? undefined : findTenant(owner, repo);
}

/** From the extension attributes of Knative's source, else from a GitHub payload. */
function repositoryOf(event: Event): { readonly owner: string | undefined; readonly repo: string | undefined } {
  const repository = toPayload(toPayload(event.data).repository);
  return {
    owner: nameOf(event.owner) ?? nameOf(toPayload(repository.owner).login),
    repo: nameOf(event.repository) ?? nameOf(repository.name),
  };
}

/** A name that GitHub gives to accounts and repositories: nothing that could change the meaning of a URL. */
function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) && !/^\.+$/.test(value) ? value : undefined;
}

function toPayload(value: unknown): Payload {
  return typeof value === 'object' && value !== null ? (value as Payload) : {};
}
