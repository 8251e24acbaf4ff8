/**
 * What a definition says of the types of events that start it or that it listens for, by the very filters that its runs go
 * by: for whoever looks, before anything runs, at who wakes whom. An event of a type that is taken may still be left for
 * what else a filter wants of it.
 */
import type { Event } from '../events/event.ts';
import { compileWorkflow } from './compile.ts';
import { ownerWithoutRun } from './consumed-events.ts';
import { filtersIn } from './consumption.ts';
import { compileEventFilter } from './event-filter.ts';
import type { Frame } from './frame.ts';
import type { ConsumptionStrategy } from './schema/events.ts';
import type { WorkflowSource } from './schema/workflow.ts';

export interface WantedTypes {
  /** Whether a filter that says anything of the type takes this one; an expression that only a run can decide may. */
  takes(type: string): boolean;
  /** Whether there is a filter that says nothing of the type. */
  readonly isOpen: boolean;
}

const QUIET = { report() {}, unsupported() {}, hostFunctions: new Set<string>(), operations: () => undefined };

/** @param source of a definition that has passed every check */
export function compileWantedTypes(source: WorkflowSource): WantedTypes {
  const strategies: ConsumptionStrategy[] = source.schedule?.on === undefined ? [] : [source.schedule.on];
  compileWorkflow(source, {
    ...QUIET,
    visit({ kind }, task) {
      if (kind === 'listen') strategies.push((task.listen as { readonly to: ConsumptionStrategy }).to);
    },
  });
  const types = strategies.flatMap(filtersIn).map((filter) => filter.with.type);
  const owner = ownerWithoutRun(source, QUIET);
  const tests = types.flatMap((type) => (type === undefined ? [] : compileEventFilter(owner, { with: { type } }, [])));
  return {
    isOpen: types.includes(undefined),
    takes: (type) =>
      tests.some((test) => {
        try {
          return test.matches({ type } as Event, NO_RUN);
        } catch {
          return true;
        }
      }),
  };
}

const NO_RUN = {} as Frame;
