/** A cursor over the tokens: what the two halves of the parser share. Bounds the nesting that the parser and everything after it recurse into. */
import type { Node } from './ast.ts';
import { JqSyntaxError, placeOf } from './jq-error.ts';
import { type Token, type TokenKind, tokenize } from './lexer.ts';

/** Levels of brackets, operators and definitions within one another. */
const MAX_NESTING = 200;
const MAX_LENGTH = 100_000;

export interface TokenStream {
  peek(ahead?: number): Token;
  next(): Token;
  isOp(text: string): boolean;
  isKeyword(text: string): boolean;
  /** Takes the operator if it comes next. */
  acceptOp(text: string): boolean;
  acceptKeyword(text: string): boolean;
  expectOp(text: string): Token;
  expectKeyword(text: string): Token;
  expect(kind: TokenKind, what: string): Token;
  fail(problem: string, at?: number, expected?: string): never;
  /** Fails at the next token, which is not what was expected. */
  unexpected(expected: string): never;
  lineOf(offset: number): number;
  /** Parses one level deeper. */
  nested<T>(parse: () => T): T;
}

/** What the term parser needs of the operator parser: the grammar is one, its two files are not. */
export interface Grammar {
  parseQuery(): Node;
  parseExpression(): Node;
}

export function createTokenStream(source: string): TokenStream {
  if (source.length > MAX_LENGTH) {
    throw new JqSyntaxError('the program is too long', { line: 1, column: 1 }, `at most ${MAX_LENGTH} characters`);
  }
  const tokens = tokenize(source);
  const end = tokens[tokens.length - 1] as Token;
  let position = 0;
  let nesting = 0;

  function peek(ahead = 0): Token {
    return tokens[position + ahead] ?? end;
  }
  function next(): Token {
    const token = peek();
    position += 1;
    return token;
  }
  function is(kind: TokenKind, text: string): boolean {
    const token = peek();
    return token.kind === kind && token.text === text;
  }
  function fail(problem: string, at = peek().at, expected?: string): never {
    throw new JqSyntaxError(problem, placeOf(source, at), expected);
  }
  function unexpected(expected: string): never {
    const token = peek();
    fail(
      `unexpected ${token.kind === 'end' ? token.text : JSON.stringify(source.slice(token.at, token.end))}`,
      token.at,
      expected,
    );
  }
  function accept(kind: TokenKind, text: string): boolean {
    const found = is(kind, text);
    if (found) position += 1;
    return found;
  }

  return {
    peek,
    next,
    fail,
    unexpected,
    isOp: (text) => is('op', text),
    isKeyword: (text) => is('keyword', text),
    acceptOp: (text) => accept('op', text),
    acceptKeyword: (text) => accept('keyword', text),
    expectOp: (text) => (is('op', text) ? next() : unexpected(JSON.stringify(text))),
    expectKeyword: (text) => (is('keyword', text) ? next() : unexpected(JSON.stringify(text))),
    expect: (kind, what) => (peek().kind === kind ? next() : unexpected(what)),
    lineOf: (offset) => placeOf(source, offset).line,
    nested(parse) {
      nesting += 1;
      if (nesting > MAX_NESTING) fail('the program is nested too deeply', peek().at, `at most ${MAX_NESTING} levels`);
      const result = parse();
      nesting -= 1;
      return result;
    },
  };
}
