/**
 * Expression → syntax tree, after the reference grammar of CloudEvents SQL 1.0. Precedence from high to low: unary, LIKE
 * and IN, `* / %`, `+ -`, comparisons, then AND, OR and XOR as equals that group to the right: that is the grammar which
 * Knative's broker uses, so that `a AND b OR c` means the same here. Parentheses make it say what one means.
 *
 * @see https://github.com/cloudevents/spec/blob/main/cesql/cesql.ebnf
 */
import { SyntaxProblem, type Token, tokenize } from './lexer.ts';
import { isInt32, type Value } from './value.ts';

export type LogicOperator = 'AND' | 'OR' | 'XOR';
export type ComparisonOperator = '=' | '!=' | '<>' | '<' | '<=' | '>' | '>=';
export type MathOperator = '+' | '-' | '*' | '/' | '%';

export type Node =
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'exists'; readonly name: string }
  | { readonly kind: 'not'; readonly operand: Node }
  | { readonly kind: 'negate'; readonly operand: Node }
  | { readonly kind: 'logic'; readonly operator: LogicOperator; readonly left: Node; readonly right: Node }
  | { readonly kind: 'comparison'; readonly operator: ComparisonOperator; readonly left: Node; readonly right: Node }
  | { readonly kind: 'math'; readonly operator: MathOperator; readonly left: Node; readonly right: Node }
  | { readonly kind: 'like'; readonly operand: Node; readonly pattern: string; readonly isNegated: boolean }
  | { readonly kind: 'in'; readonly operand: Node; readonly set: readonly Node[]; readonly isNegated: boolean }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] };

/** Both keep the evaluation, which recurs along the tree, far from the end of the stack. */
const LONGEST = 8_192;
const DEEPEST = 100;

const COMPARISONS = ['=', '!=', '<>', '<', '<=', '>', '>='] as const;
const ADDITIVE = ['+', '-'] as const;
const MULTIPLICATIVE = ['*', '/', '%'] as const;
const LOGIC = ['AND', 'OR', 'XOR'] as const;

