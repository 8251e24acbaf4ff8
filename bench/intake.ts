/**
 * Webhooks per second of CPU: our durable intake (verified, parsed, translated, committed with its delivery) beside Probot
 * with an empty handler, which keeps nothing, and beside the least that an intake must do. Each server is a process of its
 * own and only its CPU time counts; the requests come from this process over kept-alive connections, in turns.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerKind, ServerMessage } from './intake-server.ts';
import { median, type Report } from './report.ts';

const KINDS: readonly ServerKind[] = ['durable', 'probot', 'raw'];
const SECRET = 'a secret of the benchmark';
const ROUNDS = 9;
/** By then the code that runs is compiled, and what the first requests are given is made. */
const WARM_UP_ROUNDS = 8;
const REQUESTS_PER_ROUND = 1500;
const CONNECTIONS = 32;

interface Server {
  readonly port: number;
  /** CPU time so far, seconds. */
  cpu(): Promise<number>;
  stop(): Promise<void>;
}

export async function run(report: Report): Promise<void> {
  const body = webhook();
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-bench-'));
  const servers = new Map<ServerKind, Server>();
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    for (const kind of KINDS) servers.set(kind, await start(kind, folder));
    const rates: Record<ServerKind, number[]> = { durable: [], probot: [], raw: [] };
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
      for (const [kind, server] of servers) {
        const before = await server.cpu();
        await load(agent, server.port, body);
        const rate = REQUESTS_PER_ROUND / ((await server.cpu()) - before);
        if (round >= WARM_UP_ROUNDS) rates[kind].push(rate);
      }
    }
    const [durable, probot, raw] = KINDS.map((kind) => median(rates[kind])) as [number, number, number];
    report.note(
      `${body.length} bytes of pull_request, ${CONNECTIONS} connections, medians of ${ROUNDS} rounds of ${REQUESTS_PER_ROUND}`,
    );
    report.add({
      figure: 'durable intake of a webhook',
      unit: 'per CPU second',
      ours: durable,
      peers: { 'Probot, keeping nothing': probot, 'raw node:http, keeping nothing': raw },
      ratio: durable / probot,
      goal: '>= 1',
    });
  } finally {
    agent.destroy();
    await Promise.all([...servers.values()].map((server) => server.stop()));
    rmSync(folder, { recursive: true });
  }
}

/** A pull request as GitHub sends it to an App. */
function webhook(): Buffer {
  const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
    readonly name: string;
    readonly examples: readonly object[];
  }[];
  const payload = examples.find(({ name }) => name === 'pull_request')?.examples[0];
  return Buffer.from(JSON.stringify({ ...payload, installation: { id: 42, node_id: 'MDIz' } }));
}

async function start(kind: ServerKind, folder: string): Promise<Server> {
  const child = fork(join(import.meta.dirname, 'intake-server.ts'), [kind, SECRET, folder], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const message = await next(child);
  if (!('port' in message)) throw new Error(`${kind} did not say its port`);
  return {
    port: message.port,
    async cpu() {
      child.send('cpu');
      const answer = await next(child);
      if (!('cpu' in answer)) throw new Error(`${kind} did not say its CPU time`);
      return answer.cpu / 1e6;
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** Rejects when the server ends, or says nothing for half a minute. */
async function next(child: ChildProcess): Promise<ServerMessage> {
  const heard = new AbortController();
  const silence = AbortSignal.any([heard.signal, AbortSignal.timeout(30_000)]);
  const ended = once(child, 'exit', { signal: silence }).then(([code]) => {
    throw new Error(`a server of the benchmark ended with ${code}`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: silence }), ended]);
    return message as ServerMessage;
  } finally {
    heard.abort();
    await ended.catch(() => undefined);
  }
}

async function load(agent: Agent, port: number, body: Buffer): Promise<void> {
  const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
  let left = REQUESTS_PER_ROUND;
  async function connection(): Promise<void> {
    while (left > 0) {
      left -= 1;
      await post(agent, port, body, signature);
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
}

function post(agent: Agent, port: number, body: Buffer, signature: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-github-event': 'pull_request',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': signature,
    };
    const path = '/api/github/webhooks';
    request({ agent, host: '127.0.0.1', port, method: 'POST', path, headers }, (res) => {
      const isTaken = res.statusCode === 200 || res.statusCode === 202;
      res.resume();
      res.on('end', () => (isTaken ? resolve() : reject(new Error(`answered ${res.statusCode}`))));
    })
      .on('error', reject)
      .end(body);
  });
}
