/**
 * Events that start a run together (`schedule.on.all`), kept in the store until each filter has had its own. Events belong
 * together when they agree in the values that the filters correlate by. The same event again changes nothing: one that is
 * waiting is known by its id, and so are those that the last runs were started with.
 *
 * Each step is one commit that nothing comes between, so any number of processes gather for one definition: whoever brings
 * the last event of a set is told of the set, and so is whoever comes by before its run is durable.
 */
import { createHash } from 'node:crypto';
import { type Event, tenantOf } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Clock } from '../observe/clock.ts';
import type { Notes } from '../store/store.ts';
import type { DefinitionRef } from '../workflow/journal.ts';
import type { Need } from './starters.ts';

/** Events that wait for one filter; more are refused, so that a stream nobody completes does not fill the store. */
const LONGEST_QUEUE = 1_000;
/** Ids remembered of events that have started a run, so that a late repetition does not begin to wait anew. */
const REMEMBERED = 200;

interface Gathered {
  /** Queues by the filter's place in the definition: the first of each start a run together, then the second of each. */
  readonly waiting: Readonly<Record<number, readonly Event[]>>;
  readonly used: readonly string[];
}

export interface Gathering {
  /** Keeps the event. Answers the sets that are complete, each the events of a run in the order of the filters. */
  offer(definition: DefinitionRef, needs: readonly Need[], event: Event): Promise<readonly (readonly Event[])[]>;
  /** The run of these events is durable. */
  settle(definition: DefinitionRef, needs: readonly Need[], events: readonly Event[]): Promise<void>;
}

export function createGathering(dependencies: {
  readonly notes: Pick<Notes, 'change'>;
  readonly clock: Clock;
}): Gathering {
  const { notes, clock } = dependencies;
  return {
    async offer(definition, needs, event) {
      const wanted = needs.map((need, place) => ({ need, place })).filter(({ need }) => need.matches(event));
      const [first] = wanted;
      if (first === undefined) return [];
      const name = nameOf(definition, first.need, event);
      const sets = await notes.change(tenantOf(event), name, clock.now(), (text) => {
        const { waiting, used } = read(text);
        if (used.includes(idOf(event))) return { value: undefined, result: [] };
        const isHere = Object.values(waiting).some((queue) => queue.some((one) => idOf(one) === idOf(event)));
        if (isHere) return { value: undefined, result: setsIn(waiting, needs.length) };
        const gathered = append(waiting, wanted, event);
        if (gathered === undefined) return { value: undefined, result: undefined };
        return { value: JSON.stringify({ waiting: gathered, used }), result: setsIn(gathered, needs.length) };
      });
      if (sets !== undefined) return sets;
      throw new FairleadError(
        'delivery.refused',
        `${LONGEST_QUEUE} events wait already for the others that would start a run with them; this one is not kept.`,
      );
    },
    async settle(definition, needs, events) {
      const [event] = events;
      const [need] = needs;
      if (event === undefined || need === undefined) return;
      await notes.change(tenantOf(event), nameOf(definition, need, event), clock.now(), (text) => {
        const { waiting, used } = read(text);
        const started = new Set(events.map(idOf));
        const left = Object.entries(waiting).map(([place, queue]) => [
          place,
          queue.filter((one) => !started.has(idOf(one))),
        ]);
        const all = [...new Set([...used, ...started])].slice(-REMEMBERED);
        return { value: JSON.stringify({ waiting: Object.fromEntries(left), used: all }), result: undefined };
      });
    },
  };
}

function read(text: string | undefined): Gathered {
  return text === undefined ? { waiting: {}, used: [] } : (JSON.parse(text) as Gathered);
}

/** A set keeps its events while others join the queues and whole sets leave them. */
function setsIn(waiting: Gathered['waiting'], needs: number): readonly (readonly Event[])[] {
  const queues = Array.from({ length: needs }, (_, place) => waiting[place] ?? []);
  const complete = Math.min(...queues.map(({ length }) => length));
  return Array.from({ length: complete }, (_, nth) => queues.map((queue) => queue[nth] as Event));
}

/** Into the shortest queue of those whose filter the event matches; undefined where that is full. */
function append(
  waiting: Gathered['waiting'],
  wanted: readonly { readonly place: number }[],
  event: Event,
): Gathered['waiting'] | undefined {
  const queues = wanted.map(({ place }) => ({ place, queue: waiting[place] ?? [] }));
  const { place, queue } = queues.reduce((best, one) => (one.queue.length < best.queue.length ? one : best));
  return queue.length >= LONGEST_QUEUE ? undefined : { ...waiting, [place]: [...queue, event] };
}

function idOf({ source, id }: Event): string {
  return JSON.stringify([source, id]);
}

/** The note of a definition and of the values that its events agree in. */
function nameOf({ namespace, name }: DefinitionRef, need: Need, event: Event): string {
  const values = Object.entries(need.correlationOf(event)).sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 32);
  return `gathering ${namespace}/${name} ${digest}`;
}
