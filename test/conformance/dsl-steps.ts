import { isDeepStrictEqual } from 'node:util';
import type { Event } from '../../src/events/event.ts';
import type { Json } from '../../src/expression/json.ts';
import { createService, type Service } from './dsl-service.ts';
import { answer, execute, fromYaml, load, type World } from './dsl-world.ts';
import type { Step } from './gherkin.ts';

const MINUTE_MS = 60_000;

type Run = (world: World, match: readonly string[], argument: string | undefined) => void | Promise<void>;

/** The kit's own steps, then ours: what a runtime must let a scenario say and see to be held to the whole DSL. */
const STEPS: readonly (readonly [RegExp, Run])[] = [
  [/^a workflow with definition:$/, (world, _match, text) => define(world, text ?? '')],
  [
    /^given the workflow input is:$/,
    (world, _match, text) => {
      world.input = fromYaml(text);
    },
  ],
  [/^the workflow is executed$/, (world) => execute(world)],
  [/^the workflow should complete$/, (world) => expectStatus(world, 'completed')],
  [/^the workflow should complete with output:$/, (world, _match, text) => expectSame(output(world), fromYaml(text))],
  [/^the workflow should fault$/, (world) => expectStatus(world, 'faulted')],
  [/^the workflow should fault with error:$/, (world, _match, text) => expectFault(world, fromYaml(text))],
  [
    /^the workflow output should have properties (.+)$/,
    (world, [list]) => {
      for (const [, path] of (list as string).matchAll(/'([^']+)'/g)) property(output(world), path as string);
    },
  ],
  [
    /^the workflow output should have a '([^']+)' property with value:$/,
    (world, [path], text) => expectSame(property(output(world), path as string), fromYaml(text)),
  ],
  [
    /^the workflow output should have a '([^']+)' property containing (\d+) items$/,
    (world, [path, count]) => {
      const items = property(output(world), path as string);
      if (!Array.isArray(items) || items.length !== Number(count)) fail(`${path} has not ${count} items`, items);
    },
  ],
  [/^(\S+) should run first$/, (world, [name]) => expectSame(world.order[0] ?? null, name as string)],
  [/^(\S+) should run last$/, (world, [name]) => expectSame(world.order.at(-1) ?? null, name as string)],
  [
    /^(\S+) should run after (\S+)$/,
    (world, [later, earlier]) => {
      const [first, second] = [world.order.indexOf(earlier as string), world.order.indexOf(later as string)];
      if (first < 0 || second < 0 || second < first) fail(`${later} did not run after ${earlier}`, [...world.order]);
    },
  ],

  [/^a sub-workflow with definition:$/, (world, _match, text) => defineSubWorkflow(world, text ?? '')],
  [/^the secret '([^']+)' is:$/, (world, [name], text) => void world.secrets.set(name as string, fromYaml(text))],
  [
    /^the host has a function '([^']+)' that answers:$/,
    (world, [name], text) => void world.functions.set(name as string, [fromYaml(text)]),
  ],
  [
    /^the host has a function '([^']+)' that fails the first time and then answers:$/,
    (world, [name], text) =>
      void world.functions.set(name as string, [new Error('It does not work the first time.'), fromYaml(text)]),
  ],
  [
    /^the process dies once the task '([^']+)' is recorded, and another takes its place$/,
    (world, [name]) => void Object.assign(world.disturbances, { diesAfter: name }),
  ],
  [
    /^the run is suspended after (\d+) minutes and resumed after (\d+) minutes$/,
    (world, [at, until]) =>
      void Object.assign(world.disturbances, {
        suspended: { at: Number(at) * MINUTE_MS, until: Number(until) * MINUTE_MS },
      }),
  ],
  [
    /^the run is cancelled after (\d+) minutes$/,
    (world, [at]) => void Object.assign(world.disturbances, { cancelledAt: Number(at) * MINUTE_MS }),
  ],
  [/^the run is retried once it has faulted$/, (world) => void Object.assign(world.disturbances, { isRetried: true })],
  [/^the workflow should be cancelled$/, (world) => expectStatus(world, 'cancelled')],

  [
    /^the service is up from (\S+) to (\S+)$/,
    async (world, [from, to]) => {
      const start = Date.parse(from as string);
      await (await serviceOf(world, start)).isUp(start, Date.parse(to as string));
    },
  ],
  [
    /^these events reach the service:$/,
    async (world, _match, text) => (await serviceOf(world, 0)).hear(fromYaml(text) as unknown as Event[]),
  ],
  [
    /^runs should have started at:$/,
    async (world, _match, text) => {
      const runs = await (await serviceOf(world, 0)).runs();
      expectSame(
        runs.map(({ createdAt }) => new Date(createdAt).toISOString()),
        (fromYaml(text) as readonly string[]).map((time) => new Date(time).toISOString()),
      );
    },
  ],
  [
    /^the inputs of its runs should be:$/,
    async (world, _match, text) =>
      expectSame(
        (await (await serviceOf(world, 0)).runs()).map(({ input }) => input),
        fromYaml(text),
      ),
  ],
  [
    /^these events arrive:$/,
    (world, _match, text) => void world.events.push(...(fromYaml(text) as unknown as Event[])),
  ],
  [/^these events start it:$/, (world, _match, text) => startWith(world, fromYaml(text) as unknown as Event[])],
  [
    /^lifecycle events are on$/,
    (world) => {
      world.lifecycle = 'required';
    },
  ],
  [/^the limits are:$/, (world, _match, text) => void Object.assign(world.limits, fromYaml(text))],
  [
    /^(\w+) (https?:\/\/\S+) answers (\d+)$/,
    (world, [method, url, status]) => answer(world, method as string, url as string, { status: Number(status) }),
  ],
  [
    /^(\w+) (https?:\/\/\S+) answers (\d+) with:$/,
    (world, [method, url, status], text) =>
      answer(world, method as string, url as string, { status: Number(status), body: fromYaml(text) }),
  ],
  [
    /^(\w+) (https?:\/\/\S+) redirects to (\S+)$/,
    (world, [method, url, location]) =>
      answer(world, method as string, url as string, { status: 302, headers: { location: location as string } }),
  ],
  [
    /^the definition should be refused$/,
    (world) => void (world.definition && fail('The definition was accepted.', null)),
  ],
  [
    /^the definition should be refused with a problem at line (\d+) about '([^']+)'$/,
    (world, [line, words]) => {
      const found = world.problems.some((one) => one.line === Number(line) && one.message.includes(words as string));
      if (world.definition !== undefined || !found)
        fail(`no such problem at line ${line}`, world.problems as unknown as Json);
    },
  ],
  [
    /^the definition should be valid but not runnable$/,
    (world) =>
      void ((world.definition?.unsupported.length ?? 0) > 0 || fail('It is not.', world.problems as unknown as Json)),
  ],
  [
    /^the run should have taken (\d+) seconds$/,
    (world, [seconds]) => expectSame(Math.floor(world.took / 1000), Number(seconds)),
  ],
  [
    /^the tasks should have run in the order (.+)$/,
    (world, [names]) => expectSame([...world.order], (names as string).split(/,\s*/)),
  ],
  [/^(\d+) requests should have been made$/, (world, [count]) => expectSame(world.requests.length, Number(count))],
  [
    /^request (\d+) should have been (\w+) (\S+)$/,
    (world, [index, method, url]) => {
      const made = world.requests[Number(index) - 1];
      expectSame(`${made?.method} ${made?.url}`, `${method} ${url}`);
    },
  ],
  [
    /^request (\d+) should have had the header '([^']+)' with value '([^']+)'$/,
    (world, [index, name, value]) =>
      expectSame(Reflect.get(world.requests[Number(index) - 1]?.headers ?? {}, name as string), value as string),
  ],
  [
    /^request (\d+) should have had the body:$/,
    (world, [index], text) => expectSame(world.requests[Number(index) - 1]?.body ?? null, fromYaml(text)),
  ],
  [
    /^the types of the emitted events should be:$/,
    (world, _match, text) =>
      expectSame(
        world.emitted.map((event) => event.type),
        fromYaml(text),
      ),
  ],
  [
    /^the data of emitted event (\d+) should be:$/,
    (world, [index], text) => expectSame((world.emitted[Number(index) - 1]?.data ?? null) as Json, fromYaml(text)),
  ],
];

