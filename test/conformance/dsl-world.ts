import nock from 'nock';
import { parse } from 'yaml';
import type { Event } from '../../src/events/event.ts';
import type { Json } from '../../src/expression/json.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import type { HostFunctions } from '../../src/workflow/frame.ts';
import type { Entry, Journal } from '../../src/workflow/journal.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import type { Problem } from '../../src/workflow/problem.ts';
import { type RunResult, runWorkflow } from '../../src/workflow/run-workflow.ts';
import { createSimulatedClock, type SimulatedClock } from '../support/simulated-clock.ts';
import type { Service } from './dsl-service.ts';

const DAY_MS = 86_400_000;

/** One scenario under way: what was given, and what came of it. */
export interface World {
  definition: Definition | undefined;
  readonly workflows: Definition[];
  problems: readonly Problem[];
  input: Json;
  readonly secrets: Map<string, Json>;
  readonly events: Event[];
  /** What each call of a function comes to; the last one for ever. */
  readonly functions: Map<string, readonly (Json | Error)[]>;
  readonly requests: { readonly method: string; readonly url: string; readonly headers: object; readonly body: Json }[];
  readonly emitted: Event[];
  lifecycle: 'off' | 'required' | 'all';
  limits: Record<string, number | boolean>;
  readonly disturbances: Disturbances;
  /** Set once the workflow is offered as a service. */
  service: Service | undefined;
  result: RunResult | undefined;
  /** Names of the tasks in the order in which they were done. */
  order: readonly string[];
  /** Milliseconds of simulated time that the run took. */
  took: number;
}

/** What happens to the run from outside. Times are milliseconds from its start. */
export interface Disturbances {
  /** The process is gone for good once the task of this name is recorded, and another takes its place. */
  diesAfter?: string;
  suspended?: { readonly at: number; readonly until: number };
  cancelledAt?: number;
  /** It is tried again once it has faulted. */
  isRetried?: boolean;
}

export function createWorld(): World {
  return {
    definition: undefined,
    workflows: [],
    problems: [],
    input: {},
    secrets: new Map(),
    events: [],
    functions: new Map(),
    requests: [],
    emitted: [],
    lifecycle: 'off',
    limits: {},
    disturbances: {},
    service: undefined,
    result: undefined,
    order: [],
    took: 0,
  };
}

export function load(
  text: string,
  functions: readonly string[] = [],
): { definition?: Definition; problems: readonly Problem[] } {
  const loaded = loadDefinition(text, { file: 'scenario.yaml', functions });
  return loaded.definition === undefined
    ? { problems: loaded.problems }
    : { definition: loaded.definition, problems: [...loaded.definition.unsupported, ...loaded.definition.warnings] };
}

/** Answers every request to the URL from now on, and takes each down. */
export function answer(
  world: World,
  method: string,
  url: string,
  reply: { status: number; body?: Json; headers?: Record<string, string> },
): void {
  const { origin, pathname, searchParams } = new URL(url);
  nock(origin)
    .persist()
    .intercept(pathname, method.toUpperCase())
    .query((actual) => [...searchParams].every(([name, value]) => actual[name] === value))
    .reply(async (request: Request) => {
      const text = await request.text();
      const headers = Object.fromEntries(request.headers);
      const body = headers['content-type']?.includes('json') ? (JSON.parse(text) as Json) : text;
      world.requests.push({ method: request.method, url: request.url, headers, body });
      return [reply.status, reply.body ?? '', reply.headers ?? {}];
    });
}

