import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { asWorkflowJournal } from '../contracts/journal-port.ts';
import { describeStore } from '../contracts/store.ts';

const directory = mkdtempSync(join(tmpdir(), 'fairlead-store-'));
const template = join(directory, 'template.db');
let opened = 0;

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describeStore('SQLite', async () => {
  opened += 1;
  // Migrating takes longer than a test does; each gets a copy of an empty store.
  if (opened === 1) await (await openSqliteStore({ path: template })).close();
  const path = join(directory, `${opened}.db`);
  copyFileSync(template, path);
  const store = await openSqliteStore({ path });
  return { ...store, journal: asWorkflowJournal(store.journal) };
});
