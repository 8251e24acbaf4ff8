/**
 * `npm run bundle:function [-- folder]`: `functions/dist`, a project of Knative Functions that needs no other folder. Its one
 * dependency is the runtime, which the builder installs.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { shaken, withEngines } from './bundle-later.ts';
import { compileStatements, withStatements } from './compile-statements.ts';

const ROOT = join(import.meta.dirname, '..');
/** https://www.npmjs.com/package/faas-js-runtime */
const RUNTIME = '^3.0.2';

export async function bundleFunction(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/serve/function.ts'],
    outfile: join(folder, 'index.js'),
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    logLevel: 'warning',
    legalComments: 'external',
    external: ['pg-native'],
    define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
    plugins: [
      withEngines((name) => `require('${name}')`),
      withStatements(await compileStatements(), ['postgres']),
      shaken,
    ],
  });
  const { version, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const manifest = {
    name: 'fairlead-function',
    version,
    license,
    private: true,
    main: 'index.js',
    scripts: { start: 'faas-js-runtime ./index.js' },
    dependencies: { 'faas-js-runtime': RUNTIME },
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(ROOT, 'functions', 'func.yaml'), join(folder, 'func.yaml'));
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
}

if (import.meta.main) await bundleFunction(process.argv[2] ?? join(ROOT, 'functions', 'dist'));
