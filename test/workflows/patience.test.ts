/**
 * Every workflow as it is shipped waits for GitHub's limits as long and as often as it is told to: each call of each scenario is
 * put off more often than a failure is tried again, and what comes of it is what comes of it without.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import type { Caller } from '../../src/workflow/caller.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { runWorkflow } from '../../src/workflow/run-workflow.ts';
import { createJumpingClock } from '../../src/workflow/scenario/jumping-clock.ts';
import { loadScenarios } from '../../src/workflow/scenario/load-scenarios.ts';
import { createMockedWorld } from '../../src/workflow/scenario/mocked-world.ts';

const FOLDER = join(import.meta.dirname, '../../workflows');
const EPOCH = Date.parse('2026-01-01T00:00:00Z');
/** More than the retries of any workflow. */
const WAITS = 8;
const WAIT_MS = 11_000;

/** Those that hear of no event on their way: when they hear of it is none of this. */
const SCENARIOS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.test.yaml'))
  .flatMap((name) => {
    const { scenarios, definition, workflows } = loadScenarios(join(FOLDER, name));
    return scenarios
      .filter(({ given }) => given.events.length === 0 && given.calls.length > 0)
      .map((scenario) => ({
        told: `${name.replace('.test.yaml', '')}: ${scenario.name}`,
        definition,
        workflows,
        scenario,
      }));
  });

type Given = (typeof SCENARIOS)[number];

async function outcomeOf({ definition, workflows, scenario: { given } }: Given, waits: number) {
  const world = createMockedWorld(given.calls);
  const clock = createJumpingClock(EPOCH);
  const emitted: Pick<Event, 'type' | 'data'>[] = [];
  let putOff = 0;
  let told = 0;
  const caller: Caller = {
    ...world.caller,
    async call(call, context) {
      if (told < waits) {
        told += 1;
        putOff += 1;
        throw new FairleadError('github.rate_limited', 'Not now.', { status: 429, retryAfter: WAIT_MS });
      }
      told = 0;
      return world.caller.call(call, context);
    },
  };
  const started = { specversion: '1.0', id: 'e', source: '/s', time: new Date(EPOCH).toISOString(), ...given.event };
  const input = given.event === undefined ? (given.input ?? null) : definition.toRunInput([started as Event]);
  const { status } = await runWorkflow(definition, input, {
    journal: createMemoryJournal(),
    clock,
    workflows,
    caller,
    random: () => 0.5,
    onEvent: ({ type, data }) => void emitted.push({ type, data }),
  }).finally(() => clock.stop());
  return { outcome: { status, emitted, calls: world.calls }, putOff, tookMs: clock.now() - EPOCH };
}

test.each(SCENARIOS)('$told', async (given) => {
  const usual = await outcomeOf(given, 0);
  const limited = await outcomeOf(given, WAITS);

  expect(limited.outcome).toEqual(usual.outcome);
  expect(limited.putOff).toBe(WAITS * usual.outcome.calls.length);
  expect(limited.tookMs).toBeGreaterThanOrEqual(WAIT_MS * WAITS);
});

test('every workflow that calls something is among them', () => {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'));
  const tried = new Set(SCENARIOS.map(({ definition }) => `${definition.ref.name}.yaml`));
  expect(names.filter((name) => !tried.has(name))).toEqual([]);
});
