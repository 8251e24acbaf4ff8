/** Spawn to first event handled, of each role's bundle, in turns with a bare `node:http`; the database is there. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { BundleName } from '../scripts/bundle.ts';
import { examplePayloads } from '../src/demo/example-payload.ts';
import { signedWebhook } from '../src/demo/signed-webhook.ts';
import { type HttpMessage, toHttp } from '../src/events/http.ts';
import { buildPeer } from './cold-start.ts';
import { type FirstRequest, startAndAsk } from './first-answer.ts';
import type { KnativeWorld } from './knative-world.ts';
import { median, type Report } from './report.ts';

type Kind = 'raw' | 'source' | 'runner' | 'functions' | 'notifier';

/** What each does before it answers 2xx. */
const HANDLED: Readonly<Record<Exclude<Kind, 'raw'>, string>> = {
  source: 'a webhook is with the broker',
  runner: 'a pull request’s run has ended',
  functions: 'rules are applied',
  notifier: 'a message is written',
};
const KINDS = ['raw', ...Object.keys(HANDLED)] as readonly Kind[];
const WARM_UPS = 2;
const ROUNDS = 11;
/** After its first answer; by then everything that loads behind the open port is there. */
const REST_MS = 1000;

export async function coldStarts(
  report: Report,
  {
    world,
    entries,
    folder,
  }: {
    readonly world: KnativeWorld;
    readonly entries: ReadonlyMap<BundleName, string>;
    readonly folder: string;
  },
): Promise<void> {
  const peer = await buildPeer(folder);
  const env = {
    ...world.environment,
    K_SINK: world.brokerUrl,
    FAIRLEAD_FUNCTIONS_URL: world.functionsUrl,
  };
  const ms: Record<Kind, number[]> = { raw: [], source: [], runner: [], functions: [], notifier: [] };
  const cpu: Record<Kind, number[]> = { raw: [], source: [], runner: [], functions: [], notifier: [] };
  world.delayBy(0);
  for (let round = -WARM_UPS; round < ROUNDS; round += 1) {
    for (const kind of KINDS) {
      const args = kind === 'raw' ? [peer, 'raw'] : [entries.get(kind) as string];
      const started = await startAndAsk(kind, { args, cwd: folder, env, first: await firstOf(world, kind) });
      if (round < 0) await wait(REST_MS);
      else {
        ms[kind].push(started.ms);
        cpu[kind].push(started.cpuMs);
      }
      started.process.kill(round < 0 ? 'SIGTERM' : 'SIGKILL');
      await once(started.process, 'exit');
    }
  }
  report.note(`spawn to first event handled, compiled ahead, medians of ${ROUNDS} interleaved starts`);
  for (const [kind, handled] of Object.entries(HANDLED) as [Kind, string][]) {
    for (const [unit, times] of [
      ['ms', ms],
      ['ms of CPU', cpu],
    ] as const) {
      const [ours, raw] = [median(times[kind]), median(times.raw)];
      const figure = { figure: `cold start, ${kind}: ${handled}`, unit, ours, peers: { 'raw node:http': raw } };
      report.add({ ...figure, ratio: ours / raw, ...(unit === 'ms' ? { goal: '<= 3' } : {}) });
    }
  }
}

async function firstOf({ seen, environment, opened }: KnativeWorld, kind: Kind): Promise<FirstRequest> {
  switch (kind) {
    case 'raw':
      return { path: '/', headers: {}, body: '{}' };
    case 'source': {
      const secret = environment.WEBHOOK_SECRET as string;
      // An action that starts no run.
      const payload = { ...examplePayloads('pull_request')?.[0], action: 'locked', installation: { id: 1 } };
      const webhook = signedWebhook({ event: 'pull_request', payload, secret, guid: randomUUID() });
      return { path: '/api/github/webhooks', ...webhook };
    }
    case 'runner':
      return { path: '/runner-pull-request', ...opened() };
    case 'functions':
      return { path: '/decide', ...(seen.decide as HttpMessage) };
    case 'notifier':
      if (seen.verified === undefined) throw new Error('no pull request was verified');
      return { path: '/notify-console', ...toHttp({ ...seen.verified, id: randomUUID() }) };
  }
}
