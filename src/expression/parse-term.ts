/** Terms and what may follow them: paths, literals, strings, constructions, calls, `if`, `try`, `reduce`, `foreach`. */
import type { Entry, Node, Pattern } from './ast.ts';
import type { Token } from './lexer.ts';
import type { Grammar, TokenStream } from './token-stream.ts';

/** What terms need of the rest of the grammar, given once it exists. */
export interface Bindings {
  parsePatterns(): readonly Pattern[];
  parsePrefix(): Node;
}

const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ['null', null],
  ['true', true],
  ['false', false],
]);

export function createTermParser(stream: TokenStream, grammar: Grammar) {
  let bindings: Bindings;

  function parsePostfix(): Node {
    // `(T.a)?` catches what `T` raises as well: parentheses make it any term.
    let isAccess = !stream.isOp('(');
    let node = parseTerm();
    for (;;) {
      const token = stream.peek();
      if (token.kind === 'field') {
        stream.next();
        node = { kind: 'index', target: node, key: literal(token.text, token), optional: false, at: token.at };
      } else if (stream.isOp('.') && (stream.peek(1).kind === 'quote' || stream.peek(1).kind === 'format')) {
        stream.next();
        node = { kind: 'index', target: node, key: parseString(), optional: false, at: token.at };
      } else if (stream.isOp('.') && stream.peek(1).text === '[' && stream.peek(1).kind === 'op') {
        stream.next();
        node = parseBrackets(node);
      } else if (stream.isOp('[')) {
        node = parseBrackets(node);
      } else if (stream.acceptOp('?')) {
        node = toOptional(node, token.at, isAccess);
        continue;
      } else {
        return node;
      }
      isAccess = true;
    }
  }

  /** `.[…]`, after the target. */
  function parseBrackets(target: Node): Node {
    const { at } = stream.expectOp('[');
    if (stream.acceptOp(']')) return { kind: 'iterate', target, optional: false, at };
    if (stream.acceptOp(':')) {
      const to = grammar.parseQuery();
      stream.expectOp(']');
      return { kind: 'slice', target, from: undefined, to, optional: false, at };
    }
    const key = grammar.parseQuery();
    if (!stream.acceptOp(':')) {
      stream.expectOp(']');
      return { kind: 'index', target, key, optional: false, at };
    }
    const to = stream.isOp(']') ? undefined : grammar.parseQuery();
    stream.expectOp(']');
    return { kind: 'slice', target, from: key, to, optional: false, at };
  }

  function parseTerm(): Node {
    const token = stream.next();
    switch (token.kind) {
      case 'number':
        return literal(Number(token.text), token);
      case 'quote':
        return parseText(undefined, token);
      case 'format':
        if (stream.peek().kind === 'quote') return parseText(token.text, stream.next());
        return { kind: 'format', name: token.text, at: token.at };
      case 'field':
        return indexOf(token.at, literal(token.text, token));
      case 'binding':
        return token.text === '__loc__' ? locationOf(token) : { kind: 'variable', name: token.text, at: token.at };
      case 'ident':
        return parseCall(token);
      case 'keyword':
        return parseKeyword(token);
      case 'op':
        return parseOperatorTerm(token);
      default:
        return refuse(token);
    }
  }

  function refuse(token: Token): never {
    const shown = token.kind === 'end' ? 'the end of the program' : JSON.stringify(token.text);
    stream.fail(`unexpected ${shown}`, token.at, 'an expression');
  }

  function literal(value: string | number, token: Token): Node {
    return { kind: 'literal', value, at: token.at };
  }

  function locationOf(token: Token): Node {
    return { kind: 'location', line: stream.lineOf(token.at), at: token.at };
  }

  function parseOperatorTerm(token: Token): Node {
    const { at } = token;
    switch (token.text) {
      case '..':
        return { kind: 'recurse', at };
      case '.':
        if (stream.peek().kind === 'quote' || stream.peek().kind === 'format') {
          return indexOf(at, parseString());
        }
        return { kind: 'identity', at };
      case '(': {
        const body = grammar.parseQuery();
        stream.expectOp(')');
        return body;
      }
      case '[': {
        if (stream.acceptOp(']')) return { kind: 'array', body: undefined, at };
        const body = grammar.parseQuery();
        stream.expectOp(']');
        return { kind: 'array', body, at };
      }
      case '{':
        return { kind: 'object', entries: parseEntries(), at };
      default:
        return refuse(token);
    }
  }

  function parseCall(token: Token): Node {
    const constant = CONSTANTS.get(token.text);
    if (constant !== undefined && !stream.isOp('(')) return { kind: 'literal', value: constant, at: token.at };
    const args: Node[] = [];
    if (stream.acceptOp('(')) {
      do args.push(grammar.parseQuery());
      while (stream.acceptOp(';'));
      stream.expectOp(')');
    }
    // `break` is no keyword of the lexer, so that functions and keys may be named so.
    const label = stream.peek();
    if (token.text === 'break' && args.length === 0 && label.kind === 'binding') {
      stream.next();
      return { kind: 'break', name: label.text, at: token.at };
    }
    return { kind: 'call', name: token.text, args, at: token.at };
  }

  function parseKeyword(token: Token): Node {
    const { at } = token;
    switch (token.text) {
      case 'if':
        return parseIf(at);
      case 'try': {
        const body = bindings.parsePrefix();
        return { kind: 'try', body, handler: stream.acceptKeyword('catch') ? bindings.parsePrefix() : undefined, at };
      }
      case 'reduce':
      case 'foreach':
        return parseLoop(token.text, at);
      case 'def':
        return stream.fail('a definition may not stand here', at, 'parentheses around "def …; …"');
      default:
        return refuse(token);
    }
  }

  function parseIf(at: number): Node {
    const condition = grammar.parseQuery();
    stream.expectKeyword('then');
    const then = grammar.parseQuery();
    const { at: next } = stream.peek();
    if (stream.acceptKeyword('elif')) {
      return { kind: 'if', condition, then, otherwise: stream.nested(() => parseIf(next)), at };
    }
    const otherwise = stream.acceptKeyword('else') ? grammar.parseQuery() : undefined;
    if (!stream.acceptKeyword('end')) stream.unexpected(otherwise === undefined ? '"elif", "else" or "end"' : '"end"');
    return { kind: 'if', condition, then, otherwise, at };
  }

  function parseLoop(kind: 'reduce' | 'foreach', at: number): Node {
    const source = grammar.parseExpression();
    stream.expectKeyword('as');
    const patterns = bindings.parsePatterns();
    stream.expectOp('(');
    const init = grammar.parseQuery();
    stream.expectOp(';');
    const update = grammar.parseQuery();
    const extract = kind === 'foreach' && stream.acceptOp(';') ? grammar.parseQuery() : undefined;
    stream.expectOp(')');
    return kind === 'reduce'
      ? { kind, source, patterns, init, update, at }
      : { kind, source, patterns, init, update, extract, at };
  }

  function parseString(): Node {
    const token = stream.next();
    return token.kind === 'format' ? parseText(token.text, stream.expect('quote', '"')) : parseText(undefined, token);
  }

  function parseText(format: string | undefined, open: Token): Node {
    const parts: (string | Node)[] = [];
    for (;;) {
      const token = stream.next();
      if (token.kind === 'quote') break;
      if (token.kind === 'text') parts.push(token.text);
      else {
        parts.push(grammar.parseQuery());
        stream.expectOp(')');
      }
    }
    if (parts.every((part) => typeof part === 'string')) return literal(parts.join(''), open);
    return { kind: 'string', format, parts, at: open.at };
  }

  function parseEntries(): Entry[] {
    const entries: Entry[] = [];
    while (!stream.isOp('}')) {
      entries.push(parseEntry());
      if (!stream.acceptOp(',')) break;
    }
    if (!stream.acceptOp('}')) stream.unexpected('"," or "}"');
    return entries;
  }

  function parseEntry(): Entry {
    const token = stream.peek();
    switch (token.kind) {
      case 'binding': {
        stream.next();
        const value: Node =
          token.text === '__loc__' ? locationOf(token) : { kind: 'variable', name: token.text, at: token.at };
        return stream.acceptOp(':') ? { key: value, value: parseValue() } : { key: literal(token.text, token), value };
      }
      case 'ident':
      case 'keyword':
        stream.next();
        return { key: literal(token.text, token), value: stream.acceptOp(':') ? parseValue() : undefined };
      case 'quote':
      case 'format': {
        const key = parseString();
        return { key, value: stream.acceptOp(':') ? parseValue() : undefined };
      }
      default: {
        if (!stream.acceptOp('(')) stream.unexpected('a key: name, "text", (expression) or $name');
        const key = grammar.parseQuery();
        stream.expectOp(')');
        stream.expectOp(':');
        if (key.kind === 'literal' && typeof key.value !== 'string')
          stream.fail('object keys must be strings', key.at, '"text"');
        return { key, value: parseValue() };
      }
    }
  }

  function parseValue(): Node {
    const left = grammar.parseExpression();
    if (!stream.acceptOp('|')) return left;
    return { kind: 'pipe', left, right: stream.nested(parseValue), at: left.at };
  }

  return {
    parsePostfix,
    parseString,
    complete(rest: Bindings): void {
      bindings = rest;
    },
  };
}

function indexOf(at: number, key: Node): Node {
  return { kind: 'index', target: { kind: 'identity', at }, key, optional: false, at };
}

/** `T.a?` forgives the access alone, as jq does: an error inside `T` passes. Any other term with `?` is a `try`. */
function toOptional(node: Node, at: number, mayBeAccess: boolean): Node {
  const isAccess = node.kind === 'index' || node.kind === 'slice' || node.kind === 'iterate';
  return isAccess && mayBeAccess && !node.optional
    ? { ...node, optional: true }
    : { kind: 'try', body: node, handler: undefined, at };
}
