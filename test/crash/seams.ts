/**
 * The places at which a process can die so that it makes a difference: before and after each commit and each request, and
 * the crash points that rooms name. Everything that leaves a house passes here and is given a name; what is told of the
 * name decides whether the house lives on.
 */
import { once } from 'node:events';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
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

const realRequest = http.request;

/**
 * Requests over `node:http`, as the house makes them: those to the hosts in `names` go through a gate of this process, which
 * tells of each before it is passed on and after it was answered. Others are not watched.
 */
export async function watchHttp(names: ReadonlyMap<string, string>, reach: Reach): Promise<void> {
  const hosts = new Map([...names].map(([origin, name]) => [name, origin]));
  const gate = http.createServer(async (incoming, response) => {
    const [, name = '', path = ''] = /^\/([^/]+)(.*)$/.exec(incoming.url ?? '') ?? [];
    const place = `${name} ${incoming.method} ${path.split('?', 1)[0]}`;
    const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>));
    await reach(`${place}:before`);
    const answer = await passOn(`${hosts.get(name)}${path}`, incoming, body);
    if (answer === undefined) {
      response.destroy();
      return;
    }
    await reach(`${place}:after`);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await once(gate.listen(0, '127.0.0.1'), 'listening');
  gate.unref();
  const { port } = gate.address() as AddressInfo;
  replaceRequest(((...given: Parameters<typeof http.request>) => {
    const [to, ...rest] = given as [string | URL | http.RequestOptions, ...unknown[]];
    const isAddress = typeof to === 'string' || to instanceof URL;
    const url = new URL(isAddress ? to : `http://${to.hostname ?? to.host}:${to.port}${to.path}`);
    const name = names.get(url.origin);
    if (name === undefined) return realRequest(...given);
    const path = `/${name}${url.pathname}${url.search}`;
    if (isAddress) return realRequest(`http://127.0.0.1:${port}${path}`, ...(rest as [http.RequestOptions]));
    return realRequest({ ...to, host: '127.0.0.1', hostname: '127.0.0.1', port, path }, ...(rest as []));
  }) as typeof http.request);
}

/** For the end of a file: `node:http` as it is. */
export function unwatchHttp(): void {
  replaceRequest(realRequest);
}

function replaceRequest(request: typeof http.request): void {
  http.request = request;
  // What was imported by name follows.
  syncBuiltinESMExports();
}

/** The whole answer, so that what was asked has certainly been done; undefined where there is none. */
async function passOn(
  url: string,
  { method, headers }: http.IncomingMessage,
  body: Buffer,
): Promise<{ readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly body: Buffer } | undefined> {
  const request = realRequest(url, { method, headers: { ...headers, host: new URL(url).host }, agent: false });
  try {
    const [answer] = (await once(request.end(body), 'response')) as [http.IncomingMessage];
    const chunks = await Array.fromAsync(answer as AsyncIterable<Buffer>);
    const { 'transfer-encoding': _, connection: __, ...told } = answer.headers;
    return { status: answer.statusCode as number, headers: told, body: Buffer.concat(chunks) };
  } catch {
    return undefined;
  }
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
