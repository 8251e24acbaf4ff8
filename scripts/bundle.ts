/**
 * The bot as a few files of JavaScript, for an image that starts often: nothing outside the folder is needed but Node.
 * `node scripts/bundle.ts [folder]`, by default `dist/bundle`.
 *
 * `serve.cjs` there is the bot without the other commands, and holds all that a start needs before its first answer; the
 * rest stays in files of its own. Start it with NODE_COMPILE_CACHE set to a folder that a first start has filled.
 *
 * It is built twice. As ES modules esbuild can tell apart what is loaded when; but Node loads CommonJS faster, and one file
 * faster than the ten that the first answer came to. So what the first step found to be on its way is then packed together
 * (docs/decisions/0008-cold-start.md).
 */
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const ENTRY = 'serve';
/** Imported when the setting of the store is known, and then at once. */
const AT_ONCE = ['src/serve.ts', 'src/store/sqlite.ts'];
const NATIVE = 'better_sqlite3.node';

const SHARED: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  // Names stay, for the stacks in a log.
  minifySyntax: true,
  minifyWhitespace: true,
  treeShaking: true,
  platform: 'node',
  target: 'node24',
  logLevel: 'warning',
};

/**
 * Packages that are loaded when they are first used. Of prom-client only the parts that count: its index loads Node's
 * cluster, HTTP and profiling modules among the rest.
 */
const LATER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pino: { pino: `require('pino/pino.js').pino` },
  'prom-client': Object.fromEntries(
    ['Counter', 'Gauge', 'Histogram', 'Registry'].map((name) => [
      name,
      `require('prom-client/lib/${name.toLowerCase()}.js')`,
    ]),
  ),
};

const later: Plugin = {
  name: 'later',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(?:${Object.keys(LATER).join('|')})$`) }, ({ path }) => ({
      path,
      namespace: 'later',
    }));
    onLoad({ filter: /^/, namespace: 'later' }, ({ path }) => ({
      contents: `module.exports = {${Object.entries(LATER[path] ?? {})
        .map(([name, value]) => `get ${name}() { return ${value}; }`)
        .join(',')}};`,
      resolveDir: ROOT,
    }));
  },
};

/** SQLite's native part lies beside the bundle, so that it is not looked for. */
const native: Plugin = {
  name: 'native',
  setup({ onLoad }) {
    onLoad({ filter: /better-sqlite3\/lib\/binding\.js$/ }, () => ({
      contents: `exports.getBinding = () => require('./${NATIVE}');`,
    }));
  },
};

interface File {
  readonly name: string;
  readonly text: string;
  readonly about: Metafile['outputs'][string];
}

/** Writes the bundle and answers the path of its entry. */
export async function bundle(folder: string): Promise<string> {
  const files = await splitByTime(folder);
  const first = neededFirst(files);
  await Promise.all([pack(folder, files, first), convert(folder, files, first)]);
  copyFileSync(findNative(), join(folder, NATIVE));
  return join(folder, `${ENTRY}.cjs`);
}

/** ES modules: the entry, what is imported later, and what both share. Nothing is written. */
async function splitByTime(folder: string): Promise<ReadonlyMap<string, File>> {
  const { outputFiles, metafile } = await build({
    ...SHARED,
    entryPoints: { [ENTRY]: 'src/serve.ts' },
    outdir: folder,
    splitting: true,
    format: 'esm',
    write: false,
    metafile: true,
    legalComments: 'eof',
    // What only `fairlead setup` and the demo need, and the native part.
    external: ['probot', '@octokit/webhooks-examples', 're2js', 'oniguruma-to-es', '*.node'],
    plugins: [later, native],
  });
  const abouts = new Map(Object.entries(metafile.outputs).map(([path, about]) => [basename(path), about]));
  return new Map(
    outputFiles.map(({ path, text }) => {
      const name = basename(path);
      return [name, { name, text, about: abouts.get(name) as File['about'] }];
    }),
  );
}

/** The names of the files that are loaded before the first answer, the entry last. */
function neededFirst(files: ReadonlyMap<string, File>): readonly string[] {
  const found = new Set<string>();
  function add(name: string): void {
    if (found.has(name)) return;
    for (const { path, kind } of files.get(name)?.about.imports ?? []) {
      if (kind === 'import-statement' && files.has(basename(path))) add(basename(path));
    }
    found.add(name);
  }
  for (const source of AT_ONCE.toReversed()) {
    add([...files.values()].find(({ about }) => about.entryPoint === source)?.name as string);
  }
  return [...found];
}

/** One file of all that are needed first. It exports each of them, for those that are loaded later. */
async function pack(folder: string, files: ReadonlyMap<string, File>, first: readonly string[]): Promise<void> {
  const contents = first.map((name) => `export * as ${exportOf(name)} from './${name}';`).join('\n');
  await build({
    ...asCommonJs(),
    stdin: { contents, resolveDir: folder, sourcefile: `${ENTRY}.js` },
    outfile: join(folder, `${ENTRY}.cjs`),
    plugins: [inMemory(({ name }) => (first.includes(name) ? files.get(name)?.text : undefined))],
  });
}

/** The others, each by itself; what is packed they take from there. */
async function convert(folder: string, files: ReadonlyMap<string, File>, first: readonly string[]): Promise<void> {
  const rest = [...files.keys()].filter((name) => !first.includes(name));
  await build({
    ...asCommonJs(),
    entryPoints: rest.map((name) => `./${name}`),
    outdir: folder,
    plugins: [
      inMemory(({ name, kind }) => {
        if (kind === 'entry-point') return files.get(name)?.text;
        return first.includes(name) ? `module.exports = require('./${ENTRY}.cjs').${exportOf(name)};` : undefined;
      }),
    ],
  });
}

function asCommonJs(): BuildOptions {
  return {
    ...SHARED,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    // By `require`, which reads the compile cache as well.
    supported: { 'dynamic-import': false },
    // Node's own modules, and what the first step left outside.
    packages: 'external',
    external: ['*.node', `./${ENTRY}.cjs`],
    define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
    legalComments: 'external',
  };
}

/** Reads the first step's files in place of the disk; one without text is loaded from a file of its own. */
function inMemory(textOf: (file: { readonly name: string; readonly kind: string }) => string | undefined): Plugin {
  return {
    name: 'in-memory',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/[\w.-]+\.js$/ }, ({ path, kind }) => {
        const name = basename(path);
        const contents = textOf({ name, kind });
        if (contents === undefined) return { path: `./${basename(name, '.js')}.cjs`, external: true };
        return { path: name, namespace: 'in-memory', pluginData: contents };
      });
      onLoad({ filter: /^/, namespace: 'in-memory' }, ({ pluginData }) => ({ contents: pluginData as string }));
    },
  };
}

function exportOf(name: string): string {
  return `of_${name.replaceAll(/\W/g, '_')}`;
}

/** Where the driver itself would load it from. */
function findNative(): string {
  const driver = createRequire(import.meta.url).resolve('better-sqlite3');
  const { getPrebuildPath } = createRequire(driver)('./binding.js') as { getPrebuildPath(): string | null };
  return getPrebuildPath() ?? join(dirname(driver), '../build/Release', NATIVE);
}

if (import.meta.main) {
  const entry = await bundle(process.argv[2] ?? join(ROOT, 'dist', 'bundle'));
  process.stdout.write(`${entry}\n`);
}
