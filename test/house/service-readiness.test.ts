/** What one service tells of itself where its store fails; the whole bot in one process: embedded.test.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readServiceConfig } from '../../src/config.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { startService } from '../../src/house/service.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { createQuietLog } from '../support/quiet.ts';

test('a service whose store fails asks it once for all who ask, and tells the cause to its log alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-service-'));
  const store = await openSqliteStore({ path: join(folder, 'fairlead.db') });
  let checks = 0;
  const check = () => {
    checks += 1;
    return Promise.reject(new FairleadError('store.unavailable', 'The database db.internal:5432 is away.'));
  };
  const log = createQuietLog();
  const config = readServiceConfig({ DATABASE_URL: 'postgres://none/x', HOST: '127.0.0.1', PORT: '0' }, 'notifier');
  const service = await startService(config, 'notifier', { log, store: { ...store, check } });

  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${service.url}/readyz`)));

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(await answers[0]?.json()).toMatchObject({ detail: 'Not ready; the log says why.' });
  expect(checks).toBe(1);
  expect(log.lines.filter(({ message }) => message === 'not ready')).toMatchObject([
    { level: 'warn', fields: { err: { message: 'The database db.internal:5432 is away.' } } },
  ]);
  await service.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});
