import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Environment, readConfig, readServiceConfig } from '../src/config.ts';
import { PRIVATE_KEY } from './support/private-key.ts';

const ALL = { APP_ID: '1', PRIVATE_KEY, WEBHOOK_SECRET: 'a-long-secret' };
const folder = mkdtempSync(join(tmpdir(), 'fairlead-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const path = join(folder, randomUUID());
  writeFileSync(path, text);
  return path;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function problemsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    expect(error).toMatchObject({ code: 'config.invalid' });
    return (error as Error).message.split('\n').slice(1);
  }
  return [];
}

describe('the private key', () => {
  const pem = PRIVATE_KEY.trim();
  const oneLine = pem.replaceAll('\n', '\\n');

  it.each<[string, Environment]>([
    ['PEM', { PRIVATE_KEY }],
    ['PEM with \\n written out', { PRIVATE_KEY: oneLine }],
    ['PEM with the line ends of Windows', { PRIVATE_KEY: PRIVATE_KEY.replaceAll('\n', '\r\n') }],
    ['base64 of the PEM', { PRIVATE_KEY: base64(PRIVATE_KEY) }],
    ['base64 of the PEM with \\n written out', { PRIVATE_KEY: base64(oneLine) }],
    ['PEM with words around it', { PRIVATE_KEY: `Key of the App\n${PRIVATE_KEY}\nend of it` }],
    ['a file that holds it', { PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: fileOf(PRIVATE_KEY) }],
  ])('is taken as %s', (_, given) => {
    expect(readConfig({ ...ALL, ...given }).github.privateKey.replaceAll('\r', '')).toBe(pem);
  });

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const publicKey = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  });
  const locked = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'hush',
  });

  it.each([
    ['no key at all', 'garbage'],
    ['the path of one', './fairlead.private-key.pem'],
    ['one that was cut off', pem.slice(0, 300)],
    ['one that lost a line', pem.split('\n').toSpliced(5, 1).join('\n')],
    ['one of another kind', String(ec)],
    ['a public one', String(publicKey)],
    ['one behind a passphrase', String(locked)],
  ])('that is %s is refused before anything starts, with how to fix it and nothing of what it is', (_, text) => {
    const fix = /^ {2}- PRIVATE_KEY holds no RSA private key, .+ Set it, or PRIVATE_KEY_PATH, .+`npx fairlead setup`/;
    const problems = problemsOf({ ...ALL, PRIVATE_KEY: text });
    expect(problems).toEqual([expect.stringMatching(fix)]);
    expect(problems.join()).not.toContain(text.slice(0, 40));
  });

  it('in a file that holds none is told by the name of the file', () => {
    const path = fileOf('garbage');
    expect(problemsOf({ ...ALL, PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: path })).toEqual([
      expect.stringContaining(`PRIVATE_KEY_PATH names ${path}, which holds no RSA private key`),
    ]);
  });

  it('in a file that cannot be read is told once', () => {
    expect(problemsOf({ ...ALL, PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: folder })).toEqual([
      expect.stringContaining(`PRIVATE_KEY_PATH names ${folder}, which cannot be read (EISDIR).`),
    ]);
  });

  it('is asked of the roles that speak to GitHub alone', () => {
    const given = {
      ...ALL,
      PRIVATE_KEY: 'garbage',
      DATABASE_URL: 'postgres://db/x',
      K_SINK: 'http://broker/',
      FAIRLEAD_FUNCTIONS_URL: 'http://functions/',
      FAIRLEAD_INTERNAL_TOKEN: 'x'.repeat(16),
    };
    for (const role of ['source', 'functions'] as const) {
      expect(() => readServiceConfig(given, role)).toThrow('PRIVATE_KEY holds no RSA private key');
    }
    for (const role of ['runner', 'notifier'] as const) {
      expect(readServiceConfig(given, role).github.privateKey).toBe('');
    }
  });
});

describe('the secrets that webhooks are signed with', () => {
  it('are the current one, then those that are still accepted', () => {
    const given = { ...ALL, WEBHOOK_SECRET: undefined, WEBHOOK_SECRET_FILE: fileOf('new\n') };
    const { github } = readConfig({ ...given, WEBHOOK_SECRETS_ACCEPTED: ' old , older,' });
    expect(github.webhookSecrets).toEqual(['new', 'old', 'older']);
  });

  it.each<[string, Environment, string]>([
    ['the current one', { WEBHOOK_SECRET: 'development' }, 'WEBHOOK_SECRET is'],
    [
      'the one in a file',
      { WEBHOOK_SECRET: undefined, WEBHOOK_SECRET_FILE: fileOf('development\n') },
      'WEBHOOK_SECRET is',
    ],
    [
      'one that is accepted beside it',
      { WEBHOOK_SECRETS_ACCEPTED: 'older, development' },
      'WEBHOOK_SECRETS_ACCEPTED holds',
    ],
  ])('are not the word that everybody knows: %s', (_, given, told) => {
    const fix = 'settings page';
    expect(problemsOf({ ...ALL, ...given })).toEqual([
      expect.stringMatching(new RegExp(`^ {2}- ${told} the well-known word “development”\\. .*${fix}`)),
    ]);
  });

  it('are not empty, for everybody could sign with that', () => {
    const path = fileOf('\n');
    expect(problemsOf({ ...ALL, WEBHOOK_SECRET: undefined, WEBHOOK_SECRET_FILE: path })).toEqual([
      expect.stringContaining(`WEBHOOK_SECRET_FILE names ${path}, which is empty.`),
    ]);
  });
});
