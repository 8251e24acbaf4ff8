import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Filter } from '../broker/filter.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Starter } from '../runner/starters.ts';
import { type Definition, loadDefinition } from '../workflow/definition.ts';
import { createDefinitions } from '../workflow/definitions.ts';
import type { Definitions } from '../workflow/ports.ts';
import { formatProblem } from '../workflow/problem.ts';

/** A definition longer than this is a mistake. */
const MOST_BYTES = 1024 * 1024;

/** The workflow definitions of a directory, as the engine and the runner want them. */
export interface DefinitionTable extends Definitions<Definition> {
  readonly all: readonly Definition[];
}

/** @throws FairleadError `workflow.invalid` with every problem of every file, or `config.invalid` when there is no directory to read */
export function readDefinitions(directory: string): DefinitionTable {
  const problems: string[] = [];
  const all: Definition[] = [];
  for (const file of definitionFiles(directory)) {
    const loaded = loadDefinition(readFileSync(file, 'utf8'), { file });
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

/** What the definition wants of the broker. */
export function toStarter(definition: Definition): Starter {
  const { ref, consumes, toRunInput } = definition;
  if (consumes === undefined) return { definition: ref, starts: [] };
  if (consumes.mode === 'all') {
    throw new FairleadError(
      'workflow.invalid',
      `${definition.file}: schedule.on.all waits for several events, which the bot cannot do yet. Use one, any, or a listen task.`,
    );
  }
  return {
    definition: ref,
    starts: consumes.filters.map(({ attributes }) => toFilter(attributes)),
    matches: (event) => consumes.filters.some((filter) => filter.matches(event)),
    toInput: (event) => toRunInput([event]),
  };
}

function toFilter(attributes: Readonly<Record<string, unknown>>): Filter {
  const texts = Object.entries(attributes).map(([name, value]) => [name, String(value)] as const);
  // No literal attribute: every event may match, and `matches` has the word.
  return texts.length === 0 ? { all: [] } : { exact: Object.fromEntries(texts) };
}

function definitionFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /\.(?:ya?ml|json)$/.test(name) && !/\.test\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(directory, name))
      .filter((file) => {
        const { size } = statSync(file);
        if (size > MOST_BYTES)
          throw new FairleadError('workflow.invalid', `${file} has ${size} bytes; at most ${MOST_BYTES} are read.`);
        return true;
      });
  } catch (error) {
    if (error instanceof FairleadError) throw error;
    throw new FairleadError(
      'config.invalid',
      `The workflows in ${directory} cannot be read. Set FAIRLEAD_WORKFLOWS to their directory.`,
      {
        cause: error,
      },
    );
  }
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
