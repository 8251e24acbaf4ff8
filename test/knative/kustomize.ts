/**
 * As much of kustomize as our overlays use: resources by path, components, configuration from files under its own name, and
 * patches that are lists of operations (RFC 6902) or take a resource away.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parse } from 'yaml';
import { type Resource, readManifest } from './crd-schemas.ts';

interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly configMapGenerator?: readonly {
    readonly name: string;
    readonly namespace: string;
    readonly files: readonly string[];
    readonly options: { readonly disableNameSuffixHash: true };
  }[];
  readonly patches?: readonly {
    /** Without a name, all of the kind; a name is a regular expression for the whole of one. */
    readonly target: { readonly kind: string; readonly name?: string };
    readonly patch: string;
  }[];
}

interface Operation {
  readonly op: 'add' | 'replace';
  readonly path: string;
  readonly value: unknown;
}

/**
 * The resources that `kubectl apply -k` would send. Throws where a patch has no target, or a place that is not there, and
 * where a base is a folder that the overlay lies in.
 */
export function build(directory: string, visited: readonly string[] = []): readonly Resource[] {
  return addTo([], directory, visited);
}

/** A component's patches meet what is there already, too. */
function addTo(before: readonly Resource[], directory: string, visited: readonly string[]): readonly Resource[] {
  const inside = visited.find((one) => !relative(directory, one).startsWith('..'));
  if (inside !== undefined) throw new Error(`cycle detected: ${directory} contains ${inside}`);
  const kustomization = parse(readFileSync(join(directory, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const { resources = [], components = [], configMapGenerator = [], patches = [] } = kustomization;
  const own = resources.flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? build(path, [...visited, directory]) : readManifest(path);
  });
  let built = components.reduce<readonly Resource[]>(
    (sofar, name) => addTo(sofar, join(directory, name), [...visited, directory]),
    [...before, ...own],
  );
  built = [
    ...built,
    ...configMapGenerator.map(({ name, namespace, files }) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data: Object.fromEntries(files.map((file) => [basename(file), readFileSync(join(directory, file), 'utf8')])),
    })),
  ];
  for (const { target, patch } of patches) {
    const { kind, name = '.*' } = target;
    const pattern = new RegExp(`^(?:${name})$`);
    const found = built.filter((each) => each.kind === kind && pattern.test(each.metadata.name));
    if (found.length === 0) throw new Error(`no ${kind} ${name} to patch`);
    const change = parse(patch) as readonly Operation[] | { readonly $patch: 'delete' };
    if ('$patch' in change) built = built.filter((each) => !found.includes(each));
    else for (const resource of found) for (const operation of change) apply(resource, operation);
  }
  return built;
}

function apply(resource: Resource, { op, path, value }: Operation): void {
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() as string;
  let place = resource as unknown as Record<string, unknown>;
  for (const key of keys) {
    place = place[key] as Record<string, unknown>;
    if (place === undefined) throw new Error(`${path} is not there`);
  }
  if (Array.isArray(place) && last === '-') place.push(value);
  else if (op === 'replace' && !(last in place)) throw new Error(`${path} is not there to be replaced`);
  else if (op === 'add' && last in place) throw new Error(`${path} is there already, and would be lost`);
  else place[last] = value;
}
