/** Destructuring patterns: `$x`, `[$a, {b: $c}]`, `{$a, "b": $b, ("c"+"d"): $e}`, and alternatives of them with `?//`. */
import type { Node, Pattern, PatternEntry } from './ast.ts';
import type { TokenStream } from './token-stream.ts';

export function createPatternParser(
  stream: TokenStream,
  grammar: { parseQuery(): Node; parseString(): Node },
): () => Pattern[] {
  function parsePatterns(): Pattern[] {
    const patterns = [parsePattern()];
    while (stream.acceptOp('?//')) patterns.push(parsePattern());
    return patterns;
  }

  function parsePattern(): Pattern {
    return stream.nested(() => {
      const { at } = stream.peek();
      if (stream.acceptOp('[')) return { kind: 'elements', items: parseList(parsePattern, ']'), at };
      if (stream.acceptOp('{')) return { kind: 'entries', entries: parseList(parseEntry, '}'), at };
      return { kind: 'name', name: stream.expect('binding', '$name, "[" or "{"').text, at };
    });
  }

  function parseList<T>(parseItem: () => T, close: string): T[] {
    const items = [parseItem()];
    while (stream.acceptOp(',')) items.push(parseItem());
    stream.expectOp(close);
    return items;
  }

  function parseEntry(): PatternEntry {
    const token = stream.peek();
    if (token.kind === 'binding') {
      stream.next();
      const key: Node = { kind: 'literal', value: token.text, at: token.at };
      return { key, bind: token.text, pattern: stream.acceptOp(':') ? parsePattern() : undefined };
    }
    const key = parseKey();
    stream.expectOp(':');
    return { key, bind: undefined, pattern: parsePattern() };
  }

  function parseKey(): Node {
    const token = stream.peek();
    if (token.kind === 'ident' || token.kind === 'keyword') {
      stream.next();
      return { kind: 'literal', value: token.text, at: token.at };
    }
    if (stream.acceptOp('(')) {
      const key = grammar.parseQuery();
      stream.expectOp(')');
      if (key.kind === 'literal' && typeof key.value !== 'string') stream.fail('object keys must be strings', key.at);
      return key;
    }
    if (token.kind !== 'quote' && token.kind !== 'format')
      stream.unexpected('a key: name, "text", (expression) or $name');
    return grammar.parseString();
  }

  return parsePatterns;
}
