/**
 * Nothing is missed: GitHub does not deliver again by itself, so what it could not deliver while we were down, and what it
 * delivered to a store that was since restored from a backup, is found in its list of deliveries and asked for again.
 *
 * A sweep reads the list from now back to the last cursor, over several passes if it is long, then compares it with the
 * inbox: the inbox alone says what is missing. The cursor moves up to the oldest webhook still missing, so that each is
 * looked at until it is here, was asked for {@link MOST_ATTEMPTS} times, or is older than GitHub remembers. When the first
 * sweep began is remembered as well: the inbox knows nothing from before, so what succeeded by then was another's to handle
 * and is never asked for.
 *
 * Bounded: pages and redeliveries per pass, attempts per webhook, and a pause after an error that doubles.
 */
import { NO_TENANT } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Notes, Outbox } from '../store/store.ts';
import type { HookAttempt, HookDeliveries } from './hook-deliveries.ts';

export interface RecoveryDependencies {
  readonly hookDeliveries: HookDeliveries;
  readonly outbox: Pick<Outbox, 'unknown'>;
  readonly notes: Pick<Notes, 'read' | 'write'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** GitHub calls of one pass, at most. */
  readonly pagesPerPass?: number;
  readonly redeliveriesPerPass?: number;
}

export interface Recovery {
  /** Makes a pass now and every five minutes from then on. */
  start(): void;
  /** No pass begins after this; resolves when the one under way has ended. */
  stop(): Promise<void>;
  /** One pass; rejects where `start` would log and wait. */
  pass(): Promise<void>;
}

const MINUTE = 60_000;
const INTERVAL = 5 * MINUTE;
const LONGEST_PAUSE = 60 * MINUTE;
/** https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks */
const RETENTION = 3 * 24 * 60 * MINUTE;
/** An attempt younger than this may still be on its way into the inbox. */
const UNDER_WAY = MINUTE;
/** How long one that was asked for may take to arrive. */
const ASKED_RECENTLY = 10 * MINUTE;
/** The list is ordered by the attempts' beginnings and shows them a little later. */
const OVERLAP = 5 * MINUTE;
const MOST_ATTEMPTS = 5;
/** Ids per question to the inbox. */
const CHUNK = 500;

/** The note that the cursor is kept in, epoch milliseconds. */
const CURSOR = 'source.recovery.cursor';
/** When the first sweep over this store began, epoch milliseconds; missing in one that is older than the note. */
const FIRST_SWEEP = 'source.recovery.first-sweep';

/** What the list says of one webhook. */
interface Webhook {
  readonly guid: string;
  readonly tenant: string;
  /** Id of an attempt, by which it can be asked for again. */
  readonly id: number;
  attempts: number;
  /** When it first succeeded. */
  succeededAt: number | undefined;
  oldest: number;
  readonly newest: HookAttempt;
}

interface Sweep {
  readonly startedAt: number;
  readonly since: number;
  /** The inbox knows nothing from before. */
  readonly inboxSince: number;
  readonly webhooks: Map<string, Webhook>;
  page: string | undefined;
}

