/**
 * Dead letters that a person wants delivered again, on a cluster: they are published anew, and every Trigger gets them that
 * wants them. Which is no harm, because a subscriber that has handled an event does nothing the second time.
 */
import type { Event } from '../events/event.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Outbox } from '../store/store.ts';

export interface Redelivery {
  /** Publishes what is due now; what cannot be published stays due. */
  pass(): Promise<void>;
}

const PAGE = 100;
const RETRY_MS = 60_000;

export function createRedelivery(dependencies: {
  readonly outbox: Pick<Outbox, 'tenantsDue' | 'due' | 'settle'>;
  readonly publish: (event: Event) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Logger;
}): Redelivery {
  const { outbox, publish, clock, log } = dependencies;
  return {
    async pass() {
      const now = clock.now();
      for (const tenant of await outbox.tenantsDue(now)) {
        for (const { delivery, event } of await outbox.due(tenant, now, PAGE, new Set())) {
          try {
            await publish(event);
            await outbox.settle([{ delivery, outcome: 'done' }]);
            log.info({ event: event.id, type: event.type, tenant }, 'dead letter published again');
          } catch (error) {
            log.error({ err: error, event: event.id, tenant }, 'dead letter could not be published again');
            await outbox.settle([{ delivery, outcome: 'retry', at: clock.now() + RETRY_MS, reason: String(error) }]);
          }
        }
      }
    },
  };
}
