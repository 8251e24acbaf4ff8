/**
 * `compile(source)` → a program: immutable, reentrant, without access to files, the network, the environment or other
 * inputs. Errors of the program's text have a place; a run is bounded by a budget.
 */
import type { Node } from './ast.ts';
import { findBuiltin } from './builtins/table.ts';
import { Break, type Code, EMPTY_ENV, fromConstant, GO, STOP } from './code.ts';
import { generateBind } from './generate-bind.ts';
import { generateArray, generateFormat, generateObject, generateString } from './generate-construct.ts';
import {
  generateBreak,
  generateForeach,
  generateIf,
  generateLabel,
  generateReduce,
  generateTry,
} from './generate-control.ts';
import {
  generateCall,
  generateDefine,
  generateParam,
  generateValueCall,
  generateVariable,
} from './generate-function.ts';
import {
  generateAlternative,
  generateBinary,
  generateComma,
  generateLogic,
  generateNegate,
  generatePipe,
} from './generate-operator.ts';
import { generateIndex, generateIterate, generateSlice, IDENTITY, RECURSE } from './generate-path.ts';
import { generateUpdate } from './generate-update.ts';
import { Halt } from './halt.ts';
import { JqBudgetError, JqError, JqSyntaxError, placeOf } from './jq-error.ts';
import type { Json } from './json.ts';
import { KNOWN_TREES } from './known-trees.ts';
import { type Budget, countOutput, metered } from './meter.ts';
import { parse } from './parser.ts';
import { type Compiler, EMPTY_SCOPE, findFunction, type NativeFunction, type Scope, withBinding } from './scope.ts';

export { type Budget, JqBudgetError, JqError, JqSyntaxError, type Json, type NativeFunction };

export interface CompileOptions {
  /** Names, without their `$`, that each run gives a value. */
  readonly variables?: readonly string[];
  /** Functions of the host under the names that programs call them by; the parameters after the input are arguments by value. */
  readonly functions?: Readonly<Record<string, NativeFunction>>;
  /** What `now` answers, in milliseconds since 1970. */
  readonly clock?: () => number;
}

const COMPILE_BUDGET: Budget = { time: 1000 };

export type Variables = Readonly<Record<string, Json>>;

