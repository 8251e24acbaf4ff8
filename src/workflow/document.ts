import { isNode, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { Json } from '../expression/json.ts';
import type { Path, Problem } from './problem.ts';

/** A YAML or JSON text as plain data that still knows where each value stood. */
export interface SourceDocument {
  readonly value: Json;
  /** Where the value at the path stands, or the innermost one around it that exists. `offset` moves into a one-line scalar. */
  locate(path: Path, offset?: number): { readonly line: number; readonly column: number };
}

/** A definition is written by people; more than this is a mistake or an attack. */
const MAX_BYTES = 1_000_000;
const MAX_DEPTH = 200;

const QUOTE = 'Put the expression in quotes: to YAML, “{” begins a mapping here.';

/**
 * Parses YAML 1.2 (of which JSON is a part); every syntax error is a problem with its place, but tokens that the parser did not
 * expect after its first error, which are the rest of the text.
 */
export function parseSource(text: string, file: string): SourceDocument | readonly Problem[] {
  if (text.length > MAX_BYTES) return [problemAt(file, 1, 1, `The file is larger than ${MAX_BYTES} characters.`)];
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, merge: false, prettyErrors: false });
  const problems = document.errors
    .filter(({ code }, nth) => nth === 0 || code !== 'UNEXPECTED_TOKEN')
    .map(({ pos: [start], message }) => {
      const { line, col } = lines.linePos(start);
      const isExpression = text.startsWith('${', start) || text.startsWith('${', start - 1);
      return { ...problemAt(file, line, col, message), ...(isExpression ? { hint: QUOTE } : {}) };
    });
  if (problems.length > 0) return problems;
  let tooDeep: Node | undefined;
  visit(document, {
    Node(_key, node, ancestors) {
      if (ancestors.length <= MAX_DEPTH) return undefined;
      tooDeep = node;
      return visit.BREAK;
    },
  });
  if (tooDeep !== undefined) {
    const { line, col } = lines.linePos(tooDeep.range?.[0] ?? 0);
    return [problemAt(file, line, col, `Values are nested more than ${MAX_DEPTH / 2} deep.`)];
  }
  let value: Json;
  try {
    // Aliases multiply data ("billion laughs"); the library counts them and refuses.
    value = document.toJS({ maxAliasCount: 100 }) as Json;
  } catch (error) {
    return [problemAt(file, 1, 1, error instanceof Error ? error.message : String(error))];
  }
  return {
    value,
    locate(path, offset) {
      for (let length = path.length; length >= 0; length -= 1) {
        const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
        if (!isNode(node) || node.range === undefined || node.range === null) continue;
        const start = node.range[0];
        const isWhole = length === path.length;
        const sameLine = isWhole && offset !== undefined && !text.slice(start, start + offset).includes('\n');
        const quoted = text[start] === '"' || text[start] === "'" ? 1 : 0;
        const { line, col } = lines.linePos(sameLine ? start + offset + quoted : start);
        return { line, column: col };
      }
      return { line: 1, column: 1 };
    },
  };
}

export function isDocument(parsed: SourceDocument | readonly Problem[]): parsed is SourceDocument {
  return !Array.isArray(parsed);
}

function problemAt(file: string, line: number, column: number, message: string): Problem {
  return { file, line, column, message, severity: 'error' };
}
