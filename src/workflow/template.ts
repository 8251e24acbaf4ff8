// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the DSL writes its expressions so.
import { compile, JqSyntaxError, type Program } from '../expression/compile.ts';
import { isObject, isTruthy, type Json } from '../expression/json.ts';
import { ARGUMENTS, argument } from './arguments.ts';
import { parseIsoDuration, toMilliseconds } from './duration.ts';
import { ENCLOSED } from './enclosed.ts';
import { standardFault } from './fault.ts';
import type { Frame, TaskFrame } from './frame.ts';
import type { Path } from './problem.ts';
import type { DurationSource } from './schema/values.ts';
import type { Site } from './site.ts';

/** A value of the definition, compiled: what it is depends on the data and on the run. */
export type Template = (input: Json, frame: Frame | TaskFrame) => Json;
export type Condition = (input: Json, frame: Frame | TaskFrame) => boolean;

/** Who compiles, and which variables its expressions may name. */
export type Owner = Pick<Site, 'compilation' | 'path' | 'variables'> & {
  /** Runtime arguments there are at this place; all, unless it says otherwise. */
  readonly arguments?: readonly string[];
};

const identity: Template = (input) => input;

/**
 * A field that holds an expression by its type (`if`, `when`, `in`, `from`, `as` …): jq, enclosed in `${ }` or bare, in
 * either mode.
 */
export function compileExpression(owner: Owner, source: string, below: Path): Template {
  const enclosed = ENCLOSED.exec(source);
  const text = enclosed?.[1] ?? source;
  if (text.trim() === '.') return identity;
  const program = compileProgram(
    owner,
    text,
    [...owner.path, ...below],
    enclosed === null ? 0 : source.indexOf('${') + 2,
  );
  return program === undefined ? identity : toTemplate(program);
}

export function compileCondition(owner: Owner, source: string, below: Path): Condition {
  const expression = compileExpression(owner, source, below);
  return (input, frame) => isTruthy(expression(input, frame));
}

/**
 * A field that holds a value: data with expressions in it. In strict mode a string is an expression when it is one whole
 * `${ }`, in loose mode whenever it compiles, and stands for itself when its evaluation fails.
 */
export function compileValue(owner: Owner, source: unknown, below: Path): Template {
  const path = [...owner.path, ...below];
  const template = compileNode(owner, source, path);
  return template ?? ((_input, _frame) => source as Json);
}

/** A transformation: a string is an expression, an object a value. */
export function compileTransformation(owner: Owner, source: string | object, below: Path): Template {
  return typeof source === 'string' ? compileExpression(owner, source, below) : compileValue(owner, source, below);
}

/** Answers nothing for data without expressions, so that it is handed on as it is. */
function compileNode(owner: Owner, source: unknown, path: Path): Template | undefined {
  if (typeof source === 'string') return compileString(owner, source, path);
  if (typeof source !== 'object' || source === null) return undefined;
  const isList = Array.isArray(source);
  const parts = Object.entries(source).map(([key, value]) => {
    const template = compileNode(owner, value, [...path, isList ? Number(key) : key]);
    return { key, template: template ?? (() => value as Json), isConstant: template === undefined };
  });
  if (parts.every((part) => part.isConstant)) return undefined;
  if (isList) return (input, frame) => parts.map((part) => part.template(input, frame));
  return (input, frame) => Object.fromEntries(parts.map(({ key, template }) => [key, template(input, frame)]));
}

function compileString(owner: Owner, source: string, path: Path): Template | undefined {
  const enclosed = ENCLOSED.exec(source);
  if (enclosed !== null) {
    const program = compileProgram(owner, enclosed[1] as string, path, source.indexOf('${') + 2);
    return program === undefined ? undefined : toTemplate(program);
  }
  if (owner.compilation.mode === 'strict') {
    if (source.includes('${')) {
      owner.compilation.report(path, 'The text around ${ } keeps it from being evaluated.', {
        severity: 'warning',
        hint: 'Enclose the whole value and interpolate inside: ${ "Hello \\(.name)" }.',
      });
    }
    return undefined;
  }
  const program = tryCompile(owner, source);
  if (program === undefined) return undefined;
  const template = toTemplate(() => program);
  return (input, frame) => {
    try {
      return template(input, frame);
    } catch {
      return source;
    }
  };
}

function toTemplate(compiled: () => Program): Template {
  let names: readonly string[] | undefined;
  return (input, frame) => {
    const program = compiled();
    names ??= [...new Set(program.variables.map((use) => use.name))];
    const variables: Record<string, Json> = {};
    for (const name of names) variables[name] = argument(name, frame);
    try {
      return program.first(input, variables) ?? null;
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw standardFault('expression', 'Expression failed', detail, { cause: error });
    }
  };
}

/** Undefined where it does not compile, which is reported. One that is known to is compiled when it is first evaluated. */
function compileProgram(owner: Owner, text: string, path: Path, offset: number): (() => Program) | undefined {
  const make = () => compile(text, { variables: [...(owner.arguments ?? ARGUMENTS), ...owner.variables] });
  if (owner.compilation.isChecked) {
    let program: Program | undefined;
    return () => {
      program ??= make();
      return program;
    };
  }
  try {
    const program = make();
    return () => program;
  } catch (error) {
    const isSyntax = error instanceof JqSyntaxError;
    owner.compilation.report(path, error instanceof Error ? error.message : String(error), {
      offset: offset + (isSyntax && error.line === 1 ? error.column - 1 : 0),
      hint: `The expression is: ${text.trim().slice(0, 200)}`,
    });
    return undefined;
  }
}

function tryCompile(owner: Owner, text: string): Program | undefined {
  try {
    return compile(text, { variables: [...(owner.arguments ?? ARGUMENTS), ...owner.variables] });
  } catch {
    return undefined;
  }
}

/** Milliseconds of a duration in any of its forms; an expression must come to an ISO 8601 one or to an inline object. */
export function compileDuration(
  owner: Owner,
  source: DurationSource,
  below: Path,
): (input: Json, frame: Frame | TaskFrame) => number {
  if (typeof source === 'object') {
    const milliseconds = toMilliseconds(source);
    return () => milliseconds;
  }
  const literal = parseIsoDuration(source);
  if (literal !== undefined) return () => literal;
  const expression = compileExpression(owner, source, below);
  return (input, frame) => {
    const value = expression(input, frame);
    const milliseconds =
      typeof value === 'string' ? parseIsoDuration(value) : isObject(value) ? toMilliseconds(value) : undefined;
    if (milliseconds === undefined || !Number.isFinite(milliseconds)) {
      const shown = JSON.stringify(value).slice(0, 100);
      throw standardFault(
        'expression',
        'Not a duration',
        `The expression came to ${shown}, not to an ISO 8601 duration.`,
      );
    }
    return milliseconds;
  };
}
