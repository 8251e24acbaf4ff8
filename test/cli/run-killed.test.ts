import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const CALLS = 6;

/** Kills the process with SIGKILL as its n-th call arrives, unanswered, and answers which calls came in all. */
async function runKilledAt(kill: number): Promise<{ readonly calls: readonly string[]; readonly output: unknown }> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-killed-'));
  const calls: string[] = [];
  let child: ChildProcess | undefined;
  const server = createServer((request, response) => {
    calls.push(request.url ?? '');
    if (calls.length === kill) child?.kill('SIGKILL');
    else response.setHeader('content-type', 'application/json').end(JSON.stringify({ n: calls.length }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const tasks = Array.from(
    { length: CALLS },
    (_, n) => `  - t${n}: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:${port}/t${n}' } }\n`,
  ).join('');
  const file = join(folder, 'w.yaml');
  writeFileSync(file, `document: { dsl: '1.0.3', namespace: test, name: killed, version: '1.0.0' }\ndo:\n${tasks}`);
  const argv = [MAIN, 'run', file, '--store', join(folder, 'runs.db'), '--key', 'k', '--allow-private', '--quiet'];

  async function start(): Promise<{ readonly signal: unknown; readonly stdout: string }> {
    child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    let stdout = '';
    child.stdout?.on('data', (part) => {
      stdout += part;
    });
    const [, signal] = await once(child, 'close');
    return { signal, stdout };
  }

  try {
    expect((await start()).signal).toBe('SIGKILL');
    const { stdout } = await start();
    return { calls, output: JSON.parse(stdout) };
  } finally {
    child?.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

it.concurrent.each([1, 2, 3, 4, 5, 6])(
  'a run killed by SIGKILL in its call %i is finished by the same command, and no recorded call is made again',
  { timeout: 150_000 },
  async (kill) => {
    const { calls } = await runKilledAt(kill);
    const all = Array.from({ length: CALLS }, (_, n) => `/t${n}`);
    expect(calls).toEqual(all.toSpliced(kill, 0, `/t${kill - 1}`));
  },
);
