/**
 * A process of its own: publishes to the store at argv[2] (a file, or the URL of a database) from several callers at once,
 * tells each id on stdout as soon as it is acknowledged, and kills itself without warning in the middle of it, once
 * argv[3] were.
 */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openPostgresStore } from '../../src/store/postgres.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { eventOf } from '../contracts/store-under-test.ts';

const [, , place = '', count] = process.argv;
const store = place.startsWith('postgres:')
  ? await openPostgresStore({ url: place })
  : await openSqliteStore({ path: place });
let acknowledged = 0;

async function write(): Promise<never> {
  for (;;) {
    const id = randomUUID();
    await store.outbox.publish({ event: eventOf(id, { data: 'x'.repeat(2000) }), triggers: ['runner'], now: 100 });
    writeSync(1, `${id}\n`);
    acknowledged += 1;
    if (acknowledged >= Number(count)) process.kill(process.pid, 'SIGKILL');
  }
}

await Promise.all(Array.from({ length: 8 }, write));
