import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FairleadError } from '../events/fairlead-error.ts';
import { composeConfiguration, type Source } from '../rules/import/compose.ts';
import { fromAutoAssign } from '../rules/import/from-auto-assign.ts';
import { fromCodeowners } from '../rules/import/from-codeowners.ts';
import { fromLabeler } from '../rules/import/from-labeler.ts';
import { fromOwners } from '../rules/import/from-owners.ts';
import type { Imported } from '../rules/import/imported.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { plain, styleFor } from './terminal.ts';

const TARGET = '.github/fairlead.yml';

/** Where each tool looks, the first that is there. */
const READERS: readonly { readonly paths: readonly string[]; readonly read: (text: string) => Imported }[] = [
  { paths: ['.github/labeler.yml', '.github/labeler.yaml'], read: fromLabeler },
  { paths: ['.github/auto_assign.yml', '.github/auto_assign.yaml'], read: fromAutoAssign },
  { paths: ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'], read: fromCodeowners },
];

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

function readSources(folder: string): readonly Source[] {
  const single = READERS.flatMap(({ paths, read }): readonly Source[] => {
    const name = paths.find((path) => existsSync(join(folder, path)));
    return name === undefined ? [] : [{ name, imported: readAs(name, () => read(readText(folder, name))) }];
  });
  const owners = globSync('**/OWNERS', { cwd: folder, exclude: ['**/node_modules/**', '.git/**'] }).toSorted();
  if (owners.length === 0) return single;
  const files = new Map(
    owners.map((path) => [dirname(path).replaceAll('\\', '/').replace(/^\.$/, ''), readText(folder, path)]),
  );
  const aliases = existsSync(join(folder, 'OWNERS_ALIASES')) ? readText(folder, 'OWNERS_ALIASES') : '';
  return [...single, { name: 'OWNERS', imported: readAs('OWNERS', () => fromOwners(files, aliases)) }];
}

function readText(folder: string, path: string): string {
  return readFileSync(join(folder, path), 'utf8');
}

function readAs(name: string, read: () => Imported): Imported {
  try {
    return read();
  } catch (error) {
    throw new FairleadError('rules.invalid', `${name} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
