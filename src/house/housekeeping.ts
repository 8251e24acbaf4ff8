import { NO_TENANT } from '../events/event.ts';
import type { Clock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Notes, Outbox } from '../store/store.ts';
import type { Journal } from '../workflow/journal.ts';
import type { KnownDefinition } from '../workflow/ports.ts';

const HOUR = 60 * 60 * 1000;
const EVERY_MS = 6 * HOUR;

/**
 * How long a settled event is remembered. The inbox answers whether a delivery is known; GitHub delivers again for three
 * days, so ten times that is beyond doubt. Dead letters and events with something left to deliver stay.
 */
const KEEP_EVENTS_MS = 30 * 24 * HOUR;

/** Says when it was done last, so that a process that is started for each event does not do it each time. */
const DONE_AT = 'housekeeping.done';

/** Forgets what is settled and old, now and then: once for all processes that share the store, or nearly so. */
export function createHousekeeping(
  dependencies: {
    readonly outbox: Pick<Outbox, 'prune'>;
    readonly journal: Pick<Journal, 'keepDefinition' | 'prune' | 'pruneDefinitions'>;
    readonly notes: Pick<Notes, 'read' | 'write' | 'prune'>;
    /** Those that this process may start runs of. */
    readonly definitions: readonly Pick<KnownDefinition, 'ref' | 'text'>[];
    readonly clock: Clock;
    readonly log: Logger;
  },
  { keepRunsMs }: { readonly keepRunsMs: number },
): { start(): void; stop(): Promise<void> } {
  const { outbox, journal, notes, definitions, clock, log } = dependencies;
  let cancel = () => {};
  let underWay = Promise.resolve();
  const stopping = new AbortController();

  async function round(): Promise<void> {
    let wait = EVERY_MS;
    try {
      for (const { ref, text } of definitions) await journal.keepDefinition(ref, text, clock.now());
      const since = clock.now() - Number((await notes.read(NO_TENANT, DONE_AT)) ?? Number.NEGATIVE_INFINITY);
      if (since >= 0 && since < EVERY_MS) wait = EVERY_MS - since;
      else await tidy();
    } catch (error) {
      log.error({ err: error }, 'what is old cannot be forgotten; it is tried again');
    }
    if (!stopping.signal.aborted) cancel = clock.after(wait, start);
  }

  async function tidy(): Promise<void> {
    const now = clock.now();
    await notes.write(NO_TENANT, DONE_AT, String(now));
    const { signal } = stopping;
    const before = now - KEEP_EVENTS_MS;
    const events = (await outbox.prune(before, signal)) + (await notes.prune(before, signal));
    const runs = keepRunsMs === 0 ? 0 : await journal.prune(now - keepRunsMs, signal);
    const unused = keepRunsMs === 0 ? 0 : await journal.pruneDefinitions(now - keepRunsMs, signal);
    if (events + runs + unused > 0)
      log.info({ events, runs, definitions: unused }, 'old events, runs and definitions forgotten');
  }

  function start(): void {
    underWay = round();
  }

  return {
    start,
    async stop() {
      stopping.abort();
      cancel();
      await underWay;
    },
  };
}
