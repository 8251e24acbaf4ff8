/**
 * Deliveries in hand: those this process has taken up and not yet seen settled, and where it fetches more from the store.
 * What was just published stays in memory from the publication on, within bounds, and is neither read nor parsed again;
 * what is over the bounds, due again, or left from before a restart is read page by page, tenant by tenant in turn.
 */
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { DueDelivery, Outbox } from '../store/store.ts';
import { createLeases, type Leases } from './leases.ts';

export interface Held extends DueDelivery {
  /** Characters of data text that it keeps in memory, as far as known. */
  readonly weight: number;
}

export interface Backlog {
  /** Takes up a delivery that was just committed. False when it is left to the store, which will be asked for it. */
  hold(delivery: Held): boolean;
  readonly leases: Leases;
  /** To be called when a held delivery goes from waiting to its subscriber. */
  started(delivery: Held): void;
  /** To be called when the outcome of a held delivery is durable, or it is given up unsettled. */
  release(delivery: number): void;
  /** Looks for due deliveries at this time (epoch milliseconds), or earlier when asked earlier. */
  wakeAt(at: number): void;
  /** Looks now. */
  scan(): Promise<void>;
  stop(): void;
}

const PAGE = 64;
const MOST_WAITING_OF_TENANT = 256;
const MOST_WAITING = 4_096;
const MOST_WEIGHT = 64 * 1024 * 1024;
/** How often the store is asked though nothing is known to be due: another process may have made it so. */
const SCAN_MS = 5_000;
const SHORTEST_SCAN_GAP_MS = 20;
const LONGEST_BACKOFF_MS = 30_000;

export function createBacklog(
  dependencies: { readonly outbox: Outbox; readonly clock: Clock; readonly log: Logger },
  enqueue: (delivery: Held) => void,
): Backlog {
  const { outbox, clock, log } = dependencies;
  const held = new Map<number, Held>();
  const leases = createLeases({ outbox, clock, log });
  const tenants = new Map<string, { readonly held: Set<number>; waiting: number }>();
  /** Tenants that may have more in the store than is in hand, in the order of their turns. */
  const hungry = new Set<string>();
  /** Settled while a page was being read, which may therefore show them as due. */
  const settledMeanwhile = new Set<number>();
  let waiting = 0;
  let weight = 0;
  let isStopped = false;
  let isLoading = false;
  let failures = 0;
  let lastScan = Number.NEGATIVE_INFINITY;
  let alarm: { readonly at: number; cancel(): void } | undefined;

  function take(delivery: Held): void {
    const tenant = tenants.get(delivery.tenant) ?? { held: new Set<number>(), waiting: 0 };
    tenants.set(delivery.tenant, tenant);
    tenant.held.add(delivery.delivery);
    tenant.waiting += 1;
    held.set(delivery.delivery, delivery);
    waiting += 1;
    weight += delivery.weight;
    leases.keep(delivery.delivery);
    enqueue(delivery);
  }

  function hold(delivery: Held): boolean {
    if (isStopped || held.has(delivery.delivery)) return false;
    const ofTenant = tenants.get(delivery.tenant)?.waiting ?? 0;
    if (ofTenant < MOST_WAITING_OF_TENANT && waiting < MOST_WAITING && weight + delivery.weight <= MOST_WEIGHT) {
      take(delivery);
      return true;
    }
    void leases.giveUp([delivery.delivery]);
    hungry.add(delivery.tenant);
    loadMore();
    return false;
  }

  function nextHungry(): string | undefined {
    if (waiting + PAGE > MOST_WAITING) return undefined;
    for (const tenant of hungry) {
      if ((tenants.get(tenant)?.waiting ?? 0) + PAGE <= MOST_WAITING_OF_TENANT) return tenant;
    }
    return undefined;
  }

  async function load(): Promise<void> {
    if (isLoading) return;
    isLoading = true;
    try {
      for (let tenant = nextHungry(); tenant !== undefined && !isStopped; tenant = nextHungry()) {
        settledMeanwhile.clear();
        // Before the read: whoever adds the tenant during it knows of something that the page may lack.
        hungry.delete(tenant);
        const page = await read(tenant);
        if (isStopped) return await leases.giveUp(page.map(({ delivery }) => delivery));
        if (page.length === PAGE) hungry.add(tenant);
        for (const delivery of page) {
          const isKnown = held.has(delivery.delivery) || settledMeanwhile.has(delivery.delivery);
          if (!isKnown) take({ ...delivery, weight: 0 });
        }
      }
    } finally {
      isLoading = false;
    }
  }

  async function read(tenant: string): Promise<readonly DueDelivery[]> {
    try {
      return await outbox.due(tenant, clock.now(), PAGE, new Set(tenants.get(tenant)?.held), leases.until());
    } catch (error) {
      hungry.add(tenant);
      throw error;
    }
  }

  function loadMore(): void {
    if (hungry.size > 0 && !isLoading && failures === 0) load().catch(failed);
  }

  async function scan(): Promise<void> {
    if (isStopped) return;
    const now = clock.now();
    lastScan = now;
    alarm?.cancel();
    alarm = undefined;
    wakeAt(now + SCAN_MS);
    try {
      for (const tenant of await outbox.tenantsDue(now)) hungry.add(tenant);
      await load();
      const next = await outbox.nextDue(now);
      if (next !== undefined) wakeAt(next);
      failures = 0;
    } catch (error) {
      failed(error);
    }
  }

  function failed(error: unknown): void {
    if (failures === 0) log.error({ err: error }, 'due deliveries cannot be read');
    failures += 1;
    const wait = Math.min(500 * 2 ** failures, LONGEST_BACKOFF_MS);
    alarm?.cancel();
    alarm = undefined;
    wakeAt(clock.now() + wait);
  }

  function wakeAt(at: number): void {
    const soonest = Math.max(at, lastScan + SHORTEST_SCAN_GAP_MS);
    if (isStopped || (alarm !== undefined && alarm.at <= soonest)) return;
    alarm?.cancel();
    alarm = { at: soonest, cancel: clock.after(soonest - clock.now(), () => void scan()) };
  }

  return {
    hold,
    leases,
    started(delivery) {
      waiting -= 1;
      const tenant = tenants.get(delivery.tenant);
      if (tenant !== undefined) tenant.waiting -= 1;
      loadMore();
    },
    release(number) {
      const delivery = held.get(number);
      if (delivery === undefined) return;
      held.delete(number);
      leases.drop(number);
      weight -= delivery.weight;
      if (isLoading) settledMeanwhile.add(number);
      const tenant = tenants.get(delivery.tenant);
      tenant?.held.delete(number);
      if (tenant?.held.size === 0) tenants.delete(delivery.tenant);
      loadMore();
    },
    wakeAt,
    scan,
    stop() {
      isStopped = true;
      alarm?.cancel();
    },
  };
}
