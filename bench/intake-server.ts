/**
 * One server of `bench/intake.ts` in a process of its own, so that its CPU time is its own: `durable` (our intake over a
 * SQLite file), `probot` (an empty handler) or `raw` (bytes, HMAC, JSON). Says its port once it listens, and its CPU time
 * whenever it is asked.
 */
import { createHmac, generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';

export type ServerKind = 'durable' | 'probot' | 'raw';

export interface ServerOptions {
  readonly secret: string;
  /** Folder for files, removed by the parent. */
  readonly folder: string;
}

/** What the parent is told: the port once, then microseconds of CPU time. */
export type ServerMessage = { readonly port: number } | { readonly cpu: number };

/** One event and one delivery committed per webhook; nothing is dispatched, as Probot's handler does nothing. */
async function durable({ secret, folder }: ServerOptions): Promise<RequestListener> {
  const { createEmbeddedBroker } = await import('../src/broker/embedded.ts');
  const { systemClock: clock } = await import('../src/observe/clock.ts');
  const { createLogger } = await import('../src/observe/log.ts');
  const { createMetrics } = await import('../src/observe/metrics.ts');
  const { createIntake } = await import('../src/source/intake.ts');
  const { createPublicHandler } = await import('../src/source/public-handler.ts');
  const { openSqliteStore } = await import('../src/store/sqlite.ts');
  const store = await openSqliteStore({ path: join(folder, 'fairlead.db') });
  const log = createLogger({ level: 'info' });
  const metrics = createMetrics();
  const { outbox } = store;
  const broker = createEmbeddedBroker({ outbox, clock, log, metrics });
  broker.subscribe(
    { name: 'pull-request', filters: [{ exact: { type: 'dev.knative.source.github.pull_request' } }] },
    async () => undefined,
  );
  const intake = createIntake({
    broker,
    outbox,
    findTenant: async () => undefined,
    secrets: [secret],
    log,
    metrics,
    clock,
  });
  return createPublicHandler({ intake, app: (_req, res) => res.writeHead(404).end() });
}

/** As `probot run` starts it, logging at the level that ours does. */
async function probot({ secret }: ServerOptions): Promise<RequestListener> {
  const { Probot, Server } = await import('probot');
  const { pino } = await import('pino');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const log = pino({ level: 'info' }, pino.destination({ fd: 1, sync: true }));
  const app = Probot.defaults({
    appId: 1,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    secret,
    log,
  });
  const server = new Server({
    Probot: app as unknown as typeof Probot,
    log,
    port: await freePort(),
    host: '127.0.0.1',
  });
  await server.load((probot) => void probot.on('pull_request', () => {}));
  const http = await server.start();
  return http.listeners('request')[0] as RequestListener;
}

/** The ceiling: what no intake that verifies and parses can go below. */
async function raw({ secret }: ServerOptions): Promise<RequestListener> {
  return (req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks);
      const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
      const given = Buffer.from(String(req.headers['x-hub-signature-256']));
      const isSigned = given.length === expected.length && timingSafeEqual(given, expected);
      const isObject = isSigned && typeof JSON.parse(body.toString('utf8')) === 'object';
      res.writeHead(isObject ? 202 : 401, { 'content-length': 0 }).end();
    });
  };
}

function tell(message: ServerMessage): void {
  process.send?.(message);
}

const [kind, secret, folder] = process.argv.slice(2) as [ServerKind, string, string];
const listener = await { durable, probot, raw }[kind]({ secret, folder });
const server = createServer(listener).listen(0, '127.0.0.1', () => {
  tell({ port: (server.address() as AddressInfo).port });
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  tell({ cpu: user + system });
});
process.on('disconnect', () => process.exit());