/** A variable of the caller that the program reads, and where. */
export interface VariableUse {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** Runs throw `JqError` and `JqBudgetError`, and what a native function throws. Inputs are never changed. */
export interface Program {
  readonly source: string;
  readonly variables: readonly VariableUse[];
  /** The first output, or `undefined` when there is none; what would follow is not computed. */
  first(input: Json, variables?: Variables, budget?: Budget): Json | undefined;
  all(input: Json, variables?: Variables, budget?: Budget): Json[];
  /** Calls back with each output as it comes; `false` ends the run. */
  each(input: Json, variables: Variables | undefined, callback: (value: Json) => unknown, budget?: Budget): void;
}

export function compile(source: string, options: CompileOptions = {}): Program {
  const uses: VariableUse[] = [];
  let current: Variables = {};
  const scope = rootScope(options, () => current);
  const compiler = createCompiler(source, options.clock ?? Date.now, uses);
  // Constants are folded, and a program may be hostile: its compilation is bounded as a run is.
  const code = metered(source, COMPILE_BUDGET, () => compiler.compile(treeOf(source), scope));

  function run<T>(variables: Variables | undefined, budget: Budget | undefined, body: () => T): T | undefined {
    const outer = current;
    current = variables ?? {};
    try {
      return metered(source, budget, body);
    } catch (error) {
      if (error instanceof Halt) return error.finish<T>();
      if (error instanceof Break) throw new JqError('break');
      throw error;
    } finally {
      current = outer;
    }
  }

  function each(
    input: Json,
    variables: Variables | undefined,
    callback: (value: Json) => unknown,
    budget?: Budget,
  ): void {
    run(variables, budget, () => {
      code.many(input, EMPTY_ENV, (value) => {
        countOutput();
        return callback(value) === false ? STOP : GO;
      });
    });
  }

  return Object.freeze({
    source,
    variables: Object.freeze(uses),
    first(input: Json, variables?: Variables, budget?: Budget): Json | undefined {
      const { opt } = code;
      if (opt !== undefined) return run(variables, budget, () => opt(input, EMPTY_ENV));
      let first: Json | undefined;
      run(variables, budget, () => {
        code.many(input, EMPTY_ENV, (value) => {
          first = value;
          return STOP;
        });
      });
      return first;
    },
    all(input: Json, variables?: Variables, budget?: Budget): Json[] {
      const values: Json[] = [];
      each(input, variables, (value) => values.push(value), budget);
      return values;
    },
    each,
  });
}

function rootScope(options: CompileOptions, variables: () => Variables): Scope {
  const native = Object.entries(options.functions ?? {}).reduce<Scope>(
    (scope, [name, call]) => withBinding(scope, { kind: 'native', name, call }),
    EMPTY_SCOPE,
  );
  // jq's `$ENV` would hand a server's secrets to whoever writes an expression.
  const withEnv = withBinding(native, { kind: 'global', name: 'ENV', read: () => ({}) });
  return (options.variables ?? []).reduce<Scope>(
    (scope, name) => withBinding(scope, { kind: 'global', name, read: () => variables()[name] ?? null }),
    withEnv,
  );
}

function treeOf(source: string): Node {
  const known = KNOWN_TREES.get(source);
  return known === undefined ? parse(source) : (JSON.parse(known) as Node);
}

function createCompiler(source: string, clock: () => number, uses: VariableUse[]): Compiler {
  const compiler: Compiler = {
    compile: (node, scope, tail = false) => generate(node, scope, tail),
    fail(problem, at, expected) {
      throw new JqSyntaxError(problem, placeOf(source, at), expected);
    },
    noteGlobal(name, at) {
      if (name !== 'ENV') uses.push({ name, ...placeOf(source, at) });
    },
  };

  function generate(node: Node, scope: Scope, tail: boolean): Code {
    switch (node.kind) {
      case 'identity':
        return IDENTITY;
      case 'recurse':
        return RECURSE;
      case 'literal':
        return fromConstant(node.value);
      case 'location':
        return fromConstant({ file: '<top-level>', line: node.line });
      case 'variable':
        return generateVariable(node, scope, compiler);
      case 'string':
        return generateString(node, scope, compiler);
      case 'format':
        return generateFormat(node, compiler);
      case 'index':
        return generateIndex(node, scope, compiler);
      case 'slice':
        return generateSlice(node, scope, compiler);
      case 'iterate':
        return generateIterate(node, scope, compiler);
      case 'array':
        return generateArray(node, scope, compiler);
      case 'object':
        return generateObject(node, scope, compiler);
      case 'negate':
        return generateNegate(node, scope, compiler);
      case 'pipe':
        return generatePipe(node, scope, compiler, tail);
      case 'comma':
        return generateComma(node, scope, compiler, tail);
      case 'binary':
        return generateBinary(node, scope, compiler);
      case 'logic':
        return generateLogic(node, scope, compiler);
      case 'alternative':
        return generateAlternative(node, scope, compiler, tail);
      case 'update':
        return generateUpdate(node, scope, compiler);
      case 'if':
        return generateIf(node, scope, compiler, tail);
      case 'try':
        return generateTry(node, scope, compiler);
      case 'reduce':
        return generateReduce(node, scope, compiler);
      case 'foreach':
        return generateForeach(node, scope, compiler);
      case 'bind':
        return generateBind(node, scope, compiler, tail);
      case 'label':
        return generateLabel(node, scope, compiler);
      case 'break':
        return generateBreak(node, scope, compiler);
      case 'define':
        return generateDefine(node, scope, compiler, tail);
      case 'call':
        return generateNamed(node, scope, tail);
    }
  }

  function generateNamed(node: Node & { kind: 'call' }, scope: Scope, tail: boolean): Code {
    const binding = findFunction(scope, node.name, node.args.length);
    switch (binding?.kind) {
      case 'function':
        return generateCall(node, binding.info, scope, compiler, tail);
      case 'param':
        return generateParam(binding.depth, scope);
      case 'native':
        return generateValueCall(
          binding.call,
          node.args.map((arg) => generate(arg, scope, false)),
        );
      default:
        return generateBuiltin(node, scope);
    }
  }

  function generateBuiltin(node: Node & { kind: 'call' }, scope: Scope): Code {
    const found = findBuiltin(node.name, node.args.length);
    if (typeof found === 'string') return compiler.fail(found, node.at);
    return found(
      node.args.map((arg) => generate(arg, scope, false)),
      { at: node.at, clock },
    );
  }

  return compiler;
}
