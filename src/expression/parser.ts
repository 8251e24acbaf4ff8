/**
 * Tokens → syntax tree: pipes, commas, bindings, definitions and operators. Precedence, loosest first: `|`, `,`, `//`,
 * assignments, `or`, `and`, comparisons, `+ -`, `* / %`. Throws `JqSyntaxError` and nothing else.
 */
import type { BinaryOperator, Definition, Node, Pattern, UpdateOperator } from './ast.ts';
import { createPatternParser } from './parse-pattern.ts';
import { createTermParser } from './parse-term.ts';
import { createTokenStream, type TokenStream } from './token-stream.ts';

interface Operator {
  readonly level: number;
  readonly associates: 'left' | 'right' | 'none';
  readonly build: (left: Node, right: Node, at: number) => Node;
}

const OPERATORS = new Map<string, Operator>([
  ['//', { level: 1, associates: 'right', build: (left, right, at) => ({ kind: 'alternative', left, right, at }) }],
  ...['=', '|=', '+=', '-=', '*=', '/=', '%=', '//='].map((operator): [string, Operator] => [
    operator,
    {
      level: 2,
      associates: 'none',
      build: (left, right, at) => ({ kind: 'update', operator: operator as UpdateOperator, left, right, at }),
    },
  ]),
  [
    'or',
    { level: 3, associates: 'left', build: (left, right, at) => ({ kind: 'logic', operator: 'or', left, right, at }) },
  ],
  [
    'and',
    { level: 4, associates: 'left', build: (left, right, at) => ({ kind: 'logic', operator: 'and', left, right, at }) },
  ],
  ...(
    [
      ['==', 5, 'none'],
      ['!=', 5, 'none'],
      ['<', 5, 'none'],
      ['<=', 5, 'none'],
      ['>', 5, 'none'],
      ['>=', 5, 'none'],
      ['+', 6, 'left'],
      ['-', 6, 'left'],
      ['*', 7, 'left'],
      ['/', 7, 'left'],
      ['%', 7, 'left'],
    ] as const
  ).map(([operator, level, associates]): [string, Operator] => [
    operator,
    {
      level,
      associates,
      build: (left, right, at) => ({ kind: 'binary', operator: operator as BinaryOperator, left, right, at }),
    },
  ]),
]);

const CLOSED: Readonly<Record<string, string>> = {
  import: 'modules are closed: "import" reads files, which an expression may not',
  include: 'modules are closed: "include" reads files, which an expression may not',
  module: 'modules are closed: an expression is one program without a "module" header',
};

export function parse(source: string): Node {
  const stream = createTokenStream(source);
  const first = stream.peek();
  const closed = first.kind === 'keyword' ? CLOSED[first.text] : undefined;
  if (closed !== undefined) stream.fail(closed, first.at);
  if (first.kind === 'end') return { kind: 'identity', at: 0 };
  const parser = createParser(stream);
  const query = parser.parseProgram();
  if (stream.peek().kind !== 'end') stream.unexpected('the end of the program');
  return query;
}

function createParser(stream: TokenStream) {
  const term = createTermParser(stream, { parseQuery, parseExpression: () => parseExpression(0) });
  const parsePatterns = createPatternParser(stream, { parseQuery, parseString: term.parseString });
  const bindings = { parsePatterns: (): readonly Pattern[] => parsePatterns(), parsePrefix };
  term.complete(bindings);

  /** A program of definitions alone is valid and passes its input on. */
  function parseProgram(): Node {
    return parseQuery(true);
  }

  function parseQuery(definitionsMayEnd = false): Node {
    return stream.nested(() => {
      const stages: Node[] = [];
      for (;;) {
        const at = stream.peek().at;
        if (stream.isKeyword('def')) {
          const definition = parseDefinition();
          const ends = definitionsMayEnd && stages.length === 0 && stream.peek().kind === 'end';
          const rest: Node = ends ? { kind: 'identity', at } : parseQuery(definitionsMayEnd && stages.length === 0);
          stages.push({ kind: 'define', definition, rest, at });
          break;
        }
        stages.push(parseComma());
        if (!stream.acceptOp('|')) break;
      }
      return stages.reduceRight((right, left) => ({ kind: 'pipe', left, right, at: left.at }));
    });
  }

  function parseComma(): Node {
    const items = [parseItem()];
    while (stream.acceptOp(',')) items.push(parseItem());
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: 'comma', items, at: items[0]?.at ?? 0 };
  }

  function parseItem(): Node {
    const { at } = stream.peek();
    if (stream.isKeyword('def')) {
      const definition = parseDefinition();
      return { kind: 'define', definition, rest: parseQuery(), at };
    }
    if (stream.acceptKeyword('label')) {
      const name = stream.expect('binding', 'a label such as $out').text;
      stream.expectOp('|');
      return { kind: 'label', name, body: parseQuery(), at };
    }
    const source = parseExpression(0);
    if (!stream.acceptKeyword('as')) return source;
    const patterns = parsePatterns();
    stream.expectOp('|');
    return { kind: 'bind', source, patterns, body: parseQuery(), at };
  }

  function parseExpression(lowest: number): Node {
    return stream.nested(() => {
      let left = parsePrefix();
      let barred = -1;
      for (;;) {
        const token = stream.peek();
        const operator = token.kind === 'op' || token.kind === 'keyword' ? OPERATORS.get(token.text) : undefined;
        if (operator === undefined || operator.level < lowest) return left;
        if (operator.level === barred)
          stream.fail(`"${token.text}" does not chain: parentheses must say what is meant`);
        stream.next();
        const right = parseExpression(operator.associates === 'right' ? operator.level : operator.level + 1);
        left = operator.build(left, right, token.at);
        barred = operator.associates === 'none' ? operator.level : -1;
      }
    });
  }

  /** A term, or a minus before what binds tighter than `+`. */
  function parsePrefix(): Node {
    const { at } = stream.peek();
    if (!stream.acceptOp('-')) return term.parsePostfix();
    return stream.nested(() => ({ kind: 'negate', body: parseExpression(7), at }));
  }

  function parseDefinition(): Definition {
    const { at } = stream.expectKeyword('def');
    const token = stream.next();
    if (token.kind !== 'ident' && token.kind !== 'keyword')
      stream.fail('a definition needs a name', token.at, 'a name such as f');
    const params: { name: string; isValue: boolean }[] = [];
    if (stream.acceptOp('(')) {
      do {
        const param = stream.next();
        if (param.kind !== 'binding' && param.kind !== 'ident' && param.kind !== 'keyword') {
          stream.fail('a parameter needs a name', param.at, 'a name such as f or $x');
        }
        params.push({ name: param.text, isValue: param.kind === 'binding' });
      } while (stream.acceptOp(';'));
      stream.expectOp(')');
    }
    stream.expectOp(':');
    const body = parseQuery();
    stream.expectOp(';');
    return { at, name: token.text, params, body };
  }

  return { parseProgram };
}
