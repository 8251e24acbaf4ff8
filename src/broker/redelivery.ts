/**
 * Dead letters that a person wants delivered again, on a cluster: they are published anew, and every Trigger gets them that
 * wants them. Which is no harm, because a subscriber that has handled an event does nothing the second time. Several services
 * see to it, each to the letters that it takes: those that no trigger was found for need somebody who can look up whom they
 * belong to.
 */
import type { Event } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { DueDelivery, Outbox } from '../store/store.ts';

export interface Redelivery {
  /** Publishes what is due now; what cannot be published stays due. */
  pass(): Promise<void>;
  /** Makes a pass now and every minute from then on. */
  start(): void;
  /** No pass begins after this; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

const PAGE = 100;
const MINUTE = 60_000;

export function createRedelivery(
  dependencies: {
    readonly outbox: Pick<Outbox, 'tenantsDue' | 'due' | 'settle'>;
    /** Where it rejects with `event.unhandled`, the letter is dead for that reason from then on. */
    readonly publish: (event: Event) => Promise<unknown>;
    readonly clock: Clock;
    readonly log: Logger;
  },
  { takes }: { readonly takes: (delivery: DueDelivery) => boolean },
): Redelivery {
  const { outbox, publish, clock, log } = dependencies;
  let cancel = () => {};
  let underWay = Promise.resolve();
  let isStopped = false;

  async function pass(): Promise<void> {
    const now = clock.now();
    for (const tenant of await outbox.tenantsDue(now)) {
      const left = new Set<number>();
      for (let page = PAGE; page === PAGE; ) {
        const due = await outbox.due(tenant, now, PAGE, left);
        for (const delivery of due) {
          if (takes(delivery)) await redeliver(delivery);
          else left.add(delivery.delivery);
        }
        page = due.length;
      }
    }
  }

  async function redeliver({ delivery, event, tenant }: DueDelivery): Promise<void> {
    try {
      await publish(event);
      await outbox.settle([{ delivery, outcome: 'done' }]);
      log.info({ event: event.id, type: event.type, tenant }, 'dead letter published again');
    } catch (error) {
      log.error({ err: error, event: event.id, tenant }, 'dead letter could not be published again');
      const at = clock.now();
      if (error instanceof FairleadError && error.code === 'event.unhandled') {
        await outbox.settle([{ delivery, outcome: 'dead', at, reason: `${error.code}: ${error.message}` }]);
      } else {
        await outbox.settle([{ delivery, outcome: 'retry', at: at + MINUTE, reason: String(error) }]);
      }
    }
  }

  async function passAndReschedule(): Promise<void> {
    await pass().catch((error) => log.error({ err: error }, 'dead letters to be published again cannot be looked for'));
    if (!isStopped) cancel = clock.after(MINUTE, start);
  }

  function start(): void {
    underWay = passAndReschedule();
  }

  return {
    pass,
    start,
    async stop() {
      isStopped = true;
      cancel();
      await underWay;
    },
  };
}
