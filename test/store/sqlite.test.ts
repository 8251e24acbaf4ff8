import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineStatement, run } from '../../src/store/database.ts';
import { MIGRATIONS } from '../../src/store/migrations/migrate.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.ts';
import { createSqliteDatabase } from '../../src/store/sqlite-database.ts';
import { eventOf, runOf } from '../contracts/store-under-test.ts';
import { exampleOf } from '../source/webhook-examples.ts';

const NONE: ReadonlySet<number> = new Set();

let directory: string;
let path: string;
const closing: (() => Promise<void>)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-store-'));
  path = join(directory, 'data', 'fairlead.db');
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  rmSync(directory, { recursive: true, force: true });
});

async function open(options: Partial<Parameters<typeof openSqliteStore>[0]> = {}): Promise<SqliteStore> {
  const store = await openSqliteStore({ path, ...options });
  closing.push(store.close);
  return store;
}

const publish = ({ outbox }: Pick<SqliteStore, 'outbox'>, id: string, data: unknown = id) =>
  outbox.publish({ event: eventOf(id, { data }), triggers: ['runner'], now: 100 });

describe('opening', () => {
  test('creates the directory and the file, in WAL mode', async () => {
    await open();

    expect(new BetterSqlite(path, { readonly: true }).pragma('journal_mode', { simple: true })).toBe('wal');
  });

  test('finds what was written before', async () => {
    const first = await open();
    await publish(first, 'a');
    await first.close();

    expect(await (await open()).outbox.due('7', 100, 10, NONE)).toMatchObject([{ event: { id: 'a' } }]);
  });

  test('does not apply a migration twice', async () => {
    await (await open()).close();
    await (await open()).close();

    const db = new BetterSqlite(path, { readonly: true });
    const names = db.prepare('select name from kysely_migration order by name').pluck().all();
    expect(names).toEqual(Object.keys(MIGRATIONS));
    expect(db.pragma('user_version', { simple: true })).toBe(names.length);
    db.close();
  });

  test('long payloads take a fraction of their room, after the first', async () => {
    const store = await open();
    const payload = exampleOf('pull_request');
    for (const id of ['a', 'b', 'c']) await publish(store, id, payload);
    await store.close();

    const db = new BetterSqlite(path, { readonly: true });
    const [first, ...others] = db.prepare('select length(data) from events order by id').pluck().all() as number[];
    expect(first).toBe(JSON.stringify(payload).length);
    for (const length of others) expect(length).toBeLessThan(JSON.stringify(payload).length / 5);
    db.close();
  });

  test('a payload is written once for its event and the run that takes it', async () => {
    const store = await open();
    const event = eventOf('a', { data: { title: 'told once' } });
    await store.outbox.publish({ event, triggers: [], now: 100 });
    await store.journal.create(runOf('r1', { input: [{ specversion: '1.0', data: event.data as { title: string } }] }));
    await store.close();

    const db = new BetterSqlite(path, { readonly: true });
    expect(db.prepare('select body, event_id, data_at from run_bodies').all()).toEqual([
      { body: '[{"specversion":"1.0","data":null}]', event_id: 'a', data_at: '[0,"data"]' },
    ]);
    db.close();
  });

  const refused = [':memory:', '', 'file::memory:?cache=shared'];
  test.each(refused)('refuses “%s”, where nothing is durable, outside of tests', async (inMemory) => {
    await expect(openSqliteStore({ path: inMemory })).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('FAIRLEAD_STORE'),
    });
  });

  test('refuses a file that another owner holds, and takes it once that one is gone', async () => {
    const first = await open();

    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: 'store.in_use', retryable: false });

    await first.close();
    await expect(open()).resolves.toBeDefined();
  });

  test('says so when the file is not a store', async () => {
    const text = join(directory, 'notes.txt');
    writeFileSync(text, 'not a database, but long enough to look like a file of some other kind'.repeat(20));

    await expect(openSqliteStore({ path: text })).rejects.toMatchObject({
      code: 'store.unavailable',
      retryable: false,
    });
    expect(readFileSync(text, 'utf8')).toMatch(/^not a database/);
  });

  test('says so when the directory cannot be made', async () => {
    writeFileSync(join(directory, 'data'), '');

    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: 'config.invalid' });
  });

  test('refuses a store that a newer version wrote', async () => {
    await (await open()).close();
    const db = new BetterSqlite(path);
    db.pragma('user_version = 99');
    db.close();

    await expect(openSqliteStore({ path })).rejects.toMatchObject({
      code: 'store.schema',
      message: expect.stringContaining('99'),
    });
  });
});

