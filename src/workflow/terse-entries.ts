/**
 * A run's entries, each value said once. A task's output is often what a task inside it has put out, and an exported context
 * is mostly the context before it: such are written as the place where they were told first, which is two thirds of what a
 * run would write. Entries are read back in the order that they are written in, so a reference always points at what has been
 * read already.
 */
import type { Json } from '../expression/json.ts';
import type { Entry } from './journal.ts';

/** The body of a `done` entry, as the runtime hands it in. */
interface Done {
  readonly output?: Json;
  readonly context?: Json;
  readonly [fact: string]: Json | undefined;
}

/** How a property of a context is told: as it was in the context before, as the output of a position, or in full. */
type Share = 'kept' | { readonly of: string } | { readonly is: Json };

/** The same body as it is written. */
interface TerseDone {
  readonly output?: Json;
  /** The position that has the same output. */
  readonly outputOf?: string;
  readonly context?: Json;
  readonly shares?: { readonly [property: string]: Share };
  readonly [fact: string]: Json | undefined;
}

/** What the entries of a run have told so far. */
export interface Telling {
  /** By identity: values are never changed, and expressions hand on the ones they are given. */
  readonly outputs: WeakMap<object, { readonly position: string; readonly nth: number }>;
  /** Which output is the last of its position. */
  readonly last: Map<string, number>;
  context: Json;
}

/** The entry as it is written. Entries are shortened in the order that they are written in. */
export function shorten(telling: Telling, entry: Entry): Entry {
  if (entry.kind !== 'done') return entry;
  const { output, context, ...facts } = entry.body as Done;
  const told = output === undefined ? undefined : innerPositionOf(telling, output, entry.position);
  if (output !== undefined && told === undefined) tell(telling, entry.position, output);
  const body = {
    ...(output === undefined ? {} : told === undefined ? { output } : { outputOf: told }),
    ...facts,
    ...(context === undefined ? {} : toShares(telling, context)),
  };
  if (context !== undefined) telling.context = context;
  return { ...entry, body: body as Json };
}

function toShares(telling: Telling, context: Json): Pick<TerseDone, 'context' | 'shares'> {
  if (!isRecord(context)) return { context };
  const before = isRecord(telling.context) ? telling.context : {};
  let isShorter = false;
  const shares = Object.entries(context).map(([property, value]): [string, Share] => {
    if (Object.hasOwn(before, property) && before[property] === value) {
      isShorter = true;
      return [property, 'kept'];
    }
    const of = positionOf(telling, value);
    isShorter ||= of !== undefined;
    return [property, of === undefined ? { is: value } : { of }];
  });
  return isShorter ? { shares: Object.fromEntries(shares) } : { context };
}

/** Entries as they were handed in, from those that were written; and what they have told, for those that are written next. */
export function restoreEntries(written: readonly Entry[]): {
  readonly telling: Telling;
  readonly entries: readonly Entry[];
} {
  const telling: Telling = { outputs: new WeakMap(), last: new Map(), context: null };
  const outputs = new Map<string, Json>();
  const entries = written.map((entry) => {
    if (entry.kind !== 'done') return entry;
    const { outputOf, shares, ...body } = entry.body as TerseDone;
    const output = outputOf === undefined ? body.output : outputs.get(outputOf);
    if (output !== undefined && outputOf === undefined) {
      outputs.set(entry.position, output);
      tell(telling, entry.position, output);
    }
    const context = shares === undefined ? body.context : fromShares(shares, telling.context, outputs);
    if (context !== undefined) telling.context = context;
    return outputOf === undefined && shares === undefined
      ? entry
      : {
          ...entry,
          body: { ...body, ...(output === undefined ? {} : { output }), ...(context === undefined ? {} : { context }) },
        };
  });
  return { telling, entries };
}

function fromShares(shares: NonNullable<TerseDone['shares']>, before: Json, outputs: ReadonlyMap<string, Json>): Json {
  return Object.fromEntries(
    Object.entries(shares).map(([property, share]) => {
      if (share === 'kept') return [property, (before as { readonly [property: string]: Json })[property] as Json];
      return [property, 'is' in share ? share.is : (outputs.get(share.of) as Json)];
    }),
  );
}

function tell({ outputs, last }: Telling, position: string, output: Json): void {
  const nth = (last.get(position) ?? 0) + 1;
  last.set(position, nth);
  if (typeof output === 'object' && output !== null) outputs.set(output, { position, nth });
}

/** Where this very value was put out, unless something else was since. */
function positionOf({ outputs, last }: Telling, value: Json): string | undefined {
  const told = typeof value === 'object' && value !== null ? outputs.get(value) : undefined;
  return told !== undefined && last.get(told.position) === told.nth ? told.position : undefined;
}

/** The same, of a task inside the one at `position`. What a function of the host answers twice is told twice. */
function innerPositionOf(telling: Telling, output: Json, position: string): string | undefined {
  const told = positionOf(telling, output);
  return told?.startsWith(`${position}/`) ? told : undefined;
}

function isRecord(value: Json): value is { readonly [property: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
