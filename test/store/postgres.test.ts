import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEmbeddedBroker } from '../../src/broker/embedded.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { createExecutor } from '../../src/runner/executor.ts';
import { MIGRATIONS } from '../../src/store/migrations/migrate.ts';
import { OLDEST_COMPATIBLE, SCHEMA_VERSION } from '../../src/store/migrations/schema-version.ts';
import { openPostgresStore, type PostgresStore } from '../../src/store/postgres.ts';
import { asWorkflowJournal } from '../contracts/journal-port.ts';
import { eventOf, runOf } from '../contracts/store-under-test.ts';
import { command, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { createQuietLog } from '../support/quiet.ts';

const NONE: ReadonlySet<number> = new Set();

let server: PostgresServer;
let url: string;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  url = await server.createDatabase();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function open(options: Partial<Parameters<typeof openPostgresStore>[0]> = {}): Promise<PostgresStore> {
  const store = await openPostgresStore({ url, ...options });
  closing.push(store.close);
  return store;
}

async function openSeveral(count: number): Promise<readonly PostgresStore[]> {
  return Promise.all(Array.from({ length: count }, () => open()));
}

const outcomeOf = (position: string) => ({ position, kind: 'done', at: 1100, body: null });

const publish = ({ outbox }: PostgresStore, id: string, data: unknown = id) =>
  outbox.publish({ event: eventOf(id, { data }), triggers: ['runner'], now: 100 });

async function until(isSo: () => boolean | Promise<boolean>, withinMs = 5_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Not so after ${withinMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('opening', () => {
  test('by several processes at once migrates the schema once', async () => {
    const stores = await openSeveral(4);

    expect(await Promise.all(stores.map((store, nth) => publish(store, `e${nth}`)))).toHaveLength(4);
    const { rows } = await command(url, 'select name from kysely_migration order by name');
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(MIGRATIONS));
    expect((await command(url, 'select version, oldest from fairlead_schema')).rows).toEqual([
      { version: SCHEMA_VERSION, oldest: OLDEST_COMPATIBLE },
    ]);
  });

  test('waits for the one that migrates', async () => {
    await open();
    await command(url, 'update fairlead_schema set version = 2, oldest = 2');
    await openSeveral(4);

    expect((await command(url, 'select version from fairlead_schema')).rows).toEqual([{ version: SCHEMA_VERSION }]);
  });

  test('accepts a newer schema that says it works with this version, as during an upgrade', async () => {
    await open();
    await command(url, `update fairlead_schema set version = ${SCHEMA_VERSION + 1}, oldest = ${SCHEMA_VERSION}`);

    await expect(publish(await open(), 'a')).resolves.toMatchObject({ outcome: 'accepted' });
  });

  test('refuses a newer schema that does not, and leaves it as it is', async () => {
    await open();
    await command(url, 'update fairlead_schema set version = 99, oldest = 98');

    await expect(open()).rejects.toMatchObject({ code: 'store.schema', message: expect.stringContaining('schema 99') });
    expect((await command(url, 'select version from fairlead_schema')).rows).toEqual([{ version: 99 }]);
  });

  test('keeps ids in the order of their bytes, whatever language the database is in', async () => {
    const { rows } = await command(
      url,
      `select distinct collation_name from information_schema.columns where table_name = 'runs' and data_type = 'text'`,
    );
    expect(rows).toEqual([]);
    await open();
    const after = await command(
      url,
      `select distinct collation_name from information_schema.columns where table_name = 'runs' and data_type = 'text'`,
    );
    expect(after.rows).toEqual([{ collation_name: 'C' }]);
  });

  test.each([
    ['something that is not a URL', 'fairlead.db', 'config.invalid'],
    ['the URL of something else', 'mysql://me:s3cret@127.0.0.1/x', 'config.invalid'],
    ['a host that does not answer', 'postgres://me:s3cret@127.0.0.1:1/x', 'store.unavailable'],
    ['a password that makes the URL malformed', 'postgres://me:s3cret#[@127.0.0.1:bad/x', 'config.invalid'],
  ])('says what is wrong with %s, and never the password', async (_, wrong, code) => {
    const error = await openPostgresStore({ url: wrong }).then(
      () => undefined,
      (thrown) => thrown,
    );

    expect(error).toMatchObject({ code });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('s3cret');
  });

  test('names a database that does not exist as the mistake', async () => {
    const wrong = new URL(url);
    wrong.pathname = 'nowhere';

    await expect(openPostgresStore({ url: wrong.href })).rejects.toMatchObject({ code: 'config.invalid' });
  });
});

describe('an upgrade under way', () => {
  test('does not stop a process of the version before: it goes on over tables that have grown', async () => {
    const old = await open();
    await old.journal.create(runOf('r1'));
    expect(await old.journal.claim('old', 1000, 2000, 1)).toHaveLength(1);
    await old.journal.list({ limit: 10 });

    await command(url, 'alter table runs add column priority integer not null default 0');

    await old.journal.create(runOf('r2'));
    expect(await old.journal.claim('old', 1000, 2000, 1)).toHaveLength(1);
    expect(await old.journal.list({ limit: 10 })).toHaveLength(2);
  });

  test('does not stop a task whose outcome comes then: it is refused before it is made, and made anew', async () => {
    const old = await open();
    await old.journal.create(runOf('r1'));
    const [run] = await old.journal.claim('old', 1000, 2000, 1);
    await old.journal.append(run!.claim, [outcomeOf('first')]);

    await command(url, 'alter table entries add column priority integer not null default 0');

    await old.journal.append(run!.claim, [outcomeOf('second')]);
    expect((await old.journal.read('7', 'r1'))?.entries.map(({ position }) => position)).toEqual(['first', 'second']);
  });
});

describe('writes', () => {
  test('that are asked for together share a commit, and one that fails takes no other with it', async () => {
    const store = await open();
    await publish(store, 'warm');
    const before = store.commits();
    await Promise.all(Array.from({ length: 50 }, (_, n) => publish(store, `e${n}`)));
    expect(store.commits() - before).toBe(1);

    const stale = { tenant: '7', runId: 'none', fence: 1 };
    const ids = Array.from({ length: 40 }, (_, n) => `f${n}`);
    const [failed, ...others] = await Promise.allSettled([
      store.journal.append(stale, []),
      ...ids.map((id) => publish(store, id)),
    ]);

    expect(failed).toMatchObject({ reason: { code: 'store.fenced' } });
    for (const other of others) expect(other).toMatchObject({ value: { outcome: 'accepted' } });
    expect(await store.outbox.depth()).toEqual({ due: 91, dead: 0 });
  });

  test('that lock the same rows in opposite order are all made', async () => {
    const [one, other] = (await openSeveral(2)) as [PostgresStore, PostgresStore];
    const names = Array.from({ length: 20 }, (_, n) => `label ${n}`);
    const entries = (list: readonly string[], reason: string) =>
      list.map((name) => ({ kind: 'label' as const, name, state: 'ours' as const, reason, at: 1 }));

    for (let round = 0; round < 4; round += 1) {
      await Promise.all([
        one.ledger.write('7', '1/2', entries(names, `one ${round}`)),
        other.ledger.write('7', '1/2', entries(names.toReversed(), `other ${round}`)),
      ]);
      const reasons = (await one.ledger.read('7', '1/2')).map(({ reason }) => reason);
      expect(reasons).toHaveLength(20);
      expect(new Set(reasons).size).toBe(1);
    }
  });

  test('told of before a process was killed are there, whole', async () => {
    await open();
    const script = fileURLToPath(new URL('./write-until-killed.ts', import.meta.url));
    const child = spawn(process.execPath, [script, url, '100']);
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const [, signal] = await once(child, 'close');
    expect(signal).toBe('SIGKILL');
    const told = stdout.trim().split('\n');
    expect(told.length).toBeGreaterThanOrEqual(100);

    const store = await open();
    expect(await store.outbox.unknown('7', told)).toEqual([]);
    const due = await store.outbox.due('7', 1e15, 10_000, NONE);
    expect(new Set(due.map(({ event }) => event.id)).isSupersetOf(new Set(told))).toBe(true);
  });
});

describe('several processes', () => {
  test('that publish the same event accept it once', async () => {
    const stores = await openSeveral(4);
    for (let round = 0; round < 10; round += 1) {
      const outcomes = await Promise.all(stores.map((store) => publish(store, `e${round}`, 'same')));
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
        'accepted',
        'duplicate',
        'duplicate',
        'duplicate',
      ]);
    }
  });

  test('that create the same run create it once', async () => {
    const stores = await openSeveral(4);
    for (let round = 0; round < 10; round += 1) {
      const key = `key ${round}`;
      const lane = { name: 'l', order: round };
      const results = await Promise.all(
        stores.map(({ journal }, nth) => journal.create(runOf(`r${round}-${nth}`, { key, lane }))),
      );
      expect(results.map(({ outcome }) => outcome).sort()).toEqual(['created', 'known', 'known', 'known']);
      expect(new Set(results.map(({ runId }) => runId)).size).toBe(1);
    }
  });

  test('that race for one run get it once', async () => {
    const stores = await openSeveral(4);
    for (let round = 0; round < 20; round += 1) {
      await stores[0]!.journal.create(runOf(`r${round}`));
      const claims = await Promise.all(stores.map(({ journal }, nth) => journal.claim(`p${nth}`, 1000, 9000, 5)));
      expect(claims.flat()).toHaveLength(1);
    }
  });

  test('share many runs, each run going to one of them', async () => {
    const stores = await openSeveral(3);
    const ids = Array.from({ length: 120 }, (_, n) => `r${n}`);
    await Promise.all(ids.map((id, n) => stores[n % 3]!.journal.create(runOf(id, { tenant: String(n % 4) }))));

    const claimed = await Promise.all(
      stores.map(async ({ journal }, nth) => {
        const mine: string[] = [];
        for (let empty = 0; empty < 3; ) {
          const runs = await journal.claim(`p${nth}`, 1000, 9000, 7);
          mine.push(...runs.map(({ record }) => record.id));
          if (runs.length === 0) empty += 1;
        }
        return mine;
      }),
    );

    expect(claimed.flat().sort()).toEqual([...ids].sort());
  });

  test('may come to refer to a long body while another forgets the last run that did', async () => {
    const store = await open();
    const lane = { name: 'l', order: 1, revision: 'old' };
    await store.journal.create(runOf('r1', { lane: { ...lane, order: 2 }, createdAt: 900 }));
    // Superseded by the one before, it has ended as it begins.
    const input = 'x'.repeat(100_000);
    await store.journal.create(runOf('r2', { input, lane: { ...lane, revision: 'older' }, createdAt: 100 }));

    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query('begin');
    await other.query('insert into payloads select * from payloads on conflict do nothing');
    await other.query(
      `insert into run_bodies (tenant, run_id, part, body_digest) select tenant, 'r3', 'input', digest from payloads`,
    );
    let isPruned = false;
    const pruning = store.journal.prune(200).finally(() => {
      isPruned = true;
    });
    await new Promise((later) => setTimeout(later, 150));
    expect(isPruned).toBe(false);
    await other.query('commit');
    await other.end();

    expect(await pruning).toBe(1);
    expect((await command(url, 'select length(body) as kept from payloads')).rows).toEqual([{ kept: 100_002 }]);
  });

  test('let the runs of a lane go one after the other, and the newest revision win', async () => {
    const stores = await openSeveral(3);
    const revisions = Array.from({ length: 24 }, (_, n) => n);
    const results = Promise.all(
      revisions.map((n) => {
        const lane = { name: `lane ${n % 2}`, order: n, revision: `head ${n}` };
        return stores[n % 3]!.journal.create(runOf(`r${String(n).padStart(2, '0')}`, { lane }));
      }),
    );
    const underWay = new Map<string, number>();
    let isCreating = true;
    results.finally(() => {
      isCreating = false;
    });

    await Promise.all(
      stores.map(async ({ journal }, nth) => {
        for (let idle = 0; isCreating || idle < 5; ) {
          const runs = await journal.claim(`p${nth}`, 1000, 9_000_000, 3);
          idle = runs.length === 0 ? idle + 1 : 0;
          for (const { claim, record, cancel } of runs) {
            const lane = record.lane?.name as string;
            underWay.set(lane, (underWay.get(lane) ?? 0) + 1);
            expect(underWay.get(lane)).toBe(1);
            await new Promise(setImmediate);
            underWay.set(lane, 0);
            const change =
              cancel === undefined
                ? ({ status: 'completed', output: null, at: 1 } as const)
                : ({ status: 'cancelled', fault: cancel, at: 1 } as const);
            await journal.append(claim, [], change);
          }
        }
      }),
    );

    await results;
    const left = await stores[0]!.journal.list({ limit: 100 });
    expect(left).toHaveLength(24);
    expect(left.filter(({ endedAt }) => endedAt === undefined)).toEqual([]);
    for (const newest of ['r22', 'r23']) expect(left.find(({ id }) => id === newest)?.status).toBe('completed');
  });

  test('take over the run of one that was killed within 10 s', async () => {
    const store = await open();
    await store.journal.create(runOf('r1', { createdAt: Date.now() }));
    const child = spawn(process.execPath, [fileURLToPath(new URL('./hold-run.ts', import.meta.url)), url]);
    closing.push(async () => child.kill('SIGKILL'));
    expect(String((await once(child.stdout, 'data'))[0])).toBe('r1\n');
    child.kill('SIGKILL');
    const killedAt = Date.now();

    const taken: string[] = [];
    const executor = createExecutor(
      {
        journal: asWorkflowJournal(store.journal),
        engine: {
          async execute({ claim, record }) {
            taken.push(record.id);
            await store.journal.append(claim, [], { status: 'completed', output: null, at: Date.now() });
            return 'ended';
          },
        },
        clock: systemClock,
        log: createQuietLog(),
      },
      { owner: 'heir' },
    );
    await executor.start();
    await until(() => taken.length > 0, 11_000);
    await executor.drain(1000);

    expect(Date.now() - killedAt).toBeLessThan(10_000);
    expect(await store.journal.read('7', 'r1')).toMatchObject({ record: { status: 'completed', claims: 2 } });
  }, 30_000);
});

