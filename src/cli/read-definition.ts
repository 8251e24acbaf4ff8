import { readFileSync } from 'node:fs';
import { operationsOf } from '../house/local-caller.ts';
import { type LoadResult, loadDefinition } from '../workflow/definition.ts';

/** Loads a definition from a file; one that cannot be read has that for its problem. */
export function readDefinition(file: string): LoadResult {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const message = `The file cannot be read (${(error as NodeJS.ErrnoException).code}).`;
    return { problems: [{ file, line: 1, column: 1, severity: 'error', message }] };
  }
  return loadDefinition(text, { file, operations: operationsOf });
}
