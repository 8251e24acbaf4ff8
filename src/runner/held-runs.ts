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
  /** A run, or any where none is said, may have ended or parked in another process. */
  look(run?: { readonly tenant: string; readonly id: string }): void;
}

/** A run that a delivery waits for. */
interface Awaited {
  readonly tenant: string;
  readonly id: string;
  /** Has ended or parked. */
  isOver: boolean;
  /** Whether its status is to be read: it is not known to be under way. */
  isUnknown: boolean;
  onChange: () => void;
}

interface Touched {
  /** False once the work is done: what its descendants begin later is not waited for. */
  isOpen: boolean;
  readonly runs: Map<string, Awaited>;
}

/** How often a run that goes on elsewhere is looked at, should nobody tell of its end. */
const LOOK_MS = 1_000;
const UNDER_WAY: ReadonlySet<RunStatus> = new Set(['pending', 'running']);

export function createHeldRuns(
  { journal, clock }: { readonly journal: Journal; readonly clock: Clock },
  { holdMs }: { readonly holdMs: number },
): HeldRuns {
  const working = new AsyncLocalStorage<Touched>();
  const awaited = new Map<string, Set<Awaited>>();

  function touch(tenant: string, id: string, isUnknown: boolean): void {
    const touched = working.getStore();
    const key = keyOf(tenant, id);
    if (!touched?.isOpen || touched.runs.has(key)) return;
    const run: Awaited = { tenant, id, isOver: false, isUnknown, onChange: () => {} };
    touched.runs.set(key, run);
    awaited.set(key, (awaited.get(key) ?? new Set()).add(run));
  }

  function forget({ runs }: Touched): void {
    for (const [key, run] of runs) {
      const those = awaited.get(key);
      those?.delete(run);
      if (those?.size === 0) awaited.delete(key);
    }
  }

  async function rested(run: Awaited, signal: AbortSignal): Promise<void> {
    while (!run.isOver && !signal.aborted) {
      const changed = nextChange(run, signal);
      if (run.isUnknown) {
        run.isUnknown = false;
        const found = await journal.read(run.tenant, run.id);
        if (found === undefined || !UNDER_WAY.has(found.record.status)) return;
      }
      await changed;
    }
  }

  /** Resolves when the run rests or may do so, when it is time to look, or when `signal` aborts. */
  function nextChange(run: Awaited, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(LOOK_MS, () => {
        run.isUnknown = true;
        done();
      });
      signal.addEventListener('abort', done, { once: true });
      run.onChange = done;
      function done(): void {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }

  return {
    journal: {
      ...journal,
      async create(run) {
        const result = await journal.create(run);
        touch(run.tenant, result.runId, result.outcome !== 'created');
        return result;
      },
      async give(tenant, type, key, event) {
        const woken = await journal.give(tenant, type, key, event);
        for (const id of woken) touch(tenant, id, false);
        return woken;
      },
      async append(claim, entries, change, consumed) {
        await journal.append(claim, entries, change, consumed);
        if (change === undefined || change.status === 'running') return;
        for (const run of awaited.get(keyOf(claim.tenant, claim.runId)) ?? []) {
          run.isOver = true;
          run.onChange();
        }
      },
    },
    async hold(work, signal) {
      const touched: Touched = { isOpen: true, runs: new Map() };
      try {
        const result = await working.run(touched, work);
        touched.isOpen = false;
        if (holdMs === 0) return result;
        const patience = new AbortController();
        const cancel = clock.after(holdMs, () => patience.abort());
        const until = AbortSignal.any([signal, patience.signal]);
        await Promise.all([...touched.runs.values()].map((run) => rested(run, until))).finally(cancel);
        return result;
      } finally {
        touched.isOpen = false;
        forget(touched);
      }
    },
    look(told) {
      const runs = told === undefined ? [...awaited.values()] : [awaited.get(keyOf(told.tenant, told.id)) ?? []];
      for (const run of runs.flatMap((those) => [...those])) {
        run.isUnknown = true;
        run.onChange();
      }
    },
  };
}

function keyOf(tenant: string, id: string): string {
  return `${tenant} ${id}`;
}
