import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CRD_ROOT, crdValidators, type Resource, readManifest } from './crd-schemas.ts';

const KNATIVE = join(import.meta.dirname, '../../knative');
const manifests = readdirSync(KNATIVE).filter((name) => /^\d+-.*\.yaml$/.test(name));
const resources = manifests.flatMap((name) => readManifest(join(KNATIVE, name)));
const ofKind = (kind: string) => resources.filter((resource) => resource.kind === kind);
const keyOf = (resource: Resource) => `${resource.apiVersion} ${resource.kind}`;

describe.skipIf(!existsSync(CRD_ROOT))(
  'manifests against the CRDs of Knative (skipped where ../shared/data/knative is missing)',
  () => {
    const validators = crdValidators();

    test.each(
      resources
        .filter((resource) => resource.apiVersion.includes('knative.dev'))
        .map((resource) => [`${resource.kind} ${resource.metadata.name}`, resource]),
    )('%s is valid, and has no field that its schema does not name', (_, resource) => {
      const validate = validators.get(keyOf(resource as Resource));
      expect(validate, `no CRD defines ${keyOf(resource as Resource)}`).toBeDefined();
      validate?.(resource);
      expect(validate?.errors ?? []).toEqual([]);
    });

    test('a misspelt field is refused, which the API server would not do', () => {
      const broker = ofKind('Broker')[0] as Resource;
      const validate = validators.get(keyOf(broker));
      expect(validate?.({ ...broker, spec: { delivery: { retries: 10 } } })).toBe(false);
      expect(validate?.errors?.[0]).toMatchObject({ keyword: 'additionalProperties', instancePath: '/spec/delivery' });
    });
  },
);

describe('manifests among themselves', () => {
  test('a trigger names a broker and a service that exist', () => {
    const triggers = ofKind('Trigger') as readonly (Resource & {
      spec: { broker: string; subscriber: { ref: { kind: string; name: string } } };
    })[];
    expect(triggers.length).toBeGreaterThan(0);
    for (const { spec } of triggers) {
      expect(ofKind('Broker').map((broker) => broker.metadata.name)).toContain(spec.broker);
      expect(ofKind(spec.subscriber.ref.kind).map((service) => service.metadata.name)).toContain(
        spec.subscriber.ref.name,
      );
    }
  });

  test('only the source is reachable from outside the cluster', () => {
    const open = ofKind('Service').filter(
      (service) => service.metadata.labels?.['networking.knative.dev/visibility'] !== 'cluster-local',
    );
    expect(open.map((service) => service.metadata.name)).toEqual(['source']);
  });

  test('the kustomization lists every numbered manifest', () => {
    const [kustomization] = readManifest(join(KNATIVE, 'kustomization.yaml')) as unknown as readonly {
      resources: string[];
    }[];
    expect(kustomization?.resources).toEqual(manifests);
  });
});
