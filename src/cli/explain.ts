import { existsSync, statSync } from 'node:fs';
import { join, parse } from 'node:path';
import { listWorkflows } from '../house/operator-files.ts';
import { explain as toMermaid } from '../workflow/explain.ts';
import { formatProblem } from '../workflow/problem.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { readDefinition } from './read-definition.ts';
import { plain } from './terminal.ts';
import { suggestion, usage } from './usage.ts';

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

/** The word itself where it is a file, else the file of that name among the workflows. @throws FairleadError `cli.usage` */
function fileOf(word: string, workflowsPath: string): string {
  const candidates = [word, ...['.yaml', '.yml', '.json'].map((extension) => join(workflowsPath, word + extension))];
  const found = candidates.find((file) => existsSync(file) && !statSync(file).isDirectory());
  if (found !== undefined) return found;
  const names = namesIn(workflowsPath);
  const known = names.length === 0 ? 'holds no workflow' : `holds ${names.join(', ')}`;
  throw usage(
    `“${word}” is neither a file nor the name of a workflow.${suggestion(parse(word).name, names)} ${workflowsPath} ${known}.`,
  );
}

function namesIn(workflowsPath: string): readonly string[] {
  const isFolder = statSync(workflowsPath, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? listWorkflows(workflowsPath).map((file) => parse(file).name) : [];
}

function toLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}
