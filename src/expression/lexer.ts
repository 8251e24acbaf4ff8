/**
 * Text → tokens. A string literal becomes `quote`, then `text` and `(`…`)` interpolations, then `quote` again, so that
 * the parser never sees escapes and the lexer never sees expressions.
 */
import { JqSyntaxError, placeOf } from './jq-error.ts';

export type TokenKind =
  | 'ident'
  | 'field'
  | 'binding'
  | 'format'
  | 'number'
  | 'keyword'
  | 'op'
  | 'quote'
  | 'text'
  | 'interpolation'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** The identifier, the field without its dot, the variable without its dollar, the decoded text, the operator. */
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

export const KEYWORDS: ReadonlySet<string> = new Set(
  'def if then elif else end as reduce foreach try catch label import include and or module __loc__'.split(' '),
);

const SPACE = /(?:[ \t\r\n]+|#(?:[^\\\r\n]|\\(?:\r\n|[\s\S]))*)+/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const FIELD = /\.[a-zA-Z_]\w*/y;
const IDENT = /[a-zA-Z_]\w*(?:::[a-zA-Z_]\w*)*/y;
const BINDING = /\$(?:[a-zA-Z_]\w*(?:::[a-zA-Z_]\w*)*)/y;
const FORMAT = /@[a-zA-Z0-9_]+/y;
const OPERATOR = /\?\/\/=?|\|=|\/\/=|\/\/|[+\-*/%]=|==|!=|<=|>=|\.\.|[.?=<>+\-*/%|,;:()[\]{}$]/y;
/** In the order they are tried, with the length of the sign that is not part of the text. */
const TOKENS: readonly (readonly [TokenKind, RegExp, number])[] = [
  ['number', NUMBER, 0],
  ['field', FIELD, 1],
  ['ident', IDENT, 0],
  ['binding', BINDING, 1],
  ['format', FORMAT, 0],
  ['op', OPERATOR, 0],
];
const TEXT = /[^"\\]+/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** All tokens of the program, the last of kind `end`. Throws `JqSyntaxError` for a character or escape that jq does not know. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  /** For each string we are inside of, how many parentheses its interpolation has open. */
  const nesting: number[] = [];
  let offset = 0;

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = offset;
    return pattern.exec(source)?.[0];
  }

  function push(kind: TokenKind, text: string, length: number): void {
    tokens.push({ kind, text, at: offset, end: offset + length });
    offset += length;
  }

  function fail(problem: string, expected?: string): never {
    throw new JqSyntaxError(problem, placeOf(source, offset), expected);
  }

  /** Reads text up to the closing quote or the next interpolation. */
  function readText(): void {
    const start = offset;
    let text = '';
    for (;;) {
      text += take(TEXT) ?? '';
      offset = Math.max(offset, TEXT.lastIndex);
      const next = source[offset];
      if (next === undefined) fail('the string is not closed', '"');
      if (next === '"' || source[offset + 1] === '(') break;
      text += readEscape();
    }
    if (text !== '') tokens.push({ kind: 'text', text: text.toWellFormed(), at: start, end: offset });
    if (source[offset] === '"') {
      push('quote', '"', 1);
    } else {
      push('interpolation', '\\(', 2);
      nesting.push(0);
    }
  }

  function readEscape(): string {
    const letter = source[offset + 1] ?? '';
    if (letter === 'u') {
      const digits = source.slice(offset + 2, offset + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) fail('invalid escape', 'four hexadecimal digits after \\u');
      offset += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const plain = ESCAPES[letter];
    if (plain === undefined) fail(`invalid escape \\${letter}`, 'one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u \\(');
    offset += 2;
    return plain;
  }

  function readToken(): void {
    for (const [kind, pattern, prefix] of TOKENS) {
      const word = take(pattern);
      if (word === undefined) continue;
      push(kind === 'ident' && KEYWORDS.has(word) ? 'keyword' : kind, word.slice(prefix), word.length);
      if (kind === 'op') followParenthesis(word);
      return;
    }
    fail(`unexpected character ${JSON.stringify(String.fromCodePoint(source.codePointAt(offset) ?? 0))}`);
  }

  /** Inside an interpolation, the parenthesis that nothing has opened ends it: the string goes on. */
  function followParenthesis(word: string): void {
    const inner = nesting.length - 1;
    const open = nesting[inner];
    if (open === undefined) return;
    if (word === '(') nesting[inner] = open + 1;
    else if (word === ')' && open > 0) nesting[inner] = open - 1;
    else if (word === ')') {
      nesting.pop();
      readText();
    }
  }

  for (;;) {
    offset += take(SPACE)?.length ?? 0;
    if (offset >= source.length) break;
    if (source[offset] === '"') {
      push('quote', '"', 1);
      readText();
    } else {
      readToken();
    }
  }
  push('end', 'the end of the program', 0);
  return tokens;
}
