/**
 * GitHub is away for what a workflow does last, and for hours: what it did before is not done again meanwhile. Somebody may
 * have undone it, and a word that is told twice is acted on twice.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { runWorkflow } from '../../src/workflow/run-workflow.ts';
import { createJumpingClock } from '../../src/workflow/scenario/jumping-clock.ts';
import { loadScenarios } from '../../src/workflow/scenario/load-scenarios.ts';
import { createMockedWorld } from '../../src/workflow/scenario/mocked-world.ts';

const EPOCH = Date.parse('2026-01-01T00:00:00Z');
const AWAY_MS = 6 * 3_600_000;

async function runWithout(last: string, file: string, name: string) {
  const { scenarios, definition, workflows } = loadScenarios(join(import.meta.dirname, '../../workflows', file));
  const given = scenarios.find((scenario) => scenario.name === name)?.given;
  if (given === undefined) throw new Error(`${file} has no scenario “${name}”`);
  const answers = new Map(given.calls.map((call) => [call.operation, call.returns]));
  const calls: string[] = [];
  const emitted: string[] = [];
  const clock = createJumpingClock(EPOCH);
  const started = { specversion: '1.0', id: 'e', source: '/s', time: new Date(EPOCH).toISOString(), ...given.event };
  const { status } = await runWorkflow(definition, definition.toRunInput([started as Event]), {
    journal: createMemoryJournal(),
    clock,
    workflows,
    random: () => 0.5,
    caller: {
      ...createMockedWorld([]).caller,
      async call({ operationId }) {
        calls.push(operationId);
        if (operationId === last && clock.now() - EPOCH < AWAY_MS) {
          throw new FairleadError('github.unavailable', 'Away.', { status: 502 });
        }
        return answers.get(operationId) ?? {};
      },
    },
    onEvent: ({ type }) => void emitted.push(type),
  }).finally(() => clock.stop());
  const tries = calls.filter((operation) => operation === last).length;
  return { status, tries, before: calls.filter((operation) => operation !== last), emitted };
}

test('labels and reviewers are not asked for again while the check run cannot be written', async () => {
  const { status, tries, before, emitted } = await runWithout(
    'report',
    'pull-request.test.yaml',
    'what was decided is done, explained and announced, in this order',
  );
  expect(status).toBe('completed');
  expect(tries).toBeGreaterThan(50);
  expect(before).toEqual(['readRules', 'readFacts', 'decide', 'applyLabels', 'requestReviewers']);
  expect(emitted).toEqual(['dev.fairlead.pull_request.verified.v1']);
});

test('a comment is carried out and told once while it cannot be answered', async () => {
  const { status, tries, before, emitted } = await runWithout(
    'answerCommands',
    'comment-commands.test.yaml',
    'what a comment says is done in this order, and answered at last',
  );
  expect(status).toBe('completed');
  expect(tries).toBeGreaterThan(50);
  expect(before).toEqual(before.filter((operation, index) => before.indexOf(operation) === index));
  expect(before).toContain('changeLabels');
  expect(emitted).toEqual([
    'dev.fairlead.pull_request.review_postponed.v1',
    'dev.fairlead.pull_request.evaluation_requested.v1',
  ]);
});
