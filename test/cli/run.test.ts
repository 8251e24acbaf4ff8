import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../../src/cli/cli.ts';
import type { CommandContext } from '../../src/cli/command.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { createContext } from './context.ts';

const WORKFLOW = `
document: { dsl: '1.0.3', namespace: test, name: hello, version: '1.0.0' }
do:
  - greet: { set: { text: '\${ "hello " + .name }' } }
`;
const RESTING = `
document: { dsl: '1.0.3', namespace: test, name: rest, version: '1.0.0' }
do:
  - rest: { wait: { days: 30 } }
`;
const LISTENING = `
document: { dsl: '1.0.3', namespace: test, name: ears, version: '1.0.0' }
do:
  - hear: { listen: { to: { one: { with: { type: said } } } } }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-run-'));
  writeFileSync(join(folder, 'hello.yaml'), WORKFLOW);
  writeFileSync(join(folder, 'ears.yaml'), LISTENING);
  writeFileSync(join(folder, 'rest.yaml'), RESTING);
  writeFileSync(join(folder, 'events.yaml'), 'type: other\n---\ntype: said\ndata: { word: "yes" }\n');
  writeFileSync(join(folder, 'broken.yaml'), `${WORKFLOW}  - bad: { set: { x: '\${ .[ }' } }\n`);
  writeFileSync(
    join(folder, 'hello.test.yaml'),
    'workflow: hello.yaml\nscenarios:\n  - { name: it greets, given: { input: { name: you } }, expect: { output: { text: hello you } } }\n  - { name: it does not, given: { input: { name: you } }, expect: { output: {} } }\n',
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function cli(words: string, overrides: Partial<CommandContext> = {}) {
  const context = createContext({}, { untilStopped: () => new Promise(() => {}), ...overrides });
  const argv = words.split(' ').map((word) => word.replace('@', `${folder}/`));
  return { code: await runCli(argv, context), stdout: context.stdout.text(), stderr: context.stderr.text() };
}

describe('fairlead run', () => {
  it('prints the output alone on standard output, the tasks on standard error', async () => {
    const { code, stdout, stderr } = await cli('run @hello.yaml --input {"name":"you"}');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ text: 'hello you' });
    expect(stderr).toBe('✓ /do/0/greet\n');
  });

  it('exits 1 with the fault on standard error', async () => {
    const { code, stdout, stderr } = await cli('run @hello.yaml --input {"name":1}');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('"instance": "/do/0/greet"');
  });

  it('offers events to tasks that listen', async () => {
    const { code, stdout } = await cli('run @ears.yaml --events @events.yaml');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([{ word: 'yes' }]);
  });

  it('with a store and a key, answers the run that has the key', async () => {
    const createStore = (path: string) => openSqliteStore({ path });
    const words = 'run @hello.yaml --store @runs.db --key once --input';
    await cli(`${words} {"name":"first"}`, { createStore });
    const { stdout } = await cli(`${words} {"name":"second"}`, { createStore });
    expect(JSON.parse(stdout)).toEqual({ text: 'hello first' });
  });

  it.each(['ears', 'rest'])('stops when it is told to, with the exit code of an interrupt: %s', async (name) => {
    const { code, stderr } = await cli(`run @${name}.yaml`, { untilStopped: () => wait(50) });
    expect(code).toBe(130);
    expect(stderr).toContain('Nothing was kept');
  });

  it('lists the problems of a definition that is not valid', async () => {
    const { code, stderr } = await cli('run @broken.yaml');
    expect(code).toBe(1);
    expect(stderr).toMatch(/broken\.yaml:5:\d+: error: /);
  });

  it('says that an input is neither JSON nor a file', async () => {
    const { code, stderr } = await cli('run @hello.yaml --input @nowhere.json');
    expect(code).toBe(2);
    expect(stderr).toMatch(/“--input” is neither JSON nor a file that can be read: .*ENOENT/);
  });
});

describe('events that are given to a run', () => {
  it('are in a file', async () => {
    const { code, stderr } = await cli('run @ears.yaml --events @nowhere.yaml');
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/“--events” is no file that can be read: .*\(ENOENT\)\.\n$/),
    ]);
  });

  it.each([
    ['a number', '1'],
    ['nothing', 'null'],
    ['an object without it', '{"data":{}}'],
  ])('have a type, which %s has not', async (_, second) => {
    writeFileSync(join(folder, 'odd.json'), `[{"type":"a"},${second}]`);
    const { code, stderr } = await cli('run @ears.yaml --events @odd.json');
    expect([code, stderr]).toEqual([2, expect.stringContaining('odd.json: event 2 has no “type”.\n')]);
  });
});

describe('fairlead test', () => {
  it('exits 1 when a scenario fails, and says which and why', async () => {
    const { code, stdout } = await cli('test @hello.test.yaml');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /✓ .*: it greets\n✗ .*: it does not\n {4}output: expected \{\}, was \{"text":"hello you"\}\n1 passed, 1 failed\n$/,
    );
  });

  it('passes for the workflows of this project', async () => {
    const files = readdirSync('workflows')
      .filter((name) => name.endsWith('.test.yaml'))
      .map((name) => `workflows/${name}`);
    expect(files.length).toBeGreaterThan(0);
    const { code, stdout } = await cli(`test ${files.join(' ')}`);
    expect([code, stdout.split('\n').at(-2)]).toEqual([0, expect.stringMatching(/^[1-9]\d* passed, 0 failed$/)]);
  });
});

describe('fairlead schema', () => {
  it('prints a JSON Schema that knows a definition from what is none', async () => {
    const { stdout } = await cli('schema');
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(stdout));
    expect(validate(parse(WORKFLOW))).toBe(true);
    expect(validate({ document: {}, do: [] })).toBe(false);
  });
});
