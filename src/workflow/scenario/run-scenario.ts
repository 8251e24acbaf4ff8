/**
 * One scenario of a workflow: the definition is run as it stands over a journal in memory, a clock that jumps and a mocked
 * world, and what came of it is held against what is expected.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Event } from '../../events/event.ts';
import type { Json } from '../../expression/json.ts';
import type { Definition } from '../definition.ts';
import { createMemoryJournal } from '../memory-journal.ts';
import { type RunResult, runWorkflow } from '../run-workflow.ts';
import { contains } from './contains.ts';
import { createJumpingClock } from './jumping-clock.ts';
import { createMockedWorld, describeCall, type MockedWorld } from './mocked-world.ts';
import type { Scenario } from './schema.ts';

/** Fixed, so that a scenario has the same outcome whenever it is run. */
const EPOCH = Date.parse('2026-01-01T00:00:00Z');
/** Real time; the scenario's own time costs nothing. */
const DEADLINE_MS = 10_000;

export interface ScenarioResult {
  readonly name: string;
  /** Each expectation that does not hold, in words. Empty: it passed. */
  readonly failures: readonly string[];
}

export async function runScenario(
  { definition, workflows }: { readonly definition: Definition; readonly workflows: readonly Definition[] },
  scenario: Scenario,
): Promise<ScenarioResult> {
  const { given } = scenario;
  const world = createMockedWorld(given.calls);
  const clock = createJumpingClock(EPOCH);
  const journal = createMemoryJournal();
  const emitted: Event[] = [];
  try {
    const run = runWorkflow(definition, inputOf(definition, scenario), {
      journal,
      clock,
      workflows,
      caller: world.caller,
      http: world.http,
      secrets: async (name) => given.secrets[name],
      random: () => 0.5,
      onEvent: (event) => void emitted.push(event),
      events: given.events.map((attributes, nth) => toEvent(attributes, nth + 1)),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const result = await run;
    const entries = (await journal.read('0', result.runId))?.entries ?? [];
    const path = entries
      .filter(({ kind }) => kind === 'done')
      .map(({ position }) => position.slice(position.lastIndexOf('/') + 1));
    return { name: scenario.name, failures: compare(scenario, { result, path, emitted, world }) };
  } catch (error) {
    return {
      name: scenario.name,
      failures: [`it did not end: ${error instanceof Error ? error.message : String(error)}`],
    };
  } finally {
    clock.stop();
  }
}

function inputOf(definition: Definition, { given }: Scenario): Json {
  return given.event === undefined ? (given.input ?? null) : definition.toRunInput([toEvent(given.event, 0)]);
}

function toEvent(attributes: Readonly<Record<string, unknown>>, nth: number): Event {
  return {
    specversion: '1.0',
    id: `event-${nth}`,
    source: '/scenario',
    time: new Date(EPOCH).toISOString(),
    ...attributes,
  } as Event;
}

interface Outcome {
  readonly result: RunResult;
  readonly path: readonly string[];
  readonly emitted: readonly Event[];
  readonly world: MockedWorld;
}

function compare({ expect }: Scenario, { result, path, emitted, world }: Outcome): readonly string[] {
  const failures: string[] = [];
  const check = (holds: boolean, what: string, expected: unknown, actual: unknown) => {
    if (!holds) failures.push(`${what}: expected ${JSON.stringify(expected)}, was ${JSON.stringify(actual)}`);
  };
  const output = result.status === 'completed' ? result.output : undefined;
  const fault = result.status === 'faulted' ? result.fault : undefined;
  check(
    result.status === expect.status,
    'status',
    expect.status,
    fault === undefined ? result.status : { status: result.status, fault },
  );
  for (const call of world.unanswered) failures.push(`no mock for ${describeCall(call)}`);
  if (expect.path) check(isDeepStrictEqual(path, expect.path), 'path', expect.path, path);
  if (expect.output !== undefined) check(isDeepStrictEqual(output, expect.output), 'output', expect.output, output);
  if (expect.outputContains !== undefined)
    check(contains(output, expect.outputContains), 'output contains', expect.outputContains, output);
  if (expect.fault !== undefined) check(contains(fault, expect.fault), 'fault contains', expect.fault, fault);
  if (expect.emits) check(contains(emitted, expect.emits as Json), 'emits', expect.emits, emitted);
  if (expect.calls) check(contains(world.calls, expect.calls as Json), 'calls', expect.calls, world.calls);
  return failures;
}
