/**
 * Every workflow as it is shipped waits for GitHub's limits as long and as often as it is told to, and for a GitHub that is away
 * for half a day: what comes of each scenario is what comes of it without.
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
const WAITS = 140;
const WAIT_MS = 11_000;
const HOUR = 3_600_000;
/** The longest that a retry waits, with its jitter, milliseconds. */
const LONGEST_MS = 655_000;

interface Trouble {
  /** How often each call is put off. */
  readonly waits?: number;
  /** For how long from the first call on GitHub is away, milliseconds. */
  readonly awayMs?: number;
}

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

async function outcomeOf({ definition, workflows, scenario: { given } }: Given, { waits = 0, awayMs = 0 }: Trouble) {
  const world = createMockedWorld(given.calls);
  const clock = createJumpingClock(EPOCH);
  const emitted: Pick<Event, 'type' | 'data'>[] = [];
  let putOff = 0;
  let told = 0;
  const failedAt: number[] = [];
  const caller: Caller = {
    ...world.caller,
    async call(call, context) {
      if (told < waits) {
        told += 1;
        putOff += 1;
        throw new FairleadError('github.rate_limited', 'Not now.', { status: 429, retryAfter: WAIT_MS });
      }
      told = 0;
      const [since = clock.now()] = failedAt;
      if (clock.now() - since < awayMs) {
        failedAt.push(clock.now());
        throw new FairleadError('github.unavailable', 'Away.', { status: 502 });
      }
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
  return { outcome: { status, emitted, calls: world.calls }, putOff, failedAt, tookMs: clock.now() - EPOCH };
}

test.each(SCENARIOS)('$told: for limits', async (given) => {
  const usual = await outcomeOf(given, {});
  const limited = await outcomeOf(given, { waits: WAITS });

  expect(limited.outcome).toEqual(usual.outcome);
  expect(limited.putOff).toBe(WAITS * usual.outcome.calls.length);
  expect(limited.tookMs).toBeGreaterThanOrEqual(WAIT_MS * WAITS);
});

test.each(SCENARIOS)('$told: for a GitHub that is away for eleven hours, without storming it', async (given) => {
  const usual = await outcomeOf(given, {});
  const { outcome, failedAt } = await outcomeOf(given, { awayMs: 11 * HOUR });

  expect(outcome).toEqual(usual.outcome);
  expect(failedAt.length).toBeLessThan(130);
  const gaps = failedAt.slice(1).map((at, nth) => at - (failedAt[nth] as number));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5_000);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(LONGEST_MS);
});

test('every workflow that calls something is among them', () => {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'));
  const tried = new Set(SCENARIOS.map(({ definition }) => `${definition.ref.name}.yaml`));
  expect(names.filter((name) => !tried.has(name))).toEqual([]);
});
