import { isDeepStrictEqual } from 'node:util';
import type { Event } from '../../src/events/event.ts';
import type { Json } from '../../src/expression/json.ts';
import type { Definition } from '../../src/workflow/definition.ts';
import { createDefinitions } from '../../src/workflow/definitions.ts';
import { createEngine } from '../../src/workflow/engine.ts';
import type { Journal, RunRecord } from '../../src/workflow/journal.ts';
import type { LifecycleMode } from '../../src/workflow/lifecycle.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import type { Clock } from '../../src/workflow/ports.ts';
import { newRunId } from '../../src/workflow/run-id.ts';

/**
 * A stage for crashes: the journal, the event bus, the functions and the clock outlive the processes that act on it. A
 * process can be killed between any two of its acts; what it does afterwards never reaches the stage. Whoever breaks a
 * promise of the runtime is taken down in `violations`.
 */
export interface Stage {
  readonly journal: Journal;
  readonly clock: StageClock;
  readonly definitions: readonly Definition[];
  readonly published: Map<string, Event>;
  /** Arguments of each effect, by its key. */
  readonly effects: Map<string, Json>;
  readonly violations: string[];
  /** How often the function that only fails at first was called. */
  firstCalls: number;
  readonly random: () => number;
  readonly lifecycle: LifecycleMode;
  /** Runs that the stage began with. */
  readonly roots: string[];
  /** Still to be given to runs that listen. */
  readonly events: Event[];
}

export interface StageClock extends Clock {
  /** Moves to the next timer or the time given, whichever is first. False when there is neither. */
  advance(due: number | undefined): boolean;
  /** Moves on without firing anything: nobody is alive. */
  skip(ms: number): void;
}

export const LEASE_MS = 30_000;
export const TENANT = '1';

export function createStage(
  definitions: readonly Definition[],
  journal: Journal = createMemoryJournal(),
  seed = 1,
  lifecycle: LifecycleMode = 'off',
): Stage {
  return {
    journal,
    clock: createStageClock(),
    definitions,
    published: new Map(),
    effects: new Map(),
    violations: [],
    firstCalls: 0,
    random: seeded(seed),
    lifecycle,
    roots: [],
    events: [],
  };
}

export async function begin(stage: Stage, definition: Definition, input: Json): Promise<string> {
  await stage.journal.keepDefinition(definition.ref, definition.text, stage.clock.now());
  const id = newRunId(stage.clock.now(), stage.random);
  await stage.journal.create({
    tenant: TENANT,
    id,
    definition: definition.ref,
    key: `root ${stage.roots.length}`,
    input,
    createdAt: stage.clock.now(),
  });
  stage.roots.push(id);
  return id;
}

export interface ActingProcess {
  /** Acts so far: each call of a port counts twice, before and after. */
  readonly acts: () => number;
  readonly isDead: () => boolean;
  readonly kill: () => void;
  /** Lets a paused process go on. */
  readonly wake: () => void;
  /** Claims what is claimable and begins to execute it. Answers how many runs that were. */
  step(): Promise<number>;
  readonly executing: () => number;
}

/** A defect put into what the runtime hands to the world; the tests must notice each. */
export interface Mutation {
  readonly journal?: (journal: Journal) => Journal;
  readonly event?: (event: Event) => Event;
  readonly effectKey?: (key: string, attempt: number) => string;
  /** The process is not killed but paused: what it was about to do, it does when it is woken. */
  readonly pauses?: boolean;
}

