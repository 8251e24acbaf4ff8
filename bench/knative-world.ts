/**
 * What stands around the runners in `bench/knative.ts`, in the benchmark's own process: the look-alike of Knative's broker
 * with the committed Triggers, and a functions service that answers at once what the real one answered the first pull
 * request. The notifier is a server that says yes.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createLookAlikeBroker } from '../src/broker/look-alike/knative-broker.ts';
import { readEventing } from '../src/broker/look-alike/manifests.ts';
import { postMessage } from '../src/broker/post-message.ts';
import { readBody } from '../src/broker/read-body.ts';
import { examplePayloads } from '../src/demo/example-payload.ts';
import { setScene } from '../src/demo/scene.ts';
import { VERIFIED } from '../src/events/catalogue.ts';
import type { Event } from '../src/events/event.ts';
import { type HttpMessage, toHttp } from '../src/events/http.ts';
import { systemClock } from '../src/observe/clock.ts';
import { createLogger } from '../src/observe/log.ts';
import { type RunnerPool, startService } from './runner-pool.ts';

const KNATIVE = join(import.meta.dirname, '../knative/base');
const BROKER = '/fairlead/fairlead';
const LIMITS = { maxBytes: 25 * 1024 * 1024, timeoutMs: 30_000 };
const PATIENCE_MS = 60_000;

export interface KnativeWorld {
  readonly environment: Readonly<Record<string, string>>;
  readonly brokerUrl: string;
  readonly functionsUrl: string;
  /** Publishes pull requests, so many at a time, and resolves when each is verified. */
  bring(pulls: number, inFlight: number): Promise<void>;
  /** Who gets the runner's deliveries. */
  serveBy(pool: RunnerPool): void;
  /** How long a function takes to answer, milliseconds. */
  delayBy(ms: number): void;
  /** The event of a pull request of its own. */
  opened(): HttpMessage;
  /** What the first pull request came to: its verified event, and the call of `decide`. */
  readonly seen: { verified: Event | undefined; decide: HttpMessage | undefined };
  close(): Promise<void>;
}

export async function openKnativeWorld(options: {
  readonly functionsEntry: string;
  readonly folder: string;
  readonly databaseUrl: string;
}): Promise<KnativeWorld> {
  const { functionsEntry, folder, databaseUrl } = options;
  const example = examplePayloads('pull_request')?.find(({ action }) => action === 'opened');
  if (example === undefined) throw new Error('The example payloads are not installed: npm ci.');
  const { github, payload } = await setScene(example);
  const environment = {
    APP_ID: String(github.world.app.id),
    PRIVATE_KEY: github.privateKey,
    GITHUB_API_URL: github.url,
    WEBHOOK_SECRET: 'a secret of the benchmark',
    DATABASE_URL: databaseUrl,
    FAIRLEAD_INTERNAL_TOKEN: 'a-token-of-the-benchmark',
    FAIRLEAD_BOT_LOGIN: 'fairlead[bot]',
  };
  const functions = await startService({ entry: functionsEntry, cwd: folder, env: environment });
  const servers: Server[] = [];
  const seen: KnativeWorld['seen'] = { verified: undefined, decide: undefined };
  const answers = new Map<string, string>();
  let delayMs = 0;
  let pool: RunnerPool | undefined;
  let count = 0;
  let onVerified = () => {};

  async function listen(handler: RequestListener): Promise<string> {
    const server = createServer(handler).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const functionsUrl = await listen(async (req, res) => {
    const path = req.url ?? '/';
    const body = (await readBody({ clock: systemClock }, req, LIMITS)) as Buffer;
    let answer = answers.get(path);
    if (answer === undefined) {
      const { host: _, connection: __, ...headers } = req.headers as Record<string, string>;
      if (path === '/decide') seen.decide = { headers, body };
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const given = await postMessage(new URL(path, functions.url), { headers, body }, { signal });
      if (given.status !== 200) throw new Error(`${path} was answered with ${given.status}: ${given.body}`);
      answer = given.body.toString();
      answers.set(path, answer);
    }
    if (delayMs > 0) await wait(delayMs);
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) }).end(answer);
  });
  const notifierUrl = await listen((req, res) => {
    req.resume();
    req.once('end', () => res.writeHead(202, { 'content-length': 0 }).end());
  });
  const broker = createLookAlikeBroker(
    {
      clock: systemClock,
      log: createLogger({ level: 'warn' }),
      locate: async ({ ref, uri = '/' }) => new URL(uri, ref?.name === 'runner' ? pool?.url : notifierUrl),
      observe: (event) => {
        if (event.type !== VERIFIED) return;
        seen.verified ??= event;
        onVerified();
      },
    },
    readEventing(
      readdirSync(KNATIVE)
        .filter((name) => /^\d+-.*\.yaml$/.test(name))
        .map((name) => readFileSync(join(KNATIVE, name), 'utf8')),
    ),
  );
  const brokerUrl = (await listen((req, res) => void broker.receive(req, res))) + BROKER;

  /** The scene's own first, then others with numbers of their own, so that each has its lane. */
  function opened(): HttpMessage {
    const number = payload.number + count;
    count += 1;
    return toHttp({
      specversion: '1.0',
      id: `bench-${process.pid}-${count}`,
      source: 'https://github.com/Codertocat/Hello-World',
      type: 'dev.knative.source.github.pull_request',
      time: new Date().toISOString(),
      subject: String(number),
      datacontenttype: 'application/json',
      action: 'opened',
      tenant: '1',
      data: { ...payload, number, pull_request: { ...payload.pull_request, number } },
    });
  }

  return {
    environment,
    brokerUrl,
    functionsUrl,
    seen,
    opened,
    serveBy(next) {
      pool = next;
    },
    delayBy(ms) {
      delayMs = ms;
    },
    async bring(pulls, inFlight) {
      let begun = 0;
      let done = 0;
      const all = Promise.withResolvers<void>();
      const late = setTimeout(() => all.reject(new Error(`${done} of ${pulls} were verified`)), PATIENCE_MS);
      const next = async () => {
        if (begun === pulls) return;
        begun += 1;
        const message = opened();
        const { status } = await postMessage(new URL(brokerUrl), message, { signal: AbortSignal.timeout(PATIENCE_MS) });
        if (status !== 202) all.reject(new Error(`the broker answered ${status}`));
      };
      onVerified = () => {
        done += 1;
        if (done === pulls) all.resolve();
        else void next().catch(all.reject);
      };
      await Promise.all(Array.from({ length: Math.min(inFlight, pulls) }, next));
      await all.promise.finally(() => clearTimeout(late));
      while (!broker.isIdle()) await wait(5);
    },
    async close() {
      broker.stop();
      functions.child.kill('SIGTERM');
      await once(functions.child, 'exit');
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
      await github.close();
    },
  };
}
