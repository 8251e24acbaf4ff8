/**
 * The whole bot over the fakes of `src/demo`, for tests of what no room can promise alone: a world (GitHub with one
 * repository, Slack with one channel, a folder for the store) that outlives the houses started in it, as the real one does.
 * What is over is seen in the store and on the fakes, never by waiting for a while.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../../src/config.ts';
import { type FakeGitHub, type FakeGitHubOptions, startFakeGitHub } from '../../src/demo/fake-github/fake-github.ts';
import type { PullSeed, RepositorySeed } from '../../src/demo/fake-github/seed.ts';
import type { LoggedRequest } from '../../src/demo/fake-github/serve.ts';
import type { HookDelivery, Pull, Repository } from '../../src/demo/fake-github/world.ts';
import { type FakeSlack, startFakeSlack } from '../../src/demo/fake-slack.ts';
import { signedWebhook } from '../../src/demo/signed-webhook.ts';
import { VERIFIED, type VerifiedData } from '../../src/events/catalogue.ts';
import type { Event } from '../../src/events/event.ts';
import { type EmbeddedHouse, startEmbedded } from '../../src/house/embedded.ts';
import type { Clock } from '../../src/observe/clock.ts';
import type { Logger } from '../../src/observe/log.ts';
import type { Journal } from '../../src/store/journal.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import type { RunRecord } from '../../src/workflow/journal.ts';
import { PRIVATE_KEY } from './private-key.ts';
import { createQuietLog, type QuietLog } from './quiet.ts';

export const SECRET = 'It is a secret to everybody';
export const INSTALLATION = 7;
export const WEBHOOK_PATH = '/api/github/webhooks';

export const RULES = `labels:
  - { label: documentation, color: "0075ca", files: ["**/*.md"] }
  - { label: source, color: "d4c5f9", files: ["src/**"] }
reviewers:
  - { files: ["**"], people: [octocat] }
