/**
 * `fairlead setup`: Probot's App-manifest flow, on the loopback alone. A person opens the page, GitHub registers an App
 * from `app.yml` (the least permissions and the events we act on), and its id, private key and webhook secret are written
 * to `.env`. Nothing else of Probot is loaded in a running bot, so it is imported here.
 * @see https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FairleadError } from '../events/fairlead-error.ts';
import { writeSettings } from './env-file.ts';
import { WEBHOOK_PATH } from './intake.ts';

export interface SetupOptions {
  /** Where GitHub will reach the bot, such as `https://bot.example.org`; a smee.io channel does while trying it out. */
  readonly publicUrl: string;
  /** Where `app.yml` is: the working directory, in which Probot looks for it. */
  readonly manifestFolder: string;
  /** The `.env` file that gets the credentials. */
  readonly envPath: string;
  readonly port: number;
  /** Of a GitHub Enterprise Server, whose App the bot then calls there; Probot reads the same from `GHE_HOST`. */
  readonly apiUrl?: string | undefined;
}

export interface Setup {
  /** The page to open. */
  readonly url: string;
  /** Resolves once the App's credentials are in `.env`. */
  readonly done: Promise<void>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** What the flow learns and we keep; the rest (a proxy's address, the OAuth client) is of no use to the bot. */
const KEPT = ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET'];

/** @throws FairleadError `config.invalid` when there is no manifest, or GitHub could not reach the address given */
export async function startSetup({ publicUrl, manifestFolder, envPath, port, apiUrl }: SetupOptions): Promise<Setup> {
  if (!existsSync(join(manifestFolder, 'app.yml'))) {
    throw new FairleadError(
      'config.invalid',
      `There is no app.yml in ${manifestFolder}. Run setup in Fairlead's own folder.`,
    );
  }
  const webhookUrl = toWebhookUrl(publicUrl);
  const { promise: done, resolve } = Promise.withResolvers<void>();
  // Probot makes an address for the manifest up where it finds none, and in production registers nothing.
  // biome-ignore lint/style/noProcessEnv: written, not read: Probot looks nowhere else.
  Object.assign(process.env, { WEBHOOK_PROXY_URL: webhookUrl, NODE_ENV: 'development' });
  const { run } = await import('probot');
  const server = await run(() => {}, {
    // No App in this environment, whatever the real one holds: that is what makes Probot run its setup.
    env: { HOST, PORT: String(port), LOG_LEVEL: 'warn' },
    updateEnv(learned) {
      if (!learned.APP_ID) return learned;
      const credentials = KEPT.flatMap((name) => {
        const value = learned[name];
        return value === undefined ? [] : [[name, value.replace(/^"(.*)"$/s, '$1')] as const];
      });
      writeSettings(envPath, {
        ...Object.fromEntries(credentials),
        ...(apiUrl === undefined ? {} : { GITHUB_API_URL: apiUrl }),
      });
      resolve();
      return learned;
    },
  });
  return { url: `http://${HOST}:${port}/probot`, done, close: () => server.stop() };
}

function toWebhookUrl(publicUrl: string): string {
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new FairleadError('config.invalid', `“${publicUrl}” is no address that GitHub can reach. Use https://….`);
  }
  // A channel of smee.io is an address in itself; anything else is the root that the bot listens below.
  return url.pathname === '/' ? new URL(WEBHOOK_PATH, url).href : url.href;
}
