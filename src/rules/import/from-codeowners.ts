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
  const lines = toLines(text, note);
  /** The folder that each pattern of the lines below begins with, the last line's first. */
  const later = new Map<string, string>();
  const reviewers: ReviewerWritten[] = [];
  for (const { globs, owners } of lines.toReversed()) {
    // One list for both at once: a pattern that stands again below is taken over whole.
    const own = globs.filter((glob) => !later.has(glob));
    const beginnings = own.map(beginningOf);
    const { people, teams } = split(owners, note);
    if (own.length > 0 && people.length + teams.length > 0) {
      const excludes = [...later]
        .filter(([, beginning]) => beginnings.some((mine) => mayOverlap(mine, beginning)))
        .map(([glob]) => `!${glob}`)
        .reverse();
      if (own.length + excludes.length > MOST_GLOBS) {
        note(
          `${own[0]}: more than ${MOST_GLOBS} later lines may take files over from it; the first of them are heeded.`,
        );
      }
      reviewers.unshift({
        files: [...own, ...excludes].slice(0, MOST_GLOBS),
        people: [...people],
        teams: [...teams],
      });
    }
    for (const [index, glob] of own.entries()) later.set(glob, beginnings[index] ?? '');
  }
  if (reviewers.length > 0) {
    note('GitHub asks code owners by itself while CODEOWNERS is there; take the file away, or keep these rules out.');
    note('A branch protection that demands a code owner’s approval needs CODEOWNERS itself.');
  }
  return { labels: [], reviewers, notes: [...notes] };
}

/** The lines that say something, as they stand. */
export function toLines(text: string, note: (message: string) => void = () => {}): readonly Line[] {
  return text.split('\n').flatMap((line, index) => toLine(line, index + 1, note));
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

/** The folders that every path begins with which a glob matches; a glob without a star is its whole path. */
function beginningOf(glob: string): string {
  return /^[^*?\\]*\//.exec(glob)?.[0] ?? (/[*?\\]/.test(glob) ? '' : glob);
}

/** Whether some path may match both of two globs: told by how they begin. */
function mayOverlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
