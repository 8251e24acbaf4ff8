/**
 * A CODEOWNERS file as GitHub reads it
 * (https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners):
 * the last line that matches a file says who owns it, and all owners are asked. Each line becomes a rule that leaves out
 * what later lines take over.
 */
import { problemOfGlob } from '../glob.ts';
import { type Imported, type ReviewerWritten, toLogins } from './imported.ts';

interface Line {
  readonly globs: readonly string[];
  readonly owners: readonly string[];
}

/** As many patterns as one list may have. */
const MOST_GLOBS = 100;

export function fromCodeowners(text: string): Imported {
  const notes = new Set<string>();
  const note = (message: string) => notes.add(message);
  const lines = text.split('\n').flatMap((line, index) => toLine(line, index + 1, note));
  const reviewers = lines.flatMap(({ globs, owners }, index): readonly ReviewerWritten[] => {
    const later = lines.slice(index + 1).flatMap((line) => line.globs);
    // One list for both at once: a pattern that stands again below is taken over whole.
    const own = globs.filter((glob) => !later.includes(glob));
    const excludes = [...new Set(later)].filter((glob) => own.some((mine) => mayOverlap(mine, glob)));
    if (own.length === 0 || owners.length === 0) return [];
    if (own.length + excludes.length > MOST_GLOBS) {
      note(`${own[0]}: more than ${MOST_GLOBS} later lines may take files over from it; the first of them are heeded.`);
    }
    const files = [...own, ...excludes.map((glob) => `!${glob}`)].slice(0, MOST_GLOBS);
    const { people, teams } = split(owners, note);
    return people.length + teams.length === 0 ? [] : [{ files, people: [...people], teams: [...teams] }];
  });
  if (reviewers.length > 0) {
    note('GitHub asks code owners by itself while CODEOWNERS is there; take the file away, or keep these rules out.');
    note('A branch protection that demands a code owner’s approval needs CODEOWNERS itself.');
  }
  return { labels: [], reviewers, notes: [...notes] };
}

function toLine(line: string, number: number, note: (message: string) => void): readonly Line[] {
  const text = line.replace(/(^|\s)#.*$/, '').trim();
  if (text === '') return [];
  const [pattern = '', ...owners] = text.split(/(?<!\\)\s+/);
  if (/^!|[[\]]/.test(pattern)) {
    note(`Line ${number}: GitHub knows no “!” and no brackets in CODEOWNERS, and passes the line over.`);
    return [];
  }
  const globs = toGlobs(pattern);
  const problem = globs.map(problemOfGlob).find((one) => one !== undefined);
  if (problem !== undefined) {
    note(`Line ${number} is left out: ${problem}.`);
    return [];
  }
  return [{ globs, owners }];
}

/** Gitignore's way: without a slash inside at any depth, a folder means all that is in it. */
function toGlobs(pattern: string): readonly string[] {
  const plain = pattern.replace(/\\(?=\s)/g, '').replace(/[{}()+@!]/g, '\\$&');
  if (plain === '*' || plain === '/**' || plain === '**') return ['**'];
  const isAnchored = plain.slice(0, -1).includes('/');
  const path = isAnchored ? plain.replace(/^\//, '') : `**/${plain.replace(/^\//, '')}`;
  if (path.endsWith('/')) return [`${path}**`];
  // A star at the end of a path stays within its folder; any other name may be that of a folder.
  return /\*[^/]*$/.test(path) ? [path] : [path, `${path}/**`];
}

function split(owners: readonly string[], note: (message: string) => void) {
  const people: string[] = [];
  const teams: string[] = [];
  for (const owner of owners) {
    const team = /^@[^/]+\/(.+)$/.exec(owner)?.[1];
    if (team !== undefined) teams.push(team);
    else if (owner.startsWith('@')) people.push(...toLogins([owner], note));
    else note(`${owner} is an address; write the login instead. It is left out.`);
  }
  return { people, teams };
}

/** Whether some path may match both: told by the folders they begin with. */
function mayOverlap(a: string, b: string): boolean {
  const [first, second] = [a, b].map((glob) => /^[^*?\\]*\//.exec(glob)?.[0] ?? (/[*?\\]/.test(glob) ? '' : glob));
  return first === undefined || second === undefined || first.startsWith(second) || second.startsWith(first);
}
