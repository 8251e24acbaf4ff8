import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { explain as toMermaid } from '../workflow/explain.ts';
import { formatProblem } from '../workflow/problem.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { readDefinition } from './read-definition.ts';
import { plain } from './terminal.ts';

/** `fairlead explain <workflow>`: exit 1, with the problems on standard error, when the definition is not valid. */
export async function explain({ context, arguments: [workflow] }: Invocation): Promise<number> {
  const { workflowsPath } = context.readLocalConfig(context.environment);
  const { definition, problems } = readDefinition(fileOf(workflow as string, workflowsPath));
  if (!definition) {
    for (const problem of problems) context.stderr.write(`${toLines(formatProblem(problem))}\n`);
    return EXIT_CODES.failed;
  }
  context.stdout.write(`${toLines(toMermaid(definition).trimEnd())}\n`);
  return EXIT_CODES.done;
}

/** The word itself where it is a file, else the file of that name among the workflows. */
function fileOf(word: string, workflowsPath: string): string {
  const candidates = [word, ...['.yaml', '.yml', '.json'].map((extension) => join(workflowsPath, word + extension))];
  return candidates.find((file) => existsSync(file)) ?? word;
}

function toLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}
