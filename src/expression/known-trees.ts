/**
 * Syntax trees of programs that are known beforehand, as JSON by the program's text. A bundle has another module in this one's
 * place, with those of the workflows it holds (`scripts/check-definitions.ts`), and a start parses none of them; elsewhere none
 * is known.
 */
export const KNOWN_TREES: ReadonlyMap<string, string> = new Map();
