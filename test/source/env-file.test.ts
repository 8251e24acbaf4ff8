import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { writeSettings } from '../../src/source/env-file.ts';

function fileOf(text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-env-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, '.env');
  if (text !== undefined) writeFileSync(path, text, { mode: 0o644 });
  return path;
}

const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabcd\n-----END RSA PRIVATE KEY-----\n';

const table: [sentence: string, before: string | undefined, after: Record<string, string>][] = [
  ['a new file holds the settings', undefined, {}],
  ['what was there stays', '# mine\nPORT=4000', { PORT: '4000' }],
  [
    'what was set before is replaced, its several lines too',
    `APP_ID=1\nPRIVATE_KEY="${PEM}"\nHOST=::1\n`,
    { HOST: '::1' },
  ],
  ['an exported and indented one is replaced', "  export APP_ID = '1'\nA=b\n", { A: 'b' }],
];
test.each(table)('%s', (_sentence, before, after) => {
  const path = fileOf(before);

  writeSettings(path, { APP_ID: '42', PRIVATE_KEY: PEM });

  const text = readFileSync(path, 'utf8');
  expect(parseEnv(text)).toEqual({ ...after, APP_ID: '42', PRIVATE_KEY: PEM });
  expect(text.match(/APP_ID/g)).toHaveLength(1);
  if (before?.includes('#')) expect(text).toContain('# mine\n');
});

test('only its owner may read the file, even if everybody could before, and nothing is left beside it', () => {
  const path = fileOf('A=b\n');

  writeSettings(path, { WEBHOOK_SECRET: 's' });

  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(path, '..'))).toEqual(['.env']);
});
