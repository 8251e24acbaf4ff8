import { hash } from 'node:crypto';
import type { Filter } from '../broker/filter.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { ScheduledDefinition } from '../runner/scheduler.ts';
import type { Starter } from '../runner/starters.ts';
import { type CheckedDefinition, fromChecked } from '../workflow/checked-definition.ts';
import type { Definition } from '../workflow/definition.ts';
import { createDefinitions } from '../workflow/definitions.ts';
import type { Definitions } from '../workflow/ports.ts';
import { formatProblem } from '../workflow/problem.ts';
import { createTimetable } from '../workflow/schedule.ts';
import { KNOWN_DEFINITIONS } from './known-definitions.ts';
import { operationsOf } from './local-caller.ts';
import type { OperatorFile } from './operator-files.ts';

/** Workflow definitions, as the engine and the runner want them. */
export interface DefinitionTable extends Definitions<Definition> {
  readonly all: readonly Definition[];
}

/**
 * @param known those that need not be checked, by the digest of their text; what checks the others is loaded for them
 * @throws FairleadError `workflow.invalid` with every problem of every file
 */
export async function toDefinitionTable(
  files: readonly OperatorFile[],
  known: Readonly<Record<string, CheckedDefinition>> = KNOWN_DEFINITIONS,
): Promise<DefinitionTable> {
  const problems: string[] = [];
  const all: Definition[] = [];
  for (const { name, text } of files) {
    const checked = known[digestOf(text)];
    if (checked !== undefined) {
      all.push(fromChecked(checked, { text, file: name }));
      continue;
    }
    const { loadDefinition } = await import('../workflow/definition.ts');
    const loaded = loadDefinition(text, { file: name, operations: operationsOf });
    if (loaded.definition) all.push(loaded.definition);
    else problems.push(...loaded.problems.map(formatProblem));
  }
  problems.push(...repeated(all));
  if (problems.length > 0) {
    throw new FairleadError(
      'workflow.invalid',
      `The workflows cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
  return { ...createDefinitions(all), all };
}

/** By which a text is known again. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** What the definition wants of the broker. */
export function toStarter(definition: Definition): Starter {
  const { ref, consumes, toRunInput, lane } = definition;
  const listens = definition.listens.map(toFilter);
  if (consumes === undefined) return { definition: ref, starts: [], listens };
  const { mode, filters } = consumes;
  return {
    definition: ref,
    starts: filters.map(({ attributes }) => toFilter(attributes)),
    matches: (event) => filters.some((filter) => filter.matches(event)),
    ...(mode === 'all' ? { needs: filters } : {}),
    ...(lane === undefined ? {} : { lane }),
    toInput: toRunInput,
    listens,
  };
}

/** Those that time starts. */
export async function scheduledIn({ all }: DefinitionTable): Promise<readonly ScheduledDefinition[]> {
  const scheduled = all.map(async ({ ref, schedule }) => {
    const timetable = schedule === undefined ? undefined : await createTimetable(schedule);
    return timetable === undefined ? [] : [{ definition: ref, timetable }];
  });
  return (await Promise.all(scheduled)).flat();
}

/** What a trigger can tell of the attributes that an event must have; data is left to the definition's own filter. */
function toFilter(attributes: Readonly<Record<string, unknown>>): Filter {
  const texts = Object.entries(attributes)
    .filter(([name, value]) => name !== 'data' && typeof value !== 'object')
    .map(([name, value]) => [name, String(value)] as const);
  return texts.length === 0 ? { cesql: 'TRUE' } : { exact: Object.fromEntries(texts) };
}

function repeated(all: readonly Definition[]): readonly string[] {
  const seen = new Map<string, string>();
  return all.flatMap(({ ref, file }) => {
    const name = `${ref.namespace}/${ref.name}/${ref.version}`;
    const first = seen.get(name);
    seen.set(name, first ?? file);
    return first === undefined ? [] : [`${file} and ${first} both define ${name}; give one another name or version`];
  });
}
