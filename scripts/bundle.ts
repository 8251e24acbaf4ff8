/**
 * The bot as a few files of JavaScript, for an image that starts often: everything but SQLite's native part is inside, and
 * what a start does not need at once stays in files of its own. `node scripts/bundle.ts [folder]`, by default `dist/bundle`.
 *
 * `serve.js` there is the bot without the other commands. Start it with NODE_COMPILE_CACHE set to a folder that a first start has filled.
 */
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/** CommonJS packages ask for Node's own modules by `require`, which a file of ES modules does not have by itself. */
const REQUIRE = "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);";

/**
 * Importing one of Node's modules makes Node read each of its exports, and many of those load further modules when they are
 * read; asking for the module itself does not.
 */
const builtins: Plugin = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
    onLoad({ filter: /^/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/** The parts of prom-client that count. Its index loads all of it: Node's cluster, HTTP and profiling modules among the rest. */
const counters: Plugin = {
  name: 'counters',
  setup({ onResolve, onLoad }) {
    const parts = ['counter', 'gauge', 'histogram', 'registry'];
    onResolve({ filter: /^prom-client$/ }, ({ path }) => ({ path, namespace: 'counters' }));
    onLoad({ filter: /^/, namespace: 'counters' }, () => ({
      contents: parts
        .map((part) => `exports.${part[0]?.toUpperCase()}${part.slice(1)} = require('prom-client/lib/${part}.js');`)
        .join('\n'),
      resolveDir: ROOT,
    }));
  },
};

/** Writes the bundle and answers the path of its entry. */
export async function bundle(folder: string): Promise<string> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { serve: 'src/serve.ts' },
    outdir: folder,
    bundle: true,
    splitting: true,
    // Names stay, for the stacks in a log.
    minifySyntax: true,
    minifyWhitespace: true,
    treeShaking: true,
    legalComments: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Native, and what only `fairlead setup` and the demo need.
    external: ['better-sqlite3', 'probot', '@octokit/webhooks-examples', 're2js', 'oniguruma-to-es'],
    plugins: [builtins, counters],
    banner: { js: REQUIRE },
    logLevel: 'warning',
  });
  return join(folder, 'serve.js');
}

if (import.meta.main) {
  const entry = await bundle(process.argv[2] ?? join(ROOT, 'dist', 'bundle'));
  process.stdout.write(`${entry}\n`);
}