`;

/** A channel that posts and edits as a Slack app. */
export const SLACK_BOT = 'slack-bot';
/** A channel that only posts. */
export const SLACK_WEBHOOK = 'slack-webhook';

export interface WorldOptions {
  readonly github?: Partial<FakeGitHubOptions>;
  readonly rules?: string;
  /** Channel names of this file, {@link SLACK_BOT} and {@link SLACK_WEBHOOK}, or entries of a channels file. */
  readonly channels?: readonly (string | object)[];
}

export interface HouseOptions {
  readonly clock?: Clock;
  readonly crashPoint?: (name: string) => void;
  readonly log?: Logger;
  /** Stands between the house and its store. */
  readonly wrapStore?: (store: SqliteStore) => Store<Journal>;
  readonly config?: Partial<Config>;
  /** Whether GitHub's webhooks are sent to the house; where they are not, they are kept on GitHub as failed. Default true. */
  readonly connected?: boolean;
}

export interface House extends EmbeddedHouse {
  /** Every event that the broker accepted, in that order. */
  readonly events: readonly Event[];
  readonly verified: readonly VerifiedData[];
  readonly log: QuietLog;
  /** Resolves when nothing is left to do: no webhook on its way, no delivery due, no run unfinished. */
  quiet(): Promise<void>;
  runs(): Promise<readonly RunRecord[]>;
  /** For a house that is dead in all but its sockets: nobody waits for it to stop. */
  abandon(): Promise<void>;
  /** The store as a command beside the bot has it. */
  readonly guest: SqliteStore;
}

export interface World {
  readonly github: FakeGitHub;
  readonly slack: FakeSlack;
  readonly repository: Repository;
  readonly storePath: string;
  /** What a house in this world is configured by; plain data but for `secrets`. */
  config(over?: Partial<Config>): Config;
  /** A house that GitHub delivers to from now on; stopped with the world if not before. */
  start(options?: HouseOptions): Promise<House>;
  /** A pull request as if just opened, of which nobody was told yet. */
  pull(seed?: Partial<PullSeed>, repository?: Repository): Pull;
  /** Tells the bot of the pull request's present state by a signed webhook; resolves when that is answered. */
  tell(pull: Pull, action: string, extra?: Parameters<FakeGitHub['payload']>[3]): Promise<HookDelivery>;
  /** Requests that acted on repositories (the App's own calls left out), as `METHOD path`. */
  calls(): readonly string[];
  close(): Promise<void>;
}

const OPEN = ['pending', 'running', 'waiting'] as const;
const PATIENCE_MS = 15_000;
const LOOK_EVERY_MS = 4;

export async function openWorld({
  github: gitHubOptions,
  rules = RULES,
  channels = [SLACK_BOT],
}: WorldOptions = {}): Promise<World> {
  const github = await startFakeGitHub({ appId: '1', privateKey: PRIVATE_KEY, ...gitHubOptions });
  const slack = await startFakeSlack();
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-house-'));
  const storePath = join(folder, 'fairlead.db');
  const channelsPath = join(folder, 'channels.yml');
  writeFileSync(channelsPath, JSON.stringify({ channels: channels.map((channel) => toChannel(channel, slack)) }));
  github.addInstallation({ id: INSTALLATION, account: 'octo-org' });
  const repository = addRepository(github, { fullName: 'octo-org/hello', contents: { '.github/fairlead.yml': rules } });
  const houses = new Set<() => Promise<void>>();

  function config(over: Partial<Config> = {}): Config {
    return {
      github: {
        appId: '1',
        privateKey: PRIVATE_KEY,
        webhookSecrets: [SECRET],
        apiUrl: github.url,
        botLogin: undefined,
      },
      http: {
        host: '127.0.0.1',
        port: 0,
        webhookPath: WEBHOOK_PATH,
        internalHost: '127.0.0.1',
        internalPort: 0,
        internalToken: undefined,
      },
      storePath,
      workflowsPath: join(import.meta.dirname, '../../workflows'),
      channelsPath,
      eventConvention: 'knative',
      lifecycleEvents: 'off',
      checkRuns: true,
      dryRun: 'off',
      rateShare: 1,
      logLevel: 'silent',
      drainMs: 2_000,
      keepRunsMs: 0,
      oidc: undefined,
      secrets: secretsOf(slack),
      ...over,
    };
  }

  async function start({
    wrapStore,
    config: over,
    log = createQuietLog(),
    connected = true,
    ...options
  }: HouseOptions = {}): Promise<House> {
    const events: Event[] = [];
    const store = wrapStore?.(await openSqliteStore({ path: storePath }));
    const embedded = await startEmbedded(config(over), {
      ...options,
      ...(store === undefined ? {} : { store }),
      log,
      observe: (event) => void events.push(event),
    });
    const guest = await openSqliteStore({ path: storePath, as: 'guest' });
    if (connected) github.connect({ url: embedded.webhookUrl, secret: SECRET });
    let stopped: Promise<void> | undefined;
    const stop = () => {
      stopped ??= (async () => {
        houses.delete(stop);
        await embedded.stop();
        await guest.close();
      })();
      return stopped;
    };
    houses.add(stop);
    return {
      ...embedded,
      stop,
      async abandon() {
        houses.delete(stop);
        void embedded.stop();
        await guest.close();
      },
      events,
      get verified() {
        return events.filter(({ type }) => type === VERIFIED).map(({ data }) => data as VerifiedData);
      },
      log: log as QuietLog,
      guest,
      quiet: () => quiet(guest, () => github.settled()),
      runs: () => guest.journal.list({ limit: 100 }),
    };
  }

  return {
    github,
    slack,
    repository,
    storePath,
    config,
    start,
    pull: (seed = {}, of = repository) =>
      github.addPull(of, { author: 'Codertocat', files: ['README.md'], title: 'Explain how to moor', ...seed }),
    tell(pull, action, extra) {
      const of = [...github.world.repositories.values()].find(({ pulls }) => [...pulls.values()].includes(pull));
      return github.deliver('pull_request', github.payload(of as Repository, pull, action, extra));
    },
    calls: () => github.requests.filter(isOnRepository).map(({ method, path }) => `${method} ${path}`),
    async close() {
      await Promise.all([...houses].map((stop) => stop()));
      await Promise.all([github.close(), slack.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A repository of the installation unless the seed names another, with people who may review. */
export function addRepository(
  github: FakeGitHub,
  seed: Partial<RepositorySeed> & { readonly fullName: string },
): Repository {
  return github.addRepository({ installation: INSTALLATION, collaborators: ['octocat', 'hubot'], ...seed });
}

export interface SignedDelivery {
  readonly payload: unknown;
  readonly event?: string;
  readonly guid?: string;
  readonly secret?: string;
  readonly signal?: AbortSignal;
}

/** One webhook as GitHub sends it, by a sender that is not the fake's own. */
export function post(
  url: string,
  { payload, event = 'pull_request', guid = randomUUID(), secret = SECRET, signal }: SignedDelivery,
) {
  const { headers, body } = signedWebhook({ event, payload, secret, guid });
  return fetch(url, { method: 'POST', headers, body: new Uint8Array(body), ...(signal ? { signal } : {}) });
}

/** Resolves once the condition holds. */
export async function until(condition: () => unknown | Promise<unknown>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not within ${PATIENCE_MS / 1000} s: ${what}.`);
    await wait(LOOK_EVERY_MS);
  }
}

/** Resolves when the store has nothing left to do, looked at twice: work is handed on before it is done. */
export async function quiet(guest: SqliteStore, settled: () => Promise<void> = async () => {}): Promise<void> {
  let calm = 0;
  await until(async () => {
    await settled();
    calm = (await isIdle(guest)) ? calm + 1 : 0;
    return calm === 2;
  }, 'deliveries or runs are left');
}

async function isIdle({ outbox, journal }: SqliteStore): Promise<boolean> {
  if ((await outbox.depth()).due > 0) return false;
  const open = await Promise.all(OPEN.map((status) => journal.list({ status, limit: 1 })));
  return open.flat().length === 0 && (await outbox.depth()).due === 0;
}

export function secretsOf({ token, webhookUrl }: Pick<FakeSlack, 'token' | 'webhookUrl'>): Config['secrets'] {
  const known: Readonly<Record<string, string>> = { SLACK_TOKEN: token, SLACK_WEBHOOK: webhookUrl };
  return {
    env: (name) => known[name],
    file: (path) => {
      throw new Error(`no test keeps a secret in a file: ${path}`);
    },
  };
}

function toChannel(channel: string | object, slack: FakeSlack): object {
  if (typeof channel === 'object') return channel;
  const bot = { token: { env: 'SLACK_TOKEN' }, channel: slack.channel, api: slack.apiUrl };
  return {
    name: channel,
    platform: 'slack',
    ...(channel === SLACK_BOT ? { bot } : { webhook: { env: 'SLACK_WEBHOOK' } }),
  };
}

function isOnRepository({ path }: LoggedRequest): boolean {
  return path.startsWith('/repos/') && !path.endsWith('/installation');
}
