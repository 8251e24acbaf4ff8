import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Broker } from '@kubernetes-models/knative/eventing.knative.dev/v1/Broker';
import { Trigger } from '@kubernetes-models/knative/eventing.knative.dev/v1/Trigger';
import { PingSource } from '@kubernetes-models/knative/sources.knative.dev/v1/PingSource';
import { Cron } from 'croner';
import { describe, expect, test } from 'vitest';
import type { DeliveryPolicy } from '../../src/broker/broker.ts';
import { DEFAULT_POLICY, toDeliveryPlan } from '../../src/broker/delivery.ts';
import { MOST_WAITING } from '../../src/broker/event-receiver.ts';
import { createLookAlikeBroker } from '../../src/broker/look-alike/knative-broker.ts';
import { readEventing } from '../../src/broker/look-alike/manifests.ts';
import { compileFilters } from '../../src/broker/trigger.ts';
import { runCli } from '../../src/cli/cli.ts';
import { type Role, readServiceConfig } from '../../src/config.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { SETTINGS } from '../../src/settings.ts';
import { createContext } from '../cli/context.ts';
import { PRIVATE_KEY } from '../support/private-key.ts';
import { createQuietLog } from '../support/quiet.ts';
import { CRD_ROOT, crdValidators, type Resource, readManifest } from './crd-schemas.ts';
import { build } from './kustomize.ts';

const ROOT = join(import.meta.dirname, '../..');
const KNATIVE = join(ROOT, 'knative');
const BASE = join(KNATIVE, 'base');
const manifests = readdirSync(BASE).filter((name) => /^\d+-.*\.yaml$/.test(name));
const OVERLAYS = ['base', ...readdirSync(join(KNATIVE, 'overlays')).map((name) => `overlays/${name}`)];
const resources = build(BASE);
const ofKind = (kind: string, among: readonly Resource[] = resources) => among.filter((each) => each.kind === kind);
const keyOf = (resource: Resource) => `${resource.apiVersion} ${resource.kind}`;

type Service = Resource & {
  spec: {
    template: {
      metadata: { annotations: Record<string, string> };
      spec: { serviceAccountName: string; containerConcurrency: number; containers: [Container] };
    };
  };
};
interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly {
    name: string;
    value?: string;
    valueFrom?: { secretKeyRef: { name: string; key: string } };
  }[];
  readonly securityContext: Record<string, unknown>;
}
const services = ofKind('Service') as unknown as readonly Service[];
const serviceOf = (role: Role) => services.find(({ metadata }) => metadata.name === role) as Service;

