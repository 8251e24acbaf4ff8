import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readLocalConfig } from '../../src/config.ts';
import { readOperatorFiles } from '../../src/house/operator-files.ts';

const SHIPPED = join(import.meta.dirname, '../../workflows');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-folder-'));
  // A worker of vitest may not change its directory; what is looked at is only where a relative path leads.
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('where the workflows are', () => {
  test('in a working directory without any, they are those of the package', () => {
    const config = readLocalConfig({});
    expect(config.workflowsPath).toBe(SHIPPED);
    expect(readOperatorFiles(config).workflows.map(({ name }) => name)).toContain(join(SHIPPED, 'pull-request.yaml'));
  });

  test('a folder `workflows` of the working directory goes before them', () => {
    mkdirSync(join(folder, 'workflows'));
    expect(readLocalConfig({}).workflowsPath).toBe('./workflows');
  });

  test('a folder that is set is taken at its word, though it is missing', () => {
    const missing = join(folder, 'missing');
    expect(readLocalConfig({ FAIRLEAD_WORKFLOWS: missing }).workflowsPath).toBe(missing);
    expect(() => readOperatorFiles(readLocalConfig({ FAIRLEAD_WORKFLOWS: missing }))).toThrow(missing);
  });
});
