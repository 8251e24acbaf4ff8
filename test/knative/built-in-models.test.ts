/** Of what every overlay sends to the API server, what Kubernetes itself defines. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILT_IN_MODELS } from './built-in-models.ts';
import type { Resource } from './crd-schemas.ts';
import { build } from './kustomize.ts';

const KNATIVE = join(import.meta.dirname, '../../knative');
const OVERLAYS = ['base', ...readdirSync(join(KNATIVE, 'overlays')).map((name) => `overlays/${name}`)];
const keyOf = ({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>) => `${apiVersion} ${kind}`;
const issuesOf = (resource: Pick<Resource, 'apiVersion' | 'kind'>) =>
  BUILT_IN_MODELS.get(keyOf(resource))?.safeParse(resource).error?.issues ?? [];

const rows = OVERLAYS.flatMap((overlay) =>
  build(join(KNATIVE, overlay))
    .filter(({ apiVersion }) => !apiVersion.includes('knative.dev'))
    .map((resource): [string, Resource] => [`${overlay}: ${resource.kind} ${resource.metadata.name}`, resource]),
);

test.each(rows)('%s is valid, and has no field that its kind does not know', (_, resource) => {
  expect([...BUILT_IN_MODELS.keys()]).toContain(keyOf(resource));
  expect(issuesOf(resource)).toEqual([]);
});

describe('is refused', () => {
  const metadata = { name: 'a', namespace: 'fairlead' };
  const policy = (spec: object) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: { podSelector: {}, policyTypes: ['Egress'], ...spec },
  });
  const budget = (spec: object) => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { selector: { matchLabels: { a: 'b' } }, ...spec },
  });

  test.each<[string, Pick<Resource, 'apiVersion' | 'kind'>, string]>([
    ['a misspelt rule of a network policy', policy({ egres: [] }), 'spec'],
    ['a rule with the peers of the other direction', policy({ egress: [{ from: [] }] }), 'spec.egress.0'],
    [
      'a port that is a text',
      policy({ egress: [{ ports: [{ protocol: 'TCP', port: '443' }] }] }),
      'spec.egress.0.ports.0.port',
    ],
    ['an address for a range', policy({ egress: [{ to: [{ ipBlock: { cidr: '10.0.0.1' } }] }] }), 'spec.egress.0.to.0'],
    ['a selector that is no selector', policy({ podSelector: { app: 'a' } }), 'spec.podSelector'],
    ['a budget with both of its bounds', budget({ minAvailable: 1, maxUnavailable: 1 }), 'spec'],
    ['a budget without any', budget({}), 'spec'],
    ['a misspelt bound', budget({ maxUnavailable: 1, minavailable: 1 }), 'spec'],
    [
      'a service account that may be asked for its token',
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata } as Resource,
      'automountServiceAccountToken',
    ],
    ['a namespace in a namespace', { apiVersion: 'v1', kind: 'Namespace', metadata } as Resource, 'metadata'],
    [
      'a configuration that is not text',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'a.yml': 5 } } as Resource,
      'data.a.yml',
    ],
    [
      'a secret’s data in the clear',
      { apiVersion: 'v1', kind: 'Secret', metadata, data: { token: 'not base64!' } } as Resource,
      'data.token',
    ],
    ['a misspelt field of a secret', { apiVersion: 'v1', kind: 'Secret', metadata, stringdata: {} } as Resource, ''],
  ])('%s', (_, resource, path) => {
    expect(issuesOf(resource).map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});
