/**
 * Our runtime as the workflow benchmark measures it: a store file, the engine and the runner's executor, as the bot puts
 * them together. A started run's promise resolves to its output after the commit that holds it.
 */
import { randomUUID } from 'node:crypto';
import type { Json } from '../src/expression/json.ts';
import { systemClock as clock } from '../src/observe/clock.ts';
import { createLogger } from '../src/observe/log.ts';
import { createExecutor } from '../src/runner/executor.ts';
import { openSqliteStore, type SqliteStore } from '../src/store/sqlite.ts';
import { type Definition, loadDefinition } from '../src/workflow/definition.ts';
import { createDefinitions } from '../src/workflow/definitions.ts';
import { createEngine } from '../src/workflow/engine.ts';
import type { HostFunctions } from '../src/workflow/frame.ts';
import type { Journal } from '../src/workflow/journal.ts';
import { newRunId } from '../src/workflow/run-id.ts';

export interface Runtime {
  readonly store: SqliteStore;
  /** Resolves to the run's output once it has ended. */
  run(definition: Definition, input: Json): Promise<Json>;
  /** Resolves once the run has come to rest. */
  park(definition: Definition, input: Json, tenant: string): Promise<void>;
  /** Hands an event to the runs that wait for it. */
  give(tenant: string, type: string): Promise<void>;
  /** Resolves once no run is under way. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export const CONCURRENCY = 64;

export async function openRuntime(
  path: string,
  definitions: readonly Definition[],
  functions: HostFunctions,
): Promise<Runtime> {
  const log = createLogger({ level: 'warn' });
  const store = await openSqliteStore({ path });
  const waiting = new Map<string, (output: Json) => void>();
  let settle = () => {};
  let underWay = 0;
  const journal: Journal = {
    ...store.journal,
    async claim(...request) {
      const runs = await store.journal.claim(...request);
      underWay += runs.length;
      return runs;
    },
    async append(claim, entries, change, consumed) {
      await store.journal.append(claim, entries, change, consumed);
      if (change === undefined || change.status === 'running') return;
      const hasEnded = waiting.get(claim.runId);
      waiting.delete(claim.runId);
      hasEnded?.('output' in change ? change.output : change.status);
      underWay -= 1;
      if (underWay === 0) settle();
    },
  };
  const engine = createEngine({
    journal,
    clock,
    bus: { publish: async () => {} },
    definitions: createDefinitions(definitions),
    functions,
    log,
  });
  const executor = createExecutor({ journal, engine, clock, log }, { owner: 'bench', concurrency: CONCURRENCY });
  for (const { ref, text } of definitions) await journal.keepDefinition(ref, text, Date.now());
  await executor.start();

  function begin({ ref }: Definition, input: Json, tenant: string): Promise<Json> {
    const createdAt = clock.now();
    const id = newRunId(createdAt);
    return new Promise((resolve, reject) => {
      waiting.set(id, resolve);
      const created = journal.create({ tenant, id, definition: ref, key: randomUUID(), input, createdAt });
      // Claimed in the commit that creates it, where there is room for it.
      executor.wake();
      created.then(executor.wake, reject);
    });
  }

  return {
    store,
    run: (definition, input) => begin(definition, input, 'bench'),
    async park(definition, input, tenant) {
      const status = await begin(definition, input, tenant);
      if (status !== 'waiting') throw new Error(`a run that should wait is ${JSON.stringify(status)}`);
    },
    async give(tenant, type) {
      const id = randomUUID();
      const event = { specversion: '1.0', id, source: '/bench', type, data: { number: 1 } };
      const given = journal.give(tenant, type, `/bench ${id}`, event);
      executor.wake();
      const woken = await given;
      if (woken.length !== 1) throw new Error(`the event woke ${woken.length} runs`);
      executor.wake();
    },
    async settled() {
      if (underWay > 0) {
        await new Promise<void>((resolve) => {
          settle = resolve;
        });
      }
    },
    async close() {
      await executor.drain(0);
      await store.close();
    },
  };
}

/** Loads a definition of the benchmark, whose tasks are given as YAML; it may call the functions named. */
export function define(name: string, tasks: string, functions: readonly string[]): Definition {
  const text = `document: { dsl: '1.0.3', namespace: bench, name: ${name}, version: '1.0.0' }\n${tasks}`;
  const loaded = loadDefinition(text, { file: `${name}.yaml`, functions: [...functions] });
  if (loaded.definition === undefined) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.definition;
}

/** Each of its five steps calls a function that adds one. */
export function defineFiveSteps(): Definition {
  const steps = ['one', 'two', 'three', 'four', 'five'].map(
    (name) => `  - ${name}: { call: addOne, with: { number: '\${ . }' } }`,
  );
  return define('five-steps', `do:\n${steps.join('\n')}\n`, ['addOne']);
}

export const FUNCTIONS: HostFunctions = { addOne: async (input) => (input as { number: number }).number + 1 };
