import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FairleadError } from '../../events/fairlead-error.ts';
import { type Definition, loadDefinition } from '../definition.ts';
import { parseSource } from '../document.ts';
import { formatProblem } from '../problem.ts';
import { type Scenario, scenarioFileSchema } from './schema.ts';

export interface LoadedScenarios {
  readonly definition: Definition;
  readonly workflows: readonly Definition[];
  readonly scenarios: readonly Scenario[];
}

/** @throws FairleadError `workflow.invalid` that says what is wrong with the file or with a definition that it names */
export function loadScenarios(file: string): LoadedScenarios {
  const parsed = parseSource(read(file), file);
  if (Array.isArray(parsed)) throw invalid(parsed.map(formatProblem));
  const document = parsed as Exclude<ReturnType<typeof parseSource>, readonly unknown[]>;
  const checked = scenarioFileSchema.safeParse(document.value);
  if (!checked.success) {
    throw invalid(
      checked.error.issues.map(({ path, message }) => {
        const { line, column } = document.locate(path.filter((part) => typeof part !== 'symbol'));
        return `${file}:${line}:${column}: ${path.join('.')}: ${message}`;
      }),
    );
  }
  const { workflow, workflows, scenarios } = checked.data;
  const load = (name: string) => loadFrom(join(dirname(file), name));
  return { definition: load(workflow), workflows: workflows.map(load), scenarios };
}

function loadFrom(file: string): Definition {
  const loaded = loadDefinition(read(file), { file });
  if (loaded.definition === undefined) throw invalid(loaded.problems.map(formatProblem));
  return loaded.definition;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid([`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`], error);
  }
}

function invalid(problems: readonly string[], cause?: unknown): FairleadError {
  return new FairleadError(
    'workflow.invalid',
    `The scenarios cannot be run:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    { cause },
  );
}
