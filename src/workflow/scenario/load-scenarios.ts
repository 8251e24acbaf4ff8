import { readFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { FairleadError } from '../../events/fairlead-error.ts';
import { type Definition, loadDefinition } from '../definition.ts';
import { isDocument, parseSource, type SourceDocument } from '../document.ts';
import { describeIssues } from '../issue.ts';
import { formatProblem, type Path, type Problem } from '../problem.ts';
import { type Scenario, type ScenarioFile, scenarioFileSchema } from './schema.ts';

export interface LoadedScenarios {
  readonly definition: Definition;
  readonly workflows: readonly Definition[];
  readonly scenarios: readonly Scenario[];
}

/** A file of scenarios, and the text of each definition that it names by that name. */
interface ReadScenarios extends ScenarioFile {
  readonly texts: ReadonlyMap<string, string>;
}

type ReadResult =
  | { readonly read: ReadScenarios; readonly problems?: undefined }
  | { readonly read?: undefined; readonly problems: readonly Problem[] };

/** @throws FairleadError `workflow.invalid` that says what is wrong with the file or with a definition that it names */
export function loadScenarios(file: string): LoadedScenarios {
  const { read, problems } = readScenarios(file);
  if (!read) throw invalid(problems);
  const load = (name: string) => {
    const loaded = loadDefinition(read.texts.get(name) as string, { file: join(dirname(file), name) });
    if (loaded.definition === undefined) throw invalid(loaded.problems);
    return loaded.definition;
  };
  return { definition: load(read.workflow), workflows: read.workflows.map(load), scenarios: read.scenarios };
}

/** Whether the file is one of scenarios, and what it names is there; the definitions themselves are not looked into. */
export function readScenarios(file: string): ReadResult {
  const { text, code } = readText(file);
  if (text === undefined) {
    const message = `The file cannot be read (${code}).`;
    return { problems: [{ file, line: 1, column: 1, severity: 'error', message }] };
  }
  const parsed = parseSource(text, file);
  if (!isDocument(parsed)) return { problems: parsed };
  const at = (path: Path, rest: Pick<Problem, 'message' | 'hint'>): Problem => ({
    file,
    ...parsed.locate(path),
    severity: 'error',
    ...rest,
  });
  if (isWorkflow(parsed.value)) {
    const name = basename(file, extname(file));
    return {
      problems: [
        at([], { message: `This is a workflow; its scenarios are a file of their own, such as ${name}.test.yaml.` }),
      ],
    };
  }
  const checked = scenarioFileSchema.safeParse(parsed.value);
  if (!checked.success) {
    return { problems: describeIssues(checked.error.issues, parsed.value).map(({ path, ...rest }) => at(path, rest)) };
  }
  const { workflow, workflows } = checked.data;
  const named = [
    [workflow, ['workflow']] as const,
    ...workflows.map((name, nth) => [name, ['workflows', nth]] as const),
  ];
  const texts = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [name, path] of named) {
    const definition = readText(join(dirname(file), name));
    if (definition.text === undefined)
      problems.push(at(path, { message: `${name} cannot be read (${definition.code}).` }));
    else texts.set(name, definition.text);
  }
  return problems.length > 0 ? { problems } : { read: { ...checked.data, texts } };
}

function isWorkflow(value: SourceDocument['value']): boolean {
  return typeof value === 'object' && value !== null && 'document' in value && 'do' in value;
}

function readText(file: string): { readonly text?: string; readonly code?: string } {
  try {
    return { text: readFileSync(file, 'utf8') };
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code };
  }
}

function invalid(problems: readonly Problem[]): FairleadError {
  const lines = problems.map((problem) => `  - ${formatProblem(problem).replaceAll('\n', '\n  ')}`);
  return new FairleadError('workflow.invalid', `The scenarios cannot be run:\n${lines.join('\n')}`);
}
