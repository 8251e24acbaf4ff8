import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { PRIVATE_KEY } from '../support/private-key.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/fairlead.js');

/** A GitHub Enterprise Server that turns any code into an App. */
async function openEnterprise(): Promise<string> {
  const server = createServer((request, response) => {
    const isConversion = request.method === 'POST' && request.url === '/api/v3/app-manifests/a-code/conversions';
    response.writeHead(isConversion ? 201 : 404, { 'content-type': 'application/json' });
    const app = { id: 42, client_id: 'a', client_secret: 'b', webhook_secret: 'a new secret', pem: PRIVATE_KEY };
    response.end(JSON.stringify({ ...app, html_url: 'https://github.example.com/apps/fairlead' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('an App of a GitHub Enterprise Server is registered there, and the bot’s settings say so', async () => {
  const host = await openEnterprise();
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-setup-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, '.env'), `GHE_HOST=${host}\nGHE_PROTOCOL=http\nFAIRLEAD_LOG_LEVEL=warn\n`);
  // What the shell says of webhooks and of production is not what --url says.
  const env = {
    ...process.env,
    PORT: `${await freePort()}`,
    WEBHOOK_PROXY_URL: 'https://old.example',
    NODE_ENV: 'production',
  };
  const setup = spawn(process.execPath, [LAUNCHER, 'setup', '--url', 'https://bot.example.org'], { cwd: folder, env });
  onTestFinished(() => void setup.kill());
  const ended = new Promise<number | null>((resolve) => setup.once('exit', resolve));
  let told = '';
  const opened = new Promise<string>((resolve, reject) => {
    setup.stdout.on('data', (data) => {
      told += data;
      const url = /Open (\S+) in a browser/.exec(told)?.[1];
      if (url !== undefined) resolve(url);
    });
    void ended.then((code) => reject(new Error(`setup ended with ${code}: ${told}`)));
  });

  const page = await (await fetch(await opened)).text();
  expect(page).toContain(`action="http://${host}/settings/apps/new"`);
  expect(page).toContain('"url":"https://bot.example.org/api/github/webhooks"');
  await fetch(new URL('/probot/setup?code=a-code', await opened), { redirect: 'manual' });

  expect(await ended).toBe(0);
  expect(told).toContain(`The App is registered, its credentials are in ${join(folder, '.env')}.`);
  expect(parseEnv(readFileSync(join(folder, '.env'), 'utf8'))).toEqual({
    GHE_HOST: host,
    GHE_PROTOCOL: 'http',
    FAIRLEAD_LOG_LEVEL: 'warn',
    APP_ID: '42',
    PRIVATE_KEY,
    WEBHOOK_SECRET: 'a new secret',
    GITHUB_API_URL: `http://${host}/api/v3`,
  });
});
