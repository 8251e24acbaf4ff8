/** The one step of the image's build that starts the bot: for what it compiles, and with settings that nobody else has. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type Environment, type Role, readConfig, readServiceConfig } from '../../src/config.ts';

const START = 'node bin/serve.cjs';
const text = readFileSync(join(import.meta.dirname, '../../Containerfile'), 'utf8');
const step = text
  .replaceAll('\\\n', '')
  .split('\n')
  .find((line) => line.startsWith('RUN ') && line.includes(START));

function settingsOfTheStep(): Environment {
  const command = step?.slice('RUN '.length).split(START)[0] ?? '';
  const script = `${command} node --print 'JSON.stringify(process.env)'`;
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
  return JSON.parse(execFileSync('sh', ['-c', script], { encoding: 'utf8', env })) as Environment;
}

test('the start that fills an image’s compile cache is refused by no role for its settings', () => {
  const settings = settingsOfTheStep();
  expect(readConfig(settings).storePath).toBe('postgres://127.0.0.1:1/none');
  for (const role of ['source', 'runner', 'functions', 'notifier'] satisfies Role[]) {
    expect(readServiceConfig(settings, role).storePath).toBe('postgres://127.0.0.1:1/none');
  }
});
