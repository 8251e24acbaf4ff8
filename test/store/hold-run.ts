/** A process of its own: claims what can run in the database at argv[2], tells the ids, and works on it for ever. */
import { writeSync } from 'node:fs';
import { systemClock } from '../../src/observe/clock.ts';
import { createExecutor } from '../../src/runner/executor.ts';
import { openPostgresStore } from '../../src/store/postgres.ts';
import { asWorkflowJournal } from '../contracts/journal-port.ts';
import { createQuietLog } from '../support/quiet.ts';

const store = await openPostgresStore({ url: process.argv[2] as string });
const executor = createExecutor(
  {
    journal: asWorkflowJournal(store.journal),
    engine: {
      execute({ record }) {
        writeSync(1, `${record.id}\n`);
        return new Promise(() => {});
      },
    },
    clock: systemClock,
    log: createQuietLog(),
  },
  { owner: 'doomed' },
);
await executor.start();
setInterval(() => {}, 1000);
