/**
 * Runs what can run: claims runs from the journal, hands each to the engine, keeps their leases, and tells the engine when
 * a run has to stop. Claims at once when woken, when a parked run is due, and every few seconds in any case, because other
 * processes may share the journal.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { FairleadError } from '../events/fairlead-error.ts';
import { type Clock, elapsed } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Engine, Stop } from '../workflow/engine.ts';
import { faultToJson, standardFault } from '../workflow/fault.ts';
import type { ClaimedRun, Journal, RunRecord } from '../workflow/journal.ts';
import { faultedEntry } from '../workflow/run.ts';

export interface ExecutorOptions {
  /** Names this process in the leases. */
  readonly owner: string;
  /** Most runs under way at once; default 32. */
  readonly concurrency?: number;
  /** How long a run stays with a process that gives no sign of life, milliseconds; default 7,500. */
  readonly leaseMs?: number;
}

export interface Executor {
  /** Until `settled`, runs are looked for when `wake` says that there is one, and not ahead. */
  start(settled?: Promise<void>): Promise<void>;
  /** Something may have become claimable. */
  wake(): void;
  /** Whether the run is under way here, once what the journal has answered by now is taken up. */
  has(tenant: string, id: string): Promise<boolean>;
  /** Resolves when nothing is under way here and nothing claimable was left behind, or `signal` ends the waiting. */
  resting(signal: AbortSignal): Promise<void>;
  /** Runs under way may have been asked to stop: all of them, or those concerned. */
  recheck(isConcerned?: (record: RunRecord) => boolean): Promise<void>;
  /** Claims nothing more, waits, and stops what is not done after `deadlineMs`; another process can have that at once. */
  drain(deadlineMs: number): Promise<void>;
}

const DEFAULT_CONCURRENCY = 32;
const DEFAULT_LEASE_MS = 7_500;
const POLL_MS = 2_000;
/** How often it is looked whether work is left. */
const REST_LOOK_MS = 100;
/** How long a stopped run may take to wind up before the process leaves it. */
const GRACE_MS = 1_000;
/** An engine that fails so often in a row on one run will not do better. */
const MOST_FAILURES = 3;

