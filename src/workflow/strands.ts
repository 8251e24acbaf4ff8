import type { Clock } from './ports.ts';

/**
 * The concurrency of one run in memory. A strand is a line of execution: the run has one, a fork one per branch, a timed
 * task one of its own. A strand is either at work or resting (sleeping until a time, or waiting for events or for the
 * strands it has spawned). When all rest, nothing can happen until a timer is due or an event comes: the run can be parked.
 */
export interface Strand {
  readonly scope: Scope;
}

/** What is cancelled as one: it and all scopes within. */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly signal: AbortSignal;
}

/** Why a scope is aborted when its run leaves memory: nothing within is cancelled for good. */
export const STOPPED = 'the run has left memory';

interface OpenScope extends Scope {
  readonly controller: AbortController;
  readonly children: Set<OpenScope>;
}

interface Timer {
  readonly due: number;
  readonly scope: Scope;
  readonly fire: () => void;
}

export interface Strands {
  readonly root: Strand;
  /** The caller rests until `due` (epoch milliseconds), at once over when that has passed. */
  sleep(strand: Strand, due: number): Promise<void>;
  /** The caller rests until the function given to `start` is called (with what it then resolves to). */
  rest<T>(strand: Strand, start: (wake: (value: T) => void) => void): Promise<T>;
  /**
   * Runs the bodies at once, each on a strand and scope of its own, while the caller rests. `isOver` is asked after each
   * that resolves; when it says so, or one rejects, those still under way are cancelled. Resolves to the results so far.
   */
  spawn<T>(
    strand: Strand,
    bodies: readonly ((strand: Strand) => Promise<T>)[],
    isOver: (result: T, index: number) => boolean,
  ): Promise<(T | undefined)[]>;
  /** Runs the body on its own strand; `onExpiry`'s error rejects and cancels it when `due` comes first. */
  within<T>(strand: Strand, due: number, body: (strand: Strand) => Promise<T>, onExpiry: () => Error): Promise<T>;
  /** Fires timers that are due, so that a deadline in the past is seen before new work begins. */
  expire(): void;
  /** Earliest time that any strand waits for. */
  nextDue(): number | undefined;
  /** No timer fires any more; for the moment between deciding to park a run and its commit. */
  freeze(): void;
  /** Ends everything without waking anybody. */
  stop(reason: unknown): void;
}

/** `onRest` is called each time the last working strand comes to rest. */
export function createStrands(clock: Clock, onRest: () => void): Strands {
  const rootScope = openScope(undefined);
  const root: Strand = { scope: rootScope };
  const working = new Set<Strand>([root]);
  const timers = new Set<Timer>();
  let disarm: (() => void) | undefined;
  let armedFor = Number.POSITIVE_INFINITY;
  let restIsQueued = false;

  function pause(strand: Strand): void {
    working.delete(strand);
    if (working.size > 0 || restIsQueued) return;
    restIsQueued = true;
    queueMicrotask(() => {
      restIsQueued = false;
      if (working.size === 0 && !rootScope.signal.aborted) onRest();
    });
  }

  function resume(strand: Strand): boolean {
    if (strand.scope.signal.aborted) return false;
    working.add(strand);
    return true;
  }

  function cancel(scope: OpenScope, reason: unknown): void {
    for (const child of scope.children) cancel(child, reason);
    scope.children.clear();
    (scope.parent as OpenScope | undefined)?.children.delete(scope);
    if (!scope.signal.aborted) scope.controller.abort(reason);
    for (const timer of timers) if (timer.scope === scope) timers.delete(timer);
    for (const strand of working) if (strand.scope === scope) pause(strand);
  }

  function addTimer(timer: Timer): void {
    timers.add(timer);
    if (timer.due < armedFor) arm();
  }

  function arm(): void {
    disarm?.();
    disarm = undefined;
    armedFor = nextDue() ?? Number.POSITIVE_INFINITY;
    if (armedFor === Number.POSITIVE_INFINITY) return;
    disarm = clock.after(Math.max(0, armedFor - clock.now()), () => {
      armedFor = Number.POSITIVE_INFINITY;
      expire();
      arm();
    });
  }

  function nextDue(): number | undefined {
    let earliest: number | undefined;
    for (const { due } of timers) if (earliest === undefined || due < earliest) earliest = due;
    return earliest;
  }

  function expire(): void {
    if (timers.size === 0) return;
    const now = clock.now();
    const due = [...timers].filter((timer) => timer.due <= now).sort((a, b) => a.due - b.due);
    for (const timer of due) if (timers.delete(timer)) timer.fire();
  }

  function freeze(): void {
    disarm?.();
    disarm = undefined;
    armedFor = Number.NEGATIVE_INFINITY;
  }

  function rest<T>(strand: Strand, start: (wake: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve) => {
      let isOver = false;
      start((value) => {
        if (isOver || !resume(strand)) return;
        isOver = true;
        resolve(value);
      });
      if (!isOver) pause(strand);
    });
  }

  function spawn<T>(
    parent: Strand,
    bodies: readonly ((strand: Strand) => Promise<T>)[],
    isOver: (result: T, index: number) => boolean,
  ): Promise<(T | undefined)[]> {
    return new Promise((resolve, reject) => {
      const results: (T | undefined)[] = bodies.map(() => undefined);
      const strands = bodies.map((): Strand => ({ scope: openScope(parent.scope as OpenScope) }));
      let left = bodies.length;
      let isSettled = false;
      function settle(finish: () => void): void {
        if (isSettled) return;
        isSettled = true;
        const isAwaited = resume(parent);
        for (const strand of strands) cancel(strand.scope as OpenScope, 'superseded by another branch');
        if (isAwaited) finish();
      }
      for (const strand of strands) working.add(strand);
      if (left === 0) return resolve(results);
      pause(parent);
      bodies.forEach((body, index) => {
        const strand = strands[index] as Strand;
        body(strand).then(
          (result) => {
            if (strand.scope.signal.aborted) return;
            results[index] = result;
            left -= 1;
            if (left === 0 || isOver(result, index)) settle(() => resolve(results));
            else pause(strand);
          },
          (error) => settle(() => reject(error)),
        );
      });
    });
  }

  return {
    root,
    rest,
    spawn,
    expire,
    nextDue,
    sleep(strand, due) {
      if (due <= clock.now()) return Promise.resolve();
      return rest<void>(strand, (wake) => addTimer({ due, scope: strand.scope, fire: () => wake() }));
    },
    async within<T>(strand: Strand, due: number, body: (strand: Strand) => Promise<T>, onExpiry: () => Error) {
      const [result] = await spawn(
        strand,
        [
          (own) =>
            new Promise<T>((resolve, reject) => {
              addTimer({ due, scope: own.scope, fire: () => reject(onExpiry()) });
              body(own).then(resolve, reject);
            }),
        ],
        () => true,
      );
      return result as T;
    },
    freeze,
    stop(reason) {
      freeze();
      timers.clear();
      cancel(rootScope, reason);
    },
  };
}

function openScope(parent: OpenScope | undefined): OpenScope {
  const controller = new AbortController();
  const scope: OpenScope = { parent, controller, signal: controller.signal, children: new Set() };
  parent?.children.add(scope);
  return scope;
}
