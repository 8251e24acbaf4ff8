import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readChannels } from '../../src/notifier/channels.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { parseConfiguration } from '../../src/rules/parse-configuration.ts';

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const blocksOf = (path: string) => [...read(path).matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text as string);
const [workflow = '', rules = '', channels = '', ...more] = blocksOf('README.md');

test('the README shows a workflow, rules and channels', () => {
  expect([workflow, rules, channels].map((text) => text.split(':', 1)[0])).toEqual(['schedule', 'labels', 'channels']);
  expect(more).toEqual([]);
});

test('its workflow is the one that it names: the same calls in the same order', () => {
  const calls = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, step, call]) => [step, call]);
  const shown = calls(
    workflow,
    /- (\w+): +\{ (?:call: openapi, with: \{ operationId|emit: \{ event: \{ with: \{ type): ([\w.]+)/g,
  );
  const there = calls(
    read('workflows/pull-request.yaml'),
    /^ +- (\w+):\n(?: +if: .*\n)?(?: +call: openapi\n +with:\n.*\n +operationId| +emit:\n +event:\n +with:\n +type): ([\w.]+)$/gm,
  );
  expect(shown).toHaveLength(7);
  expect(there.filter(([step]) => shown.some(([name]) => name === step))).toEqual(shown);
});

test('its rules can be copied as they are', () => {
  expect(parseConfiguration(rules).problems).toBeUndefined();
});

test.each([
  ['README.md', [channels]],
  ['docs/channels.md', blocksOf('docs/channels.md')],
])('the channels of %s can be copied as they are', (page, texts) => {
  const secrets = { env: () => 'https://hooks.example.com/a', file: () => 'https://hooks.example.com/b' };
  const dependencies = { secrets, clock: systemClock, write: () => true };
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) expect(readChannels(dependencies, { name: page, text }).length).toBeGreaterThan(0);
});