interface Active {
  readonly run: ClaimedRun;
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

export function createExecutor(
  dependencies: { readonly journal: Journal; readonly engine: Engine; readonly clock: Clock; readonly log: Logger },
  options: ExecutorOptions,
): Executor {
  const { journal, engine, clock, log } = dependencies;
  const { owner, concurrency = DEFAULT_CONCURRENCY, leaseMs = DEFAULT_LEASE_MS } = options;
  const active = new Map<string, Active>();
  const failures = new Map<string, number>();
  let phase: 'new' | 'running' | 'draining' = 'new';
  let isClaiming = false;
  let claiming: Promise<void> = Promise.resolve();
  let isWoken = false;
  let isSettled = true;
  let isStoreDown = false;
  let cancelPoll = () => {};
  let cancelRenewal = () => {};

  async function claim(): Promise<void> {
    if (isClaiming) return;
    isClaiming = true;
    try {
      while (canClaim()) {
        isWoken = false;
        const room = concurrency - active.size;
        const runs = await journal.claim(owner, clock.now(), clock.now() + leaseMs, room);
        for (const run of runs) await begin(run);
        // There may be more.
        if (runs.length === room) isWoken = true;
      }
      const due = isSettled ? await journal.nextDue() : undefined;
      const wait = (due ?? Number.POSITIVE_INFINITY) - clock.now();
      // What is due already and was not claimed waits for something else.
      wakeIn(wait > 0 ? Math.min(wait, POLL_MS) : POLL_MS);
      isStoreDown = false;
    } catch (error) {
      // Whoever stops may close the store under it, and claims nothing more in any case.
      if (!isStoreDown && phase === 'running') log.error({ err: error }, 'runs cannot be claimed');
      isStoreDown = true;
      isWoken = false;
      wakeIn(POLL_MS);
    } finally {
      isClaiming = false;
    }
    if (canClaim()) await claim();
  }

  function canClaim(): boolean {
    return isWoken && phase === 'running' && active.size < concurrency;
  }

  function wakeIn(ms: number): void {
    cancelPoll();
    cancelPoll = phase === 'running' ? clock.after(ms, wake) : () => {};
  }

  function wake(): void {
    isWoken = true;
    if (phase === 'running' && !isClaiming) claiming = claim();
  }

  async function begin(run: ClaimedRun): Promise<void> {
    const { claim } = run;
    if (phase !== 'running') {
      await journal.renew([claim], clock.now() - 1);
      return;
    }
    const key = keyOf(run.record);
    // Claimed anew by this very process, whose own lease had ended: the older claim may write nothing more.
    const older = active.get(key);
    if (older !== undefined) stop(older.controller, { kind: 'release' });
    const controller = new AbortController();
    const entry: Active = { run, controller, done: execute(run, controller.signal).finally(() => left(key, entry)) };
    active.set(key, entry);
  }

  function left(key: string, entry: Active): void {
    if (active.get(key) === entry) active.delete(key);
    wake();
  }

  async function execute(run: ClaimedRun, signal: AbortSignal): Promise<void> {
    const { record } = run;
    const fields = { run: record.id, workflow: record.definition.name, tenant: record.tenant };
    try {
      const outcome = await engine.execute(run, signal);
      failures.delete(record.id);
      log.debug({ ...fields, outcome }, 'run left the engine');
    } catch (error) {
      if (error instanceof FairleadError && error.code === 'store.fenced') {
        log.warn(fields, 'another process has taken the run over');
      } else {
        // Without a renewal the lease ends, and the run is claimed again then.
        log.error({ ...fields, err: error }, 'run could not go on; it is tried again');
        if (!(error instanceof FairleadError && error.retryable)) await giveUpAfterSeveral(run, error);
      }
    }
  }

  async function giveUpAfterSeveral(run: ClaimedRun, error: unknown): Promise<void> {
    const { claim, record } = run;
    const count = (failures.get(record.id) ?? 0) + 1;
    failures.set(record.id, count);
    if (count < MOST_FAILURES) return;
    const detail = `The run could not be continued, ${count} times in a row: ${String(error)}`;
    const fault = faultToJson(standardFault('runtime', 'The runtime failed', detail).fault);
    try {
      // The engine tells whoever waits for the run, if it comes to that.
      await engine.execute(run, AbortSignal.abort({ kind: 'fault', fault } satisfies Stop)).catch(() => {
        const at = clock.now();
        return journal.append(claim, [faultedEntry(record, at)], { status: 'faulted', fault, at });
      });
      failures.delete(record.id);
    } catch (cause) {
      log.error({ run: record.id, err: cause }, 'the run’s fault could not be written');
    }
  }

  async function renew(runs: readonly Active[]): Promise<void> {
    if (runs.length === 0) return;
    const answers = await journal.renew(
      runs.map(({ run }) => run.claim),
      clock.now() + leaseMs,
    );
    runs.forEach(({ run, controller }, nth) => {
      const answer = answers[nth];
      if (answer?.isSuspended) stop(controller, { kind: 'suspended' });
      else if (answer === undefined || !answer.held) stop(controller, { kind: 'release' });
      else if (answer.cancel !== undefined && run.cancel === undefined) {
        stop(controller, { kind: 'cancel', reason: answer.cancel });
      }
    });
  }

  async function keepLeases(): Promise<void> {
    try {
      await renew([...active.values()]);
    } catch (error) {
      log.error({ err: error, runs: active.size }, 'leases cannot be renewed');
    }
    cancelRenewal = clock.after(leaseMs / 3, keepLeases);
  }

  return {
    async start(settled) {
      phase = 'running';
      isSettled = settled === undefined;
      if (isSettled) isWoken = true;
      void settled?.then(() => {
        isSettled = true;
        wake();
      });
      cancelRenewal = clock.after(leaseMs / 3, keepLeases);
      claiming = claim();
      await claiming;
    },
    wake,
    async has(tenant, id) {
      await turn();
      return active.has(keyOf({ tenant, id }));
    },
    async resting(signal) {
      while (!signal.aborted && (isClaiming || isWoken || active.size > 0)) await elapsed(clock, REST_LOOK_MS);
    },
    async recheck(isConcerned = () => true) {
      await renew([...active.values()].filter(({ run }) => isConcerned(run.record)));
    },
    async drain(deadlineMs) {
      phase = 'draining';
      cancelPoll();
      const allDone = () => Promise.all([claiming, ...[...active.values()].map(({ done }) => done)]);
      if (deadlineMs > 0) await Promise.race([allDone(), elapsed(clock, deadlineMs)]);
      const stopped = [...active.values()];
      for (const { controller } of stopped) stop(controller, { kind: 'release' });
      await Promise.race([allDone(), elapsed(clock, GRACE_MS)]);
      cancelRenewal();
      // Wound up or not: nobody has to wait for their leases to end.
      const claims = stopped.map(({ run }) => run.claim);
      if (claims.length > 0) await journal.renew(claims, clock.now() - 1);
    },
  };
}

function keyOf({ tenant, id }: Pick<ClaimedRun['record'], 'tenant' | 'id'>): string {
  return `${tenant} ${id}`;
}

function stop(controller: AbortController, reason: Stop): void {
  if (!controller.signal.aborted) controller.abort(reason);
}
