import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FairleadError } from '../events/fairlead-error.ts';
import { composeConfiguration, type Source } from '../rules/import/compose.ts';
import { OWNERS, readTools, TOOL_PATHS } from '../rules/import/tools.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { plain, styleFor } from './terminal.ts';
import { usage } from './usage.ts';

const TARGET = '.github/fairlead.yml';

const REPOSITORY = /^[a-z\d][\w-]*\/[\w.-]+$/i;

/** `fairlead init [folder|owner/repo]`: exit 1 when there is nothing to start from, or what would come of it cannot be used. */
export async function init(invocation: Invocation): Promise<number> {
  const [place = '.'] = invocation.arguments;
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder) return writeIn(invocation, place);
  if (REPOSITORY.test(place)) return printFor(invocation, place);
  throw usage(`“${place}” is neither a folder nor a repository. Name a checkout, or write owner/repo.`);
}

/** Nothing is written, on GitHub or here: the file goes to the terminal, what is said about it beside it. */
async function printFor({ context }: Invocation, fullName: string): Promise<number> {
  const style = styleFor(context.stderr, context.environment);
  const { sources, notes: unread } = await readSourcesOnGitHub(context, fullName);
  if (sources.length === 0) throw nothingIn(fullName);
  const { text, notes, problems } = composeConfiguration(sources);
  context.stdout.write(text);
  context.stderr.write(
    `From ${sources.map(({ name }) => plain(name)).join(', ')} of ${fullName}; nothing is written.\n`,
  );
  for (const note of [...unread, ...notes]) context.stderr.write(`  ${style.accent('·')} ${plain(note)}\n`);
  for (const problem of problems) context.stderr.write(`${style.bad('✗')} ${plain(problem)}\n`);
  return problems.length === 0 ? EXIT_CODES.done : EXIT_CODES.failed;
}

async function writeIn({ context, flag }: Invocation, folder: string): Promise<number> {
  const { stdout, environment } = context;
  const style = styleFor(stdout, environment);
  const target = join(folder, TARGET);
  const isPrinted = flag('print');
  if (!isPrinted && existsSync(target) && !flag('force')) {
    throw usage(`${target} is there already. --force replaces it, --print writes to the terminal.`);
  }
  const sources = readSources(folder);
  if (sources.length === 0) throw nothingIn(folder === '.' ? 'this folder' : folder);
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
  return understand(new Map([...paths].map((path) => [path, readFileSync(join(folder, path), 'utf8')])));
}

/** The same of a repository's default branch, and in words what was not read. */
async function readSourcesOnGitHub(
  context: Invocation['context'],
  fullName: string,
): Promise<{ readonly sources: readonly Source[]; readonly notes: readonly string[] }> {
  const config = context.readConfig(context.environment);
  const [{ openForReading }, { readToolFiles }] = await Promise.all([
    import('../house/reading-github.ts'),
    import('../../functions/read-tool-files.ts'),
  ]);
  const { context: reading, repository } = await openForReading(config, fullName);
  const { full_name, default_branch: base } = repository;
  const files = await readToolFiles(reading.github, { fullName: full_name, base, everywhere: true });
  if (files.outcome === 'unavailable') throw new FairleadError('cli.not_found', files.reason);
  return { sources: understand(files.texts), notes: files.notes };
}

function understand(texts: ReadonlyMap<string, string>): readonly Source[] {
  const { sources, problems } = readTools(texts);
  const [problem] = problems;
  if (problem === undefined) return sources;
  const { file, line, column, message } = problem;
  throw new FairleadError('rules.invalid', `${file} cannot be read: line ${line}, column ${column}: ${message}`);
}

function nothingIn(place: string): FairleadError {
  return new FairleadError(
    'cli.not_found',
    `There is no labeler.yml, auto_assign.yml, CODEOWNERS or OWNERS in ${place}. Without a file of its own a repository gets the default rules.`,
  );
}
