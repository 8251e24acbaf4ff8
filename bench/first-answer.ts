/** A process from its spawn to its first 2xx, for benchmarks of the start. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { freePort } from '../test/support/free-port.ts';

export interface Started {
  readonly process: ChildProcess;
  /** From spawn to the first 2xx. */
  readonly ms: number;
  /** CPU time of all threads by then, which a busy machine does not stretch as it does the time on the clock. */
  readonly cpuMs: number;
}

export interface FirstRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

const PATIENCE_MS = 20_000;

/** Starts a script of Node's that listens on PORT, and asks it until it answers. */
export async function startAndAsk(
  name: string,
  options: {
    readonly args: readonly string[];
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly first: FirstRequest;
  },
): Promise<Started> {
  const { args, cwd, env, first } = options;
  const port = await freePort();
  const begun = performance.now();
  const child = spawn(process.execPath, args, {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { NODE_ENV: 'production', ...env, HOST: '127.0.0.1', PORT: String(port) },
  });
  while (!(await isTaken(port, first))) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it answered`);
    if (performance.now() - begun > PATIENCE_MS) throw new Error(`${name} gave no 2xx in ${PATIENCE_MS} ms`);
  }
  return { process: child, ms: performance.now() - begun, cpuMs: cpuTime(child) };
}

/** @see https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat */
export function cpuTime({ pid }: { readonly pid?: number | undefined }): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}

/** One try. False while nobody listens; anything but 2xx is a mistake of the benchmark. */
function isTaken(port: number, { path, headers, body }: FirstRequest): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method: 'POST', path, agent: false as const };
    request({ ...options, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, (res) => {
      res.resume();
      const { statusCode = 0 } = res;
      if (statusCode >= 200 && statusCode < 300) resolve(true);
      else reject(new Error(`answered ${statusCode}`));
    })
      .on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') setTimeout(() => resolve(false), 1);
        else reject(error);
      })
      .end(body);
  });
}