describe('deliveries over one database', () => {
  const brokerOver = (store: PostgresStore, handle: (id: string) => Promise<void>) => {
    const broker = createEmbeddedBroker({
      outbox: store.outbox,
      clock: systemClock,
      log: createQuietLog(),
      metrics: createMetrics(),
    });
    broker.subscribe({ name: 'runner', filters: [] }, async (event) => {
      await handle(event.id);
      return undefined;
    });
    store.onWork?.((work) => {
      if (work === 'deliveries') broker.wake();
    });
    return broker;
  };

  test('are each made once, whoever published and however many dispatch', async () => {
    const stores = await openSeveral(3);
    const handled: string[] = [];
    const brokers = stores.map((store) =>
      brokerOver(store, async (id) => {
        handled.push(id);
      }),
    );
    await Promise.all(brokers.map((broker) => broker.start()));

    const ids = Array.from({ length: 150 }, (_, n) => `e${n}`);
    await Promise.all(ids.map((id, n) => brokers[n % 3]!.publish(eventOf(id))));
    await until(async () => (await stores[0]!.outbox.depth()).due === 0);
    await Promise.all(brokers.map((broker) => broker.drain(1000)));

    expect(handled.sort()).toEqual([...ids].sort());
  });

  test('published by a process that does not dispatch are made at once by one that was told', async () => {
    const [publisher, other] = (await openSeveral(2)) as [PostgresStore, PostgresStore];
    const handled: string[] = [];
    const broker = brokerOver(other, async (id) => {
      handled.push(id);
    });
    await broker.start();
    await new Promise((resolve) => setTimeout(resolve, 200));

    const at = Date.now();
    await publisher.outbox.publish({ event: eventOf('a'), triggers: ['runner'], now: Date.now() });
    await until(() => handled.length > 0);

    expect(Date.now() - at).toBeLessThan(1500);
    await broker.drain(1000);
  });

  test('that a stopped process had in hand are left to the others at once', async () => {
    const [one, other] = (await openSeveral(2)) as [PostgresStore, PostgresStore];
    const broker = brokerOver(one, () => new Promise(() => {}));
    await broker.start();
    await broker.publish(eventOf('a'));
    expect(await other.outbox.due('7', Date.now(), 10, NONE, Date.now() + 1000)).toEqual([]);

    await broker.drain(0);

    expect(await other.outbox.due('7', Date.now(), 10, NONE, Date.now() + 1000)).toHaveLength(1);
  });

  test('that a dead process had in hand are due when its lease has ended', async () => {
    const [dead, heir] = (await openSeveral(2)) as [PostgresStore, PostgresStore];
    await dead.outbox.publish({ event: eventOf('a'), triggers: ['runner'], now: 100, leaseUntil: 5000 });

    expect(await heir.outbox.due('7', 4999, 10, NONE, 9000)).toEqual([]);
    expect(await heir.outbox.due('7', 5000, 10, NONE, 9000)).toMatchObject([{ event: { id: 'a' }, attempts: 0 }]);
    expect(await dead.outbox.due('7', 5001, 10, NONE, 9000)).toEqual([]);
  });
});

