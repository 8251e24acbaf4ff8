import type { Json } from '../expression/json.ts';
import type { Fault } from './fault.ts';
import { isBelow } from './is-below.ts';
import type { Entry, RunChange } from './journal.ts';

/**
 * What there is to tell of a run follows from its journal, entry by entry, and from nothing else. So whatever process tells
 * it, and however often, it tells the same: an entry is durable before what follows from it is told, and what follows from
 * the entries since the run last came to rest is told again by whoever goes on with it.
 *
 * A task has begun with its `begun`, and what is still under way below a task or run that ends is cancelled with it.
 */
export interface Chronicle {
  /** Takes the next entry of the journal; answers what it adds to the story. */
  follow(entry: Entry): readonly Telling[];
  /** Whether a task has begun at the position and not ended. */
  isUnderWay(position: string): boolean;
  /** Nothing of the run has been done yet: it may have been held before its first claim, and no more. */
  isNew(): boolean;
  /** The position, told apart from the same one before the faulted run was retried. */
  inGeneration(position: string): string;
}

/** One change of phase. */
export interface Telling {
  readonly of: 'workflow' | 'task';
  readonly phase: string;
  /** Follows the run's id in the event's. */
  readonly place: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly data: { readonly [key: string]: Json };
}

/** Entries that no claim writes: of a run that is held, or let go on, by somebody outside. */
const OUTSIDE: ReadonlySet<string> = new Set(['suspended', 'resumed']);

/** The run has come to rest with these, and all before them was told. */
const RESTS: ReadonlySet<string> = new Set(['rested', 'faulted']);

/** The story so far, and what of it may not have been told yet. */
export function readChronicle(entries: readonly Entry[]): {
  readonly chronicle: Chronicle;
  readonly untold: readonly Telling[];
} {
  const chronicle = createChronicle();
  const rest = entries.findLastIndex(({ kind }) => RESTS.has(kind));
  const untold: Telling[] = [];
  for (const [index, entry] of entries.entries()) {
    const tellings = chronicle.follow(entry);
    if (index > rest) untold.push(...tellings);
  }
  return { chronicle, untold };
}

function createChronicle(): Chronicle {
  /** Pointers of the tasks under way by their positions, outer ones first. */
  let underWay = new Map<string, string>();
  /** Places of suspensions that the run has not been resumed from. */
  let held: string[] = [];
  let generation = 0;
  let isNew = true;

  function inGeneration(position: string): string {
    return generation === 0 ? position : `${position}~g${generation}`;
  }

  function workflow(phase: string, at: number, data: Telling['data'] = {}, position = ''): Telling {
    return { of: 'workflow', phase, place: inGeneration(position), at, data };
  }

  function task(position: string, phase: string, at: number, data: Telling['data'] = {}, suffix = ''): Telling {
    const pointer = underWay.get(position) ?? '';
    return { of: 'task', phase, place: inGeneration(position + suffix), at, data: { task: pointer, ...data } };
  }

  /** The innermost first. */
  function cancelBelow(position: string, at: number): readonly Telling[] {
    const cancelled: Telling[] = [];
    for (const inner of [...underWay.keys()].reverse()) {
      if (!isBelow(inner, position)) continue;
      cancelled.push(task(inner, 'cancelled', at));
      underWay.delete(inner);
    }
    return cancelled;
  }

  function endTask(position: string, phase: string, at: number, data: Telling['data']): readonly Telling[] {
    if (!underWay.has(position)) return NOTHING;
    const tellings = [...cancelBelow(position, at), task(position, phase, at, data)];
    underWay.delete(position);
    return tellings;
  }

  function hold(phase: string, place: string, at: number): readonly Telling[] {
    const tasks = [...underWay.keys()].map((position) => task(position, phase, at, {}, place));
    return [...tasks, workflow(phase, at, {}, place)];
  }

  function follow({ kind, position, body, at }: Entry): readonly Telling[] {
    if (!OUTSIDE.has(kind)) isNew = false;
    switch (kind) {
      case 'begun':
        underWay.set(position, body as string);
        return [task(position, 'created', at), task(position, 'started', at)];
      case 'done':
        return endTask(position, 'completed', at, { output: (body as Done).output ?? null });
      case 'failed':
        return endTask(position, 'faulted', at, { error: { ...(body as unknown as Failed).fault } });
      case 'retry': {
        const tried = position.replace(/~a\d+$/, '');
        return underWay.has(tried) ? [task(tried, 'retried', at, {}, position.slice(tried.length))] : NOTHING;
      }
      case 'ending': {
        const change = body as unknown as Ending;
        return [...cancelBelow('', at), workflow(change.status, at, dataOf(change))];
      }
      case 'faulted':
        underWay.clear();
        generation += 1;
        return NOTHING;
      case 'suspended':
        held.push(position);
        return hold('suspended', position, at);
      case 'resumed': {
        const places = held;
        held = [];
        return places.flatMap((place) => hold('resumed', place, at));
      }
      // Journals of earlier versions have these in the place of `begun`.
      case 'open':
        underWay = new Map(body as unknown as readonly (readonly [string, string])[]);
        return NOTHING;
      default:
        return NOTHING;
    }
  }

  return { follow, isUnderWay: (position) => underWay.has(position), isNew: () => isNew, inGeneration };
}

/** Bodies of the entries `done`, `failed` and `ending`, as far as they are told. */
interface Done {
  readonly output?: Json;
}

export interface Failed {
  readonly fault: Fault;
  readonly retryAfter?: number;
}

export type Ending = Extract<RunChange, { readonly at: number }>;

const NOTHING: readonly Telling[] = [];

function dataOf(change: Ending): Telling['data'] {
  if (change.status === 'completed') return { output: change.output };
  return change.status === 'faulted' ? { error: change.fault } : {};
}
