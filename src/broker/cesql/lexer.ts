/** Text of an expression → tokens with their place in it. */
export type TokenKind = 'word' | 'keyword' | 'integer' | 'string' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** A keyword in upper case, a string's content, otherwise as written. */
  readonly text: string;
  /** Index in the expression. */
  readonly at: number;
}

/** An expression that cannot be understood, and where. */
export class SyntaxProblem extends Error {
  override readonly name = 'SyntaxProblem';
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const KEYWORDS = new Set(['AND', 'OR', 'XOR', 'NOT', 'LIKE', 'EXISTS', 'IN', 'TRUE', 'FALSE']);
const TOKEN =
  /[ \t\r\n]+|(?<word>[a-z0-9_]+)|(?<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<symbol>!=|<>|<=|>=|[=<>+\-*/%(),])/isy;

export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw unexpected(text, at);
    const { word, string, symbol } = match.groups as Partial<Record<'word' | 'string' | 'symbol', string>>;
    if (word !== undefined) tokens.push(toWord(word, at));
    else if (string !== undefined) tokens.push({ kind: 'string', text: unquote(string), at });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, at });
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}

function toWord(word: string, at: number): Token {
  if (/^\d+$/.test(word)) return { kind: 'integer', text: word, at };
  const upper = word.toUpperCase();
  return KEYWORDS.has(upper) ? { kind: 'keyword', text: upper, at } : { kind: 'word', text: word, at };
}

/** Only the delimiter is escaped in a string; any other backslash stands for itself (and may be one of LIKE's). */
function unquote(literal: string): string {
  const delimiter = literal.charAt(0);
  return literal.slice(1, -1).replaceAll(`\\${delimiter}`, delimiter);
}

function unexpected(text: string, at: number): SyntaxProblem {
  const character = text.charAt(at);
  if (character === "'" || character === '"')
    return new SyntaxProblem(`the string that begins here has no closing ${character}`, at);
  return new SyntaxProblem(`unexpected character ${JSON.stringify(character)}`, at);
}
