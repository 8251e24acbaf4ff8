import type { Event } from '../events/event.ts';
import { isTruthy, type Json } from '../expression/json.ts';
import { ENCLOSED } from './enclosed.ts';
import type { Frame, TaskFrame } from './frame.ts';
import type { Path } from './problem.ts';
import type { EventFilterSource } from './schema/events.ts';
import { compileExpression, type Owner, type Template } from './template.ts';

/** A filter for events, compiled. */
export interface EventFilter {
  /** Attributes that must be exactly so; what an index or a broker can tell. */
  readonly literals: Readonly<Record<string, Json>>;
  matches(event: Event, frame: Frame | TaskFrame): boolean;
  /** Values by which events belong together, and what each is expected to be. */
  readonly correlations: readonly Correlation[];
}

export interface Correlation {
  readonly name: string;
  /** Evaluated on the whole event. */
  readonly from: Template;
  /** Undefined: as the first event consumed has it. */
  readonly expect: Template | undefined;
}

/**
 * An attribute matches when it equals the value given, or when a string given is a regular expression for all of it. An
 * expression is evaluated on the attribute (`data: ${ .temperature > 38 }` sees the data): true and false decide, any
 * other value is compared.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#event-filter
 */
export function compileEventFilter(owner: Owner, source: EventFilterSource, below: Path): EventFilter {
  const tests: ((event: Event, frame: Frame | TaskFrame) => boolean)[] = [];
  for (const [name, value] of Object.entries(source.with)) {
    const wanted = value as Json;
    if (typeof wanted === 'string' && ENCLOSED.test(wanted)) {
      const expression = compileExpression(owner, wanted, [...below, 'with', name]);
      tests.push((event, frame) => {
        const actual = (event[name] ?? null) as Json;
        const result = expression(actual, frame);
        return typeof result === 'boolean' ? result : equals(result, actual);
      });
    } else if (typeof wanted === 'string' && PATTERN.test(wanted)) {
      const pattern = compilePattern(owner, wanted, [...below, 'with', name]);
      tests.push((event) => event[name] === wanted || (typeof event[name] === 'string' && pattern(event[name])));
    } else {
      tests.push((event) => equals((event[name] ?? null) as Json, wanted));
    }
  }
  const correlations = Object.entries(source.correlate ?? {}).map(([name, { from, expect }]) => ({
    name,
    from: compileExpression(owner, from, [...below, 'correlate', name, 'from']),
    expect: expect === undefined ? undefined : compileExpect(owner, expect, [...below, 'correlate', name, 'expect']),
  }));
  return {
    literals: literalAttributes(source),
    correlations,
    matches: (event, frame) => tests.every((test) => test(event, frame)),
  };
}

/** Those attributes of a filter that an event must have exactly so. */
export function literalAttributes({ with: attributes }: EventFilterSource): Readonly<Record<string, Json>> {
  const literals = Object.entries(attributes).filter(
    ([, value]) => typeof value !== 'string' || !(ENCLOSED.test(value) || PATTERN.test(value)),
  );
  return Object.fromEntries(literals) as Record<string, Json>;
}

/** What only a regular expression holds: a dot alone is part of every event type. */
const PATTERN = /[\\^$*+?()[\]{}|]/;

/** A regular expression over the whole value, evaluated by the jq engine in time linear in the value's length. */
function compilePattern(owner: Owner, pattern: string, path: Path): (value: string) => boolean {
  const expression = compileExpression(
    { ...owner, path: [...owner.path, ...path] },
    `test(${JSON.stringify(`^(?:${pattern})$`)})`,
    [],
  );
  return (value) => isTruthy(expression(value, NO_FRAME));
}

/** The pattern's program names no variables, so it never looks at its frame. */
const NO_FRAME = {} as Frame;

/** A constant, or an expression in `${ }`. */
function compileExpect(owner: Owner, expect: string, below: Path): Template {
  return ENCLOSED.test(expect) ? compileExpression(owner, expect, below) : () => expect;
}

export function equals(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equals(Reflect.get(a, key) as Json, Reflect.get(b, key) as Json))
  );
}
