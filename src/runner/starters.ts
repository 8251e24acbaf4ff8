/**
 * What the definitions want of the broker: a trigger for each name, whose filters are those of all definitions of that
 * name. Knative's Triggers are generated from the same data.
 */
import type { Trigger } from '../broker/broker.ts';
import type { Filter } from '../broker/filter.ts';
import type { Event } from '../events/event.ts';
import type { DefinitionRef, NewRun } from '../workflow/journal.ts';

/** A definition as far as events matter to it. */
export interface Starter {
  readonly definition: DefinitionRef;
  /** Each lets an event start a run. None: events do not start it. */
  readonly starts: readonly Filter[];
  /** What filters cannot say (conditions on data, expressions); only asked about events that a filter lets pass. */
  matches?(event: Event): boolean;
  /** Each lets an event pass to runs that wait for one. */
  readonly listens?: readonly Filter[];
  /** For runs that several events start together: each of these must have had its event. */
  readonly needs?: readonly Need[];
  /** What becomes of several events of one lane; default `heads`. */
  readonly lane?: LaneMode;
  /** The input of the run that the events start; by default a list of them, as the DSL has it. */
  toInput?(events: readonly Event[]): NewRun['input'];
}

/**
 * `heads`: a newer head ends the runs of older ones. `latest`: beside that, one run does for all events of a head that have
 * come before it begins, and one that comes late is not run after a newer one. `each`: every event has its run, whatever comes after it.
 */
export type LaneMode = 'heads' | 'latest' | 'each';

/** One of the events that start a run together. */
export interface Need {
  matches(event: Event): boolean;
  /** Values by which events belong together: only those alike in all of them start a run. */
  correlationOf(event: Event): Readonly<Record<string, unknown>>;
}

export function toTriggers(starters: readonly Starter[]): readonly Trigger[] {
  const byName = new Map<string, Map<string, Filter>>();
  for (const { definition, starts, listens = [] } of starters) {
    const filters = byName.get(definition.name) ?? new Map<string, Filter>();
    for (const filter of [...starts, ...listens]) filters.set(JSON.stringify(filter), filter);
    if (filters.size > 0) byName.set(definition.name, filters);
  }
  return [...byName].map(([name, filters]) => ({ name: `runner-${name}`, filters: anyOf([...filters.values()]) }));
}

/** The list of filters that lets pass what any of these lets pass. */
export function anyOf(filters: readonly Filter[]): readonly Filter[] {
  return filters.length === 1 ? filters : [{ any: filters }];
}