/** @throws SyntaxProblem */
export function parse(text: string): Node {
  if (text.length > LONGEST) throw new SyntaxProblem(`the expression is longer than ${LONGEST} characters`, LONGEST);
  const tokens = tokenize(text);
  let next = 0;
  let depth = 0;

  const current = (): Token => tokens[next] as Token;

  function taken<Text extends string>(kind: 'symbol' | 'keyword', ...texts: readonly Text[]): Text | undefined {
    const token = current();
    if (token.kind !== kind || !texts.includes(token.text as Text)) return undefined;
    next += 1;
    return token.text as Text;
  }

  function expected(what: string): SyntaxProblem {
    const { kind, text: found, at } = current();
    return new SyntaxProblem(`expected ${what}, found ${kind === 'end' ? 'the end' : JSON.stringify(found)}`, at);
  }

  function close(what: string): void {
    if (taken('symbol', ')') === undefined) throw expected(what);
  }

  function deeper<Result>(parseInner: () => Result): Result {
    depth += 1;
    if (depth > DEEPEST)
      throw new SyntaxProblem(`the expression is nested more than ${DEEPEST} levels deep`, current().at);
    const result = parseInner();
    depth -= 1;
    return result;
  }

  function parseExpression(): Node {
    return deeper(() => {
      const operands = [parseComparison()];
      const operators: LogicOperator[] = [];
      for (let operator = taken('keyword', ...LOGIC); operator !== undefined; operator = taken('keyword', ...LOGIC)) {
        operators.push(operator);
        operands.push(parseComparison());
      }
      return operands.reduceRight((right, left, nth) => ({
        kind: 'logic',
        operator: operators[nth] as LogicOperator,
        left,
        right,
      }));
    });
  }

  function parseComparison(): Node {
    let left = parseSum();
    for (;;) {
      const operator = taken('symbol', ...COMPARISONS);
      if (operator === undefined) return left;
      left = { kind: 'comparison', operator, left, right: parseSum() };
    }
  }

  function parseSum(): Node {
    let left = parseProduct();
    for (;;) {
      const operator = taken('symbol', ...ADDITIVE);
      if (operator === undefined) return left;
      left = { kind: 'math', operator, left, right: parseProduct() };
    }
  }

  function parseProduct(): Node {
    let left = parseMatch();
    for (;;) {
      const operator = taken('symbol', ...MULTIPLICATIVE);
      if (operator === undefined) return left;
      left = { kind: 'math', operator, left, right: parseMatch() };
    }
  }

  function parseMatch(): Node {
    let operand = parseUnary();
    for (;;) {
      const isNegated = taken('keyword', 'NOT') !== undefined;
      const operator = taken('keyword', 'LIKE', 'IN');
      if (operator === 'LIKE') operand = { kind: 'like', operand, pattern: parsePattern(), isNegated };
      else if (operator === 'IN') operand = { kind: 'in', operand, set: parseSet(), isNegated };
      else if (isNegated) throw expected('LIKE or IN after NOT');
      else return operand;
    }
  }

  function parsePattern(): string {
    const token = current();
    if (token.kind !== 'string') throw expected('a string in quotes as the pattern of LIKE');
    next += 1;
    return token.text;
  }

  function parseSet(): readonly Node[] {
    if (taken('symbol', '(') === undefined) throw expected('( and the values of IN');
    return parseList();
  }

  /** What follows an opening parenthesis, up to and with the closing one. */
  function parseList(): readonly Node[] {
    const items = [parseExpression()];
    while (taken('symbol', ',') !== undefined) items.push(parseExpression());
    close(', or )');
    return items;
  }

  function parseUnary(): Node {
    if (taken('keyword', 'NOT') !== undefined) return { kind: 'not', operand: deeper(parseUnary) };
    const sign = taken('symbol', '-', '+');
    if (sign === undefined) return parseAtom();
    if (current().kind === 'integer') return parseInteger(sign);
    if (sign === '+') throw expected('a number after +');
    return { kind: 'negate', operand: deeper(parseUnary) };
  }

  function parseInteger(sign: string): Node {
    const { text: digits, at } = current();
    const value = Number(sign + digits);
    if (!isInt32(value)) throw new SyntaxProblem(`${sign}${digits} does not fit into 32 bits`, at);
    next += 1;
    // Not -0.
    return { kind: 'literal', value: value + 0 };
  }

  function parseAtom(): Node {
    const { kind, text: word } = current();
    if (kind === 'integer') return parseInteger('');
    if (kind === 'string') {
      next += 1;
      return { kind: 'literal', value: word };
    }
    if (taken('keyword', 'EXISTS') !== undefined) return { kind: 'exists', name: parseAttribute() };
    const truth = taken('keyword', 'TRUE', 'FALSE');
    if (truth !== undefined) return { kind: 'literal', value: truth === 'TRUE' };
    if (taken('symbol', '(') !== undefined) {
      const inner = parseExpression();
      close(')');
      return inner;
    }
    if (kind !== 'word') throw expected('a value');
    const follower = tokens[next + 1];
    if (follower?.kind === 'symbol' && follower.text === '(') return parseCall();
    return { kind: 'attribute', name: parseAttribute() };
  }

  function parseAttribute(): string {
    const { kind, text: name } = current();
    if (kind !== 'word' || !/^[a-z0-9]+$/i.test(name)) throw expected('the name of an attribute (letters and digits)');
    next += 1;
    return name.toLowerCase();
  }

  function parseCall(): Node {
    const { text: name } = current();
    if (!/^[a-z][a-z_]*$/i.test(name)) throw expected('the name of a function (letters and underscores)');
    next += 2;
    const args = taken('symbol', ')') === undefined ? parseList() : [];
    return { kind: 'call', name: name.toUpperCase(), args };
  }

  const tree = parseExpression();
  if (current().kind !== 'end') throw expected('an operator or the end');
  return tree;
}
