import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Outbox } from '../store/store.ts';

const HOUR = 60 * 60 * 1000;
const EVERY_MS = 6 * HOUR;

/**
 * How long a settled event is remembered. The inbox answers whether a delivery is known; GitHub delivers again for three
 * days, so ten times that is beyond doubt. Dead letters and events with something left to deliver stay.
 */
const KEPT_MS = 30 * 24 * HOUR;

/** Forgets what is settled and old, now and then. */
export function createHousekeeping(dependencies: {
  readonly outbox: Pick<Outbox, 'prune'>;
  readonly clock: Clock;
  readonly log: Logger;
}): { start(): void; stop(): Promise<void> } {
  const { outbox, clock, log } = dependencies;
  let cancel = () => {};
  let underWay = Promise.resolve();
  let isStopped = false;

  async function round(): Promise<void> {
    try {
      const events = await outbox.prune(clock.now() - KEPT_MS);
      if (events > 0) log.info({ events }, 'old events forgotten');
    } catch (error) {
      log.error({ err: error }, 'old events cannot be forgotten; it is tried again');
    }
    if (!isStopped) cancel = clock.after(EVERY_MS, start);
  }

  function start(): void {
    underWay = round();
  }

  return {
    start,
    async stop() {
      isStopped = true;
      cancel();
      await underWay;
    },
  };
}
