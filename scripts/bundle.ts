/**
 * The bot as a few files of JavaScript, for an image that starts often: everything but SQLite's native part is inside, and
 * what a start does not need at once stays in files of its own. `node scripts/bundle.ts [folder]`, by default `dist/bundle`.
 *
 * `fairlead.js` there is the whole command. Start it with NODE_COMPILE_CACHE set to a folder that a first start has filled.
 */
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/** CommonJS packages ask for Node's own modules by `require`, which a file of ES modules does not have by itself. */
const REQUIRE = "import{createRequire as bundleRequire}from'node:module';const require=bundleRequire(import.meta.url);";

/** Writes the bundle and answers the path of its entry. */
export async function bundle(folder: string): Promise<string> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { fairlead: 'src/main.ts' },
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    legalComments: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Native, and what only `fairlead setup` and the demo need.
    external: ['better-sqlite3', 'probot', '@octokit/webhooks-examples', 're2js', 'oniguruma-to-es'],
    banner: { js: REQUIRE },
    logLevel: 'warning',
  });
  return join(folder, 'fairlead.js');
}

if (import.meta.main) {
  const entry = await bundle(process.argv[2] ?? join(ROOT, 'dist', 'bundle'));
  process.stdout.write(`${entry}\n`);
}
