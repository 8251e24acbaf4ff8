/**
 * Events that start a run together (`schedule.on.all`), kept in the store until each filter has had its own. Events belong
 * together when they agree in the values that the filters correlate by. The same event again changes nothing: one that is
 * waiting is known by its id, and so are those that the last runs were started with.
 *
 * One process at a time gathers for a definition and correlation; several over one store would have to take turns by lanes.
 */
import { createHash } from 'node:crypto';
import { type Event, tenantOf } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Notes } from '../store/store.ts';
import type { DefinitionRef } from '../workflow/journal.ts';
import type { Need } from './starters.ts';

/** Events that wait for one filter; more are refused, so that a stream nobody completes does not fill the store. */
const LONGEST_QUEUE = 1_000;
/** Ids remembered of events that have started a run, so that a late repetition does not begin to wait anew. */
const REMEMBERED = 200;

interface Gathered {
  /** Queues by the filter's place in the definition. */
  readonly waiting: Readonly<Record<number, readonly Event[]>>;
  readonly used: readonly string[];
}

export interface Gathering {
  /** Keeps the event. Answers the events of a run, in the order of the filters, once there is one for each. */
  offer(definition: DefinitionRef, needs: readonly Need[], event: Event): Promise<readonly Event[] | undefined>;
  /** The run of these events is durable: the next events begin to gather anew. */
  settle(definition: DefinitionRef, needs: readonly Need[], events: readonly Event[]): Promise<void>;
}

export function createGathering({ notes }: { readonly notes: Notes }): Gathering {
  const turns = new Map<string, Promise<unknown>>();

  /** One after the other for each name, because a note is read and then written. */
  function inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (turns.get(name) ?? Promise.resolve()).then(work, work);
    turns.set(name, turn);
    const forget = () => {
      if (turns.get(name) === turn) turns.delete(name);
    };
    turn.then(forget, forget);
    return turn;
  }

  async function read(tenant: string, name: string): Promise<Gathered> {
    const text = await notes.read(tenant, name);
    return text === undefined ? { waiting: {}, used: [] } : (JSON.parse(text) as Gathered);
  }

  return {
    async offer(definition, needs, event) {
      const tenant = tenantOf(event);
      const wanted = needs.map((need, place) => ({ need, place })).filter(({ need }) => need.matches(event));
      const [first] = wanted;
      if (first === undefined) return undefined;
      const name = nameOf(definition, first.need, event);
      return inTurn(`${tenant} ${name}`, async () => {
        const { waiting, used } = await read(tenant, name);
        if (used.includes(idOf(event))) return undefined;
        const isHere = Object.values(waiting).some((queue) => queue.some((one) => idOf(one) === idOf(event)));
        const gathered = isHere ? waiting : append(waiting, wanted, event);
        if (gathered !== waiting) await notes.write(tenant, name, JSON.stringify({ waiting: gathered, used }));
        const events = needs.map((_, place) => gathered[place]?.[0]);
        return events.every((one) => one !== undefined) ? events : undefined;
      });
    },
    async settle(definition, needs, events) {
      const [event] = events;
      const [need] = needs;
      if (event === undefined || need === undefined) return;
      const tenant = tenantOf(event);
      const name = nameOf(definition, need, event);
      await inTurn(`${tenant} ${name}`, async () => {
        const { waiting, used } = await read(tenant, name);
        const started = new Set(events.map(idOf));
        const left = Object.entries(waiting).map(([place, queue]) => [
          place,
          queue.filter((one) => !started.has(idOf(one))),
        ]);
        const all = [...used, ...started].slice(-REMEMBERED);
        await notes.write(tenant, name, JSON.stringify({ waiting: Object.fromEntries(left), used: all }));
      });
    },
  };
}

/** Into the shortest queue of those whose filter the event matches. */
function append(
  waiting: Gathered['waiting'],
  wanted: readonly { readonly place: number }[],
  event: Event,
): Gathered['waiting'] {
  const queues = wanted.map(({ place }) => ({ place, queue: waiting[place] ?? [] }));
  const { place, queue } = queues.reduce((best, one) => (one.queue.length < best.queue.length ? one : best));
  if (queue.length >= LONGEST_QUEUE) {
    throw new FairleadError(
      'delivery.refused',
      `${LONGEST_QUEUE} events wait already for the others that would start a run with them; this one is not kept.`,
    );
  }
  return { ...waiting, [place]: [...queue, event] };
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
