/**
 * One bot of `bench/pipeline.ts` in a process of its own: `fairlead` (the whole embedded house over a SQLite file; `quiet`
 * is the same without check runs) or `probot` (`plain-probot-app.ts`). Says where it takes webhooks, and its CPU time
 * whenever it is asked.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../src/config.ts';
import { freePort } from '../test/support/free-port.ts';
import type { WorldAddress } from './pipeline-world.ts';

export type BotKind = 'fairlead' | 'quiet' | 'probot';

/** What the parent is told: the address once, then microseconds of CPU time. */
export type BotMessage = { readonly webhookUrl: string } | { readonly cpu: number };

async function fairlead(world: WorldAddress, folder: string, checkRuns: boolean): Promise<string> {
  const channels = join(folder, 'channels.yml');
  writeFileSync(channels, `channels: [{ name: team, platform: cloudevents, url: "${world.sinkUrl}" }]\n`);
  const config = readConfig({
    APP_ID: world.appId,
    PRIVATE_KEY: world.privateKey,
    WEBHOOK_SECRET: world.secret,
    GITHUB_API_URL: world.githubUrl,
    PORT: '0',
    FAIRLEAD_INTERNAL_PORT: '0',
    FAIRLEAD_STORE: join(folder, 'fairlead.db'),
    FAIRLEAD_CHANNELS: channels,
    FAIRLEAD_CHECK_RUNS: String(checkRuns),
    FAIRLEAD_WORKFLOWS: join(import.meta.dirname, '../workflows'),
  });
  const { startEmbedded } = await import('../src/house/embedded.ts');
  return (await startEmbedded(config)).webhookUrl;
}

/** As `probot run` starts it, but without its throttling, which spaces writes by seconds. */
async function probot(world: WorldAddress): Promise<string> {
  const { Probot, ProbotOctokit, Server } = await import('probot');
  const { pino } = await import('pino');
  const { createPlainApp } = await import('./plain-probot-app.ts');
  const log = pino({ level: 'info' }, pino.destination({ fd: 1, sync: true }));
  const app = Probot.defaults({
    appId: world.appId,
    privateKey: world.privateKey,
    secret: world.secret,
    baseUrl: world.githubUrl,
    Octokit: ProbotOctokit.defaults((options: { readonly throttle?: object }) => ({
      ...options,
      throttle: { ...options.throttle, enabled: false },
    })),
    log,
  });
  const server = new Server({
    Probot: app as unknown as typeof Probot,
    log,
    port: await freePort(),
    host: '127.0.0.1',
  });
  await server.load(createPlainApp({ chatUrl: world.sinkUrl }));
  await server.start();
  return `http://127.0.0.1:${server.port}/api/github/webhooks`;
}

function start(kind: BotKind, world: WorldAddress, folder: string): Promise<string> {
  return kind === 'probot' ? probot(world) : fairlead(world, folder, kind === 'fairlead');
}

function tell(message: BotMessage): void {
  process.send?.(message);
}

const [kind, folder, world] = process.argv.slice(2) as [BotKind, string, string];
tell({ webhookUrl: await start(kind, JSON.parse(world), folder) });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  tell({ cpu: user + system });
});
process.on('disconnect', () => process.exit());
