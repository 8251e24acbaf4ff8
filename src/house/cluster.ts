/**
 * A cluster on one machine: each service a process of its own, started by the first request for it as from zero, and the
 * look-alike of Knative's broker in this process, which reads the manifests that a real cluster would be given. For
 * development, the demo and the tests; nothing here survives the end of this process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { Cron } from 'croner';
import { createLookAlikeBroker } from '../broker/look-alike/knative-broker.ts';
import { type Destination, type PingResource, readEventing } from '../broker/look-alike/manifests.ts';
import { postMessage } from '../broker/post-message.ts';
import type { Role } from '../config.ts';
import type { Event } from '../events/event.ts';
import { FairleadError } from '../events/fairlead-error.ts';
import { toHttp } from '../events/http.ts';
import { systemClock } from '../observe/clock.ts';
import type { Logger } from '../observe/log.ts';
import { listen } from './listener.ts';

export interface ClusterOptions {
  /** What Node is given to start a role: the launcher of `fairlead`, or the role's own bundle. */
  readonly program: string | ((role: Role) => string);
  /** Texts of manifests; Brokers, Triggers and PingSources count. */
  readonly manifests: readonly string[];
  /** Settings of every service, beside those that the cluster itself gives. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Logger;
  /** Sees every event that the broker takes. */
  readonly observe?: (event: Event) => void;
  /** Sees every log line of a service. */
  readonly onLine?: (role: Role, line: string) => void;
}

export interface LocalCluster {
  /** URL of a running service, which is started where it is not running. */
  urlOf(role: Role): Promise<string>;
  /** Ends a service's process at once, as a node that dies does. False when it does not run. */
  kill(role: Role): boolean;
  /** Has each service finish what is under way, then ends. */
  stop(): Promise<void>;
}

interface Process {
  readonly child: ChildProcess;
  readonly url: Promise<string>;
  readonly ended: Promise<void>;
}

const ROLES: ReadonlySet<string> = new Set<Role>(['source', 'runner', 'functions', 'notifier']);
const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 30_000;
/** Below it, calls from service to service come in: `/services/functions/decide`. */
const GATEWAY = '/services/';

/** @throws FairleadError `config.invalid` for manifests that Knative would refuse, or that hold no Broker */
export async function startCluster(options: ClusterOptions): Promise<LocalCluster> {
  const { program, environment, log, observe, onLine } = options;
  const eventing = readEventing(options.manifests);
  const [home] = eventing.brokers;
  if (home === undefined) throw new FairleadError('config.invalid', 'There is no Broker in the manifests.');
  const processes = new Map<Role, Process>();
  let isStopping = false;

  const locate = async ({ ref, uri = '/' }: Destination) => new URL(uri, ref && (await urlOf(ref.name as Role)));
  const broker = createLookAlikeBroker({ clock: systemClock, log, locate, ...(observe ? { observe } : {}) }, eventing);
  const front = await listen(
    (req, res) => {
      if (broker.receive(req, res)) return;
      const [, role = '', path = ''] = /^\/services\/([a-z]+)(\/.*)$/.exec(req.url ?? '') ?? [];
      if (!ROLES.has(role)) return void res.writeHead(404).end();
      urlOf(role as Role).then(
        (url) => {
          const { method, headers } = req;
          const onward = request(new URL(path, url), { method, headers }, (answer) => {
            res.writeHead(answer.statusCode as number, answer.headers);
            answer.pipe(res);
          });
          onward.once('error', () => (res.headersSent ? res.destroy() : res.writeHead(503).end()));
          res.once('close', () => onward.destroy());
          req.pipe(onward);
        },
        () => res.writeHead(503).end(),
      );
    },
    { host: '127.0.0.1', port: 0 },
  );
  const pings = eventing.pings.map((ping) => new Cron(ping.schedule, () => void sendPing(ping)));

  function urlOf(role: Role): Promise<string> {
    if (!ROLES.has(role)) return Promise.reject(new FairleadError('config.invalid', `There is no service “${role}”.`));
    if (isStopping) return Promise.reject(new FairleadError('delivery.failed', 'The cluster is stopping.'));
    const running = processes.get(role) ?? start(role);
    return running.url;
  }

  function start(role: Role): Process {
    const script = typeof program === 'string' ? program : program(role);
    const child = spawn(process.execPath, [script, 'start', '--role', role], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...environment,
        HOST: '127.0.0.1',
        PORT: '0',
        LOG_LEVEL: 'info',
        K_SINK: `${front.url}/${home?.namespace}/${home?.name}`,
        FAIRLEAD_FUNCTIONS_URL: `${front.url}${GATEWAY}functions`,
      },
    });
    const ready = Promise.withResolvers<string>();
    const tooLate = setTimeout(() => ready.reject(notStarted(role)), READY_WITHIN_MS);
    ready.promise.catch(() => {});
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      onLine?.(role, line);
      const { msg, url } = fieldsOf(line);
      if (msg === 'ready' && url !== undefined) ready.resolve(url);
    });
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => {
        if (processes.get(role) === entry) processes.delete(role);
        ready.reject(notStarted(role));
        resolve();
      });
    });
    const url = ready.promise.finally(() => clearTimeout(tooLate));
    const entry: Process = { child, url, ended };
    processes.set(role, entry);
    url.catch(() => {});
    return entry;
  }

  async function sendPing({ namespace, name, data, contentType: datacontenttype, sink }: PingResource): Promise<void> {
    const source = `/apis/v1/namespaces/${namespace}/pingsources/${name}`;
    const type = 'dev.knative.sources.ping';
    const time = new Date(systemClock.now()).toISOString();
    const event: Event = {
      specversion: '1.0',
      id: randomUUID(),
      source,
      type,
      time,
      datacontenttype,
      data: JSON.parse(data),
    };
    try {
      await postMessage(await locate(sink), toHttp(event), { signal: AbortSignal.timeout(60_000) });
    } catch (error) {
      log.warn({ err: error, ping: name }, 'a tick was lost');
    }
  }

  return {
    urlOf,
    kill: (role) => processes.get(role)?.child.kill('SIGKILL') ?? false,
    async stop() {
      isStopping = true;
      for (const ping of pings) ping.stop();
      const children = [...processes.values()];
      for (const { child } of children) child.kill('SIGTERM');
      const tooLate = setTimeout(() => {
        for (const { child } of children) child.kill('SIGKILL');
      }, STOP_WITHIN_MS);
      await Promise.all(children.map(({ ended }) => ended));
      clearTimeout(tooLate);
      broker.stop();
      await front.close(0);
    },
  };
}

function notStarted(role: Role): FairleadError {
  return new FairleadError('delivery.failed', `The service ${role} did not start.`);
}

function fieldsOf(line: string): { readonly msg?: string; readonly url?: string } {
  try {
    return JSON.parse(line) as { readonly msg?: string; readonly url?: string };
  } catch {
    return {};
  }
}
