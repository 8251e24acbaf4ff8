/** A database that takes what it is sent and answers nothing, as one behind a broken network does. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Role, readServiceConfig } from '../../src/config.ts';
import { startService } from '../../src/house/service.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { PRIVATE_KEY } from '../support/private-key.ts';
import { createQuietLog } from '../support/quiet.ts';

const DRAIN_SECONDS = 1;
/** Twice the grace, and what a loaded machine adds. */
const ENDS_WITHIN_MS = DRAIN_SECONDS * 1_000 + 2 * 2_000 + 1_500;

let server: PostgresServer;
let proxy: Server;
let sockets: Set<Socket>;
let isSilent = false;
let url: string;

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop());

beforeEach(async () => {
  isSilent = false;
  sockets = new Set();
  const real = new URL(await server.createDatabase());
  proxy = createServer((socket) => {
    const through = connect(Number(real.port), real.hostname);
    for (const end of [socket, through]) sockets.add(end.on('error', () => {}));
    socket.on('data', (chunk) => isSilent || through.write(chunk));
    through.on('data', (chunk) => isSilent || socket.write(chunk));
    socket.on('close', () => through.destroy());
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const own = new URL(real);
  own.port = String((proxy.address() as { port: number }).port);
  url = own.href;
});
afterEach(() => {
  proxy.close();
  for (const socket of sockets) socket.destroy();
});

test.each<Role>(['source', 'runner', 'functions', 'notifier'])(
  'the %s stops within its deadline all the same',
  async (role) => {
    const log = createQuietLog();
    const config = readServiceConfig(
      {
        DATABASE_URL: url,
        HOST: '127.0.0.1',
        PORT: '0',
        APP_ID: '1',
        PRIVATE_KEY,
        WEBHOOK_SECRET: 'a secret of the test',
        GITHUB_API_URL: 'http://127.0.0.1:9',
        K_SINK: 'http://127.0.0.1:9',
        FAIRLEAD_FUNCTIONS_URL: 'http://127.0.0.1:9',
        FAIRLEAD_INTERNAL_TOKEN: 'a-token-of-the-test',
        FAIRLEAD_BOT_LOGIN: 'fairlead[bot]',
        FAIRLEAD_DRAIN_SECONDS: String(DRAIN_SECONDS),
      },
      role,
    );
    const service = await startService(config, role, { log });
    await new Promise((resolve) => setTimeout(resolve, 300));
    isSilent = true;
    // Somebody asks what only the database knows, and is left waiting.
    const asked = fetch(`${service.url}/readyz`).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));

    const begun = performance.now();
    await service.stop();

    expect(performance.now() - begun).toBeLessThan(ENDS_WITHIN_MS);
    expect(log.lines.at(-1)?.message).toBe('stopped');
    expect(log.lines.filter(({ message }) => message === 'runs cannot be claimed')).toEqual([]);
    await asked;
    // No connection is left that would keep the process alive.
    await expect.poll(() => [...sockets].filter(({ destroyed }) => !destroyed), { timeout: 2_000 }).toEqual([]);
  },
  20_000,
);
