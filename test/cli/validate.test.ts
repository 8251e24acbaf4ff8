import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { createContext } from './context.ts';

const HEAD = "document: { dsl: '1.0.3', namespace: test, name: greet, version: '1.0.0' }\n";
const VALID = `${HEAD}do:\n  - greet:\n      set: { hello: world }\n`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-validate-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function validate(...argv: readonly string[]) {
  const context = createContext();
  const exitCode = await runCli(['validate', ...argv], context);
  return { exitCode, stdout: context.stdout.text(), stderr: context.stderr.text() };
}

it('says that a valid definition is, and exits with 0', async () => {
  const file = write('ok.yaml', VALID);
  expect(await validate(file)).toEqual({ exitCode: 0, stdout: `${file}: valid\n`, stderr: '' });
});

it('prints every problem of every file with its line and column, and exits with 1', async () => {
  const good = write('ok.yaml', VALID);
  const bad = write('bad.yaml', `${HEAD}do:\n  - a:\n      sett: {}\n  - b:\n      wait: { minutes: soon }\n`);
  const { exitCode, stdout } = await validate(bad, good);
  expect(exitCode).toBe(1);
  const places = stdout.split('\n').filter((line) => line.startsWith(`${bad}:`));
  expect(places.length).toBeGreaterThanOrEqual(2);
  expect(places[0]).toMatch(/bad\.yaml:[34]:\d+: error: /);
  expect(places.at(-1)).toMatch(/bad\.yaml:6:\d+: error: /);
  expect(stdout).toContain(`${good}: valid\n`);
});

it('prints one JSON object per problem with --json, and nothing for a valid file', async () => {
  const bad = write('bad.json', '{ "do": [] }');
  const { exitCode, stdout } = await validate('--json', bad, write('ok.yaml', VALID));
  expect(exitCode).toBe(1);
  const problems = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(problems[0]).toMatchObject({ file: bad, line: 1, severity: 'error', message: expect.any(String) });
  expect(problems.every(({ file }) => file === bad)).toBe(true);
});

it('tells of a file that cannot be read and goes on to the next', async () => {
  const { exitCode, stdout } = await validate(join(folder, 'none.yaml'), write('ok.yaml', VALID));
  expect(exitCode).toBe(1);
  expect(stdout).toContain('none.yaml:1:1: error: The file cannot be read (ENOENT).');
  expect(stdout).toContain('ok.yaml: valid');
});

describe('a file of scenarios', () => {
  it('is checked as what it is, so that the whole folder can be named', async () => {
    const workflows = globSync(join(import.meta.dirname, '../../workflows/*.yaml')).sort();
    expect(workflows.filter((file) => file.endsWith('.test.yaml')).length).toBeGreaterThan(0);
    const { exitCode, stdout } = await validate(...workflows);
    expect([exitCode, stdout]).toEqual([0, workflows.map((file) => `${file}: valid\n`).join('')]);
  });

  it('has every problem told with its line and column', async () => {
    write('ok.yaml', VALID);
    const file = write('ok.test.yaml', 'workflow: ok.yaml\nscenarios:\n  - { nam: it, expect: {} }\n');
    expect(await validate(file)).toEqual({
      exitCode: 1,
      stderr: '',
      stdout: [
        `${file}:3:5: error: The property “name” is missing.`,
        '    Add it, or check the spelling of nam, expect.',
        `${file}:3:12: error: The property “nam” is not known here.`,
        '    Check its spelling and indentation; beside it stand expect.',
        '',
      ].join('\n'),
    });
  });

  it('names a workflow that is there', async () => {
    const file = write('ok.test.yaml', 'scenarios: [{ name: it, expect: {} }]\nworkflow: gone.yaml\n');
    const { exitCode, stdout } = await validate(file);
    expect([exitCode, stdout]).toEqual([1, `${file}:2:11: error: gone.yaml cannot be read (ENOENT).\n`]);
  });
});

it('shows what a file says without letting it speak to the terminal', async () => {
  const { stdout } = await validate(write('hostile.yaml', `${HEAD}do:\n  - a: { set: {}, "\\e[31mred": {} }\n`));
  expect(stdout).toContain('red');
  expect(stdout).not.toContain('\u001b');
});

it('knows the operations of our functions', async () => {
  const call = (operationId: string) =>
    `${HEAD}do:\n  - a: { call: openapi, with: { document: { endpoint: fairlead://functions/openapi.json }, operationId: ${operationId} } }\n`;
  expect(await validate(write('ok.yaml', call('readFacts')))).toMatchObject({ exitCode: 0 });
  const { exitCode, stdout } = await validate(write('bad.yaml', call('readFact')));
  expect(exitCode).toBe(1);
  expect(stdout).toContain('error: The document has no operation “readFact”.\n    Did you mean “readFacts”?');
});

it('warns of an emitted type that none of the files consumes', async () => {
  const emitter = write(
    'emitter.yaml',
    `${HEAD}do:\n  - a: { emit: { event: { with: { type: com.example.told } } } }\n`,
  );
  const alone = await validate(emitter);
  expect(alone.exitCode).toBe(0);
  expect(alone.stdout).toContain('emitter.yaml:3:41: warning: Nothing known here consumes “com.example.told”.');
  const consumer = write(
    'consumer.yaml',
    `${HEAD.replace('greet', 'hear')}schedule: { on: { one: { with: { type: com.example.told } } } }\ndo:\n  - a: { set: { n: 1 } }\n`,
  );
  expect((await validate(emitter, consumer)).stdout).toBe(`${emitter}: valid\n${consumer}: valid\n`);
});
