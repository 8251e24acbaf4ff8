import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import nock from 'nock';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { startSetup } from '../../src/source/setup.ts';
import { freePort } from '../support/free-port.ts';

afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
  vi.unstubAllEnvs();
});

describe('The setup', () => {
  test('offers GitHub our manifest and keeps the credentials that come back, for its owner alone', async () => {
    nock.disableNetConnect();
    nock.enableNetConnect('127.0.0.1');
    vi.stubEnv('WEBHOOK_PROXY_URL', 'https://old.example');
    vi.stubEnv('NODE_ENV', 'production');
    const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n';
    nock('https://api.github.com').post('/app-manifests/a-code/conversions').reply(201, {
      id: 42,
      client_id: 'client',
      client_secret: 'unused',
      webhook_secret: 'a new secret',
      pem,
      html_url: 'https://github.com/apps/fairlead',
    });
    const folder = mkdtempSync(join(tmpdir(), 'fairlead-setup-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const setup = await startSetup({
      publicUrl: 'https://bot.example.org',
      manifestFolder: process.cwd(),
      envPath: join(folder, '.env'),
      port: await freePort(),
    });
    onTestFinished(() => setup.close());

    const page = await (await fetch(setup.url)).text();
    const installed = await fetch(new URL('/probot/setup?code=a-code', setup.url), { redirect: 'manual' });
    await setup.done;

    const manifest = JSON.parse(/name="manifest"[^>]*value='([^']*)'/.exec(page)?.[1] ?? '') as Record<string, unknown>;
    expect(manifest).toMatchObject({
      hook_attributes: { url: 'https://bot.example.org/api/github/webhooks' },
      public: false,
      default_permissions: { pull_requests: 'write', checks: 'write', contents: 'read', metadata: 'read' },
    });
    expect(installed.headers.get('location')).toBe('https://github.com/apps/fairlead/installations/new');
    expect(parseEnv(readFileSync(join(folder, '.env'), 'utf8'))).toEqual({
      APP_ID: '42',
      PRIVATE_KEY: pem,
      WEBHOOK_SECRET: 'a new secret',
    });
  });

  test.each(['nonsense', 'ftp://bot.example.org', ''])('does not begin with %j for an address', async (publicUrl) => {
    await expect(
      startSetup({ publicUrl, manifestFolder: process.cwd(), envPath: '.env', port: 1 }),
    ).rejects.toMatchObject({ code: 'config.invalid' });
  });

  test('does not begin where there is no manifest', async () => {
    await expect(
      startSetup({ publicUrl: 'https://a.example', manifestFolder: tmpdir(), envPath: '.env', port: 1 }),
    ).rejects.toThrow(/no app\.yml/);
  });
});

test('the manifest holds no apostrophe, which would end the attribute that the page carries it in', () => {
  expect(JSON.stringify(parse(readFileSync('app.yml', 'utf8')))).not.toContain("'");
});
