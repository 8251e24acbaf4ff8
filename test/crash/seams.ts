/**
 * The places at which a process can die so that it makes a difference: before and after each commit and each request, and
 * the crash points that rooms name. Everything that leaves a house passes here and is given a name; what is told of the
 * name decides whether the house lives on.
 */
import type { Journal } from '../../src/store/journal.ts';
import type { SqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';

/** Told of each place as it is reached. Resolves when the house goes on; a house that is dead goes nowhere. */
export type Reach = (place: string) => Promise<void>;

/** Methods that change nothing: dying around them is dying before or after the change next to them. */
const READS = new Set([
  'unknown',
  'tenantsDue',
  'due',
  'nextDue',
  'deadLetters',
  'deadLetter',
  'depth',
  'read',
  'list',
]);
/** What is left of a house that is dead may not wake up, nor close what its successor opens. */
const ROOMS = ['outbox', 'journal', 'ledger', 'messages', 'budget', 'notes'] as const;

type Room = Readonly<Record<string, (...given: readonly unknown[]) => Promise<unknown>>>;

export function watchStore(store: SqliteStore, reach: Reach, alive: () => Promise<void>): Store<Journal> {
  const watched = ROOMS.map((room) => [room, watchRoom(room, store[room] as unknown as Room, reach, alive)]);
  return {
    ...(Object.fromEntries(watched) as unknown as Store<Journal>),
    check: async () => {
      await alive();
      await store.check();
    },
    close: async () => {
      await alive();
      await store.close();
    },
  };
}

function watchRoom(room: string, methods: Room, reach: Reach, alive: () => Promise<void>): Room {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      async (...given: readonly unknown[]) => {
        await alive();
        if (READS.has(name)) {
          const read = await method(...given);
          await alive();
          return read;
        }
        const place = `${room}.${name}${detailOf(name, given)}`;
        // Whether a claim finds anything is known only afterwards, and an empty one is nobody's place to die.
        if (name !== 'claim') await reach(`${place}:before`);
        const result = await method(...given);
        if (name !== 'claim' || (result as readonly unknown[]).length > 0) await reach(`${place}:after`);
        else await alive();
        return result;
      },
    ]),
  );
}

/** Tells apart what is counted apart, so that two things that happen side by side are each the first of their kind. */
function detailOf(method: string, [first]: readonly unknown[]): string {
  if (method !== 'publish') return '';
  return ` ${(first as { readonly event: { readonly type: string } }).event.type}`;
}

/** `fetch`, as the house has it: the hosts in `names` are called by their names, others are not watched. */
export function watchFetch(
  fetch: typeof globalThis.fetch,
  names: ReadonlyMap<string, string>,
  reach: Reach,
): typeof globalThis.fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const host = names.get(url.origin);
    if (host === undefined) return fetch(input, init);
    const place = `${host} ${init?.method ?? 'GET'} ${url.pathname}`;
    await reach(`${place}:before`);
    const response = await fetch(input, init);
    // The whole answer, so that what was asked has certainly been done.
    const body = await response.arrayBuffer();
    await reach(`${place}:after`);
    const { status, headers } = response;
    return new Response(body.byteLength === 0 ? null : body, { status, headers });
  };
}

/** Numbers places by name: `outbox.settle:before#2` is the second time. */
export function createNumbering(): (place: string) => string {
  const counts = new Map<string, number>();
  return (place) => {
    const count = (counts.get(place) ?? 0) + 1;
    counts.set(place, count);
    return `${place}#${count}`;
  };
}
