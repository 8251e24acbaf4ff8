/**
 * The text of a YAML file that a repository holds → what its schema makes of it, or every problem in it with line, column
 * and what to write instead. The text is untrusted: size, depth and aliases are bounded, and it never throws.
 */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { type Finding, toFindings } from './finding.ts';

export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** Where in the file, e.g. `labels[2].files`; empty for the whole. */
  readonly where: string;
  readonly message: string;
}

/** A problem of one file among several: its path, with its repository in front where that is another one. */
export interface FileProblem extends Problem {
  readonly file: string;
}

export type Reading<Value> =
  | { readonly value: Value; readonly problems?: undefined }
  | { readonly value?: undefined; readonly problems: readonly Problem[] };

/** In bytes of UTF-8. */
export const LARGEST_FILE = 64 * 1024;
const DEEPEST = 32;
const MOST_PROBLEMS = 20;
/** Compact nesting on one line (`- - - -`, `? ? ?`), which costs the parser quadratic time. */
const COMPACT_NESTING = /(?:[?-][ \t]+){9}/;

/**
 * `examine` finds what a schema cannot say; it is asked about values that the schema accepts. `plain` is what is written,
 * without what the schema adds.
 */
export function readYaml<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  examine: (value: z.output<Schema>) => readonly Finding[],
): Reading<z.output<Schema>> & { readonly plain?: unknown } {
  const { value: opened, problems } = open(text);
  if (problems !== undefined) return { problems };
  const { plain, at } = opened;
  const parsed = schema.safeParse(plain ?? {});
  const findings = parsed.success ? examine(parsed.data) : toFindings(parsed.error.issues, plain, schema);
  if (parsed.success && findings.length === 0) return { value: parsed.data, plain: plain ?? {} };
  return { problems: findings.slice(0, MOST_PROBLEMS).map(at).sort(byPlace) };
}

/** The text's value as it is, whatever it may be. */
export function readPlain(text: string): Reading<unknown> {
  const { value, problems } = open(text);
  return problems === undefined ? { value: value.plain } : { problems };
}

/** Where in a text that was read before the findings about its value are. */
export function locate(text: string, findings: readonly Finding[]): readonly Problem[] {
  const { value, problems } = open(text);
  return problems ?? findings.slice(0, MOST_PROBLEMS).map(value.at).sort(byPlace);
}

interface Opened {
  readonly plain: unknown;
  readonly at: (finding: Finding) => Problem;
}

function open(text: string): Reading<Opened> {
  const hostile = problemOfSize(text) ?? problemOfDepth(text);
  if (hostile !== undefined) return { problems: [hostile] };
  const lines = new LineCounter();
  // The parser compares every key of a mapping with every other; `findDuplicates` does it in one pass.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const at = (offset: number, where: string, message: string) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, where, message };
  };
  if (document.errors.length > 0) {
    return { problems: document.errors.slice(0, MOST_PROBLEMS).map(({ pos, message }) => at(pos[0], '', message)) };
  }
  const duplicates = findDuplicates(document);
  if (duplicates.length > 0) {
    return { problems: duplicates.map(({ key, offset }) => at(offset, '', `the key "${key}" is there twice`)) };
  }
  keepDigitsOfColors(document);
  const plain = toPlain(document);
  if ('why' in plain) return { problems: [wrong(1, plain.why)] };
  return {
    value: {
      plain: plain.value,
      at: (finding) => at(offsetOf(document, finding), toText(finding), finding.message),
    },
  };
}

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column;
}

export function problemOfSize(text: string): Problem | undefined {
  if (Buffer.byteLength(text) <= LARGEST_FILE) return undefined;
  return wrong(1, `the file is larger than ${LARGEST_FILE / 1024} KiB`);
}

/** Before the recursive parser sees it. */
function problemOfDepth(text: string): Problem | undefined {
  const deep = lineTooDeep(text);
  return deep === undefined ? undefined : wrong(deep, 'is nested too deeply for a configuration');
}

function wrong(line: number, message: string): Problem {
  return { line, column: 1, where: '', message };
}

/** Brackets in strings are counted, too: few are left open there. */
function lineTooDeep(text: string): number | undefined {
  let open = 0;
  for (const [index, row] of text.split('\n').entries()) {
    for (const character of row) {
      if (character === '[' || character === '{') open += 1;
      else if (character === ']' || character === '}') open = Math.max(0, open - 1);
      if (open > DEEPEST) return index + 1;
    }
    if (COMPACT_NESTING.test(row)) return index + 1;
  }
  return undefined;
}

function findDuplicates(document: Document): readonly { readonly key: string; readonly offset: number }[] {
  const duplicates: { key: string; offset: number }[] = [];
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) duplicates.push({ key: String(key.value), offset: key.range?.[0] ?? 0 });
        keys.add(key.value);
      }
      return duplicates.length < MOST_PROBLEMS ? undefined : visit.BREAK;
    },
  });
  return duplicates.slice(0, MOST_PROBLEMS);
}

/** `color: 000000` is a number to YAML; its digits are what was meant. */
function keepDigitsOfColors(document: Document): void {
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && key.value === 'color' && isScalar(value) && typeof value.value === 'number') {
        value.value = value.source;
      }
    },
  });
}

function toPlain(document: Document): { readonly value: unknown } | { readonly why: string } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    return { why: (error as Error).message };
  }
}

/** Where in the text a finding is: its key, its value, or the nearest node around it. */
function offsetOf(document: Document, { path, key }: Finding): number {
  if (key !== undefined) {
    const mapping = path.length === 0 ? document.contents : document.getIn(path, true);
    const pair = isMap(mapping)
      ? mapping.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    if (isNode(pair?.key) && pair.key.range) return pair.key.range[0];
  }
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function toText({ path }: Finding): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .slice(1);
}
