import nock from 'nock';
import { parse } from 'yaml';
import type { Event } from '../../src/events/event.ts';
import type { Json } from '../../src/expression/json.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import type { Problem } from '../../src/workflow/problem.ts';
import { type RunResult, runWorkflow } from '../../src/workflow/run-workflow.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const DAY_MS = 86_400_000;

/** One scenario under way: what was given, and what came of it. */
export interface World {
  definition: Definition | undefined;
  readonly workflows: Definition[];
  problems: readonly Problem[];
  input: Json;
  readonly secrets: Map<string, Json>;
  readonly events: Event[];
  readonly functions: Map<string, Json>;
  readonly requests: { readonly method: string; readonly url: string; readonly headers: object; readonly body: Json }[];
  readonly emitted: Event[];
  lifecycle: 'off' | 'required' | 'all';
  limits: Record<string, number | boolean>;
  result: RunResult | undefined;
  /** Names of the tasks in the order in which they were done. */
  order: readonly string[];
  /** Milliseconds of simulated time that the run took. */
  took: number;
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
  const { definition } = world;
  if (definition === undefined) throw new Error(`The definition is not valid: ${JSON.stringify(world.problems)}`);
  const journal = createMemoryJournal();
  const clock = createSimulatedClock();
  const started = clock.now();
  const run = runWorkflow(definition, world.input, {
    journal,
    clock,
    workflows: world.workflows,
    events: world.events,
    lifecycle: world.lifecycle,
    limits: world.limits,
    secrets: async (name) => world.secrets.get(name),
    functions: Object.fromEntries([...world.functions].map(([name, output]) => [name, async () => output])),
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
    return isSettled;
  }, 400 * DAY_MS);
  world.result = await run;
  world.took = clock.now() - started;
  const read = await journal.read('0', world.result.runId);
  world.order = (read?.entries ?? [])
    .filter((entry) => entry.kind === 'done')
    .map((entry) => /\/([^/~]*)(?:~v\d+)?$/.exec(entry.position)?.[1] ?? '');
}

export function fromYaml(text: string | undefined): Json {
  return text === undefined ? null : (parse(text) as Json);
}
