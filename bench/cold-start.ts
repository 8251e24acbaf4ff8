/**
 * Time from spawn to the first 2xx on a signed webhook: the bot as an image would hold it (`scripts/bundle.ts`, V8's compile
 * cache filled), which answers once the event is on the disk, beside a bare `node:http` that answers anything and an empty
 * Probot app. All are asked by the same probe, in turns, with the same cache; each start of the bot finds the store of a bot
 * that ran before. Then the memory of each at rest.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'esbuild';
import { bundle } from '../scripts/bundle.ts';
import { signedWebhook } from '../src/demo/signed-webhook.ts';
import { type Started, startAndAsk } from './first-answer.ts';
import { median, type Report } from './report.ts';

type Kind = 'fairlead' | 'raw' | 'probot';

const KINDS: readonly Kind[] = ['fairlead', 'raw', 'probot'];
const ROOT = join(import.meta.dirname, '..');
const SECRET = 'a secret of the benchmark';
const WARM_UPS = 2;
const ROUNDS = 21;
/** After its first answer; by then everything that loads behind the open port is there. */
const REST_MS = 2000;

export async function run(report: Report): Promise<void> {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  // Within the project, so that what is not bundled is found.
  const folder = mkdtempSync(join(ROOT, 'dist', 'cold-start-'));
  const github = createServer((_, res) => res.writeHead(200, { 'content-type': 'application/json' }).end('[]'));
  github.listen(0, '127.0.0.1');
  await once(github, 'listening');
  try {
    const bench = await prepare(folder, (github.address() as AddressInfo).port);
    const times: Record<Kind, number[]> = { fairlead: [], raw: [], probot: [] };
    const cpu: Record<Kind, number[]> = { fairlead: [], raw: [], probot: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const kind of KINDS) {
        const started = await bench.start(kind, round);
        times[kind].push(started.ms);
        cpu[kind].push(started.cpuMs);
        started.process.kill('SIGKILL');
        await once(started.process, 'exit');
      }
    }
    const [fairlead, raw, probot] = KINDS.map((kind) => median(times[kind])) as [number, number, number];
    report.note(`spawn to first 2xx, compiled ahead, warm store, medians of ${ROUNDS} interleaved starts`);
    report.add({
      figure: 'cold start, event committed',
      unit: 'ms',
      ours: fairlead,
      peers: { 'raw node:http, keeping nothing': raw, 'Probot, empty app': probot },
      ratio: fairlead / raw,
      goal: '<= 1.8',
    });
    const [ourCpu, rawCpu, probotCpu] = KINDS.map((kind) => median(cpu[kind])) as [number, number, number];
    report.add({
      figure: 'the same in CPU time',
      unit: 'ms',
      ours: ourCpu,
      peers: { 'raw node:http, keeping nothing': rawCpu, 'Probot, empty app': probotCpu },
      ratio: ourCpu / rawCpu,
    });
    const [resting, , probotResting] = await restingMemory(bench);
    report.add({
      figure: 'memory at rest',
      unit: 'MB RSS',
      ours: resting,
      peers: { 'Probot, empty app': probotResting },
      ratio: resting / probotResting,
    });
  } finally {
    github.close();
    rmSync(folder, { recursive: true });
  }
}

interface Bench {
  start(kind: Kind, round: number): Promise<Started>;
}

/** Builds all three, and starts each as often as it takes to fill the peers' compile cache and the store that later starts find. */
async function prepare(folder: string, githubPort: number): Promise<Bench> {
  const entry = await bundle('embedded', join(folder, 'bundle'));
  const peer = await buildPeer(folder);
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const payload = pullRequest();
  const stores = join(folder, 'stores');
  const warm = join(stores, 'warm');
  mkdirSync(warm, { recursive: true });

  async function launch(kind: Kind, store: string): Promise<Started> {
    const { headers, body } = signedWebhook({ event: 'pull_request', payload, secret: SECRET, guid: randomUUID() });
    return startAndAsk(kind, {
      args: { fairlead: [entry], raw: [peer, 'raw'], probot: [peer, 'probot'] }[kind],
      cwd: folder,
      env: {
        // The bundle brings its own.
        ...(kind === 'fairlead' ? {} : { NODE_COMPILE_CACHE: join(folder, 'compile-cache') }),
        APP_ID: '1',
        PRIVATE_KEY: privateKey,
        WEBHOOK_SECRET: SECRET,
        FAIRLEAD_INTERNAL_PORT: '0',
        FAIRLEAD_BOT_LOGIN: 'fairlead[bot]',
        FAIRLEAD_WORKFLOWS: join(ROOT, 'workflows'),
        FAIRLEAD_STORE: join(store, 'fairlead.db'),
        GITHUB_API_URL: `http://127.0.0.1:${githubPort}`,
      },
      first: { path: '/api/github/webhooks', headers, body },
    });
  }

  for (let nth = 0; nth < WARM_UPS; nth += 1) {
    for (const kind of KINDS) {
      const { process: child } = await launch(kind, warm);
      await wait(REST_MS);
      // A clean end writes a peer’s compile cache, and leaves the store as a deployment does.
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
  return {
    async start(kind, round) {
      const store = join(stores, `${kind}-${round}`);
      cpSync(warm, store, { recursive: true });
      return launch(kind, store);
    },
  };
}

/** The script of `cold-start-peer.ts`, built into the folder. */
export async function buildPeer(folder: string): Promise<string> {
  const outfile = join(folder, 'peer.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'cold-start-peer.ts')],
    outfile,
    platform: 'node',
    format: 'cjs',
    bundle: true,
    packages: 'external',
  });
  return outfile;
}

/** Megabytes that each process holds when it has come to rest. */
async function restingMemory(bench: Bench): Promise<[number, number, number]> {
  const sizes: number[] = [];
  for (const kind of KINDS) {
    const { process: child } = await bench.start(kind, ROUNDS);
    await wait(REST_MS);
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    sizes.push(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  return sizes as [number, number, number];
}

/** A pull request with an action that starts no run, so that the store is what it was when the bot comes to rest. */
function pullRequest(): object {
  const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
    readonly name: string;
    readonly examples: readonly object[];
  }[];
  const example = examples.find(({ name }) => name === 'pull_request')?.examples[0];
  return { ...example, action: 'locked', installation: { id: 42, node_id: 'MDIz' } };
}