describe('the announcement of work', () => {
  test('reaches the others with the commit, and not the one who made it', async () => {
    const [maker, hearer] = (await openSeveral(2)) as [PostgresStore, PostgresStore];
    const own: string[] = [];
    const heard: string[] = [];
    maker.onWork?.((work) => own.push(work));
    hearer.onWork?.((work, run) => heard.push(run === undefined ? work : `${work} ${run.tenant} ${run.id}`));
    await until(() => heard.length === 4 && own.length === 4);
    heard.length = 0;
    own.length = 0;

    const told = async (act: () => Promise<unknown>, work: string) => {
      heard.length = 0;
      await act();
      await until(() => heard.length > 0);
      expect(heard).toEqual([work]);
    };
    const published = await publish(maker, 'a');
    await until(() => heard.length > 0);
    expect(heard).toEqual(['deliveries']);
    await told(() => maker.journal.create(runOf('r1')), 'runs');
    const [run] = await maker.journal.claim('one', 1000, 2000, 1);
    const waits = [{ position: '/do/0', type: 'merged' }];
    const parked = { status: 'waiting', dueAt: undefined, waits } as const;
    await told(() => maker.journal.append(run!.claim, [], parked), 'rests 7 r1');
    await told(() => maker.journal.give('7', 'merged', 'k', 1), 'runs');
    await told(() => maker.journal.suspend('7', 'r1', 1), 'orders');
    await told(() => maker.journal.resume('7', 'r1', 1), 'runs');
    await told(() => maker.journal.cancel('7', 'r1', 'stop'), 'orders');
    const [delivery] = published.outcome === 'accepted' ? published.deliveries : [];
    await maker.outbox.settle([{ delivery: delivery as number, outcome: 'dead', at: 1, reason: 'no' }]);
    await told(() => maker.outbox.redeliver(delivery as number, 200), 'deliveries');
    expect(own).toEqual([]);
  });
});

