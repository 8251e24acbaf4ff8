/** One thing wrong with a definition, told where it was made. */
export interface Problem {
  readonly file: string;
  /** Counted from 1; the place of the offending value, or of its nearest surrounding one. */
  readonly line: number;
  readonly column: number;
  /** What was found and what was expected. */
  readonly message: string;
  /** What the author can do about it. */
  readonly hint?: string;
  /** A warning does not keep the definition from running. */
  readonly severity: 'error' | 'warning';
}

/** Steps through a document: keys and indices. */
export type Path = readonly (string | number)[];

/** Takes down a problem at a place of the document; the loader turns the path into line and column. */
export type Report = (
  path: Path,
  message: string,
  options?: { readonly hint?: string; readonly severity?: Problem['severity']; readonly offset?: number },
) => void;

/** The problem as a compiler would print it. */
export function formatProblem(problem: Problem): string {
  const hint = problem.hint === undefined ? '' : `\n    ${problem.hint}`;
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.severity}: ${problem.message}${hint}`;
}

/** The known word that the given one was probably meant to be: at most a third of its letters differ. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.floor(Math.max(word.length, 3) / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** "did you mean …?", or the list of what there is. */
export function suggest(word: string, known: Iterable<string>): string {
  const names = [...known];
  const close = nearest(word, names);
  if (close !== undefined) return `Did you mean “${close}”?`;
  return names.length === 0 ? 'There is none to choose from.' : `There is ${names.slice(0, 20).join(', ')}.`;
}

/** Levenshtein distance, given up as soon as it reaches `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(substitution, (previous[j] as number) + 1, (current[j - 1] as number) + 1);
    }
    previous = current;
  }
  return previous[b.length] as number;
}
