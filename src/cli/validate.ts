import { formatProblem, type Problem } from '../workflow/problem.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { readDefinition } from './read-definition.ts';
import { plain, styleFor, toJsonText } from './terminal.ts';

/** `fairlead validate <file>…`: exit 1 when a file has an error, cannot be read, or needs what this runtime lacks. */
export async function validate({ context, arguments: files, flag }: Invocation): Promise<number> {
  const { stdout, environment } = context;
  const style = styleFor(stdout, environment);
  let errors = 0;
  for (const file of files) {
    const problems = problemsOf(file);
    const isValid = problems.every(({ severity }) => severity === 'warning');
    if (!isValid) errors += 1;
    for (const problem of problems) {
      const lines = flag('json') ? [toJsonText(problem)] : formatProblem(problem).split('\n').map(plain);
      stdout.write(`${lines.join('\n')}\n`);
    }
    if (isValid && !flag('json')) stdout.write(`${plain(file)}: ${style.good('valid')}\n`);
  }
  return errors === 0 ? EXIT_CODES.done : EXIT_CODES.failed;
}

function problemsOf(file: string): readonly Problem[] {
  const { definition, problems } = readDefinition(file);
  return definition ? [...definition.unsupported, ...definition.warnings] : problems;
}
