/** A service whose start goes wrong behind its open port: it gets over what passes, and ends for what does not. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Role, ServiceConfig } from '../../src/config.ts';
import { NO_TENANT } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import type { ServiceRole } from '../../src/house/roles/role.ts';
import { startService } from '../../src/house/service.ts';
import { type Service, startRole } from '../../src/house/start-role.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import type { Journal } from '../../src/workflow/journal.ts';
import { openWorld, until, type World } from '../support/house.ts';
import { createQuietLog } from '../support/quiet.ts';

let world: World;
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function openStore(): Promise<Store<Journal>> {
  world = await openWorld();
  const store = await openSqliteStore({ path: world.storePath });
  opened.push(world.close, store.close);
  return store;
}

function configOf(): ServiceConfig {
  return {
    ...world.config(),
    sink: 'http://127.0.0.1:9',
    overrides: {},
    functionsUrl: 'http://127.0.0.1:9',
    operation: undefined,
    holdMs: 1_000,
    acceptEvents: false,
    sinkTokenFile: undefined,
    drainMs: 500,
  };
}

const statusOf = async ({ url }: Service, path: string) => (await fetch(url + path)).status;

describe('a store that fails the first time it is asked who the bot is', () => {
  const LOGIN = [NO_TENANT, 'github.bot-login'] as const;

  async function start(role: Role): Promise<{ readonly service: Service; readonly store: Store<Journal> }> {
    const store = await openStore();
    if (role === 'runner') await store.notes.write(...LOGIN, 'fairlead[bot]');
    let isFirst = true;
    const notes = {
      ...store.notes,
      async read(...asked: Parameters<typeof store.notes.read>) {
        const fails = isFirst && asked[1] === LOGIN[1];
        if (fails) isFirst = false;
        if (fails) throw new FairleadError('store.unavailable', 'The connection to the database was lost.');
        return store.notes.read(...asked);
      },
    };
    const service = await startService(configOf(), role, { store: { ...store, notes }, log: createQuietLog() });
    opened.push(service.stop);
    return { service, store };
  }

  test.each<Role>(['source', 'functions'])('does not end the %s, which asks again and writes it down', async (role) => {
    const { service, store } = await start(role);
    await until(async () => (await store.notes.read(...LOGIN)) !== undefined, 'nothing is written down');
    expect(await statusOf(service, '/readyz')).toBe(200);
  });

  test('keeps the runner waiting and no longer', async () => {
    const { service } = await start('runner');
    const tick = {
      'ce-specversion': '1.0',
      'ce-id': 'tick-1',
      'ce-source': '/test',
      'ce-type': 'dev.knative.sources.ping',
    };
    const answers = await Promise.all(
      [1, 2].map(async () => (await fetch(`${service.url}/tick`, { method: 'POST', headers: tick })).status),
    );
    expect(answers).toEqual([202, 202]);
    expect(await statusOf(service, '/readyz')).toBe(200);
  });
});

test('functions whose credentials GitHub refuses end, and name the settings', async () => {
  const store = await openStore();
  const refusing = createServer((_, res) => res.writeHead(401, { 'content-type': 'application/json' }).end('{}'));
  await once(refusing.listen(0, '127.0.0.1'), 'listening');
  opened.push(async () => refusing.close());
  const apiUrl = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
  const config = configOf();
  const github = { ...config.github, apiUrl };
  const service = await startService({ ...config, github }, 'functions', { store, log: createQuietLog() });
  opened.push(service.stop);

  await expect(service.failed).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringMatching(/^GitHub answered 401 .+ PRIVATE_KEY and APP_ID/),
  });
  expect(await statusOf(service, '/readyz')).toBe(503);
});

test('a role that can never do its work makes its service unready, and its process end', async () => {
  const store = await openStore();
  const broken = Promise.withResolvers<void>();
  const log = createQuietLog();
  const role: ServiceRole = { handle: () => false, begin: () => broken.promise, drain: async () => {} };
  const dependencies = { openStore: async () => store, loadRole: async () => async () => () => role };
  const service = await startRole(dependencies, configOf(), 'runner', { store, log });
  opened.push(service.stop);
  expect(await statusOf(service, '/readyz')).toBe(200);

  broken.reject(new Error('the table is missing'));

  await expect(service.failed).rejects.toThrow('the table is missing');
  expect(await statusOf(service, '/readyz')).toBe(503);
  expect(log.lines.at(-1)).toMatchObject({ level: 'error', message: 'the service cannot do its work; it ends' });
});
