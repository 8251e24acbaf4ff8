/** What the other tests read the overlays by, held against kustomize itself where there is one. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Resource } from './crd-schemas.ts';
import { build } from './kustomize.ts';

const KNATIVE = join(import.meta.dirname, '../../knative');
const OVERLAYS = readdirSync(join(KNATIVE, 'overlays'));
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

function kubectlBuild(directory: string): readonly Resource[] {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', directory], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Resource);
}

/** kustomize has an order of its own. */
function sorted(resources: readonly Resource[]): readonly Resource[] {
  const keyOf = ({ apiVersion, kind, metadata }: Resource) => `${apiVersion} ${kind} ${metadata.name}`;
  return resources.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

function withOverlayInBase(check: (overlay: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'fairlead-kustomize-'));
  const overlay = join(root, 'overlays', 'dev');
  mkdirSync(overlay, { recursive: true });
  writeFileSync(join(root, 'kustomization.yaml'), 'resources: []\n');
  writeFileSync(join(overlay, 'kustomization.yaml'), 'resources: [../..]\n');
  try {
    check(overlay);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('a base that the overlay lies in is refused', () => {
  withOverlayInBase((overlay) => expect(() => build(overlay)).toThrow(/cycle detected/));
});

describe.skipIf(!hasKubectl)('kustomize itself (skipped where there is no kubectl)', () => {
  test.each(OVERLAYS)('builds %s as the other tests read it', (overlay) => {
    const directory = join(KNATIVE, 'overlays', overlay);
    expect(sorted(kubectlBuild(directory))).toEqual(sorted(build(directory)));
  });

  test('refuses a base that the overlay lies in', () => {
    withOverlayInBase((overlay) => expect(() => kubectlBuild(overlay)).toThrow(/cycle detected/));
  });
});
