/**
 * The workflow benchmark's peers, each with all of its durability on: DBOS over a Postgres of its own, and Restate. They are
 * installed on first use from `bench/peers`, which nothing else of the project knows; install scripts are not run, and
 * Restate's telemetry is off. All traffic is loopback.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { command, startPostgres } from '../test/support/postgres.ts';
import { type Burst, type BurstResult, type Contender, startContender } from './burst.ts';

const FOLDER = join(import.meta.dirname, 'peers');
const INSTALLED_WITHIN_MS = 180_000;
const STARTS_WITHIN_MS = 30_000;

export type Peer = Contender<Burst, BurstResult>;

export function installPeers(): void {
  if (existsSync(join(FOLDER, 'node_modules', '.package-lock.json'))) return;
  execFileSync('npm', ['ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: INSTALLED_WITHIN_MS,
  });
}

export async function startDbos(): Promise<Peer> {
  const postgres = await startPostgres({ isDurable: true });
  try {
    const url = await postgres.createDatabase();
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      const { rows } = await command(url, `show ${setting}`);
      if (rows[0][setting] !== 'on') throw new Error(`Postgres runs with ${setting} = ${rows[0][setting]}`);
    }
    const dbos = await startContender<Burst, BurstResult>(join(FOLDER, 'dbos.js'), [url]);
    return {
      ask: dbos.ask,
      async stop() {
        await dbos.stop();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** Undefined where npm has no binary of the server for this platform. */
export async function startRestate(): Promise<Peer | undefined> {
  const binary = join(
    FOLDER,
    'node_modules',
    '@restatedev',
    `restate-server-${process.platform}-${process.arch}`,
    'bin/restate-server',
  );
  if (!existsSync(binary)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-restate-'));
  const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()];
  const config = join(folder, 'restate.toml');
  // All else is its default, which syncs each write of the log to the disk.
  writeFileSync(
    config,
    [
      'node-name = "bench"',
      `base-dir = "${folder}"`,
      `bind-port = ${node}`,
      'bind-ip = "127.0.0.1"',
      'advertised-host = "127.0.0.1"',
      'listen-mode = "tcp"',
      'disable-telemetry = true',
      'log-filter = "off"',
      '[ingress]',
      `bind-port = ${ingress}`,
      '[admin]',
      `bind-port = ${admin}`,
      'disable-web-ui = true',
      '',
    ].join('\n'),
  );
  const server = spawn(binary, ['--config-file', config, '--no-logo'], {
    cwd: folder,
    // It would ask its maker for newer releases, and has no setting against that: nobody answers there.
    env: { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(server, 'exit');
  async function stop(): Promise<void> {
    server.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  }
  try {
    await Promise.race([answers(ingress, '/restate/health'), exited.then(([code]) => fail(`ended with ${code}`))]);
    await answers(admin, '/health');
    const restate = await startContender<Burst, BurstResult>(join(FOLDER, 'restate.js'), [
      String(ingress),
      String(admin),
    ]);
    return {
      ask: restate.ask,
      async stop() {
        await restate.stop();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function fail(what: string): never {
  throw new Error(`The Restate server ${what}.`);
}

async function answers(port: number, path: string): Promise<void> {
  const until = performance.now() + STARTS_WITHIN_MS;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    if (response?.ok) return;
    if (performance.now() > until) fail('does not answer');
    await wait(100);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
