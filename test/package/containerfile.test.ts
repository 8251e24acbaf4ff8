/** What only a build of the image would show otherwise. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readContainerfile } from './containerfile.ts';

const instructions = readContainerfile(join(import.meta.dirname, '../..'));
const steps = instructions.filter(({ name }) => name === 'RUN').map(({ text }) => text);

test('the build runs no package’s install script, which would want more than a slim image has', () => {
  expect(steps.filter((text) => text.startsWith('npm ci'))).toEqual(['npm ci --ignore-scripts --no-audit --no-fund']);
});

test('the Node that compiles the bundle is the one that runs it, and not one of node_modules', () => {
  expect(instructions.filter(({ name }) => name === 'FROM').map(({ text }) => text)).toEqual([
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the Containerfile's own argument.
    '${NODE} AS build',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the Containerfile's own argument.
    '${NODE}',
  ]);
  expect(steps.find((text) => text.includes('bundle'))).toMatch(/^node scripts\/bundle\.ts "\$ROLE" /);
});

test('the image runs as a user that owns nothing in it but the folder of a store', () => {
  const last = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
  expect(last.filter(({ name }) => ['COPY', 'RUN', 'USER'].includes(name))).toEqual([
    { name: 'COPY', text: '--from=build /app ./' },
    { name: 'RUN', text: 'install --directory --owner=65532 --group=65532 data' },
    { name: 'USER', text: '65532:65532' },
  ]);
});
