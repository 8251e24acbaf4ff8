/**
 * What GitHub's list of attempts says, read from the newest back, and what follows from it for each webhook. Pure: the list
 * is what is known of earlier asks, whichever process made them.
 *
 * The pause before a webhook is asked for again doubles with each time that failed. What failed while nothing else got in
 * either says nothing of the webhook itself: once something has got in since, it does not count.
 */
import { NO_TENANT } from '../events/event.ts';
import type { HookAttempt } from './hook-deliveries.ts';

const MINUTE = 60_000;
/** An attempt younger than this may still be on its way into the inbox. */
export const UNDER_WAY = MINUTE;
/** How long one that was asked for may take to arrive, and the first pause. */
export const ASKED_RECENTLY = 10 * MINUTE;
const LONGEST_PAUSE = 120 * MINUTE;
/** Attempts this close to each other met the same house. */
const NEAR = 10 * MINUTE;

/** So many of the newest attempts tell whether anything gets in; from so few, nothing is concluded. */
const LATEST = 10;
const FEWEST = 3;

/**
 * Answers of the webhook path that no one can change: a body that was signed and is no JSON object, and an id known with
 * another body. All others may be mended while GitHub still remembers the webhook: 401 by the secret, 404 by the address, 413
 * by a proxy's limit, 415 by the content type that is set on GitHub.
 */
const FINAL: ReadonlySet<number> = new Set([400, 409]);

/** What the list says of one webhook. */
export interface Webhook {
  readonly guid: string;
  readonly tenant: string;
  readonly newest: HookAttempt;
  /** When it was sent of GitHub's own accord; undefined where the list does not reach back to that. */
  first: number | undefined;
  /** When it first succeeded. */
  succeededAt: number | undefined;
  /** When it was sent because somebody asked, newest first. */
  readonly asked: number[];
}

export interface Sweep {
  readonly startedAt: number;
  /** How far back the list is read. */
  readonly since: number;
  /** The inbox knows nothing from before. */
  readonly inboxSince: number;
  readonly webhooks: Map<string, Webhook>;
  readonly latest: HookAttempt[];
  /** When anything got in: the newest time, and each in steps of {@link NEAR}. */
  newestArrival: number;
  readonly arrivals: Set<number>;
  page: string | undefined;
}

export function createSweep(bounds: Pick<Sweep, 'startedAt' | 'since' | 'inboxSince'>): Sweep {
  return { ...bounds, webhooks: new Map(), latest: [], newestArrival: 0, arrivals: new Set(), page: undefined };
}

/** Attempts are noted newest first. */
export function note(sweep: Sweep, attempt: HookAttempt): void {
  const { guid, installation, deliveredAt, redelivery } = attempt;
  if (sweep.latest.length < LATEST) sweep.latest.push(attempt);
  let webhook = sweep.webhooks.get(guid);
  if (webhook === undefined) {
    const tenant = installation === undefined ? NO_TENANT : String(installation);
    webhook = { guid, tenant, newest: attempt, first: undefined, succeededAt: undefined, asked: [] };
    sweep.webhooks.set(guid, webhook);
  }
  if (redelivery) webhook.asked.push(deliveredAt);
  else webhook.first = deliveredAt;
  if (!succeeded(attempt)) return;
  webhook.succeededAt = deliveredAt;
  sweep.newestArrival = Math.max(sweep.newestArrival, deliveredAt);
  sweep.arrivals.add(stepOf(deliveredAt));
}

/** Whether each of the newest attempts failed, of those made since then, for a reason that is not the webhook's own. */
export function isShut({ latest }: Sweep, since: number): boolean {
  const made = latest.filter(({ deliveredAt }) => deliveredAt >= since);
  return made.length >= FEWEST && made.every((attempt) => !succeeded(attempt) && !FINAL.has(attempt.statusCode));
}

/** Whether we refused it for good, and once more when it was asked for: the first time, a proxy may have spoiled it. */
export function isRefused({ newest }: Webhook): boolean {
  return newest.redelivery && FINAL.has(newest.statusCode);
}

/** From when on it may be asked for again. */
export function mayBeAskedFrom({ newest, asked }: Webhook, { newestArrival, arrivals }: Sweep): number {
  if (!newest.redelivery) return newest.deliveredAt + UNDER_WAY;
  const isNews = newestArrival > newest.deliveredAt;
  const failures = isNews ? asked.filter((at) => arrivals.has(stepOf(at))).length : asked.length;
  return newest.deliveredAt + Math.min(ASKED_RECENTLY * 2 ** Math.max(failures - 1, 0), LONGEST_PAUSE);
}

function succeeded({ statusCode }: HookAttempt): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function stepOf(at: number): number {
  return Math.floor(at / NEAR);
}