describe('a database that goes away', () => {
  let proxy: Server;
  let sockets: Set<Socket>;
  let isCut = false;
  /** Nothing comes back. */
  let isMute = false;
  let direct: string;

  /** Stands between, and can be cut. */
  beforeEach(async () => {
    isCut = false;
    isMute = false;
    direct = url;
    sockets = new Set();
    const { hostname, port } = new URL(url);
    proxy = createServer((socket) => {
      if (isCut) return socket.destroy();
      const through = connect(Number(port), hostname);
      for (const end of [socket, through]) sockets.add(end.on('error', () => {}));
      socket.pipe(through).on('data', (chunk) => isMute || socket.write(chunk));
      return through.on('end', () => socket.end());
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const own = new URL(url);
    own.port = String((proxy.address() as { port: number }).port);
    own.password = 's3cret';
    url = own.href;
  });
  afterEach(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });

  function cut(): void {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  }

  test('is unavailable in words without the password, and is used again when it is back', async () => {
    const store = await open();
    await publish(store, 'a');
    cut();

    const errors = await Promise.all([publish(store, 'b'), store.notes.read('7', 'x'), store.check()].map(errorOf));
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'store.unavailable', retryable: true });
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('s3cret');
    }
    isCut = false;

    await until(() =>
      publish(store, 'c').then(
        () => true,
        () => false,
      ),
    );
    expect(await store.outbox.unknown('7', ['a', 'b', 'c'])).toEqual(['b']);
  });

  test('before it has answered for a task’s outcome leaves that unknown: it may be there, and is not written again', async () => {
    const store = await open();
    await store.journal.create(runOf('r1'));
    const [run] = await store.journal.claim('one', 1000, 2000, 1);
    isMute = true;

    const told = errorOf(store.journal.append(run!.claim, [outcomeOf('once')]));
    await until(async () => (await command(direct, 'select position from entries')).rowCount === 1);
    for (const socket of sockets) socket.destroy();
    isMute = false;

    expect(await told).toMatchObject({
      code: 'store.unavailable',
      message: expect.stringContaining('may have been made'),
    });
    expect((await store.journal.read('7', 'r1'))?.entries.map(({ position }) => position)).toEqual(['once']);
  });

  test('with only its connections lost costs nobody a write or a read', async () => {
    const store = await open();
    await store.notes.write('7', 'x', '1');
    await store.notes.read('7', 'x');
    for (const socket of sockets) socket.destroy();

    await store.notes.write('7', 'x', '2');
    expect(await store.notes.read('7', 'x')).toBe('2');
  });

  test('is listened to again, and what may have been missed is looked for', async () => {
    const store = await open();
    const heard: string[] = [];
    store.onWork?.((work) => heard.push(work));
    await until(() => heard.length === 4);
    cut();
    isCut = false;

    await until(() => heard.length >= 8);
  });

  function errorOf(asked: Promise<unknown>): Promise<unknown> {
    return asked.then(
      () => undefined,
      (error) => error,
    );
  }
});