export async function execute(world: World): Promise<void> {
  const { disturbances } = world;
  const journal = createMemoryJournal();
  const clock = createSimulatedClock();
  const started = clock.now();
  disturb(disturbances, journal, clock);
  const { diesAfter } = disturbances;
  const first = diesAfter === undefined ? journal : mortal(journal, diesAfter);
  const functions = hostFunctions(world);
  let result = await live(world, first, clock, functions);
  // Another process has the run when the lease of the dead one has ended.
  if (result === 'died') result = await live(world, journal, clock, functions);
  if (disturbances.isRetried && result !== 'died' && result.status === 'faulted') {
    await journal.retry('0', result.runId);
    result = await live(world, journal, clock, functions);
  }
  if (result === 'died') throw new Error('The second process died, too.');
  world.result = result;
  world.took = clock.now() - started;
  const read = await journal.read('0', result.runId);
  world.order = (read?.entries ?? [])
    .filter((entry) => entry.kind === 'done')
    .map((entry) => /\/([^/~]*)(?:~v\d+)?$/.exec(entry.position)?.[1] ?? '');
}

/** One process, until the run has ended or it has died. */
async function live(
  world: World,
  journal: MortalJournal,
  clock: SimulatedClock,
  functions: HostFunctions,
): Promise<RunResult | 'died'> {
  const { definition } = world;
  if (definition === undefined) throw new Error(`The definition is not valid: ${JSON.stringify(world.problems)}`);
  const run = runWorkflow(definition, world.input, {
    journal,
    clock,
    key: 'the run',
    workflows: world.workflows,
    events: world.events,
    lifecycle: world.lifecycle,
    limits: world.limits,
    secrets: async (name) => world.secrets.get(name),
    functions,
    onEvent: (event) => {
      const isKnown = world.emitted.some((one) => one.id === event.id && one.source === event.source);
      if (!isKnown) world.emitted.push(event);
    },
  });
  let isSettled = false;
  run.then(
    () => (isSettled = true),
    () => (isSettled = true),
  );
  // An answer from a mocked host takes some turns of the event loop; simulated time must not run ahead of it.
  await clock.until(async () => {
    for (let turns = 0; turns < 4 && !isSettled; turns += 1) await clock.settle();
    return isSettled || journal.hasDied?.() === true;
  }, 400 * DAY_MS);
  return isSettled ? run : 'died';
}

function hostFunctions({ functions }: World): HostFunctions {
  return Object.fromEntries(
    [...functions].map(([name, answers]) => {
      let calls = 0;
      return [
        name,
        async () => {
          const result = answers[Math.min(calls, answers.length - 1)] ?? null;
          calls += 1;
          if (result instanceof Error) throw result;
          return result;
        },
      ];
    }),
  );
}

interface MortalJournal extends Journal {
  hasDied?(): boolean;
}

/** The journal as a process has it that is gone once the task is recorded: nothing it asks is answered any more. */
function mortal(journal: Journal, task: string): MortalJournal {
  let isDead = false;
  const methods = Object.entries(journal).map(([name, method]: [string, (...given: never[]) => Promise<unknown>]) => [
    name,
    async (...given: never[]) => {
      const result = isDead ? undefined : await method(...given);
      const [, entries] = given as unknown as [unknown, readonly Entry[] | undefined];
      if (name === 'append' && entries?.some(({ kind, position }) => kind === 'done' && position.endsWith(`/${task}`)))
        isDead = true;
      return isDead ? new Promise<never>(() => {}) : result;
    },
  ]);
  return { ...(Object.fromEntries(methods) as Journal), hasDied: () => isDead };
}

function disturb({ suspended, cancelledAt }: Disturbances, journal: Journal, clock: SimulatedClock): void {
  const later = (ms: number, order: (id: string) => Promise<unknown>) =>
    clock.after(ms, async () => {
      const [run] = await journal.list({ limit: 1 });
      if (run !== undefined) await order(run.id);
    });
  if (cancelledAt !== undefined) later(cancelledAt, (id) => journal.cancel('0', id, 'It is not wanted any more.'));
  if (suspended === undefined) return;
  later(suspended.at, (id) => journal.suspend('0', id, clock.now()));
  later(suspended.until, (id) => journal.resume('0', id, clock.now()));
}

export function fromYaml(text: string | undefined): Json {
  return text === undefined ? null : (parse(text) as Json);
}
