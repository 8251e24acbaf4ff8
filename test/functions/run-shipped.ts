/** A shipped workflow run by the real runtime over the real functions and GitHub client; only the wire is fake. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTIONS } from '../../functions/index.ts';
import type { Event } from '../../src/events/event.ts';
import { createLocalCaller } from '../../src/house/local-caller.ts';
import { toEvent } from '../../src/source/translate.ts';
import { type Definition, loadDefinition } from '../../src/workflow/definition.ts';
import { runWorkflow } from '../../src/workflow/run-workflow.ts';
import type { Workbench } from './harness.ts';

export function loadShipped(name: string): Definition {
  const file = join(import.meta.dirname, '../../workflows', name);
  const { definition, problems } = loadDefinition(readFileSync(file, 'utf8'), { file });
  if (definition === undefined) throw new Error(JSON.stringify(problems));
  return definition;
}

/** By a webhook `pull_request` of this payload. */
export async function runShipped(
  workbench: Workbench,
  definition: Definition,
  payload: Readonly<Record<string, unknown>>,
) {
  const event = toEvent({ name: 'pull_request', id: 'd-1', payload }, { convention: 'knative', now: 0 });
  return runByEvents(workbench, definition, [event]);
}

export async function runByEvents(workbench: Workbench, definition: Definition, started: readonly Event[]) {
  const events: Event[] = [];
  const result = await runWorkflow(definition, definition.toRunInput(started), {
    tenant: '1',
    clock: workbench.clock,
    caller: createLocalCaller({ functions: FUNCTIONS, toContext: workbench.toContext }),
    onEvent: (emitted) => {
      events.push(emitted);
    },
  });
  return { result, events };
}
