/**
 * Writes down what became of deliveries: all that ended in one turn of the event loop, or while the commit before was
 * under way, share a commit. What the store cannot take now is kept and tried again; until it is written, the delivery
 * counts as in hand, so that this process does not deliver it twice.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Outbox, Settlement } from '../store/store.ts';

const RETRY_MS = 1_000;

export interface Settler {
  /** True while the store refuses; nothing new should be begun then. */
  readonly isFailing: boolean;
  add(settlement: Settlement): void;
  /** Resolves once everything added is written, or the store has refused it once more. */
  flush(): Promise<void>;
}

export function createSettler(
  dependencies: { readonly outbox: Pick<Outbox, 'settle'>; readonly clock: Clock; readonly log: Logger },
  onSettled: (settlements: readonly Settlement[]) => void,
): Settler {
  const { outbox, clock, log } = dependencies;
  let waiting: Settlement[] = [];
  let writing: Promise<void> | undefined;
  let isFailing = false;

  function flush(): Promise<void> {
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  async function write(): Promise<void> {
    await turn();
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await outbox.settle(batch);
      } catch (error) {
        waiting = [...batch, ...waiting];
        if (!isFailing)
          log.error({ err: error, deliveries: waiting.length }, 'outcomes of deliveries cannot be written');
        isFailing = true;
        clock.after(RETRY_MS, flush);
        return;
      }
      isFailing = false;
      onSettled(batch);
    }
  }

  return {
    get isFailing() {
      return isFailing;
    },
    add(settlement) {
      waiting.push(settlement);
      if (!isFailing) void flush();
    },
    flush,
  };
}
