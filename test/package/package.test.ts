/**
 * The package as npm would publish it: packed, unpacked under a strange project's node_modules beside its declared
 * dependencies and nothing else, so that whatever leans on a development dependency or on the checkout fails here.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};

const project = mkdtempSync(join(tmpdir(), 'fairlead-package-'));
const modules = join(project, 'node_modules');
const installed = join(modules, 'fairlead');
let packed: readonly string[] = [];

beforeAll(() => {
  const answer = run('npm', ['pack', '--json', '--silent', '--pack-destination', project], ROOT);
  const [{ filename, files }] = JSON.parse(answer.slice(answer.indexOf('['))) as [
    { filename: string; files: { path: string }[] },
  ];
  packed = files.map(({ path }) => path);
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', join(project, filename), '-C', installed, '--strip-components=1'], project);
  // `@types/node` is what any TypeScript project that runs on Node has.
  for (const name of [...Object.keys(MANIFEST.dependencies), '@types/node']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
}, 60_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the published package', () => {
  test('holds what it needs to run and to be understood, and no source, test or bundle', () => {
    const needed = ['LICENSE', 'README.md', 'app.yml', 'bin/fairlead.js', 'functions/openapi.json'];
    expect(packed).toEqual(expect.arrayContaining([...needed, 'workflows/pull-request.yaml', 'dist/src/main.js']));
    expect(packed.filter((path) => /^(?:src|test|bench|scripts)\/|^dist\/bundle\/|(?<!\.d)\.ts$/.test(path))).toEqual(
      [],
    );
  });

  test('runs as a command: --help and --version', () => {
    expect(fairlead('--help')).toContain('fairlead');
    expect(fairlead('--version').trim()).toBe(MANIFEST.version);
  });

  test('validates its own workflow', () => {
    expect(() => fairlead('validate', join(installed, 'workflows/pull-request.yaml'))).not.toThrow();
  });

  test('gives plain JavaScript its three exports', () => {
    const output = script(`
      import { FairleadError, readConfig, startEmbedded } from 'fairlead';
      import { compile } from 'fairlead/jq';
      import { loadDefinition, runWorkflow } from 'fairlead/workflow';
      const text = JSON.stringify({
        document: { dsl: '1.0.3', namespace: 'test', name: 'greet', version: '1.0.0' },
        do: [{ greet: { set: { greeting: '\${ "Hello, " + .name }' } } }],
      });
      const { definition } = loadDefinition(text, { file: 'greet.json' });
      const { status, output } = await runWorkflow(definition, { name: 'Ada' });
      let code;
      try { readConfig({}); } catch (error) { code = error instanceof FairleadError && error.code; }
      console.log(JSON.stringify({ status, output, first: compile('.a + 1').first({ a: 1 }), code, start: typeof startEmbedded }));
    `);
    expect(JSON.parse(output)).toEqual({
      status: 'completed',
      output: { greeting: 'Hello, Ada' },
      first: 2,
      code: 'config.invalid',
      start: 'function',
    });
  });

  test('gives nothing but its exports', () => {
    expect(() => script("await import('fairlead/dist/src/config.js');")).toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  test('gives TypeScript its types, and they are not any', () => {
    writeFileSync(
      join(project, 'use.ts'),
      `import { type Config, startEmbedded } from 'fairlead';
import { compile, type Program } from 'fairlead/jq';
import { type Definition, explain, type Journal, createMemoryJournal } from 'fairlead/workflow';
export const program: Program = compile('.');
export const journal: Journal = createMemoryJournal();
export const draw = (definition: Definition): string => explain(definition);
export const start = async (config: Config): Promise<string> => (await startEmbedded(config)).webhookUrl;
// @ts-expect-error a program is no number
export const wrong: number = compile('.');
`,
    );
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
    expect(run(process.execPath, [compiler, ...options, '--types', 'node', 'use.ts'], project)).toBe('');
  });
});

function fairlead(...words: readonly string[]): string {
  return run(process.execPath, [join(installed, 'bin/fairlead.js'), ...words], project);
}

function script(text: string): string {
  const file = join(project, 'use.js');
  writeFileSync(file, text);
  return run(process.execPath, [file], project);
}

function run(command: string, words: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 50_000 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${words.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
