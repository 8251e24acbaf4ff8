/**
 * Nothing is missed: GitHub does not deliver again by itself, so what it could not deliver while we were down, and what it
 * delivered to a store that was since restored from a backup, is found in its list of deliveries and asked for again.
 *
 * A sweep reads the list from now back to the last cursor, over several passes if it is long, then compares it with the
 * inbox: the inbox alone says what is missing. The cursor moves up to the oldest webhook still missing, so that each is
 * looked at until it is here, was refused for good, or is older than GitHub remembers; how often it was asked for does not
 * matter, only for how long it is left alone then (`sweep.ts`). When the first sweep began is remembered as well: the inbox
 * knows nothing from before, so what succeeded by then was another's to handle and is never asked for.
 *
 * Bounded: pages and redeliveries per pass, and a pause after an error that doubles. While nothing gets in, a pass asks for
 * a few only, to see whether it does again. What is given up is logged once. In memory is what the list holds of three days
 * at most (docs/decisions/0021-missed-webhooks.md).
 */
import { NO_TENANT } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Notes, Outbox } from '../store/store.ts';
import type { HookDeliveries } from './hook-deliveries.ts';
import {
  ASKED_RECENTLY,
  createSweep,
  isRefused,
  isShut,
  mayBeAskedFrom,
  note,
  type Sweep,
  UNDER_WAY,
  type Webhook,
} from './sweep.ts';

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
/** The list is ordered by the attempts' beginnings and shows them a little later. */
const OVERLAP = 5 * MINUTE;
/** Redeliveries of a pass while nothing gets in. */
const PROBES = 3;
/** Ids per question to the inbox. */
const CHUNK = 500;

/** The note that the cursor is kept in, epoch milliseconds. */
const CURSOR = 'source.recovery.cursor';
/** When the first sweep over this store began, epoch milliseconds; missing in one that is older than the note. */
const FIRST_SWEEP = 'source.recovery.first-sweep';

/** One that can be asked for: GitHub remembers when it first sent it. */
type Missing = Webhook & { readonly first: number };

