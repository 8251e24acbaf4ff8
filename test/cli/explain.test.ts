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

async function explain(workflow: string, workflows = folder) {
  const context = createContext({ FAIRLEAD_WORKFLOWS: workflows });
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

it.each([
  ['which workflows there are, when there is no such one', 'none', ''],
  ['which one was meant, too', 'gret', ' Did you mean “greet”?'],
  ['which one was meant, by its file', 'workflows/greets.yaml', ' Did you mean “greet”?'],
  ['which one was meant, by its beginning', 'bro', ' Did you mean “broken”?'],
  ['the same of what can be no file', 'package.json/greet', ' Did you mean “greet”?'],
])('says %s', async (_, word, meant) => {
  const { exitCode, stdout, stderr } = await explain(word);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toBe(
    `fairlead: “${word}” is neither a file nor the name of a workflow.${meant} ${folder} holds broken, greet.\n`,
  );
});

it('takes a folder for no workflow, and says where it looked when there are none', async () => {
  rmSync(join(folder, 'greet.yaml'));
  rmSync(join(folder, 'broken.yaml'));
  const { exitCode, stderr } = await explain(folder);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(` ${folder} holds no workflow.\n`)]);
});

it('says so too where the folder of workflows is none', async () => {
  const { exitCode, stderr } = await explain('greet', join(folder, 'greet.yaml'));
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`greet.yaml holds no workflow.\n`)]);
});
