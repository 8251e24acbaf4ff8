import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Environment } from '../config.ts';
import { EXIT_CODES, type Invocation } from './command.ts';
import { packageFolder } from './package-folder.ts';
import { usage } from './usage.ts';

/** How long the browser is given to be sent on to where the App is installed, once the credentials are written. */
const LAST_REDIRECT_MS = 1000;

/** `fairlead setup`: registers an App in the browser; exit 1 when it was given up. */
export async function setup({ context, option }: Invocation): Promise<number> {
  const publicUrl = option('url');
  if (publicUrl === undefined) {
    throw usage('“setup” needs --url: where GitHub will reach the bot, e.g. https://bot.example.com.');
  }
  const { http } = context.readLocalConfig(context.environment);
  const { startSetup } = await import('../source/setup.ts');
  const envPath = resolve('.env');
  const manifestFolder = packageFolder();
  // Probot looks for the manifest in the working directory and nowhere else.
  process.chdir(manifestFolder);
  const flow = await startSetup({
    publicUrl,
    manifestFolder,
    envPath,
    port: http.port,
    apiUrl: enterpriseApi(context.environment),
  });
  context.stdout.write(`Open ${flow.url} in a browser of this machine, and follow it. Ctrl-C gives up.\n`);
  const registered = await Promise.race([flow.done.then(() => true), context.untilStopped().then(() => false)]);
  if (registered) await wait(LAST_REDIRECT_MS);
  await flow.close();
  if (!registered) return EXIT_CODES.failed;
  context.stdout.write(`The App is registered, its credentials are in ${envPath}. “fairlead start” runs the bot.\n`);
  return EXIT_CODES.done;
}

function enterpriseApi({ GHE_HOST: host, GHE_PROTOCOL: protocol }: Environment): string | undefined {
  return host ? `${protocol || 'https'}://${host}/api/v3` : undefined;
}