describe('a guest', () => {
  test('reads and writes beside the owner', async () => {
    const owner = await open();
    await publish(owner, 'a');
    const [delivery] = await owner.outbox.due('7', 100, 1, NONE);
    const number = delivery?.delivery as number;
    await owner.outbox.settle([{ delivery: number, outcome: 'dead', at: 1, reason: 'no' }]);

    const guest = await open({ as: 'guest' });
    expect(await guest.outbox.deadLetters({ limit: 1 })).toHaveLength(1);
    expect(await guest.outbox.redeliver(number, 200)).toBe(true);

    expect(await owner.outbox.due('7', 200, 1, NONE)).toMatchObject([{ delivery: number }]);
  });

  test('does not create a store', async () => {
    await expect(openSqliteStore({ path, as: 'guest' })).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('There is no store'),
    });
    expect(existsSync(path)).toBe(false);
  });

  test('does not change a schema that its owner may be using', async () => {
    await (await open()).close();
    const db = new BetterSqlite(path);
    db.pragma('user_version = 1');
    db.close();

    await expect(openSqliteStore({ path, as: 'guest' })).rejects.toMatchObject({ code: 'store.schema' });
  });
});

describe('a commit', () => {
  test('is shared by all who write in one turn of the event loop', async () => {
    const store = await open();
    const before = store.commits();

    await Promise.all(Array.from({ length: 64 }, (_, index) => publish(store, `e${index}`)));

    expect(store.commits() - before).toBe(1);
    expect(await store.outbox.depth()).toEqual({ due: 64, dead: 0 });
  });

  test('is on the disk before its callers hear of it', async () => {
    const store = await open();
    await publish(store, 'a');

    // What a crash leaves: the files as they are now, nothing closed.
    const copy = join(directory, 'copy.db');
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix);
    const after = await open({ path: copy });

    expect(await after.outbox.unknown('7', ['a'])).toEqual([]);
  });

  test('holds the writes of the others when one of them fails, and only that one hears of it', async () => {
    const store = await open();
    const stale = { tenant: '7', runId: 'nobody', fence: 1 };

    const [first, fenced, last] = await Promise.allSettled([
      publish(store, 'a'),
      store.journal.append(stale, [{ position: '/do/0', kind: 'outcome', body: 1, at: 1 }]),
      publish(store, 'b'),
    ]);

    expect([first.status, last.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(fenced).toMatchObject({ status: 'rejected', reason: { code: 'store.fenced' } });
    expect(await store.outbox.unknown('7', ['a', 'b'])).toEqual([]);
  });

  test('of one writer alone that fails leaves nothing and does not count', async () => {
    const store = await open();
    const before = store.commits();

    await expect(store.journal.append({ tenant: '7', runId: 'nobody', fence: 1 }, [])).rejects.toMatchObject({
      code: 'store.fenced',
    });

    expect(store.commits()).toBe(before);
  });

  test.each([
    ['alone', 0],
    ['beside others', 3],
  ])('of one statement that fails half-way leaves nothing of it: %s', async (_, others) => {
    await (await open()).close();
    const database = createSqliteDatabase(new BetterSqlite(path));
    closing.push(async () => database.close());
    const insert = defineStatement(database.builder, (db, p: { first: string; second: string }) =>
      db.insertInto('notes').values([
        { tenant: '7', name: p.first, value: '' },
        { tenant: '7', name: p.second, value: '' },
      ]),
    );
    const write = (first: string, second: string) => database.write(() => run(insert, { first, second }));

    const told = await Promise.allSettled([
      write('twice', 'twice'),
      ...Array.from({ length: others }, (_, nth) => write(`a${nth}`, `b${nth}`)),
    ]);

    expect(told.map(({ status }) => status)).toEqual(['rejected', ...Array(others).fill('fulfilled')]);
    const db = new BetterSqlite(path, { readonly: true });
    expect(db.prepare(`select count(*) from notes where tenant = '7'`).pluck().get()).toBe(2 * others);
    db.close();
  });

  test('takes what was queued when the store is closed', async () => {
    const store = await open();
    const published = publish(store, 'a');
    await store.close();

    expect(await published).toMatchObject({ outcome: 'accepted' });
    expect(await (await open()).outbox.unknown('7', ['a'])).toEqual([]);
  });
});

describe('a long body', () => {
  test('goes with the last run that refers to it', async () => {
    const store = await open();
    const lane = (order: number) => ({ name: 'l', order, revision: `${order}` });
    const long = ['a', 'b'].map((letter) => letter.repeat(100_000));
    await store.journal.create(runOf('r1', { input: long, lane: lane(2), createdAt: 300 }));
    await store.journal.create(runOf('r2', { input: long, lane: lane(1), createdAt: 100 }));
    await store.journal.create(runOf('r3', { input: long[0] as string, lane: lane(0), createdAt: 100 }));
    const db = new BetterSqlite(path, { readonly: true });
    const kept = () => db.prepare('select count(*) from payloads').pluck().get();

    expect(kept()).toBe(2);
    expect(await store.journal.prune(200)).toBe(2);
    expect(kept()).toBe(1);
    expect(await store.journal.read('7', 'r1')).toMatchObject({ record: { input: long } });
    db.close();
  });
});

describe('a full disk', () => {
  /** Nothing can be made of it that takes less room. */
  const BIG = randomBytes(300_000).toString('base64');

  /** Stands in for a disk with no room: SQLite answers the same error when it may use no more pages. */
  async function openOnFullDisk() {
    await (await open()).close();
    const connection = new BetterSqlite(path);
    connection.pragma('max_page_count = 60');
    const database = createSqliteDatabase(connection);
    closing.push(async () => database.close());
    return { outbox: createOutbox({ database }), mend: () => connection.pragma('max_page_count = 1000000') };
  }

  test('is told as store.unavailable, with nothing written, and passes', async () => {
    const { outbox, mend } = await openOnFullDisk();

    await expect(publish({ outbox }, 'big', BIG)).rejects.toMatchObject({ code: 'store.unavailable', retryable: true });
    expect(await outbox.unknown('7', ['big'])).toEqual(['big']);
    expect(await outbox.depth()).toEqual({ due: 0, dead: 0 });

    mend();
    expect(await publish({ outbox }, 'big', BIG)).toMatchObject({ outcome: 'accepted' });
  });

  test('loses nothing silently: who of a group heard of success is there, who heard of failure is not', async () => {
    const { outbox, mend } = await openOnFullDisk();
    const ids = ['a', 'big', 'b'];

    const told = await Promise.allSettled(ids.map((id) => publish({ outbox }, id, id === 'big' ? BIG : id)));

    expect(told[1]).toMatchObject({ status: 'rejected', reason: { code: 'store.unavailable' } });
    const lost = ids.filter((_, index) => told[index]?.status === 'rejected');
    expect(await outbox.unknown('7', ids)).toEqual(lost);
    mend();
    for (const id of lost) expect(await publish({ outbox }, id)).toMatchObject({ outcome: 'accepted' });
  });
});

describe('another process in the middle of a write', () => {
  test('is waited for a while, then told as store.unavailable, and the next write goes through', async () => {
    const store = await open();
    const other = new BetterSqlite(path);
    other.exec('begin immediate');

    await expect(publish(store, 'a')).rejects.toMatchObject({ code: 'store.unavailable', retryable: true });

    other.exec('rollback');
    other.close();
    expect(await publish(store, 'a')).toMatchObject({ outcome: 'accepted' });
  });
});

describe('a process killed in the middle of writing', () => {
  test('has every row that it was told of, whole, and its file can be owned again', async () => {
    const script = fileURLToPath(new URL('./write-until-killed.ts', import.meta.url));
    for (const afterRows of [1, 50, 400]) {
      const { stdout, signal } = spawnSync(process.execPath, [script, path, String(afterRows)], { encoding: 'utf8' });
      expect(signal).toBe('SIGKILL');
      const told = stdout.trim().split('\n');
      expect(told.length).toBeGreaterThanOrEqual(afterRows);

      const store = await open();
      expect(await store.outbox.unknown('7', told)).toEqual([]);
      const due = await store.outbox.due('7', 1e15, 100_000, NONE);
      expect(new Set(due.map(({ event }) => event.id)).isSupersetOf(new Set(told))).toBe(true);
      await store.close();
    }
  });
});
