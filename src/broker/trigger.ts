/**
 * Which events a trigger wants: the filter dialects of the CloudEvents Subscriptions API as Knative's `spec.filters` has
 * them, compiled once into closures, and an index over many triggers. The embedded broker, the notifier's routing and the
 * generator of Knative's Triggers use this one module, so that a filter means the same to each.
 *
 * - An attribute that the event lacks makes `exact`, `prefix` and `suffix` false; `not` of it is then true.
 * - All attributes that one `exact`, `prefix` or `suffix` lists must match, letter case included.
 * - Filters often come from a file that a person wrote: whatever cannot be meant is refused with the path to it.
 *
 * @see https://github.com/cloudevents/spec/blob/main/subscriptions/spec.md#324-filters
 */
import type { Event } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { attributeNameProblem, readAttribute, toCanonicalString } from './attribute.ts';
import { compileCesql } from './cesql/compile.ts';
import type { Filter } from './filter.ts';

export type EventTest = (event: Event) => boolean;

/** Deeper nesting than this is nobody's intention, and would exhaust the stack. */
const MAX_DEPTH = 32;

const COMPARISONS = {
  exact: (value: string, operand: string) => value === operand,
  prefix: (value: string, operand: string) => value.startsWith(operand),
  suffix: (value: string, operand: string) => value.endsWith(operand),
} as const;

/**
 * A test that is true for events that all filters let pass; no filters let everything pass.
 * @param where what the filters belong to, as errors shall name it
 * @throws FairleadError `config.invalid` with the path of the filter at fault
 */
export function compileFilters(filters: readonly Filter[], where = 'filters'): EventTest {
  return every(compileList(filters, where, 0));
}

function compileList(filters: unknown, path: string, depth: number): readonly EventTest[] {
  if (!Array.isArray(filters)) throw invalid(path, 'must be a list of filters');
  return filters.map((filter, index) => compileFilter(filter, `${path}[${index}]`, depth + 1));
}

function compileFilter(filter: unknown, path: string, depth: number): EventTest {
  if (depth > MAX_DEPTH) throw invalid(path, `is nested more than ${MAX_DEPTH} levels deep`);
  if (!isObject(filter)) throw invalid(path, 'must be an object such as { exact: { type: … } }');
  const [entry, ...more] = Object.entries(filter);
  if (entry === undefined || more.length > 0) {
    throw invalid(path, `must have exactly one dialect, and has ${entry === undefined ? 'none' : more.length + 1}`);
  }
  const [dialect, operand] = entry;
  const inner = `${path}.${dialect}`;
  switch (dialect) {
    case 'exact':
    case 'prefix':
    case 'suffix':
      return compileComparison(dialect, operand, inner);
    case 'all':
      return every(compileNested(operand, inner, depth));
    case 'any':
      return some(compileNested(operand, inner, depth));
    case 'not': {
      const test = compileFilter(operand, inner, depth + 1);
      return (event) => !test(event);
    }
    // Knative's name for the dialect, and the Subscriptions API's.
    case 'cesql':
    case 'sql':
      return compileSql(operand, inner);
    default:
      throw invalid(
        path,
        `has the unknown dialect "${dialect}"; known are exact, prefix, suffix, all, any, not, cesql`,
      );
  }
}

function compileNested(operand: unknown, path: string, depth: number): readonly EventTest[] {
  const tests = compileList(operand, path, depth);
  if (tests.length === 0) throw invalid(path, 'must have at least one filter');
  return tests;
}

