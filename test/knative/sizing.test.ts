/** What the documentation says that the cluster has to have, counted in the manifests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { build } from './kustomize.ts';

const ROOT = join(import.meta.dirname, '../..');
/** docs/decisions/0011-postgres.md; who never asks to be told of work has none that listens. */
const CONNECTIONS = { runner: 4, others: 3 };
const QUANTITIES = { cpu: /^(\d+)(m?)$/, memory: /^(\d+)Mi$/ };

interface Service {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly [
          {
            readonly resources: Readonly<
              Record<'requests' | 'limits', { readonly cpu: string; readonly memory: string }>
            >;
          },
        ];
      };
    };
  };
}

const services = build(join(ROOT, 'knative/base')).filter(
  ({ kind }) => kind === 'Service',
) as unknown as readonly Service[];

/** Over all replicas that there may be. */
function sum(each: (service: Service) => number): number {
  return services.reduce((total, service) => {
    const replicas = Number(service.spec.template.metadata.annotations['autoscaling.knative.dev/max-scale']);
    return total + replicas * each(service);
  }, 0);
}

function mebibytes(kind: 'requests' | 'limits', { spec }: Service): number {
  return Number(QUANTITIES.memory.exec(spec.template.spec.containers[0].resources[kind].memory)?.[1]);
}

function millicores(kind: 'requests' | 'limits', { spec }: Service): number {
  const [, number, unit] = QUANTITIES.cpu.exec(spec.template.spec.containers[0].resources[kind].cpu) ?? [];
  return Number(number) * (unit === 'm' ? 1 : 1000);
}

test('what all replicas come to', () => {
  const memory = (['requests', 'limits'] as const).map((kind) => sum((service) => mebibytes(kind, service)) / 1024);
  const cores = (['requests', 'limits'] as const).map((kind) => sum((service) => millicores(kind, service)) / 1000);
  const connections = sum(({ metadata }) => (metadata.name === 'runner' ? CONNECTIONS.runner : CONNECTIONS.others));
  const lines = readFileSync(join(ROOT, 'docs/knative.md'), 'utf8').split('\n');
  const lastCell = (name: string) =>
    lines
      .find((line) => line.startsWith(`| ${name} |`))
      ?.split('|')
      .at(-2)
      ?.trim();
  expect(lastCell('memory')).toBe(`${sum(() => 1)} processes: ${memory.map((each) => `${each} GiB`).join(', ')}`);
  expect(lastCell('CPU')).toBe(cores.join(', '));
  expect(lastCell('connections to Postgres')).toBe(String(connections));
});
