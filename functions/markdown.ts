/** Untrusted text in GitHub's Markdown: always a code span, in which nothing is a link, a mention, an image or HTML. */

const LONGEST_SPAN = 300;
/** Controls, line breaks, and what changes the direction or hides: shown as one mark each instead of taking effect. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** @see https://spec.commonmark.org/0.31.2/#code-spans */
export function toCode(text: string): string {
  const flat = text.slice(0, LONGEST_SPAN).toWellFormed().replace(INVISIBLE, '\uFFFD');
  const clipped = text.length > LONGEST_SPAN ? `${flat}…` : flat;
  const longestRun = Math.max(0, ...[...clipped.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  const pad = longestRun > 0 || clipped.trim() !== clipped || clipped === '' ? ' ' : '';
  return `${fence}${pad}${clipped}${pad}${fence}`;
}

/** For a table, where a bar ends a cell even within a code span: https://github.github.com/gfm/#tables-extension- */
export function toCell(text: string): string {
  return toCode(text).replaceAll('|', '\\|');
}

/** As many lines as fit into the limit (bytes of UTF-8), and how many were left out. */
export function joinWithin(lines: readonly string[], limit: number): string {
  const kept: string[] = [];
  let size = 100;
  for (const line of lines) {
    size += Buffer.byteLength(line) + 1;
    if (size > limit) break;
    kept.push(line);
  }
  const left = lines.length - kept.length;
  return left === 0 ? kept.join('\n') : `${kept.join('\n')}\n\n… and ${left} more lines.`;
}
