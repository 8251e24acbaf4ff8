import BetterSqlite from 'better-sqlite3';
import { sql as fragment, Kysely, SqliteDialect } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBudget } from '../../src/store/budget.ts';
import { createJournal } from '../../src/store/journal.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { createMessages } from '../../src/store/messages.ts';
import { migrate } from '../../src/store/migrations/migrate.ts';
import { createNotes } from '../../src/store/notes.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createSqliteDatabase } from '../../src/store/sqlite-database.ts';
import { eventOf, runOf } from '../contracts/store-under-test.ts';

/** Every question asked while an act runs, with the plan that SQLite made for it. */
const connection = new BetterSqlite(':memory:');
const asked = new Set<string>();
const prepare = connection.prepare.bind(connection);
connection.prepare = ((sql: string) => {
  asked.add(sql);
  return prepare(sql);
}) as typeof connection.prepare;

const database = createSqliteDatabase(connection);
const outbox = createOutbox({ database });
const journal = createJournal({ database });

beforeAll(async () => {
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: connection }) });
  await migrate(db, { clustered: fragment`without rowid` });
});

afterAll(() => database.close());

function planOf(sql: string): readonly string[] {
  const parameters = sql
    .split('?')
    .slice(1)
    .map(() => null);
  const steps = prepare(`explain query plan ${sql}`).all(parameters) as { readonly detail: string }[];
  return steps.map(({ detail }) => detail);
}

async function plansOf(act: () => Promise<unknown>): Promise<readonly string[]> {
  asked.clear();
  await act();
  return [...asked].filter((sql) => /^(?:select|insert|update|delete|with)\b/.test(sql)).flatMap(planOf);
}

const event = eventOf('a');
const claim = { tenant: '7', runId: 'r1', fence: 1 };
const entry = { position: '/do/0', kind: 'outcome', body: 'x'.repeat(100_000), at: 1 };

/** In this order: a statement is prepared, and its plan looked at, the first time that it is asked. */
const ACTS: readonly (readonly [told: string, act: () => Promise<unknown>])[] = [
  [
    'publishing an event, and once more',
    async () => {
      await outbox.publish({ event, triggers: ['a', 'b'], now: 1 });
      await outbox.publish({ event, triggers: ['a', 'b'], now: 1 });
    },
  ],
  ['asking which ids are unknown', () => outbox.unknown('7', ['a'])],
  ['asking which tenants have deliveries due', () => outbox.tenantsDue(1)],
  ['reading a tenant’s due deliveries', () => outbox.due('7', 1, 10, new Set())],
  ['asking when the next delivery is due', () => outbox.nextDue(1)],
  [
    'settling',
    () =>
      outbox.settle([
        { delivery: 1, outcome: 'retry', at: 1, reason: '' },
        { delivery: 1, outcome: 'dead', at: 1, reason: '' },
        { delivery: 2, outcome: 'done' },
      ]),
  ],
  ['listing dead letters', () => outbox.deadLetters({ limit: 1 })],
  ['showing a dead letter', () => outbox.deadLetter(1)],
  ['redelivering', () => outbox.redeliver(1, 1)],
  [
    'creating a run in a lane that supersedes another',
    async () => {
      const lane = { name: 'L', order: 1, revision: 'a' };
      await journal.create(runOf('r1', { lane }));
      await journal.create(runOf('r2', { lane: { ...lane, order: 2, revision: 'b' } }));
      await journal.create(runOf('r3', { lane }));
      await journal.create(runOf('r4', { lane: { ...lane, order: 3, revision: 'b' } }));
    },
  ],
  ['claiming runs', () => journal.claim('one', 1000, 2000, 10)],
  ['renewing a claim', () => journal.renew([claim], 1)],
  [
    'appending, parking, waking and ending',
    async () => {
      const held = { ...claim, runId: 'r2' };
      const waits = [{ position: '/do/0', type: 'merged' }];
      await journal.append(held, [entry, entry], { status: 'waiting', dueAt: 1, waits });
      await journal.give('7', 'merged', 'k', entry.body);
      const [again] = await journal.claim('one', 3000, 4000, 1);
      await journal.append(again!.claim, [], { status: 'faulted', fault: null, at: 1 }, [1]);
    },
  ],
  [
    'controlling runs',
    async () => {
      await journal.cancel('7', 'r2', '');
      await journal.suspend('7', 'r2', 1);
      await journal.resume('7', 'r2', 1);
      await journal.retry('7', 'r2');
    },
  ],
  ['asking when the next run is due', () => journal.nextDue()],
  ['reading a run', () => journal.read('7', 'r2')],
  ['listing all runs', () => journal.list({ limit: 1 })],
  ['listing a tenant’s runs', () => journal.list({ limit: 1, tenant: '7' })],
  [
    'forgetting runs that ended',
    async () => {
      await journal.create(
        runOf('r5', { input: entry.body, createdAt: 1, lane: { name: 'M', order: 2, revision: 'b' } }),
      );
      await journal.create(
        runOf('r6', { input: entry.body, createdAt: 1, lane: { name: 'M', order: 1, revision: 'a' } }),
      );
      await journal.prune(1e15);
    },
  ],
  ['reading a definition', () => journal.readDefinition('d1')],
  ['reading the ledger', () => createLedger({ database }).read('7', 's')],
  ['renaming in the ledger', () => createLedger({ database }).rename('7', 1, 'label', 'a', 'b')],
  ['reading a message', () => createMessages({ database }).read('7', 'c', 's')],
  [
    'taking from a budget',
    () => createBudget({ database }).take('7', 'b', { count: 1, burst: 1, perMinute: 1, now: 1 }),
  ],
  ['reading a note', () => createNotes({ database }).read('7', 'n')],
  ['changing a note', () => createNotes({ database }).change('7', 'n', 1, () => ({ value: 'v', result: undefined }))],
  ['forgetting notes', () => createNotes({ database }).prune(1e15)],
  [
    'forgetting definitions',
    async () => {
      await journal.keepDefinition({ namespace: 'n', name: 'n', version: '1.0.0', digest: 'old' }, 't', 1);
      await journal.pruneDefinitions(1e15);
    },
  ],
];

describe('the plan of', () => {
  test.each(ACTS)('%s touches rows by an index alone, and sorts none', async (_, act) => {
    const plans = await plansOf(act);

    expect(plans.length).toBeGreaterThan(0);
    // The tenants found so far are scanned (`waiting`, `working`): they are few, and each was one step in an index.
    expect(plans.filter((detail) => /^SCAN (?!waiting|working|CONSTANT ROW)|TEMP B-TREE/.test(detail))).toEqual([]);
  });

  test('every table’s key begins with the tenant', () => {
    const tables = prepare("select name from sqlite_master where type = 'table' and name not like 'kysely%'")
      .pluck()
      .all();

    expect(tables).toHaveLength(14);
    for (const table of tables) {
      const key = prepare('select name from pragma_table_info(?) where pk = 1').pluck().get(table);
      expect([table, key]).toEqual([table, 'tenant']);
    }
  });
});
