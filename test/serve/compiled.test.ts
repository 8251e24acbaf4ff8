/** A bundle's files, run with the code that V8 made of them before. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CODE, loadCompiled, toScript } from '../../src/serve/compiled.ts';

const COMPILE = join(import.meta.dirname, '../../scripts/compile-ahead.ts');
const LOADER = join(import.meta.dirname, '../../src/serve/compiled.ts');
/** Each takes from the other, one of them late, and one from Node; what comes out is printed. */
const FILES = {
  'main.cjs': `
    exports.name = () => 'main';
    const { both } = require('./other.cjs');
    const { sep } = require('node:path');
    console.log(JSON.stringify([both(), sep, __dirname, __filename, require('./other.cjs') === require('./other.cjs')]));`,
  'other.cjs': `
    const main = require('./main.cjs');
    exports.both = () => main.name() + ' and other';`,
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-compiled-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

function node(...args: readonly string[]): string {
  return execFileSync(process.execPath, args, { encoding: 'utf8', env: { PATH: process.env.PATH } });
}

/** In a process without any flags, as an image's is. */
function load(): unknown {
  const script = `import { loadCompiled } from ${JSON.stringify(LOADER)}; loadCompiled(${JSON.stringify(folder)}, './main.cjs');`;
  return JSON.parse(node('--input-type=module', '--eval', script));
}

/** Of each file, whether V8 leaves its code aside. */
function rejected(): unknown {
  const script = `
    import { readFileSync } from 'node:fs';
    import { CODE, toScript } from ${JSON.stringify(LOADER)};
    const paths = ${JSON.stringify(Object.keys(FILES).map((name) => join(folder, name)))};
    console.log(JSON.stringify(paths.map((path) => toScript(path, readFileSync(path + CODE)).cachedDataRejected)));`;
  return JSON.parse(node('--input-type=module', '--eval', script));
}

const outcome = () => ['main and other', '/', folder, join(folder, 'main.cjs'), true];

test('files take from each other and from Node, with their code and without', () => {
  write(FILES);
  expect(load()).toEqual(outcome());
  node(COMPILE, folder);
  expect(rejected()).toEqual([false, false]);
  expect(load()).toEqual(outcome());
});

test('the code holds functions that nothing has called yet', () => {
  const body = 'list = list.map((each) => each * 2).filter((each) => each > 1);'.repeat(50);
  write({ 'main.cjs': `exports.never = function (list) { ${body} return list; };` });
  const path = join(folder, 'main.cjs');
  const lazily = toScript(path).createCachedData().length;
  node(COMPILE, folder);
  expect(readFileSync(path + CODE).length).toBeGreaterThan(2 * lazily);
});

test('code of another V8 is left aside', () => {
  write(FILES);
  node(COMPILE, folder);
  for (const name of Object.keys(FILES)) {
    const code = readFileSync(join(folder, name + CODE));
    // The hash of V8's version, behind the magic number.
    code.writeUInt32LE((code.readUInt32LE(4) ^ 1) >>> 0, 4);
    writeFileSync(join(folder, name + CODE), code);
  }
  expect(rejected()).toEqual([true, true]);
  expect(load()).toEqual(outcome());
});

test('a file that fails is run anew by who asks again', () => {
  const counted = globalThis as { runsOfFailing?: number };
  counted.runsOfFailing = 0;
  write({
    'main.cjs': `
      for (let nth = 0; nth < 2; nth += 1) {
        try { require('./failing.cjs'); } catch (error) { exports.message = error.message; }
      }`,
    'failing.cjs': `globalThis.runsOfFailing += 1; throw new Error('not yet');`,
  });
  loadCompiled(folder, './main.cjs');
  expect(counted.runsOfFailing).toBe(2);
  delete counted.runsOfFailing;
});
