/** The overlay with Knative's own source before ours, and what its operator has to be told. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Filter } from '../../src/broker/filter.ts';
import { typesOf } from '../../src/operator/desired.ts';
import { build } from './kustomize.ts';

const KNATIVE = join(import.meta.dirname, '../../knative');
const PREFIX = 'dev.knative.source.github.';

test('every event that a trigger takes from GitHub is asked of it, and no other', () => {
  const resources = build(join(KNATIVE, 'overlays/githubsource'));
  const taken = resources
    .filter(({ kind }) => kind === 'Trigger')
    .flatMap(({ spec }) => typesOf((spec as { filters: readonly Filter[] }).filters))
    .filter((type) => type.startsWith(PREFIX))
    .map((type) => type.slice(PREFIX.length));
  const [source] = resources.filter(({ kind }) => kind === 'GitHubSource') as unknown as [
    { spec: { eventTypes: string[] } },
  ];
  expect(source.spec.eventTypes.toSorted()).toEqual([...new Set(taken)].toSorted());
});

const overlays = readdirSync(join(KNATIVE, 'overlays'));
const secrets = new Map<string, Set<string>>();
for (const overlay of overlays) {
  JSON.stringify(build(join(KNATIVE, 'overlays', overlay)), (key, value) => {
    if (key === 'secretKeyRef') secrets.set(value.name, (secrets.get(value.name) ?? new Set()).add(value.key));
    return value;
  });
}

test.each([...secrets])('the documentation makes the secret %s with all of its keys', (name, keys) => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/knative.md'), 'utf8');
  const command = text.split('\n').find((line) => line.includes(`create secret generic ${name} `)) ?? '';
  const made = [...command.matchAll(/--from-(?:literal|file)=([\w-]+)=/g)].map(([, key]) => key);
  expect(made.toSorted()).toEqual([...keys].toSorted());
});