export function createRecovery(dependencies: RecoveryDependencies): Recovery {
  const { hookDeliveries, outbox, notes, clock, log, metrics } = dependencies;
  const { pagesPerPass = 50, redeliveriesPerPass = 100 } = dependencies;
  const askedAt = new Map<string, number>();
  let sweep: Sweep | undefined;
  let failures = 0;
  let underWay: Promise<void> = Promise.resolve();
  let cancel: (() => void) | undefined;
  let isStopped = false;

  return {
    pass,
    start() {
      underWay = passAndReschedule();
    },
    async stop() {
      isStopped = true;
      cancel?.();
      await underWay;
    },
  };

  async function passAndReschedule(): Promise<void> {
    let pause = INTERVAL;
    try {
      await pass();
      failures = 0;
    } catch (error) {
      const wanted = error instanceof FairleadError ? (error.retryAfter ?? 0) : 0;
      pause = Math.max(wanted, Math.min(MINUTE * 2 ** failures, LONGEST_PAUSE));
      failures += 1;
      log.warn({ err: error, pauseMs: pause }, 'missed deliveries could not be looked for');
    }
    if (isStopped) return;
    cancel = clock.after(pause, () => {
      underWay = passAndReschedule();
    });
  }

  async function pass(): Promise<void> {
    const current = sweep ?? (await beginSweep());
    // Put back only where it is to be read on; whatever else happens, the next pass begins anew.
    sweep = undefined;
    if (!(await readOn(current))) {
      sweep = current;
      log.info({ webhooks: current.webhooks.size }, 'the list of deliveries is long; the next pass reads on');
      return;
    }
    const { unsettled, asked } = await askForMissing(current);
    const oldest = unsettled.reduce((earliest, webhook) => Math.min(earliest, webhook.oldest), Infinity);
    await notes.write(NO_TENANT, CURSOR, String(Math.min(current.startedAt - UNDER_WAY, oldest)));
    const fields = { webhooks: current.webhooks.size, asked, missing: unsettled.length };
    if (unsettled.length > 0) log.info(fields, 'missed deliveries were asked for again');
    else log.debug(fields, 'no delivery was missed');
  }

  async function beginSweep(): Promise<Sweep> {
    const startedAt = clock.now();
    const cursor = await notes.read(NO_TENANT, CURSOR);
    const inboxSince = await readInboxSince(startedAt, cursor);
    const since = Math.max(cursor === undefined ? 0 : Number(cursor) - OVERLAP, startedAt - RETENTION);
    for (const [guid, at] of askedAt) if (at < startedAt - ASKED_RECENTLY) askedAt.delete(guid);
    return { startedAt, since, inboxSince, webhooks: new Map(), page: undefined };
  }

  /** Written before the list is read: a first sweep that fails, or leaves something missing, stays the first. */
  async function readInboxSince(startedAt: number, cursor: string | undefined): Promise<number> {
    const known = await notes.read(NO_TENANT, FIRST_SWEEP);
    if (known !== undefined) return Number(known);
    if (cursor !== undefined) return Number.NEGATIVE_INFINITY;
    await notes.write(NO_TENANT, FIRST_SWEEP, String(startedAt));
    return startedAt;
  }

  /** True when the list has been read down to where the sweep began. */
  async function readOn(current: Sweep): Promise<boolean> {
    for (let pages = 0; pages < pagesPerPass; pages += 1) {
      const { attempts, next } = await hookDeliveries.list(current.page);
      for (const attempt of attempts) if (attempt.deliveredAt >= current.since) note(current.webhooks, attempt);
      const oldest = attempts.at(-1)?.deliveredAt ?? 0;
      if (next === undefined || oldest < current.since) return true;
      current.page = next;
    }
    return false;
  }

  async function askForMissing(current: Sweep): Promise<{ unsettled: readonly Webhook[]; asked: number }> {
    const unsettled: Webhook[] = [];
    let asked = 0;
    for (const webhook of await missing(current)) {
      if (webhook.attempts >= MOST_ATTEMPTS) {
        log.error({ event: webhook.guid, attempts: webhook.attempts }, 'a missed delivery is given up');
        continue;
      }
      if (isExpected(webhook, current) || asked === redeliveriesPerPass) {
        unsettled.push(webhook);
        continue;
      }
      asked += 1;
      if (await ask(webhook)) unsettled.push(webhook);
    }
    return { unsettled, asked };
  }

  /** Webhooks of the sweep that the inbox does not have, oldest first. */
  async function missing(current: Sweep): Promise<readonly Webhook[]> {
    const candidates = [...current.webhooks.values()]
      .filter(({ succeededAt = Infinity }) => succeededAt >= current.inboxSince)
      .sort((one, other) => one.oldest - other.oldest);
    const unknown = new Set<string>();
    for (const [tenant, ofTenant] of Map.groupBy(candidates, (webhook) => webhook.tenant)) {
      for (let start = 0; start < ofTenant.length; start += CHUNK) {
        const guids = ofTenant.slice(start, start + CHUNK).map((webhook) => webhook.guid);
        for (const guid of await outbox.unknown(tenant, guids)) unknown.add(guid);
      }
    }
    return candidates.filter((webhook) => unknown.has(webhook.guid));
  }

  /** Whether it may arrive without being asked for now. */
  function isExpected({ guid, newest }: Webhook, { startedAt }: Sweep): boolean {
    const patience = newest.redelivery ? ASKED_RECENTLY : UNDER_WAY;
    return newest.deliveredAt > startedAt - patience || (askedAt.get(guid) ?? 0) > startedAt - ASKED_RECENTLY;
  }

  /** False when GitHub will not deliver it again whatever we do. */
  async function ask({ guid, id, succeededAt }: Webhook): Promise<boolean> {
    try {
      await hookDeliveries.redeliver(id);
    } catch (error) {
      const isFinal =
        error instanceof FairleadError && (error.code === 'github.not_found' || error.code === 'github.invalid');
      if (!isFinal) throw error;
      log.error({ event: guid, err: error }, 'GitHub will not deliver a missed webhook again');
      return false;
    }
    askedAt.set(guid, clock.now());
    metrics.count('recovered_deliveries_total', { why: succeededAt === undefined ? 'failed' : 'unknown' });
    return true;
  }
}

/** The list is read newest first, so the first attempt noted of a webhook is its newest. */
function note(webhooks: Map<string, Webhook>, attempt: HookAttempt): void {
  const { guid, id, installation, deliveredAt, statusCode } = attempt;
  const succeededAt = statusCode >= 200 && statusCode < 300 ? deliveredAt : undefined;
  const known = webhooks.get(guid);
  if (!known) {
    const tenant = installation === undefined ? NO_TENANT : String(installation);
    webhooks.set(guid, { guid, tenant, id, attempts: 1, succeededAt, oldest: deliveredAt, newest: attempt });
    return;
  }
  known.attempts += 1;
  known.succeededAt = succeededAt ?? known.succeededAt;
  known.oldest = Math.min(known.oldest, deliveredAt);
}
