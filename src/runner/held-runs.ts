/**
 * Keeps a delivery open while the runs that it started go on. On a cluster that scales to zero, a request under way is the
 * only thing that keeps a process alive; without one, a run would be stopped in its middle and wait for the next tick.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../observe/clock.ts';
import type { Journal, RunStatus } from '../workflow/journal.ts';

export interface HeldRuns {
  /** The journal as runner and engine are to have it. */
  readonly journal: Journal;
  /**
   * Does the work, then waits until every run that it created or woke has ended or parked, in whatever process that
   * happens; until `signal` aborts; or for `holdMs`, after which the runs are left to the journal.
   */
  hold<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
}

interface Touched {
  /** False once the work is done: what its descendants begin later is not waited for. */
  isOpen: boolean;
  readonly runs: Map<string, { readonly tenant: string; readonly id: string }>;
}

/** How often a run that goes on elsewhere is looked at. */
const LOOK_MS = 1_000;
const UNDER_WAY: ReadonlySet<RunStatus> = new Set(['pending', 'running']);

export function createHeldRuns(
  { journal, clock }: { readonly journal: Journal; readonly clock: Clock },
  { holdMs }: { readonly holdMs: number },
): HeldRuns {
  const working = new AsyncLocalStorage<Touched>();
  const watchers = new Map<string, Set<() => void>>();

  function touch(tenant: string, id: string): void {
    const touched = working.getStore();
    if (touched?.isOpen) touched.runs.set(`${tenant} ${id}`, { tenant, id });
  }

  async function rested(tenant: string, id: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const changed = nextChange(`${tenant} ${id}`, signal);
      const run = await journal.read(tenant, id);
      if (run === undefined || !UNDER_WAY.has(run.record.status)) return;
      await changed;
    }
  }

  /** Resolves when the run leaves this process, when it is time to look, or when `signal` aborts. */
  function nextChange(key: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const watching = watchers.get(key) ?? new Set();
      watchers.set(key, watching.add(done));
      const cancel = clock.after(LOOK_MS, done);
      signal.addEventListener('abort', done, { once: true });
      function done(): void {
        cancel();
        signal.removeEventListener('abort', done);
        watching.delete(done);
        if (watching.size === 0 && watchers.get(key) === watching) watchers.delete(key);
        resolve();
      }
    });
  }

  return {
    journal: {
      ...journal,
      async create(run) {
        const result = await journal.create(run);
        touch(run.tenant, result.runId);
        return result;
      },
      async give(tenant, type, key, event) {
        const woken = await journal.give(tenant, type, key, event);
        for (const id of woken) touch(tenant, id);
        return woken;
      },
      async append(claim, entries, change, consumed) {
        await journal.append(claim, entries, change, consumed);
        if (change === undefined || change.status === 'running') return;
        for (const told of watchers.get(`${claim.tenant} ${claim.runId}`) ?? []) told();
      },
    },
    async hold(work, signal) {
      const touched: Touched = { isOpen: true, runs: new Map() };
      const result = await working.run(touched, work);
      touched.isOpen = false;
      if (holdMs === 0) return result;
      const patience = new AbortController();
      const cancel = clock.after(holdMs, () => patience.abort());
      const until = AbortSignal.any([signal, patience.signal]);
      try {
        await Promise.all([...touched.runs.values()].map(({ tenant, id }) => rested(tenant, id, until)));
      } finally {
        cancel();
      }
      return result;
    },
  };
}
