import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FairleadError } from '../events/fairlead-error.ts';
import { composeConfiguration, type Source } from '../rules/import/compose.ts';
import { OWNERS, readTools, TOOL_PATHS } from '../rules/import/tools.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { plain, styleFor } from './terminal.ts';

const TARGET = '.github/fairlead.yml';

/** `fairlead init [folder]`: exit 1 when there is nothing to start from, or what would come of it cannot be used. */
export async function init({ context, arguments: [folder = '.'], flag }: Invocation): Promise<number> {
  const { stdout, environment } = context;
  const style = styleFor(stdout, environment);
  const target = join(folder, TARGET);
  const isPrinted = flag('print');
  if (!isPrinted && existsSync(target) && !flag('force')) {
    throw new FairleadError(
      'cli.usage',
      `${target} is there already. --force replaces it, --print writes to the terminal.`,
    );
  }
  const sources = readSources(folder);
  if (sources.length === 0) {
    throw new FairleadError(
      'cli.not_found',
      `There is no labeler.yml, auto_assign.yml, CODEOWNERS or OWNERS in ${folder}. Without a file of its own a repository gets the default rules.`,
    );
  }
  const { text, notes, problems } = composeConfiguration(sources);
  if (isPrinted) stdout.write(text);
  else {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    stdout.write(`${plain(target)} is written, from ${sources.map(({ name }) => plain(name)).join(', ')}.\n`);
    for (const note of notes) stdout.write(`  ${style.accent('·')} ${plain(note)}\n`);
  }
  for (const problem of problems) context.stderr.write(`${style.bad('✗')} ${plain(problem)}\n`);
  return problems.length === 0 ? EXIT_CODES.done : EXIT_CODES.failed;
}

/** What the other tools' files in a checkout say. @throws FairleadError `rules.invalid` naming the file that cannot be read */
export function readSources(folder: string): readonly Source[] {
  const single = TOOL_PATHS.filter((path) => existsSync(join(folder, path)));
  const owners = globSync(`**/${OWNERS}`, { cwd: folder, exclude: ['**/node_modules/**', '.git/**'] });
  const paths = new Set([...single, ...owners.map((path) => path.replaceAll('\\', '/'))]);
  const { sources, problems } = readTools(
    new Map([...paths].map((path) => [path, readFileSync(join(folder, path), 'utf8')])),
  );
  const [problem] = problems;
  if (problem === undefined) return sources;
  const { file, line, column, message } = problem;
  throw new FairleadError('rules.invalid', `${file} cannot be read: line ${line}, column ${column}: ${message}`);
}
