/** Whom a CODEOWNERS file names for changed files: people alone, a team being none that can be assigned. */
import { toLines } from './import/from-codeowners.ts';
import { compilePaths } from './match.ts';

/** With 3,000 files, what can be matched well within a second. The last lines are those that count. */
const MOST_LINES = 2_000;
const LOGIN = /^@([A-Za-z\d](?:[A-Za-z\d-]{0,98}[A-Za-z\d])?)$/;

/** Logins, in the order of the files. A renamed file is its owners' by both its paths. */
export function codeOwnersOf(
  text: string,
  files: readonly { readonly path: string; readonly previousPath?: string | undefined }[],
): readonly string[] {
  const lines = toLines(text)
    .slice(-MOST_LINES)
    .map(({ globs, owners }) => ({ matches: compilePaths(globs), owners }));
  const owners = new Map<string, string>();
  for (const { path, previousPath } of files) {
    for (const one of previousPath === undefined ? [path] : [path, previousPath]) {
      const line = lines.findLast(({ matches }) => matches(one) !== undefined);
      for (const owner of line?.owners ?? []) {
        const login = LOGIN.exec(owner)?.[1];
        if (login !== undefined) owners.set(login.toLowerCase(), login);
      }
    }
  }
  return [...owners.values()];
}
