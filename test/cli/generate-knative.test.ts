import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runCli } from '../../src/cli/cli.ts';
import { CATALOGUE } from '../../src/events/catalogue.ts';
import { createContext } from './context.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-generate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const WORKFLOW = (
  type: string,
  emits: string,
) => `document: { dsl: "1.0.3", namespace: test, name: echo, version: "1.0.0" }
schedule: { on: { one: { with: { type: ${type}, action: opened } } } }
do:
  - tell: { emit: { event: { with: { type: ${emits}, source: /test, data: {} } } } }
`;

async function generate(...more: string[]) {
  const context = createContext();
  const code = await runCli(['knative', 'generate', folder, '--out', join(folder, 'out'), ...more], context);
  return { code, told: context.stderr.text() };
}

const read = (name: string) =>
  parseAllDocuments(readFileSync(join(folder, 'out', name), 'utf8')).map((document) => document.toJS());

test('a Trigger for each workflow and each channel, the bindings, the tick and the event types', async () => {
  writeFileSync(join(folder, 'echo.yaml'), WORKFLOW('com.github.issues', 'dev.fairlead.pull_request.verified.v1'));
  const channels = join(folder, 'channels.yml.txt');
  writeFileSync(channels, 'channels:\n  - { name: team, platform: console }\n');
  expect(await generate('--channels', channels)).toEqual({ code: 0, told: '' });
  expect(read('400-triggers.yaml')).toMatchObject([
    {
      metadata: { name: 'runner-echo' },
      spec: {
        filters: [{ exact: { type: 'com.github.issues', action: 'opened' } }],
        subscriber: { ref: { name: 'runner' }, uri: '/runner-echo' },
        delivery: {
          retry: 90,
          backoffPolicy: 'linear',
          backoffDelay: 'PT1S',
          deadLetterSink: { ref: { name: 'notifier' }, uri: '/dead-letters' },
        },
      },
    },
    { metadata: { name: 'notify-team' }, spec: { subscriber: { ref: { name: 'notifier' }, uri: '/notify-team' } } },
  ]);
  expect(read('410-bindings.yaml').map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'SinkBinding source',
    'SinkBinding runner',
    'PingSource tick',
  ]);
  expect(read('420-event-types.yaml')).toHaveLength(Object.keys(CATALOGUE).length);
});

test('a folder of overlays has its generated files in base', async () => {
  writeFileSync(join(folder, 'echo.yaml'), WORKFLOW('com.github.issues', 'dev.fairlead.pull_request.verified.v1'));
  mkdirSync(join(folder, 'out', 'base'), { recursive: true });
  await generate();
  expect(readdirSync(join(folder, 'out'))).toEqual(['base']);
  expect(read('base/400-triggers.yaml')).toHaveLength(2);
});

test('--check writes nothing, and fails until the files are what would be written', async () => {
  writeFileSync(join(folder, 'echo.yaml'), WORKFLOW('com.github.issues', 'dev.fairlead.pull_request.verified.v1'));
  const before = await generate('--check');
  expect(before.code).toBe(1);
  expect(before.told).toContain('400-triggers.yaml is out of date. The same command without --check writes it.\n');
  await generate();
  expect(await generate('--check')).toEqual({ code: 0, told: '' });
  writeFileSync(join(folder, 'echo.yaml'), WORKFLOW('com.github.release', 'dev.fairlead.pull_request.verified.v1'));
  expect((await generate('--check')).code).toBe(1);
});

test.each([
  ['the folder', ['none'], 'The workflows in none cannot be read. Name the folder that holds them.'],
  [
    'the channels',
    [import.meta.dirname, '--channels', 'none.yml'],
    'The channels file none.yml cannot be read. Name a file with --channels that this process may read.',
  ],
])('says how to name %s that cannot be read', async (_, argv, message) => {
  const context = createContext();
  expect(await runCli(['knative', 'generate', ...argv], context)).toBe(2);
  expect(context.stderr.text()).toBe(`fairlead: ${message}\n`);
});

test('says what nobody consumes and what nobody emits', async () => {
  writeFileSync(join(folder, 'echo.yaml'), WORKFLOW('test.never', 'test.unheard'));
  const { code, told } = await generate();
  expect(code).toBe(0);
  expect(told).toContain('echo emits test.unheard, which nobody consumes.');
  expect(told).toContain('echo waits for test.never, which nobody emits.');
});

const CIRCLE = 'fairlead: echo → echo wake each other in a circle; broken only after 255 hops, if at all.';

test.each<[how: string, on: string, told: string[]]>([
  ['a regular expression', String.raw`type: 'com\.acme\..*'`, [CIRCLE]],
  ['an expression', `type: '\${ startswith("com.acme.") }'`, [CIRCLE]],
  [
    'a regular expression that means another type',
    String.raw`type: 'com\.acme\.[0-9]+'`,
    ['fairlead: echo emits com.acme.again, which nobody consumes.'],
  ],
  ['its source, whatever its type', 'source: /elsewhere', []],
])('sees whom an emitted event wakes that goes by %s', async (_, on, told) => {
  writeFileSync(
    join(folder, 'echo.yaml'),
    `document: { dsl: "1.0.3", namespace: test, name: echo, version: "1.0.0" }
schedule: { on: { one: { with: { ${on} } } } }
do:
  - tell: { emit: { event: { with: { type: com.acme.again, source: /test, data: {} } } } }
`,
  );
  const { code, told: text } = await generate();
  expect([code, text.split('\n').filter((line) => line.includes('echo'))]).toEqual([0, told]);
});

test('sees a circle through a task that listens', async () => {
  writeFileSync(
    join(folder, 'echo.yaml'),
    String.raw`document: { dsl: "1.0.3", namespace: test, name: echo, version: "1.0.0" }
schedule: { on: { one: { with: { type: com.github.issues } } } }
do:
  - tell: { emit: { event: { with: { type: com.acme.again, source: /test, data: {} } } } }
  - hear: { listen: { to: { any: [{ with: { type: 'com\.acme\..*' } }], until: { one: { with: { type: test.end } } } } } }
`,
  );
  const { told } = await generate();
  expect(told).toContain(CIRCLE);
  expect(told).toContain('echo waits for test.end, which nobody emits.');
  expect(told).not.toContain('which nobody consumes');
});

test('of one service, its Triggers alone, and nobody is blamed for what others do', async () => {
  writeFileSync(join(folder, 'echo.yaml'), WORKFLOW('com.github.issues', 'dev.example.told.v1'));
  expect(await generate('--only', 'notifier')).toEqual({ code: 0, told: '' });
  expect(readdirSync(join(folder, 'out'))).toEqual(['400-triggers.yaml']);
  expect(read('400-triggers.yaml').map(({ metadata }) => metadata.name)).toEqual(['notify-console']);
  await generate('--only', 'runner');
  expect(read('400-triggers.yaml').map(({ metadata }) => metadata.name)).toEqual(['runner-echo']);
});

test('a service that has no Triggers is refused, with those that have some', async () => {
  const { code, told } = await generate('--only', 'source');
  expect([code, told]).toEqual([
    2,
    expect.stringContaining('--only is “source”; who has Triggers is runner, notifier.'),
  ]);
});
