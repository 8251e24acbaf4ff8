import { FairleadError } from '../events/fairlead-error.ts';
import { nearest } from '../workflow/problem.ts';

/** A command line that cannot be understood; `message` names the word at fault and what would do. */
export function usage(message: string): FairleadError {
  return new FairleadError('cli.usage', message);
}

/** A sentence to go after another, empty where nothing comes near: the word that was begun or mistyped. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const found = candidates.find((candidate) => candidate.startsWith(word)) ?? nearest(word, candidates);
  return found === undefined ? '' : ` Did you mean “${found}”?`;
}
