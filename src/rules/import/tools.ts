/** Which files of other tools are understood, where each tool looks for its own, and what those that are there say. */
import { dirname } from 'node:path/posix';
import { type FileProblem, type Problem, problemOfSize, readPlain } from '../read-yaml.ts';
import type { Source } from './compose.ts';
import { fromAutoAssign } from './from-auto-assign.ts';
import { fromCodeowners } from './from-codeowners.ts';
import { fromLabeler } from './from-labeler.ts';
import { fromOwners } from './from-owners.ts';
import type { Imported } from './imported.ts';

/** Why a text is not to be given to a reader. */
type Check = (text: string) => readonly Problem[];

interface Tool {
  /** The first that is there counts. */
  readonly paths: readonly string[];
  readonly check: Check;
  readonly read: (text: string) => Imported;
}

const TOOLS: readonly Tool[] = [
  { paths: ['.github/labeler.yml', '.github/labeler.yaml'], check: problemsOfYaml, read: fromLabeler },
  { paths: ['.github/auto_assign.yml', '.github/auto_assign.yaml'], check: problemsOfYaml, read: fromAutoAssign },
  { paths: ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'], check: problemsOfLines, read: fromCodeowners },
];

const MOST_LINES = 1_000;

/** Prow's file, of any folder. */
export const OWNERS = 'OWNERS';
const OWNERS_ALIASES = 'OWNERS_ALIASES';

/** All that is to be looked for; where there is an OWNERS in the root, those of the other folders as well. */
export const TOOL_PATHS: readonly string[] = [...TOOLS.flatMap(({ paths }) => paths), OWNERS, OWNERS_ALIASES];

/** `files` by path. What cannot be read is a problem with its line and column; the rest is understood all the same. */
export function readTools(files: ReadonlyMap<string, string>): {
  readonly sources: readonly Source[];
  readonly problems: readonly FileProblem[];
} {
  const sources: Source[] = [];
  const problems: FileProblem[] = [];

  function understand(name: string, texts: readonly string[], check: Check, read: () => Imported): void {
    const [problem] = texts.flatMap(check);
    if (problem === undefined) sources.push({ name, imported: read() });
    else problems.push({ file: name, ...problem });
  }

  for (const { paths, check, read } of TOOLS) {
    const name = paths.find((path) => files.has(path));
    const text = name === undefined ? undefined : files.get(name);
    if (name !== undefined && text !== undefined) understand(name, [text], check, () => read(text));
  }
  const owners = [...files.keys()].filter((path) => path === OWNERS || path.endsWith(`/${OWNERS}`)).toSorted();
  if (owners.length > 0) {
    const byFolder = new Map(owners.map((path) => [dirname(path).replace(/^\.$/, ''), files.get(path) ?? '']));
    const aliases = files.get(OWNERS_ALIASES) ?? '';
    understand(OWNERS, [...byFolder.values(), aliases], problemsOfYaml, () => fromOwners(byFolder, aliases));
  }
  return { sources, problems };
}

function problemsOfYaml(text: string): readonly Problem[] {
  return readPlain(text).problems ?? [];
}

/** Each line becomes a rule that is held against all below it. */
function problemsOfLines(text: string): readonly Problem[] {
  const problem = problemOfSize(text);
  if (problem !== undefined) return [problem];
  const message = `has more than ${MOST_LINES} lines with a pattern`;
  const isTooLong = text.split('\n').filter((line) => /^\s*[^\s#]/.test(line)).length > MOST_LINES;
  return isTooLong ? [{ line: 1, column: 1, where: '', message }] : [];
}