describe.skipIf(!existsSync(CRD_ROOT))(
  'manifests against the CRDs of Knative (skipped where ../shared/data/knative is missing)',
  () => {
    const validators = crdValidators();
    const rows = OVERLAYS.flatMap((overlay) =>
      build(join(KNATIVE, overlay))
        .filter((resource) => resource.apiVersion.includes('knative.dev') && resource.kind !== 'RabbitmqBrokerConfig')
        .map((resource): [string, Resource] => [`${overlay}: ${resource.kind} ${resource.metadata.name}`, resource]),
    );

    test.each(rows)('%s is valid, and has no field that its schema does not name', (_, resource) => {
      const validate = validators.get(keyOf(resource));
      expect(validate, `no CRD defines ${keyOf(resource)}`).toBeDefined();
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

/**
 * A second reading, in a user's checkout too. Not of Services and SinkBindings: their models demand what Knative itself fills
 * in, the port of a probe and the status.
 */
const MODELS = { Broker, Trigger, PingSource } as const;

test.each(
  resources
    .filter(({ kind }) => kind in MODELS)
    .map((resource) => [`${resource.kind} ${resource.metadata.name}`, resource] as const),
)('%s satisfies the typed model of its kind', (_, resource) => {
  const Model = MODELS[resource.kind as keyof typeof MODELS];
  expect(() => new Model(resource as never).validate()).not.toThrow();
});

test('the typed models refuse what is of the wrong type', () => {
  const broken = { metadata: { name: 'b' }, spec: { delivery: { retry: 'ten' } } };
  expect(() => new Broker(broken as never).validate()).toThrow();
});

describe.each(OVERLAYS)('what only Knative’s webhook would refuse: %s', (overlay) => {
  const built = build(join(KNATIVE, overlay));

  test('filters parse, durations are durations, and back-off is one of the two', () => {
    type Spec = { filters?: never[]; delivery?: Parameters<typeof toDeliveryPlan>[0] };
    for (const { kind, metadata, spec } of [...ofKind('Trigger', built), ...ofKind('Broker', built)]) {
      const { filters, delivery } = spec as Spec;
      if (filters) compileFilters(filters, `${kind} ${metadata.name}`);
      expect(delivery && toDeliveryPlan(delivery, `${kind} ${metadata.name}`)).toBeDefined();
    }
  });

  test.each(OVERLAYS)('%s: broker and triggers try as long as the embedded broker does', (overlay) => {
    const built = build(join(KNATIVE, overlay));
    const policies = [...ofKind('Broker', built), ...ofKind('Trigger', built)].map(
      ({ spec }) => (spec as { delivery: DeliveryPolicy }).delivery,
    );
    expect(policies.length).toBeGreaterThan(1);
    for (const { retry, backoffPolicy, backoffDelay } of policies) {
      expect({ retry, backoffPolicy, backoffDelay }).toEqual(DEFAULT_POLICY);
    }
  });

  test('no two resources of a kind have one name', () => {
    const names = built.map(({ kind, apiVersion, metadata }) => `${apiVersion} ${kind} ${metadata.name}`);
    expect(names).toEqual([...new Set(names)]);
  });

  test('whatever refers to a broker or a service refers to one that exists', () => {
    const known = new Set(built.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
    const refs: string[] = [];
    JSON.stringify(built, (key, value: { kind?: string; name?: string }) => {
      if ((key === 'ref' || key === 'subject' || key === 'reference') && value?.kind)
        refs.push(`${value.kind} ${value.name}`);
      return value;
    });
    expect(refs.length).toBeGreaterThan(8);
    expect(refs.filter((ref) => !known.has(ref))).toEqual([]);
  });

  test('the look-alike understands it', () => {
    const eventing = readEventing(built.map((resource) => JSON.stringify(resource)));
    expect(eventing.triggers.length).toBe(ofKind('Trigger', built).length);
    const locate = async () => new URL('http://127.0.0.1');
    createLookAlikeBroker({ clock: systemClock, log: createQuietLog(), locate }, eventing).stop();
  });
});

describe('rules that Knative’s webhook has, held against what breaks them', () => {
  const good = { retry: 1, backoffPolicy: 'linear', backoffDelay: 'PT1S' } as const;
  test.each<[string, object, RegExp]>([
    ['a back-off that there is not', { backoffPolicy: 'fibonacci' }, /backoffPolicy must be "exponential" or "linear"/],
    ['a delay without its T', { backoffDelay: 'P1S' }, /is not an ISO 8601 duration/],
    ['fewer retries than none', { retry: -1 }, /retry must be a whole number/],
  ])('%s', (_, wrong, message) => {
    expect(() => toDeliveryPlan({ ...good, ...wrong } as typeof good, 'spec.delivery')).toThrow(message);
  });
});

describe('the services', () => {
  const SETTINGS_OF_THE_PLATFORM = { K_SINK: 'http://broker/' };

  test.each(services.map((service) => [service.metadata.name, service] as const))(
    '%s is given every setting that its role cannot do without',
    (name, { spec }) => {
      const [{ image, args, env }] = spec.template.spec.containers;
      expect(args).toEqual(['start', '--role', name]);
      expect(image).toMatch(new RegExp(`/fairlead-${name}:`));
      const sample: Record<string, string> = {
        DATABASE_URL: 'postgres://db/x',
        APP_ID: '1',
        PRIVATE_KEY,
        FAIRLEAD_INTERNAL_TOKEN: 'x'.repeat(16),
      };
      const given = Object.fromEntries(env.map((each) => [each.name, each.value ?? sample[each.name] ?? 'secret']));
      const isBound = ofKind('SinkBinding').some(({ metadata }) => metadata.name === name);
      expect(() =>
        readServiceConfig({ ...given, ...(isBound ? SETTINGS_OF_THE_PLATFORM : {}) }, name as Role),
      ).not.toThrow();
    },
  );

  test.each(services.map((service) => [service.metadata.name, service] as const))(
    '%s runs as nobody, writes nowhere and holds no secret in its manifest',
    (name, { spec }) => {
      const { containers, serviceAccountName } = spec.template.spec;
      expect(containers[0].securityContext).toEqual({
        runAsNonRoot: true,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(serviceAccountName).toBe(name);
      const account = ofKind('ServiceAccount').find(({ metadata }) => metadata.name === name);
      expect(account).toMatchObject({ automountServiceAccountToken: false });
      for (const { name: setting, value } of containers[0].env) {
        expect(value === undefined || !/KEY|SECRET|TOKEN|DATABASE/.test(setting), setting).toBe(true);
      }
    },
  );

  test('the runner has gone to zero, at the latest, well before the next tick starts it again', () => {
    const [tick] = ofKind('PingSource') as unknown as readonly [{ spec: { schedule: string } }];
    const starts = new Cron(tick.spec.schedule).nextRuns(60, new Date('2026-01-01T00:00:00Z')).map(Number);
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] as number));
    const runner = services.find(({ metadata }) => metadata.name === 'runner');
    const window = runner?.spec.template.metadata.annotations['autoscaling.knative.dev/window'];
    const [, seconds] = /^(\d+)s$/.exec(window ?? '') ?? [];
    const held = Number(SETTINGS.FAIRLEAD_HOLD_SECONDS.default);
    // Half a minute of grace is what Knative takes at most, by default.
    expect(Math.min(...gaps)).toBeGreaterThan((held + Number(seconds) + 30) * 1000);
  });

  test('the notifier’s container lets in as many events as two channels have waiting', () => {
    const { containerConcurrency } = serviceOf('notifier').spec.template.spec;
    expect(containerConcurrency).toBe(2 * MOST_WAITING);
  });

  test('only the source is reachable from outside the cluster', () => {
    const open = services.filter(
      ({ metadata }) => metadata.labels?.['networking.knative.dev/visibility'] !== 'cluster-local',
    );
    expect(open.map(({ metadata }) => metadata.name)).toEqual(['source']);
  });

  test('with Knative’s own source before it, the source takes events, and nobody outside reaches it', () => {
    const [source] = ofKind('Service', build(join(KNATIVE, 'overlays/githubsource'))) as unknown as Service[];
    expect(source?.metadata.labels).toEqual({ 'networking.knative.dev/visibility': 'cluster-local' });
    expect(source?.spec.template.spec.containers[0].env).toContainEqual({
      name: 'FAIRLEAD_ACCEPT_EVENTS',
      value: 'true',
    });
  });

  test('no pod may be reached or reach out but by a policy that says so', () => {
    expect(ofKind('NetworkPolicy')[0]).toMatchObject({
      metadata: { name: 'default-deny' },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
  });
});

describe('the overlay for tokens of the cluster', () => {
  const built = build(join(KNATIVE, 'overlays/oidc'));

  test('names the audience wherever events come to us', () => {
    type Spec = Record<'subscriber' | 'sink', { audience?: string }> & {
      delivery: { deadLetterSink: { audience?: string } };
    };
    const specs = (kind: string) => ofKind(kind, built).map(({ spec }) => spec as unknown as Spec);
    const destinations = [
      ...specs('Trigger').flatMap(({ subscriber, delivery }) => [subscriber, delivery.deadLetterSink]),
      ...specs('Broker').map(({ delivery }) => delivery.deadLetterSink),
      ...specs('PingSource').map(({ sink }) => sink),
    ];
    expect(destinations.length).toBeGreaterThan(10);
    expect(new Set(destinations.map(({ audience }) => audience))).toEqual(new Set(['fairlead']));
  });

  test.each(['source', 'runner', 'notifier'] as const)('%s demands it, of senders in this namespace', (role) => {
    const service = ofKind('Service', built).find(({ metadata }) => metadata.name === role) as unknown as Service;
    const { env } = service.spec.template.spec.containers[0];
    const given = Object.fromEntries(
      env.flatMap(({ name, value }) => (name.includes('OIDC') || name.includes('TOKEN_FILE') ? [[name, value]] : [])),
    );
    const sample = {
      K_SINK: 'http://broker/',
      DATABASE_URL: 'postgres://db/x',
      APP_ID: '1',
      PRIVATE_KEY,
      WEBHOOK_SECRET: 'secret',
      FAIRLEAD_FUNCTIONS_URL: 'http://functions/',
      FAIRLEAD_INTERNAL_TOKEN: 'x'.repeat(16),
    };
    expect(given.FAIRLEAD_OIDC_TOKEN_FILE).toBe('/var/run/cluster/token');
    // Which is there in the cluster alone.
    const read = { ...sample, ...given, FAIRLEAD_OIDC_TOKEN_FILE: import.meta.filename };
    expect(readServiceConfig(read, role)).toMatchObject({
      oidc: {
        audience: 'fairlead',
        issuer: 'https://kubernetes.default.svc.cluster.local',
        keysUrl: 'https://kubernetes.default.svc/openid/v1/jwks',
        subjects: ['system:serviceaccount:fairlead:*'],
      },
      sinkTokenFile: role === 'notifier' ? undefined : '/oidc/token',
    });
  });
});

describe('the RabbitMQ overlay, whose own CRD is not among Knative’s', () => {
  const built = build(join(KNATIVE, 'overlays/rabbitmq'));

  test('its broker has a configuration that names one cluster, and durable queues', () => {
    const [broker] = ofKind('Broker', built) as unknown as readonly [{ spec: { config: Record<string, string> } }];
    const [config] = ofKind('RabbitmqBrokerConfig', built);
    expect(broker.spec.config).toEqual({
      apiVersion: config?.apiVersion,
      kind: config?.kind,
      name: config?.metadata.name,
      namespace: config?.metadata.namespace,
    });
    // All that https://github.com/knative-extensions/eventing-rabbitmq/tree/main/config/broker defines, but for a secret
    // in place of the name.
    expect(config?.spec).toEqual({
      rabbitmqClusterReference: { name: expect.any(String), namespace: expect.any(String) },
      queueType: 'quorum',
    });
  });

  test('every trigger is delivered as many events at a time as the runner takes', () => {
    const triggers = ofKind('Trigger', built) as unknown as readonly {
      metadata: { annotations: Record<string, string> };
    }[];
    const { containerConcurrency } = serviceOf('runner').spec.template.spec;
    expect(triggers.length).toBeGreaterThan(0);
    for (const { metadata } of triggers) {
      const parallelism = metadata.annotations['rabbitmq.eventing.knative.dev/parallelism'];
      expect(parallelism).toBe(String(containerConcurrency));
    }
  });
});

describe('the files', () => {
  test('the kustomization lists every numbered manifest', () => {
    const [kustomization] = readManifest(join(BASE, 'kustomization.yaml')) as unknown as readonly {
      resources: string[];
    }[];
    expect(kustomization?.resources).toEqual(manifests);
  });

  test('generated ones are what `npm run generate` writes', async () => {
    const context = createContext();
    const argv = ['knative', 'generate', join(ROOT, 'workflows'), '--out', KNATIVE, '--check'];
    expect([await runCli(argv, context), context.stderr.text()]).toEqual([0, '']);
  });
});