export function createRecovery(dependencies: RecoveryDependencies): Recovery {
  const { hookDeliveries, outbox, notes, clock, log, metrics } = dependencies;
  const { pagesPerPass = 50, redeliveriesPerPass = 100 } = dependencies;
  /** What failed before is another process's: it says nothing of whether webhooks get into this one. */
  const beganAt = clock.now();
  const askedAt = new Map<string, number>();
  /** Missing after the last pass, by guid. */
  let waiting = new Map<string, Pick<Webhook, 'guid' | 'tenant'>>();
  /** By guid, the attempt that it was given up after: whoever asks for it by hand makes another. */
  const givenUp = new Map<string, number>();
  let wasShut = false;
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
    waiting = new Map(unsettled.map(({ guid, tenant }) => [guid, { guid, tenant }]));
    for (const guid of givenUp.keys()) if (!current.webhooks.has(guid)) givenUp.delete(guid);
    const oldest = unsettled.reduce((earliest, { first }) => Math.min(earliest, first), Infinity);
    await notes.write(NO_TENANT, CURSOR, String(Math.min(current.startedAt - UNDER_WAY, oldest)));
    const fields = { webhooks: current.webhooks.size, asked, missing: unsettled.length };
    if (asked > 0 && !wasShut) log.info(fields, 'missed deliveries were asked for again');
    else log.debug(fields, 'deliveries were looked through');
  }

  async function beginSweep(): Promise<Sweep> {
    const startedAt = clock.now();
    const cursor = await notes.read(NO_TENANT, CURSOR);
    const inboxSince = await readInboxSince(startedAt, cursor);
    const since = Math.max(cursor === undefined ? 0 : Number(cursor) - OVERLAP, startedAt - RETENTION);
    for (const [guid, at] of askedAt) if (at < startedAt - ASKED_RECENTLY) askedAt.delete(guid);
    return createSweep({ startedAt, since, inboxSince });
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
      for (const attempt of attempts) if (attempt.deliveredAt >= current.since) note(current, attempt);
      const oldest = attempts.at(-1)?.deliveredAt ?? 0;
      if (next === undefined || oldest < current.since) return true;
      current.page = next;
    }
    return false;
  }

  async function askForMissing(current: Sweep): Promise<{ unsettled: readonly Missing[]; asked: number }> {
    const missing = await missingIn(current);
    await forgetOutlived(current);
    for (const webhook of missing) if (isRefused(webhook)) giveUp(webhook, 'it was refused for good');
    const open = missing.filter(({ guid, newest }) => givenUp.get(guid) !== newest.id);
    const due = open.filter((webhook) => isDue(webhook, current));
    const chosen = isDoorShut(current, open.length)
      ? due.toSorted((one, other) => one.asked.length - other.asked.length).slice(0, PROBES)
      : due.slice(0, redeliveriesPerPass);
    for (const webhook of chosen) await ask(webhook);
    return { unsettled: open.filter(({ guid, newest }) => givenUp.get(guid) !== newest.id), asked: chosen.length };
  }

  /** Webhooks of the sweep that the inbox does not have, oldest first. */
  async function missingIn({ webhooks, inboxSince }: Sweep): Promise<readonly Missing[]> {
    const candidates = [...webhooks.values()]
      .filter((webhook): webhook is Missing => webhook.first !== undefined)
      .filter(({ succeededAt = Infinity }) => succeededAt >= inboxSince)
      .sort((one, other) => one.first - other.first);
    const unknown = await unknownOf(candidates);
    return candidates.filter(({ guid }) => unknown.has(guid));
  }

  /** Gives up what GitHub forgot before it arrived. Where it was asked for, the list shows that for longer. */
  async function forgetOutlived({ webhooks }: Sweep): Promise<void> {
    const outlived = [...waiting.values()].filter(({ guid }) => webhooks.get(guid)?.first === undefined);
    for (const guid of await unknownOf(outlived)) {
      waiting.delete(guid);
      log.error({ event: guid, why: 'GitHub remembers it no longer' }, 'a missed delivery is given up');
    }
  }

  async function unknownOf(webhooks: readonly Pick<Webhook, 'guid' | 'tenant'>[]): Promise<ReadonlySet<string>> {
    const unknown = new Set<string>();
    for (const [tenant, ofTenant] of Map.groupBy(webhooks, (webhook) => webhook.tenant)) {
      for (let start = 0; start < ofTenant.length; start += CHUNK) {
        const guids = ofTenant.slice(start, start + CHUNK).map((webhook) => webhook.guid);
        for (const guid of await outbox.unknown(tenant, guids)) unknown.add(guid);
      }
    }
    return unknown;
  }

  /** Whether nothing gets in, said when that changes. */
  function isDoorShut(current: Sweep, missing: number): boolean {
    const isNowShut = isShut(current, beganAt);
    const status = current.latest[0]?.statusCode;
    if (isNowShut && !wasShut)
      log.warn({ missing, status }, 'webhooks do not get in; a few are asked for until one does');
    if (!isNowShut && wasShut) log.info({ missing }, 'webhooks get in again');
    wasShut = isNowShut;
    return isNowShut;
  }

  function isDue(webhook: Webhook, current: Sweep): boolean {
    const { startedAt } = current;
    const isExpected = (askedAt.get(webhook.guid) ?? 0) > startedAt - ASKED_RECENTLY;
    return !isExpected && mayBeAskedFrom(webhook, current) <= startedAt;
  }

  function giveUp({ guid, newest, asked }: Webhook, why: string, fields: { readonly err?: unknown } = {}): void {
    if (givenUp.get(guid) === newest.id) return;
    givenUp.set(guid, newest.id);
    const told = { event: guid, status: newest.statusCode, asked: asked.length, why, ...fields };
    log.error(told, 'a missed delivery is given up');
  }

  async function ask(webhook: Webhook): Promise<void> {
    const { guid, newest, succeededAt } = webhook;
    try {
      await hookDeliveries.redeliver(newest.id);
    } catch (error) {
      const isFinal =
        error instanceof FairleadError && (error.code === 'github.not_found' || error.code === 'github.invalid');
      if (!isFinal) throw error;
      giveUp(webhook, 'GitHub will not deliver it again', { err: error });
      return;
    }
    askedAt.set(guid, clock.now());
    metrics.count('recovered_deliveries_total', { why: succeededAt === undefined ? 'failed' : 'unknown' });
  }
}
