/** What the bodies that a service reads at once may take together, whichever of its paths they come by. */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import type { Role } from '../../src/config.ts';
import { toCallHeaders } from '../../src/house/call-headers.ts';
import { startService } from '../../src/house/service.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { openWorld, until, WEBHOOK_PATH } from '../support/house.ts';
import { createQuietLog } from '../support/quiet.ts';

const MIB = 1024 * 1024;
const TOKEN = 'a token of the services among themselves';

const JSON_TYPE = { 'content-type': 'application/json' };
const EVENT = { ...JSON_TYPE, 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/test', 'ce-type': 'test.happened' };
const WEBHOOK = {
  ...JSON_TYPE,
  'x-github-event': 'ping',
  'x-github-delivery': '1',
  'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
};
const CALL = {
  ...JSON_TYPE,
  authorization: `Bearer ${TOKEN}`,
  ...toCallHeaders({ tenant: '7', runId: 'r', effectKey: 'k', uncertain: false }),
};

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(role: Role): Promise<string> {
  const world = await openWorld();
  const store = await openSqliteStore({ path: world.storePath });
  opened.push(world.close, store.close);
  const base = world.config();
  const config = {
    ...base,
    github: { ...base.github, botLogin: 'fairlead[bot]' },
    http: { ...base.http, internalToken: TOKEN },
    sink: 'http://127.0.0.1:9',
    overrides: {},
    functionsUrl: 'http://127.0.0.1:9',
    operation: undefined,
    holdMs: 0,
    acceptEvents: false,
    sinkTokenFile: undefined,
    drainMs: 100,
  };
  const service = await startService(config, role, { store, log: createQuietLog() });
  opened.push(service.stop);
  return service.url;
}

test.each<[Role, string, Record<string, string>, number]>([
  ['source', WEBHOOK_PATH, WEBHOOK, 401],
  ['source', '/events', { ...EVENT, authorization: `Bearer ${TOKEN}` }, 202],
  ['runner', '/runner-pull-request', EVENT, 202],
  ['notifier', '/dead-letters', EVENT, 202],
  ['functions', '/decide', CALL, 400],
])(
  'role %s, %s: 32 MiB of bodies may be in memory at once, and what comes beyond that is asked to come again',
  async (role, path, headers, status) => {
    const url = (await start(role)) + path;

    const held = new Set<ClientRequest>();
    let isOver = false;
    /** Of whose body the last byte is missing; sent again where a probe had the room just then. */
    function hold(bytes: number): void {
      const req = request(url, { method: 'POST', headers: { ...headers, 'content-length': bytes + 1 } });
      held.add(req);
      req.on('error', () => {});
      req.on('response', () => req.destroy());
      req.on('close', () => {
        held.delete(req);
        if (!isOver) hold(bytes);
      });
      req.write(Buffer.alloc(bytes, ' '));
    }
    function letGo(): void {
      isOver = true;
      for (const req of held) req.destroy();
    }
    opened.push(letGo);
    async function probe(): Promise<{ readonly status: number | undefined; readonly retryAfter: string | undefined }> {
      const req = request(url, { method: 'POST', headers, agent: false });
      req.end('{}');
      const [answer] = (await once(req, 'response')) as [IncomingMessage];
      answer.resume();
      return { status: answer.statusCode, retryAfter: answer.headers['retry-after'] };
    }

    expect((await probe()).status).toBe(status);
    hold(25 * MIB - 1);
    hold(7 * MIB);
    await until(async () => (await probe()).status === 503, 'the bodies do not fill the budget');
    expect(await probe()).toEqual({ status: 503, retryAfter: '1' });

    letGo();
    await until(async () => (await probe()).status === status, 'what those that went away had is not given back');
  },
);
