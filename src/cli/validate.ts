import { CATALOGUE } from '../events/catalogue.ts';
import { SCENARIOS } from '../house/operator-files.ts';
import type { Definition } from '../workflow/definition.ts';
import { formatProblem, type Problem } from '../workflow/problem.ts';
import { readScenarios } from '../workflow/scenario/load-scenarios.ts';
import { warnOfUnconsumed } from '../workflow/unconsumed.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { readDefinition } from './read-definition.ts';
import { plain, styleFor, toJsonText } from './terminal.ts';

/**
 * `fairlead validate <file>…`: exit 1 when a file has an error, cannot be read, or needs what this runtime lacks. What one
 * file emits another may consume. Scenarios are held against their own schema.
 */
export async function validate({ context, arguments: files, flag }: Invocation): Promise<number> {
  const { stdout, environment } = context;
  const style = styleFor(stdout, environment);
  const loaded = files.map((file) => ({ file, ...check(file) }));
  // What Fairlead's own workflows publish is for the notifier too.
  const unconsumed = warnOfUnconsumed(
    loaded.flatMap(({ definition }) => (definition ? [definition] : [])),
    (type) => Object.hasOwn(CATALOGUE, type),
  );
  let errors = 0;
  for (const { file, definition, problems: found = [] } of loaded) {
    const warnings = unconsumed.filter((warning) => warning.file === file);
    const problems: readonly Problem[] = definition
      ? [...definition.unsupported, ...definition.warnings, ...warnings]
      : found;
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

/** Without problems of its own a file of scenarios has nothing more to tell. */
function check(file: string): { readonly definition?: Definition; readonly problems?: readonly Problem[] } {
  return SCENARIOS.test(file) ? { problems: readScenarios(file).problems ?? [] } : readDefinition(file);
}