/** Starts a process that dies at its `killAt`-th act (never, when that is 0). */
export function startProcess(stage: Stage, name: string, killAt: number, mutation: Mutation = {}): ActingProcess {
  let acts = 0;
  let isDead = false;
  // Beside others, a process may lose its lease unawares and do once more what it was about to do.
  const isAlone = stage.roots.length === 1;
  let executing = 0;
  const forever = new Promise<never>(() => {});
  let wake = (): void => {};
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });

  /** Passes while the process lives; one that was paused passes once it is woken. */
  async function pass(): Promise<void> {
    acts += isDead ? 0 : 1;
    if (acts === killAt) isDead = true;
    if (isDead) await (mutation.pauses ? woken : forever);
  }

  /** Lets a port act unless the process is dead, before it or right after it. */
  async function act<T>(perform: () => Promise<T>): Promise<T> {
    await pass();
    const result = await perform();
    await pass();
    return result;
  }

  const journal = mutation.journal?.(stage.journal) ?? stage.journal;
  let calls = 0;
  const guarded: Journal = {
    ...journal,
    append: (...args) => act(() => journal.append(...args)),
    create: (...args) => act(() => journal.create(...args)),
    give: (...args) => act(() => journal.give(...args)),
    cancel: (...args) => act(() => journal.cancel(...args)),
    keepDefinition: (...args) => act(() => journal.keepDefinition(...args)),
    read: (...args) => (isDead && !mutation.pauses ? forever : journal.read(...args)),
  };
  const engine = createEngine({
    journal: guarded,
    clock: {
      now: () => stage.clock.now(),
      after: (ms, callback) => stage.clock.after(ms, () => (isDead ? undefined : callback())),
    },
    random: stage.random,
    lifecycle: stage.lifecycle,
    definitions: createDefinitions(stage.definitions),
    bus: { publish: (event) => act(async () => publish(stage, mutation.event?.(event as Event) ?? (event as Event))) },
    functions: {
      record: (input, { effectKey: key, uncertain }) =>
        act(async () => {
          calls += 1;
          const effectKey = mutation.effectKey?.(key, calls) ?? key;
          const known = stage.effects.get(effectKey);
          if (known !== undefined && !uncertain && isAlone)
            stage.violations.push(`${effectKey} was repeated and not told so`);
          if (known === undefined) stage.effects.set(effectKey, input);
          return { done: known ?? input };
        }),
      failFirst: () =>
        act(async () => {
          stage.firstCalls += 1;
          if (stage.firstCalls === 1) throw new Error('It does not work the first time.');
          return 'worked';
        }),
      fail: () => act(async () => Promise.reject(new Error('It never works.'))),
    },
    crashPoint(point, position) {
      if (isDead || !isAlone || point !== 'workflow.call.before') return;
      void stage.journal.read(TENANT, stage.roots[0] as string).then((found) => {
        const isRecorded = found?.entries.some((entry) => entry.kind === 'done' && entry.position === position);
        if (isRecorded) stage.violations.push(`${position} is recorded and was executed again`);
      });
    },
  });

  return {
    acts: () => acts,
    isDead: () => isDead,
    kill: () => {
      isDead = true;
    },
    wake,
    executing: () => executing,
    async step() {
      if (isDead) return 0;
      const now = stage.clock.now();
      const claimed = await journal.claim(name, now, now + LEASE_MS, 100);
      for (const run of claimed) {
        executing += 1;
        engine.execute(run).then(
          () => {
            executing -= 1;
          },
          (error: unknown) => {
            executing -= 1;
            if (!isDead && (error as { code?: string }).code !== 'store.fenced')
              stage.violations.push(`execute rejected: ${String(error)}`);
          },
        );
      }
      return claimed.length;
    },
  };
}

function publish(stage: Stage, event: Event): void {
  const key = `${event.source} ${event.id}`;
  const known = stage.published.get(key);
  if (known !== undefined && !isDeepStrictEqual(known, event))
    stage.violations.push(`${key} was published twice, differently`);
  if (known === undefined) stage.published.set(key, event);
}

/** Acts until all runs that the stage began with have ended or the process is dead. */
export async function drive(stage: Stage, process: ActingProcess): Promise<void> {
  for (let rounds = 0; rounds < 5000; rounds += 1) {
    const claimed = await process.step();
    await new Promise((resolve) => setImmediate(resolve));
    if (process.isDead() || (await hasEnded(stage))) return;
    if (claimed > 0) continue;
    if (await giveNext(stage)) continue;
    const due = await stage.journal.nextDue();
    if (!stage.clock.advance(due)) throw new Error('Nothing can happen any more, and the runs have not ended.');
  }
  throw new Error('The runs do not end.');
}

async function hasEnded(stage: Stage): Promise<boolean> {
  const records = await readRoots(stage);
  return records.every(({ status }) => status === 'completed' || status === 'faulted' || status === 'cancelled');
}

export async function readRoots(stage: Stage): Promise<RunRecord[]> {
  const found = await Promise.all(stage.roots.map((id) => stage.journal.read(TENANT, id)));
  return found.flatMap((one) => (one === undefined ? [] : [one.record]));
}

async function giveNext(stage: Stage): Promise<boolean> {
  const [event] = stage.events;
  if (event === undefined) return false;
  const reached = await stage.journal.give(TENANT, event.type, event.id, event as unknown as Json);
  if (reached.length === 0) return false;
  stage.events.shift();
  return true;
}

function createStageClock(): StageClock {
  let now = Date.UTC(2026, 0, 1);
  let order = 0;
  const timers = new Set<{ readonly at: number; readonly order: number; readonly callback: () => void }>();
  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + Math.max(0, ms), order: order++, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    skip(ms) {
      now += ms;
    },
    advance(due) {
      const [first] = [...timers].sort((a, b) => a.at - b.at || a.order - b.order);
      if (first === undefined && due === undefined) return false;
      if (first === undefined || (due !== undefined && due < first.at)) {
        now = Math.max(now, due as number);
        return true;
      }
      timers.delete(first);
      now = Math.max(now, first.at);
      first.callback();
      return true;
    },
  };
}

/** Mulberry32: small, fast and the same everywhere. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
