import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { createContext } from './context.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-explain-'));
  const head = "document: { dsl: '1.0.3', namespace: test, name: greet, version: '1.0.0' }";
  writeFileSync(join(folder, 'greet.yaml'), `${head}\ndo:\n  - sayHello:\n      set: { hello: world }\n`);
  writeFileSync(join(folder, 'broken.yaml'), `${head}\ndo:\n  - sayHello: {}\n`);
});

afterEach(() => rmSync(folder, { recursive: true }));

async function explain(workflow: string) {
  const context = createContext({ FAIRLEAD_WORKFLOWS: folder });
  const exitCode = await runCli(['explain', workflow], context);
  return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text() };
}

it.each([
  ['its file', () => join(folder, 'greet.yaml')],
  ['its name among the workflows', () => 'greet'],
])('draws a workflow given by %s as a Mermaid flowchart', async (_, workflow) => {
  const { exitCode, stdout, stderr } = await explain(workflow());
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^flowchart TD\n(?: {2,}.*\n)+$/);
  expect(stdout).toContain('sayHello');
});

it('prints the problems of a broken one instead', async () => {
  const { exitCode, stdout, stderr } = await explain('broken');
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/broken\.yaml:3:\d+: error: /);
});

it('says so when there is no such workflow', async () => {
  const { exitCode, stderr } = await explain('none');
  expect([exitCode, stderr]).toEqual([1, 'none:1:1: error: The file cannot be read (ENOENT).\n']);
});
