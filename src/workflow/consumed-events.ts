import type { Event } from '../events/event.ts';
import type { Json } from '../expression/json.ts';
import type { CompileOptions } from './compile.ts';
import { compileConsumption } from './consumption.ts';
import type { Frame } from './frame.ts';
import type { WorkflowSource } from './schema/workflow.ts';
import type { Compilation } from './site.ts';
import type { Owner } from './template.ts';

export interface ConsumedEvents {
  readonly mode: 'one' | 'any' | 'all';
  readonly filters: readonly ConsumedFilter[];
}

export interface ConsumedFilter {
  /** Attributes that are literal: what a broker's trigger can match. */
  readonly attributes: Readonly<Record<string, Json>>;
  /** The whole filter, expressions and data included. */
  matches(event: Event): boolean;
  /** The values by which events of an `all` belong together. */
  correlationOf(event: Event): Readonly<Record<string, Json>>;
}

type Options = Pick<CompileOptions, 'report' | 'unsupported' | 'isChecked'>;

export function compileConsumed(source: WorkflowSource, options: Options): ConsumedEvents | undefined {
  const on = source.schedule?.on;
  if (on === undefined) return undefined;
  const { mode, filters } = compileConsumption(ownerWithoutRun(source, options), on, ['schedule', 'on']);
  const noRun = {} as Frame;
  return {
    mode,
    filters: filters.map((filter) => ({
      attributes: filter.literals,
      matches: (event) => filter.matches(event, noRun),
      correlationOf: (event) =>
        Object.fromEntries(filter.correlations.map(({ name, from }) => [name, from(event as unknown as Json, noRun)])),
    })),
  };
}

/** Compiles what is evaluated where there is no run yet whose arguments an expression could name. */
export function ownerWithoutRun(source: WorkflowSource, { report, unsupported, isChecked = false }: Options): Owner {
  const compilation: Compilation = {
    use: source.use ?? {},
    mode: 'strict',
    isChecked,
    report,
    unsupported,
    hostFunctions: new Set(),
    operations: () => undefined,
    list: (_owner, _source, { path }) => ({ tasks: [], path }),
    function: () => undefined,
  };
  return { compilation, path: [], variables: [], arguments: [] };
}
