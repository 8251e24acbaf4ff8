/** A function deployed alone (`functions/func.yaml`) among the manifests that it is deployed beside. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Resource } from './crd-schemas.ts';
import { build } from './kustomize.ts';

const ROOT = join(import.meta.dirname, '../..');
const resources = build(join(ROOT, 'knative/base'));
const { name, deploy, run } = parse(readFileSync(join(ROOT, 'functions/func.yaml'), 'utf8')) as {
  name: string;
  deploy: { namespace: string; serviceAccountName?: string; labels?: { key: string; value: string }[] };
  run: { envs: { name: string; value: string }[] };
};
const labels = Object.fromEntries((deploy.labels ?? []).map(({ key, value }) => [key, value]));

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values: string[] }[];
}

/** Labels and, of the operators, `In`: as much as our policies use. */
function isSelected({ matchLabels = {}, matchExpressions = [] }: Selector, pod: Record<string, string>): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => pod[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      expect(operator).toBe('In');
      return values.includes(pod[key] ?? '');
    })
  );
}

function policiesOf(pod: Record<string, string>): readonly Resource[] {
  return resources.filter(
    ({ kind, spec }) => kind === 'NetworkPolicy' && isSelected((spec as { podSelector: Selector }).podSelector, pod),
  );
}

/** What `func` gives the Service and its pods, and what Knative adds to these. */
const pod = { ...labels, 'serving.knative.dev/service': name };

test('it reaches what the functions service reaches, and no more', () => {
  const rules = (pod: Record<string, string>) =>
    policiesOf(pod).map(({ spec }) => ({ ...(spec as object), podSelector: 0 }));
  expect(policiesOf(pod).map(({ metadata }) => metadata.name)).toEqual([
    'default-deny',
    'platform',
    'database',
    'function',
  ]);
  expect(rules(pod)).toEqual(rules({ 'serving.knative.dev/service': 'functions' }));
});

test('a pod without its labels does not get out', () => {
  expect(policiesOf({ 'serving.knative.dev/service': name }).map(({ metadata }) => metadata.name)).toEqual([
    'default-deny',
    'platform',
    'database',
  ]);
});

test('it has a service account of its namespace, and no token for the API server', () => {
  const account = resources.find(
    ({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === deploy.serviceAccountName,
  );
  expect(account).toMatchObject({ metadata: { namespace: deploy.namespace }, automountServiceAccountToken: false });
});

test('nobody outside the cluster reaches it', () => {
  expect(labels).toMatchObject({ 'networking.knative.dev/visibility': 'cluster-local' });
});

test('its secrets are those of the functions service', () => {
  const service = resources.find(
    ({ kind, metadata }) => kind === 'Service' && metadata.name === 'functions',
  ) as unknown as {
    spec: {
      template: {
        spec: { containers: [{ env: { name: string; valueFrom: { secretKeyRef: { name: string; key: string } } }[] }] };
      };
    };
  };
  const [{ env }] = service.spec.template.spec.containers;
  const secrets = env.map(({ name, valueFrom: { secretKeyRef } }) => [
    name,
    `{{ secret:${secretKeyRef.name}:${secretKeyRef.key} }}`,
  ]);
  const given = run.envs.filter(({ value }) => value.startsWith('{{')).map(({ name, value }) => [name, value]);
  expect(Object.fromEntries(given)).toEqual(Object.fromEntries(secrets));
});