export async function runStep(step: Step, world: World): Promise<void> {
  for (const [pattern, run] of STEPS) {
    const match = pattern.exec(step.text);
    if (match === null) continue;
    await run(world, match.slice(1), step.argument);
    return;
  }
  throw new Error(`There is no step for “${step.text}” (line ${step.line}).`);
}

async function serviceOf(world: World, start: number): Promise<Service> {
  const { definition } = world;
  if (definition === undefined) fail('The definition is not valid', world.problems as unknown as Json);
  world.service ??= await createService(definition.text, start);
  return world.service;
}

function define(world: World, text: string): void {
  const loaded = load(text, [...world.functions.keys()]);
  world.definition = loaded.definition;
  world.problems = loaded.problems;
}

function defineSubWorkflow(world: World, text: string): void {
  const { definition, problems } = load(text);
  if (definition === undefined) fail('The sub-workflow is not valid', problems as unknown as Json);
  world.workflows.push(definition);
}

function startWith(world: World, events: readonly Event[]): void {
  const { definition } = world;
  if (definition?.consumes === undefined) fail('Nothing starts this workflow', null);
  const { filters } = definition.consumes;
  const matching = events.filter((event) => filters.some((filter) => filter.matches(event)));
  if (matching.length === 0) fail('No event starts this workflow', events as unknown as Json);
  world.input = definition.toRunInput(matching);
}

function expectStatus(world: World, status: string): void {
  if (world.result?.status !== status) fail(`The workflow did not end as ${status}`, world.result as unknown as Json);
}

function output(world: World): Json {
  expectStatus(world, 'completed');
  return (world.result as { readonly output: Json }).output;
}

/** Every property given must be there and equal; a runtime may say more of an error. */
function expectFault(world: World, wanted: Json): void {
  expectStatus(world, 'faulted');
  const { fault } = world.result as unknown as { readonly fault: { readonly [key: string]: Json } };
  for (const [name, value] of Object.entries(wanted as object)) {
    if (!isDeepStrictEqual(fault[name], value)) fail(`The error’s ${name} is not ${JSON.stringify(value)}`, fault);
  }
}

function property(value: Json, path: string): Json {
  let current: unknown = value;
  for (const step of path.split('.')) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step))
      fail(`There is no ${path}`, value);
    current = Reflect.get(current, step);
  }
  return current as Json;
}

function expectSame(actual: Json, wanted: Json): void {
  if (!isDeepStrictEqual(actual, wanted)) fail(`Expected ${JSON.stringify(wanted)}`, actual);
}

function fail(message: string, actual: Json | undefined): never {
  throw new Error(`${message}; it is ${JSON.stringify(actual)}`);
}
