import { afterAll, beforeAll } from 'vitest';
import { openPostgresStore } from '../../src/store/postgres.ts';
import { asWorkflowJournal } from '../contracts/journal-port.ts';
import { describeStore } from '../contracts/store.ts';
import { command, type PostgresServer, startPostgres } from '../support/postgres.ts';

const EMPTY = [
  'events',
  'deliveries',
  'notes',
  'ledger',
  'messages',
  'budgets',
  'runs',
  'run_bodies',
  'entries',
  'waits',
]
  .concat(['given', 'definitions', 'payloads'])
  .map((table) => `delete from ${table}`)
  .join('; ');

let server: PostgresServer;
let url: string;

beforeAll(async () => {
  server = await startPostgres();
  url = await server.createDatabase();
  await (await openPostgresStore({ url })).close();
}, 60_000);
afterAll(() => server.stop());

describeStore('Postgres', async () => {
  // Migrating takes longer than a test does; each is given the tables emptied.
  await command(url, EMPTY);
  const store = await openPostgresStore({ url });
  return { ...store, journal: asWorkflowJournal(store.journal) };
});
