import type { Event } from '../events/event.ts';
import type { Json } from '../expression/json.ts';
import { compileEventFilter, type EventFilter, equals } from './event-filter.ts';
import type { TaskFrame } from './frame.ts';
import type { Path } from './problem.ts';
import type { ConsumptionStrategy, EventFilterSource, ReadMode } from './schema/events.ts';
import { type Condition, compileCondition, type Owner } from './template.ts';

/**
 * Which events are consumed, and when that is enough.
 *
 * @see https://github.com/open-workflow-specification/specification/blob/main/dsl-reference.md#event-consumption-strategy
 */
export interface Consumption {
  readonly mode: 'one' | 'any' | 'all';
  readonly filters: readonly EventFilter[];
  /** `any` goes on until the condition holds of all that was consumed, or the other strategy is satisfied. */
  readonly until: { readonly condition: Condition } | { readonly strategy: Consumption } | undefined;
  /** Event types it takes; undefined among them: any. */
  readonly types: readonly (string | undefined)[];
}

export function compileConsumption(owner: Owner, source: ConsumptionStrategy, below: Path): Consumption {
  if ('one' in source) return consumption('one', [compileEventFilter(owner, source.one, [...below, 'one'])], undefined);
  if ('all' in source) return consumption('all', compileFilters(owner, source.all, [...below, 'all']), undefined);
  const filters = compileFilters(owner, source.any, [...below, 'any']);
  const { until } = source;
  if (until === undefined) return consumption('any', filters, undefined);
  return consumption(
    'any',
    filters,
    typeof until === 'string'
      ? { condition: compileCondition(owner, until, [...below, 'until']) }
      : { strategy: compileConsumption(owner, until, [...below, 'until']) },
  );
}

function compileFilters(owner: Owner, sources: readonly EventFilterSource[], below: Path): EventFilter[] {
  return sources.map((source, index) => compileEventFilter(owner, source, [...below, index]));
}

function consumption(
  mode: Consumption['mode'],
  filters: readonly EventFilter[],
  until: Consumption['until'],
): Consumption {
  const own = filters.map(({ literals }) => (typeof literals.type === 'string' ? literals.type : undefined));
  const ending = until !== undefined && 'strategy' in until ? until.strategy.types : [];
  // An empty list of filters takes every event.
  return { mode, filters, until, types: [...(mode === 'any' && own.length === 0 ? [undefined] : own), ...ending] };
}

/** Every filter of the strategy, the one that ends it included. An empty list of them takes every event. */
export function filtersIn(strategy: ConsumptionStrategy): readonly EventFilterSource[] {
  if ('one' in strategy) return [strategy.one];
  if ('all' in strategy) return strategy.all;
  const { any, until } = strategy;
  const own = any.length === 0 ? [{ with: {} }] : any;
  return until === undefined || typeof until === 'string' ? own : [...own, ...filtersIn(until)];
}

/** One consumption under way: what it has taken so far decides what it takes next. Deterministic in the events offered. */
export interface Collector {
  /** Offers an event. `counted`: it belongs to the outcome; `ending`: it only served to end the consumption. */
  offer(event: Event, frame: TaskFrame): 'counted' | 'ending' | undefined;
  /** Values by which the consumed events belong together. */
  keys(): Readonly<Record<string, Json>>;
  isOver(): boolean;
}

export function createCollector(consumption: Consumption, read: ReadMode): Collector {
  const { mode, filters, until } = consumption;
  const keys = new Map<string, Json>();
  const satisfied = new Set<EventFilter>();
  const consumed: Json[] = [];
  const ending = until !== undefined && 'strategy' in until ? createCollector(until.strategy, read) : undefined;
  // There is nothing to wait for in an empty list of which all are wanted.
  let isOver = mode === 'all' && filters.length === 0;

  function correlate(filter: EventFilter, event: Event, frame: TaskFrame): boolean {
    const found = filter.correlations.map(({ name, from, expect }) => {
      const value = from(event as unknown as Json, frame);
      const expected = expect === undefined ? keys.get(name) : expect(frame.input, frame);
      return { name, value, isExpected: expected === undefined ? value !== null : equals(value, expected) };
    });
    if (!found.every((item) => item.isExpected)) return false;
    for (const { name, value } of found) if (!keys.has(name)) keys.set(name, value);
    return true;
  }

  return {
    isOver: () => isOver,
    keys: () => Object.fromEntries(keys),
    offer(event, frame) {
      if (isOver) return undefined;
      if (ending?.offer(event, frame) !== undefined) {
        isOver = ending.isOver();
        return 'ending';
      }
      const matched = filters.find(
        (filter) =>
          !(mode === 'all' && satisfied.has(filter)) && filter.matches(event, frame) && correlate(filter, event, frame),
      );
      if (matched === undefined && !(mode === 'any' && filters.length === 0)) return undefined;
      if (matched !== undefined) satisfied.add(matched);
      consumed.push(readEvent(event, read));
      if (mode === 'all') isOver = satisfied.size === filters.length;
      else if (until === undefined) isOver = true;
      else if ('condition' in until) isOver = until.condition(consumed, frame);
      return 'counted';
    },
  };
}

/** `data` is the event's data, `raw` the same as it would be on the wire (base64 when binary), `envelope` the whole event. */
export function readEvent(event: Event, read: ReadMode): Json {
  if (read === 'envelope') return event as unknown as Json;
  const data = (event.data ?? event.data_base64 ?? null) as Json;
  if (read === 'data') return data;
  return typeof data === 'string' ? data : JSON.stringify(data);
}
