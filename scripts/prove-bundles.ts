/**
 * `npm run bundle:prove`: each bundle alone, copied where no node_modules is above it, starts and serves. The whole bot over
 * SQLite, then the four roles over Postgres with the look-alike of Knative's broker between them: each answers its probes,
 * and a pull request goes from the webhook to the chat message. A rule with a regular expression and a workflow with one
 * prove that what is loaded late is there too.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
import type { Role } from '../src/config.ts';
import { examplePayloads } from '../src/demo/example-payload.ts';
import { startFakeSlack } from '../src/demo/fake-slack.ts';
import { setScene } from '../src/demo/scene.ts';
import { startCluster } from '../src/house/cluster.ts';
import { createLogger } from '../src/observe/log.ts';
import { CODE, toScript } from '../src/serve/compiled.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { BUNDLES, type BundleName, bundle } from './bundle.ts';

const ROOT = join(import.meta.dirname, '..');
const KNATIVE = join(ROOT, 'knative/base');
const ROLES: readonly Role[] = ['source', 'runner', 'functions', 'notifier'];
const SECRET = 'a secret of the proof';
const DEADLINE_MS = 20_000;
/** On top of the rules of the scene; linear time, so by an engine that is loaded when the first such rule is. */
const REGEX_RULE = `  - label: by its title\n    title: "(?i)^update .*[a-z]{3}"\n`;

interface World {
  readonly settings: Readonly<Record<string, string>>;
  /** Has GitHub tell `webhookUrl` of a pull request, and resolves when its message is in the chat. */
  prove(webhookUrl: string): Promise<void>;
  close(): Promise<void>;
}

async function openWorld(folder: string): Promise<World> {
  const payload = examplePayloads('pull_request')?.find(({ action }) => action === 'opened');
  if (payload === undefined) throw new Error('The example payloads are not installed: npm ci.');
  const [{ github, payload: opened }, slack] = await Promise.all([setScene(payload), startFakeSlack()]);
  const [repository] = github.world.repositories.values();
  const files = repository?.branches.get(repository.defaultBranch);
  const rules = files?.get('.github/fairlead.yml') ?? '';
  files?.set('.github/fairlead.yml', rules.replace('labels:\n', `labels:\n${REGEX_RULE}`));
  const channels = join(folder, 'channels.json');
  const bot = { token: { env: 'PROOF_TOKEN' }, channel: slack.channel, api: slack.apiUrl };
  // Under the name of the channel that the committed Trigger delivers to.
  writeFileSync(channels, JSON.stringify({ channels: [{ name: 'console', platform: 'slack', bot }] }));
  return {
    settings: {
      APP_ID: String(github.world.app.id),
      PRIVATE_KEY: github.privateKey,
      GITHUB_API_URL: github.url,
      WEBHOOK_SECRET: SECRET,
      FAIRLEAD_INTERNAL_TOKEN: 'a-token-of-the-proof',
      FAIRLEAD_CHANNELS: channels,
      PROOF_TOKEN: slack.token,
    },
    async prove(webhookUrl) {
      github.connect({ url: webhookUrl, secret: SECRET });
      void github.deliver('pull_request', opened);
      await until('a message in the chat', () => slack.messages.length > 0);
      const labels = repository?.pulls.get(opened.number)?.labels ?? [];
      for (const label of ['documentation', 'by its title']) {
        if (!labels.includes(label)) throw new Error(`the label “${label}” was not put: ${labels.join(', ')}`);
      }
    },
    close: async () => void (await Promise.all([github.close(), slack.close()])),
  };
}

