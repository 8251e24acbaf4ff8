import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a line of the Containerfile asks for, such as `RUN` and its command; continued lines are one. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** In their order, without comments. */
export function readContainerfile(root: string): readonly Instruction[] {
  return readFileSync(join(root, 'Containerfile'), 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ name: line.split(' ', 1)[0] as string, text: line.slice(line.indexOf(' ') + 1).trim() }));
}
