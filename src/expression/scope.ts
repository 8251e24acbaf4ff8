/**
 * What the compiler knows at a point of the program: which names mean what, how many frames up each value is, and how
 * deep definitions are nested. The scope mirrors the chain of `Env` frames that exists when the code runs.
 */
import type { Definition, Node } from './ast.ts';
import type { Code } from './code.ts';
import type { Json } from './json.ts';

/** A function of the host: pure, synchronous, its parameters after the input given by value. */
export type NativeFunction = (input: Json, ...args: Json[]) => Json;

export interface FunctionInfo {
  readonly definition: Definition;
  readonly scope: Scope;
  /** About how many JavaScript frames one call takes. */
  readonly weight: number;
  /** Set once compiled; a recursive call reads them when it runs. */
  body: Code | undefined;
  /** Whether calls may be compiled as giving exactly one output: known, or assumed while the body is compiled. */
  givesOne: boolean;
  isRecursive: boolean;
}

export type Binding =
  | { readonly kind: 'variable'; readonly name: string; readonly depth: number }
  | { readonly kind: 'global'; readonly name: string; readonly read: () => Json }
  | { readonly kind: 'label'; readonly name: string; readonly depth: number }
  | { readonly kind: 'param'; readonly name: string; readonly depth: number }
  | { readonly kind: 'function'; readonly name: string; readonly info: FunctionInfo }
  | { readonly kind: 'native'; readonly name: string; readonly call: NativeFunction };

export interface Scope {
  readonly binding: Binding | undefined;
  readonly up: Scope | undefined;
  /** How many frames exist here at run time. */
  readonly depth: number;
  /** How many definitions enclose this point. */
  readonly nesting: number;
}

export const EMPTY_SCOPE: Scope = { binding: undefined, up: undefined, depth: 0, nesting: 0 };

export function withFrame(scope: Scope, kind: 'variable' | 'label' | 'param', name: string): Scope {
  return { ...scope, binding: { kind, name, depth: scope.depth + 1 }, up: scope, depth: scope.depth + 1 };
}

export function withBinding(scope: Scope, binding: Binding): Scope {
  return { ...scope, binding, up: scope };
}

export function findVariable(scope: Scope, name: string) {
  return find(scope, (binding) => (binding.kind === 'variable' || binding.kind === 'global') && binding.name === name);
}

export function findLabel(scope: Scope, name: string) {
  return find(scope, (binding) => binding.kind === 'label' && binding.name === name);
}

export function findFunction(scope: Scope, name: string, arity: number) {
  return find(scope, (binding) => {
    if (binding.name !== name) return false;
    if (binding.kind === 'param') return arity === 0;
    if (binding.kind === 'native') return binding.call.length === arity + 1;
    return binding.kind === 'function' && binding.info.definition.params.length === arity;
  });
}

function find(scope: Scope, matches: (binding: Binding) => boolean): Binding | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.up) {
    if (at.binding !== undefined && matches(at.binding)) return at.binding;
  }
  return undefined;
}

/** What every generator gets: a way to compile what is inside of its node. */
export interface Compiler {
  /** `tail` when the code is the last thing that its function does. */
  compile(node: Node, scope: Scope, tail?: boolean): Code;
  fail(problem: string, at: number, expected?: string): never;
  /** Notes a variable of the caller that the program reads. */
  noteGlobal(name: string, at: number): void;
}

/** The height of a syntax tree: about how many JavaScript frames its evaluation nests. */
export function heightOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let height = 0;
  const isNode = 'kind' in value;
  for (const key in value) {
    if (key !== 'definition') height = Math.max(height, heightOf((value as Record<string, unknown>)[key]));
  }
  return height + (isNode ? 1 : 0);
}
