/**
 * Replicas of the runner behind one address, as Knative has them: each is given as many deliveries at a time as its manifest
 * says, and what is more waits for one that is free.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { cpuTime } from './first-answer.ts';

export interface RunnerPool {
  readonly url: URL;
  /** CPU time of all runners so far, milliseconds. */
  cpuMs(): number;
  stop(): Promise<void>;
}

interface Replica {
  readonly child: ChildProcess;
  readonly url: string;
  busy: number;
}

interface Waiting {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** `containerConcurrency` of the runner in `knative/base/300-services.yaml`. */
export const CONCURRENCY = 32;

export async function startRunners(options: {
  readonly entry: string;
  readonly count: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}): Promise<RunnerPool> {
  const replicas = await Promise.all(Array.from({ length: options.count }, () => start(options)));
  const agent = new Agent({ keepAlive: true });
  const queue: Waiting[] = [];

  function give(): void {
    const [next] = queue;
    const free = replicas.filter(({ busy }) => busy < CONCURRENCY).sort((a, b) => a.busy - b.busy)[0];
    if (next === undefined || free === undefined) return;
    queue.shift();
    free.busy += 1;
    const { req, res } = next;
    const { method, headers, url = '/' } = req;
    const onward = request(free.url + url, { method, headers, agent }, (answer) => {
      res.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(res);
    });
    onward.once('error', () => res.destroy());
    res.once('close', () => {
      free.busy -= 1;
      give();
    });
    req.pipe(onward);
  }

  const front = createServer((req, res) => {
    queue.push({ req, res });
    give();
  }).listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(front.address() as AddressInfo).port}`),
    cpuMs: () => replicas.reduce((sum, { child }) => sum + cpuTime(child), 0),
    async stop() {
      for (const { child } of replicas) child.kill('SIGTERM');
      await Promise.all(replicas.map(({ child }) => child.exitCode ?? once(child, 'exit')));
      agent.destroy();
      front.closeAllConnections();
      front.close();
    },
  };
}

async function start({ entry, cwd, env }: Parameters<typeof startRunners>[0]): Promise<Replica> {
  const { child, url } = await startService({ entry, cwd, env });
  return { child, url, busy: 0 };
}

/** A role's bundle on a port of its own, once it says that it is ready. */
export async function startService(options: {
  readonly entry: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const { entry, cwd, env } = options;
  const child = spawn(process.execPath, [entry], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { NODE_ENV: 'production', ...env, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info' },
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${entry} ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const ready = /"url":"([^"]+)".*"msg":"ready"/.exec(line)?.[1];
      if (ready !== undefined) resolve(ready);
    });
  });
  return { child, url };
}
