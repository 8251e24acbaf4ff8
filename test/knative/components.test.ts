/** Your own channels and workflows, as components of every overlay: nothing of the overlay is lost, and what is added is whole. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { runCli } from '../../src/cli/cli.ts';
import { createContext } from '../cli/context.ts';
import { BUILT_IN_MODELS } from './built-in-models.ts';
import { CRD_ROOT, crdValidators, type Resource } from './crd-schemas.ts';
import { build } from './kustomize.ts';

const ROOT = join(import.meta.dirname, '../..');
const KNATIVE = join(ROOT, 'knative');
const COMPONENTS = readdirSync(join(KNATIVE, 'components'));
const OVERLAYS = readdirSync(join(KNATIVE, 'overlays'));
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
const hasDefinitions = existsSync(CRD_ROOT);

interface Service {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
        readonly containers: readonly [
          {
            readonly env: readonly { readonly name: string; readonly value?: string }[];
            readonly volumeMounts: readonly {
              readonly name: string;
              readonly mountPath: string;
              readonly subPath?: string;
            }[];
          },
        ];
      };
    };
  };
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A copy of the manifests, in which the overlay has both components: its path. */
function withComponents(overlay: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-components-'));
  folders.push(folder);
  cpSync(KNATIVE, folder, { recursive: true });
  const path = join(folder, 'overlays', overlay);
  const file = join(path, 'kustomization.yaml');
  const components = COMPONENTS.map((name) => `../../components/${name}`);
  writeFileSync(file, stringify({ ...parse(readFileSync(file, 'utf8')), components }));
  return path;
}

/** kustomize has an order of its own. */
function sorted(resources: readonly Resource[]): readonly Resource[] {
  const keyOf = ({ apiVersion, kind, metadata }: Resource) => `${apiVersion} ${kind} ${metadata.name}`;
  return resources.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

describe.each(OVERLAYS)('with %s', (overlay) => {
  const path = withComponents(overlay);
  const built = build(path);
  const alone = build(join(KNATIVE, 'overlays', overlay));
  const names = (kind: string, among: readonly Resource[]) =>
    among.filter((each) => each.kind === kind).map(({ metadata }) => metadata.name);
  const serviceOf = (name: string) =>
    built.find(({ kind, metadata }) => kind === 'Service' && metadata.name === name) as unknown as Service;

  test.skipIf(!hasKubectl)('kustomize itself builds the same (skipped where there is no kubectl)', () => {
    const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', path], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const resources = parseAllDocuments(stdout).map((document) => document.toJS() as Resource);
    expect(sorted(resources)).toEqual(sorted(built));
  });

  test('the console’s trigger goes, and yours come', () => {
    expect(names('Trigger', built).toSorted()).toEqual(
      [
        ...names('Trigger', alone).filter((name) => name !== 'notify-console'),
        'notify-team',
        'runner-merged',
      ].toSorted(),
    );
  });

  test('triggers that were added are changed by the overlay as all others are', () => {
    const [first, ...others] = built
      .filter(({ kind }) => kind === 'Trigger')
      .map(({ metadata, spec }) => {
        const { delivery, subscriber } = spec as { delivery: object; subscriber: { audience?: string } };
        const { annotations } = metadata as { annotations?: object };
        return { annotations, delivery, audience: subscriber.audience };
      });
    for (const other of others) expect(other).toEqual(first);
  });

  test('every mount has its volume, and every configuration is there', () => {
    for (const { spec } of built.filter(({ kind }) => kind === 'Service') as unknown as readonly Service[]) {
      const { volumes, containers } = spec.template.spec;
      const mounted = new Set(containers[0].volumeMounts.map(({ name }) => name));
      expect([...mounted].toSorted()).toEqual(volumes.map(({ name }) => name).toSorted());
      const maps = volumes.flatMap(({ configMap }) => configMap?.name ?? []);
      expect(names('ConfigMap', built)).toEqual(expect.arrayContaining(maps));
    }
  });

  test('notifier and runner find what is mounted', () => {
    const data = (name: string) =>
      (
        built.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name) as unknown as {
          data: object;
        }
      ).data;
    const [notifier] = serviceOf('notifier').spec.template.spec.containers;
    const channels = notifier.env.find(({ name }) => name === 'FAIRLEAD_CHANNELS')?.value;
    const folder = notifier.volumeMounts.find(({ name }) => name === 'channels')?.mountPath;
    expect(Object.keys(data('channels')).map((name) => `${folder}/${name}`)).toEqual([channels]);
    const [runner] = serviceOf('runner').spec.template.spec.containers;
    const mounts = runner.volumeMounts.filter(({ name }) => name === 'workflows');
    expect(mounts.map(({ mountPath, subPath }) => [mountPath, subPath])).toEqual(
      Object.keys(data('workflows')).map((name) => [`/app/workflows/${name}`, name]),
    );
  });

  test('Kubernetes’ own kinds are valid', () => {
    const ownKinds = built.filter(({ apiVersion }) => !apiVersion.includes('knative.dev'));
    for (const resource of ownKinds) {
      const model = BUILT_IN_MODELS.get(`${resource.apiVersion} ${resource.kind}`);
      expect(model?.safeParse(resource).error?.issues, resource.metadata.name).toBeUndefined();
    }
    expect(names('ConfigMap', ownKinds).toSorted()).toEqual(['channels', 'workflows']);
  });
});

test.skipIf(!hasDefinitions)(
  'services and triggers are what Knative’s CRDs name (skipped where ../shared/data/knative is missing)',
  () => {
    const validators = crdValidators();
    for (const resource of OVERLAYS.flatMap((overlay) => build(withComponents(overlay)))) {
      const validate =
        ['Service', 'Trigger'].includes(resource.kind) && validators.get(`${resource.apiVersion} ${resource.kind}`);
      if (validate) expect(validate(resource), JSON.stringify(validate.errors)).toBe(true);
    }
  },
);

test.each([
  ['channels', ['workflows', '--channels', 'knative/components/channels/channels.yml', '--only', 'notifier']],
  ['workflows', ['knative/components/workflows/files', '--only', 'runner']],
])('the triggers of %s are what `fairlead knative generate` writes', async (component, [folder = '', ...options]) => {
  const context = createContext();
  const argv = ['knative', 'generate', join(ROOT, folder), '--out', join(KNATIVE, 'components', component), '--check'];
  const located = options.map((option) => (option.startsWith('knative/') ? join(ROOT, option) : option));
  expect([await runCli([...argv, ...located], context), context.stderr.text()]).toEqual([0, '']);
});