async function proveEmbedded(entry: string, folder: string): Promise<void> {
  const world = await openWorld(folder);
  const child = spawn(process.execPath, [entry], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...world.settings, HOST: '127.0.0.1', PORT: '0', FAIRLEAD_INTERNAL_PORT: '0', FAIRLEAD_STORE: 'proof.db' },
  });
  try {
    let webhookUrl: string | undefined;
    createInterface({ input: child.stdout }).on('line', (line) => {
      ({ webhookUrl } = JSON.parse(line) as { readonly webhookUrl?: string });
    });
    await until('the bot', () => webhookUrl !== undefined);
    await probe(new URL(webhookUrl as unknown as string).origin);
    await world.prove(webhookUrl as unknown as string);
    await until('a payload that is packed', () => holdsPacked(join(folder, 'proof.db')));
  } finally {
    await stop(child);
    await world.close();
  }
}

/** Whether the codec was found: GitHub tells of what the bot did, too, and all but the first payload are packed. */
function holdsPacked(path: string): boolean {
  const store = new BetterSqlite(path, { readonly: true });
  try {
    return store.prepare(`select 1 from events where typeof(data) = 'blob'`).get() !== undefined;
  } finally {
    store.close();
  }
}

async function proveRoles(entries: ReadonlyMap<BundleName, string>, folder: string): Promise<void> {
  const world = await openWorld(folder);
  const postgres = await startPostgres();
  try {
    const cluster = await startCluster({
      program: (role) => entries.get(role) as string,
      manifests: readdirSync(KNATIVE)
        .filter((name) => /^\d+-.*\.yaml$/.test(name))
        .map((name) => readFileSync(join(KNATIVE, name), 'utf8')),
      environment: { ...world.settings, DATABASE_URL: await postgres.createDatabase() },
      log: createLogger({ level: 'warn' }),
      onLine: (role, line) => /"level":[456]0/.test(line) && process.stderr.write(`${role}: ${line}\n`),
    });
    try {
      await Promise.all(ROLES.map(async (role) => probe(await cluster.urlOf(role))));
      await world.prove(`${await cluster.urlOf('source')}/api/github/webhooks`);
    } finally {
      await cluster.stop();
    }
  } finally {
    await postgres.stop();
    await world.close();
  }
}

async function probe(url: string): Promise<void> {
  for (const path of ['/livez', '/readyz']) {
    const { status } = await fetch(url + path);
    if (status !== 200) throw new Error(`${path} was answered with ${status}`);
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const tooLate = performance.now() + DEADLINE_MS;
  while (!holds()) {
    if (performance.now() > tooLate) throw new Error(`not there in ${DEADLINE_MS} ms: ${what}`);
    await wait(10);
  }
}

async function stop(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, about) => sum + (about.isFile() ? about.size : 0), 0);
}

/** One that V8 leaves aside costs a start a fifth of its time, and nobody would see why. */
function refuseUncompiled(folder: string): void {
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.cjs') && name !== 'serve.cjs')) {
    const path = join(folder, name);
    if (toScript(path, readFileSync(path + CODE)).cachedDataRejected)
      throw new Error(`V8 does not take its code of ${path}`);
  }
}

const alone = mkdtempSync(join(tmpdir(), 'fairlead-bundles-'));
// So that nothing of the checkout is found by where the processes start.
process.chdir(alone);
try {
  const entries = new Map<BundleName, string>();
  for (const name of BUNDLES) {
    const built = join(ROOT, 'dist', 'bundle', name);
    await bundle(name, built);
    cpSync(built, join(alone, name), { recursive: true });
    entries.set(name, join(alone, name, 'bin', 'serve.cjs'));
    refuseUncompiled(join(alone, name, 'bin'));
    process.stdout.write(`${name.padEnd(10)}${(sizeOf(built) / 1e6).toFixed(1)} MB\n`);
  }
  await proveEmbedded(entries.get('embedded') as string, alone);
  process.stdout.write('✓ embedded alone: probes answered, a pull request all the way\n');
  await proveRoles(entries, alone);
  process.stdout.write('✓ source, runner, functions and notifier alone: the same over four processes and Postgres\n');
} finally {
  rmSync(alone, { recursive: true, force: true });
}