function compileComparison(dialect: keyof typeof COMPARISONS, operand: unknown, path: string): EventTest {
  const compare = COMPARISONS[dialect];
  if (!isObject(operand)) throw invalid(path, 'must be an object from attribute names to strings');
  const tests = Object.entries(operand).map(([name, wanted]): EventTest => {
    const problem = attributeNameProblem(name);
    if (problem !== undefined) throw invalid(path, `names "${name}", which ${problem}`);
    if (typeof wanted !== 'string') throw invalid(`${path}.${name}`, 'must be a string; put it in quotes');
    if (wanted === '')
      throw invalid(`${path}.${name}`, 'must not be empty; leave the attribute out to accept any value');
    return (event) => {
      const value = readAttribute(event, name);
      return value !== undefined && compare(toCanonicalString(value), wanted);
    };
  });
  if (tests.length === 0) throw invalid(path, 'must name at least one attribute');
  return every(tests);
}

function compileSql(operand: unknown, path: string): EventTest {
  if (typeof operand !== 'string' || operand.trim() === '') throw invalid(path, 'must be a CloudEvents SQL expression');
  const compiled = compileCesql(operand);
  if ('problem' in compiled) {
    const { message, line, column } = compiled.problem;
    throw invalid(path, `does not parse at line ${line}, column ${column}: ${message}`);
  }
  if (compiled.unknownFunctions.length > 0) {
    throw invalid(path, `calls functions that do not exist: ${compiled.unknownFunctions.join(', ')}`);
  }
  return (event) => {
    const { value, errors } = compiled.evaluate(event);
    return value === true && errors.length === 0;
  };
}

/** Answers, for an event, what was registered under filters that let it pass, in the order of registration. */
export interface FilterIndex<Entry> {
  matching(event: Event): readonly Entry[];
}

/**
 * Many filters tested against one event at the price of those that can match: entries whose filters demand one of a few
 * exact types are looked up by the event's type, the others are tested one by one.
 */
export function createFilterIndex<Entry>(
  entries: readonly { readonly entry: Entry; readonly filters: readonly Filter[]; readonly where: string }[],
): FilterIndex<Entry> {
  interface Row {
    readonly entry: Entry;
    readonly test: EventTest;
    readonly types: ReadonlySet<string> | undefined;
  }
  const rows = entries.map(
    ({ entry, filters, where }): Row => ({
      entry,
      test: compileFilters(filters, where),
      types: demandedTypes(filters),
    }),
  );
  const untyped = rows.filter(({ types }) => types === undefined);
  const byType = new Map<string, readonly Row[]>();
  for (const type of new Set(rows.flatMap(({ types }) => [...(types ?? [])]))) {
    byType.set(
      type,
      rows.filter(({ types }) => types === undefined || types.has(type)),
    );
  }
  return {
    matching(event) {
      const matched: Entry[] = [];
      for (const { entry, test } of byType.get(event.type) ?? untyped) if (test(event)) matched.push(entry);
      return matched;
    },
  };
}

/** Types outside of which the (valid) filters let nothing pass; undefined when they do not say. */
function demandedTypes(filters: readonly Filter[]): ReadonlySet<string> | undefined {
  return filters.reduce<ReadonlySet<string> | undefined>((types, filter) => {
    const more = demandedTypesOf(filter);
    return types === undefined || more === undefined ? (types ?? more) : types.intersection(more);
  }, undefined);
}

function demandedTypesOf(filter: Filter): ReadonlySet<string> | undefined {
  if ('exact' in filter) return filter.exact.type === undefined ? undefined : new Set([filter.exact.type]);
  if ('all' in filter) return demandedTypes(filter.all);
  if (!('any' in filter)) return undefined;
  const types = new Set<string>();
  for (const alternative of filter.any) {
    const more = demandedTypesOf(alternative);
    if (more === undefined) return undefined;
    for (const type of more) types.add(type);
  }
  return types;
}

function every(tests: readonly EventTest[]): EventTest {
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return only;
  return (event) => {
    for (const test of tests) if (!test(event)) return false;
    return true;
  };
}

function some(tests: readonly EventTest[]): EventTest {
  return (event) => {
    for (const test of tests) if (test(event)) return true;
    return false;
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(path: string, problem: string): FairleadError {
  return new FairleadError('config.invalid', `${path} ${problem}.`);
}
