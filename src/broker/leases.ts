/**
 * Keeps the deliveries in hand from other processes over the same store, by putting off the time from which they are due
 * for as long as this process lives. A store of one owner needs none of it, and is asked for nothing.
 */
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Outbox } from '../store/store.ts';

export interface Leases {
  /** Until when what is taken up now is ours alone; undefined where nobody shares the store. */
  until(): number | undefined;
  /** Prolongs the lease of a delivery until it is dropped. */
  keep(delivery: number): void;
  drop(delivery: number): void;
  /** Leaves deliveries to whoever wants them. */
  giveUp(deliveries: readonly number[]): Promise<void>;
  /** Prolongs nothing more, and leaves to others what is still kept. */
  stop(): Promise<void>;
}

/** How long the deliveries of a process that died stay with it. */
const LEASE_MS = 9_000;

export function createLeases(dependencies: {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
}): Leases {
  const { outbox, clock, log } = dependencies;
  const kept = new Set<number>();
  let cancel: (() => void) | undefined;

  async function lease(deliveries: readonly number[], until: number): Promise<void> {
    try {
      await outbox.lease?.(deliveries, until);
    } catch (error) {
      // They end by themselves, and then another process may deliver too.
      log.warn({ err: error, deliveries: deliveries.length }, 'leases of deliveries cannot be written');
    }
  }

  async function prolong(): Promise<void> {
    cancel = undefined;
    if (kept.size === 0) return;
    await lease([...kept], clock.now() + LEASE_MS);
    schedule();
  }

  function schedule(): void {
    if (kept.size > 0) cancel ??= clock.after(LEASE_MS / 3, () => void prolong());
  }

  return {
    until: () => (outbox.lease === undefined ? undefined : clock.now() + LEASE_MS),
    keep(delivery) {
      if (outbox.lease === undefined) return;
      kept.add(delivery);
      schedule();
    },
    drop(delivery) {
      kept.delete(delivery);
    },
    giveUp: (deliveries) => lease(deliveries, clock.now()),
    async stop() {
      const left = [...kept];
      kept.clear();
      cancel?.();
      if (left.length > 0) await lease(left, clock.now());
    },
  };
}
