/**
 * Which files a `.gitattributes` calls generated, by GitHub's `linguist-generated`: the last line that speaks of a file has
 * the word. Patterns are those of gitignore, without `!` and without a folder meaning what is in it
 * (https://git-scm.com/docs/gitattributes). Lines that cannot be understood are passed over, as git does.
 */
import { compileGlob, problemOfGlob } from './glob.ts';

const MOST_LINES = 1_000;

export function compileGenerated(text: string): (path: string) => boolean {
  const lines = text
    .split('\n', MOST_LINES)
    .flatMap(toLine)
    .map(({ glob, generated }) => ({ matches: compileGlob(glob).matches, generated }))
    .reverse();
  return (path) => lines.find(({ matches }) => matches(path))?.generated ?? false;
}

function toLine(line: string): readonly { readonly glob: string; readonly generated: boolean }[] {
  const [, quoted, bare, attributes = ''] = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"#]\S*))\s+(.*)$/.exec(line) ?? [];
  const pattern = quoted?.replace(/\\(["\\])/g, '$1') ?? bare;
  const generated = attributes
    .split(/\s+/)
    .map(toGenerated)
    .findLast((word) => word !== undefined);
  if (pattern === undefined || generated === undefined || pattern.endsWith('/') || pattern.startsWith('!')) return [];
  // Braces and parentheses are plain letters to git.
  const plain = pattern.replace(/[{}()+@!]/g, '\\$&');
  const glob = plain.includes('/') ? plain : `**/${plain}`;
  return problemOfGlob(glob) === undefined ? [{ glob, generated }] : [];
}

function toGenerated(attribute: string): boolean | undefined {
  switch (attribute) {
    case 'linguist-generated':
    case 'linguist-generated=true':
      return true;
    case '-linguist-generated':
    case '!linguist-generated':
    case 'linguist-generated=false':
      return false;
    default:
      return undefined;
  }
}
