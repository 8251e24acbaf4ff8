/**
 * The bot as a few files of JavaScript, for images that start often: one bundle for each role and one for the whole bot, each
 * with only what it needs. Nothing outside its folder is needed but Node; `npm run bundle:prove` holds it to that.
 * `npm run bundle [-- role …]` writes `dist/bundle/<role>`:
 *
 *     bin/serve.cjs   the entry, which loads the others with what V8 made of each (`*.code`)
 *     bin/main.cjs    all that a start needs before its first answer; the rest is beside it
 *     workflows/      where the role runs them
 *     package.json    the version, and a digest of the code
 *
 * V8 takes the code only if it is the very V8 that built the bundle, and compiles as it goes where it is not.
 *
 * It is built twice. As ES modules esbuild can tell apart what is loaded when; but Node loads CommonJS faster, and one file
 * faster than the ten that the first answer came to. So what the first step found to be on its way is then packed together
 * (docs/decisions/0008-cold-start.md).
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { apart, later, named, schemasLater, shaken, withEngines } from './bundle-later.ts';
import { checked } from './check-definitions.ts';
import { type CompiledStatements, compileStatements, withStatements } from './compile-statements.ts';

/** What can be bundled: the whole bot in one process, or one role of a cluster. */
export const BUNDLES = ['embedded', 'source', 'runner', 'functions', 'notifier'] as const;
export type BundleName = (typeof BUNDLES)[number];

const ROOT = join(import.meta.dirname, '..');
const ENTRY = 'serve';
/** What the entry loads first. */
const MAIN = 'main';
/** Those that run workflows. */
const WITH_WORKFLOWS: readonly BundleName[] = ['embedded', 'runner'];
const NATIVE = 'better_sqlite3.node';
const CODEC = 'snappy.node';

/** What packages look for and do without. */
const OPTIONAL = ['supports-color', 'pg-native'];
/** Once for all bundles. */
let statements: Promise<CompiledStatements> | undefined;

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

/** Native parts lie beside the bundle, so that they are not looked for: SQLite's, and the codec of what is kept in it. */
const native: Plugin = {
  name: 'native',
  setup({ onLoad }) {
    onLoad({ filter: /better-sqlite3\/lib\/binding\.js$/ }, () => ({
      contents: `exports.getBinding = () => require('./${NATIVE}');`,
    }));
    onLoad({ filter: /\/packed-data\.ts$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8').replace(`load('snappy')`, `load('./${CODEC}')`);
      return { contents, loader: 'ts' };
    });
  },
};

interface File {
  readonly name: string;
  readonly text: string;
  readonly about: Metafile['outputs'][string];
}

/** Writes the bundle into the folder, which is emptied before, and answers the path of its entry. */
export async function bundle(name: BundleName, folder: string): Promise<string> {
  const bin = join(folder, 'bin');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(bin, { recursive: true });
  const files = await splitByTime(name, bin);
  const packed = neededFirst(name, files);
  await Promise.all([
    ...packed.map((each) => pack(bin, files, each, packed)),
    convert(bin, files, packed),
    bundleApart(bin, files),
  ]);
  if (name === 'embedded') {
    copyFileSync(findNative(), join(bin, NATIVE));
    copyFileSync(findCodec(), join(bin, CODEC));
  }
  if (WITH_WORKFLOWS.includes(name)) {
    const isMeant = (path: string) => !path.endsWith('.test.yaml');
    cpSync(join(ROOT, 'workflows'), join(folder, 'workflows'), { recursive: true, filter: isMeant });
  }
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'package.json'), describe(name, bin));
  compileAhead(bin);
  await bundleEntry(bin);
  return join(bin, `${ENTRY}.cjs`);
}

/** The digest is for whoever remembers what an earlier build came to (`src/house/known-triggers.ts`). */
function describe(name: BundleName, bin: string): string {
  const { version, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const digest = createHash('sha256');
  for (const file of readdirSync(bin).sort()) digest.update(readFileSync(join(bin, file)));
  const about = { name: `fairlead-${name}`, version, license, private: true, build: digest.digest('hex') };
  return `${JSON.stringify(about, null, 2)}\n`;
}

async function bundleEntry(bin: string): Promise<void> {
  const contents = `import { loadCompiled } from './src/serve/compiled.ts'; loadCompiled(__dirname, './${MAIN}.cjs');`;
  await build({
    ...SHARED,
    stdin: { contents, resolveDir: ROOT, sourcefile: `${ENTRY}.js` },
    outfile: join(bin, `${ENTRY}.cjs`),
    format: 'cjs',
  });
}

function compileAhead(bin: string): void {
  // Flags of this process would be in the code.
  const { NODE_OPTIONS: _, ...env } = process.env;
  execFileSync(process.execPath, [join(ROOT, 'scripts/compile-ahead.ts'), bin], { env, stdio: 'inherit' });
}

/** What has a file of its own, as far as something in the bundle names it. */
async function bundleApart(bin: string, files: ReadonlyMap<string, File>): Promise<void> {
  const isNamed = (name: string) => [...files.values()].some(({ text }) => text.includes(`./${name}.cjs`));
  await Promise.all(
    Object.entries(apart())
      .filter(([name]) => isNamed(name))
      .map(([name, contents]) =>
        build({
          ...SHARED,
          stdin: { contents, resolveDir: ROOT, sourcefile: `${name}.js` },
          outfile: join(bin, `${name}.cjs`),
          format: 'cjs',
          legalComments: 'external',
          plugins: [shaken],
        }),
      ),
  );
}

/** ES modules: the entry, what is imported later, and what both share. Nothing is written. */
async function splitByTime(name: BundleName, folder: string): Promise<ReadonlyMap<string, File>> {
  statements ??= compileStatements();
  const schemas = name === 'runner' ? [schemasLater] : [shaken];
  const known = withStatements(await statements, name === 'embedded' ? ['sqlite', 'postgres'] : ['postgres']);
  const { outputFiles, metafile } = await build({
    ...SHARED,
    entryPoints: { [MAIN]: entryOf(name) },
    outdir: folder,
    splitting: true,
    format: 'esm',
    write: false,
    metafile: true,
    legalComments: 'eof',
    external: ['*.node', './*.cjs'],
    plugins: [later, native, withEngines((file) => `load('./${file}.cjs')`), known, checked, ...schemas, named],
  });
  refuseOutside(metafile);
  const abouts = new Map(Object.entries(metafile.outputs).map(([path, about]) => [basename(path), about]));
  return new Map(
    outputFiles.map(({ path, text }) => {
      const name = basename(path);
      return [name, { name, text, about: abouts.get(name) as File['about'] }];
    }),
  );
}

/** A package left outside would be missed in an empty folder, and not before it is first used. */
function refuseOutside({ outputs }: Metafile): void {
  const outside = Object.values(outputs).flatMap(({ imports }) =>
    imports.filter(
      ({ path, external }) =>
        external && !isBuiltin(path) && ![...OPTIONAL, `./${NATIVE}`].includes(path) && !/^\.\/[\w-]+\.cjs$/.test(path),
    ),
  );
  if (outside.length > 0) throw new Error(`left outside: ${outside.map(({ path }) => path).join(', ')}`);
}

function entryOf(name: BundleName): string {
  return `src/serve/${name}.ts`;
}

/** Files that become one. */
interface Packed {
  readonly name: string;
  readonly files: readonly string[];
}

/**
 * What is loaded before the first answer: with the entry, the entry itself last; and what a role's entry loads while the
 * database is being asked, in a file of its own.
 */
function neededFirst(name: BundleName, files: ReadonlyMap<string, File>): readonly Packed[] {
  const found = new Set<string>();
  function add(name: string): void {
    if (found.has(name)) return;
    for (const { path, kind } of files.get(name)?.about.imports ?? []) {
      if (kind === 'import-statement' && files.has(basename(path))) add(basename(path));
    }
    found.add(name);
  }
  function reachedFrom(...sources: readonly string[]): readonly string[] {
    const known = new Set(found);
    for (const source of sources) {
      add([...files.values()].find(({ about }) => about.entryPoint === source)?.name as string);
    }
    return [...found].filter((name) => !known.has(name));
  }
  // SQLite is imported when the setting of the store is known, and then at once.
  if (name === 'embedded') return [{ name: MAIN, files: reachedFrom('src/store/sqlite.ts', entryOf(name)) }];
  return [
    { name: MAIN, files: reachedFrom(entryOf(name)) },
    { name: 'role', files: reachedFrom(`src/house/roles/${name}.ts`) },
  ];
}

/** One file of all that are needed together. It exports each of them, for those that are loaded later. */
async function pack(
  folder: string,
  files: ReadonlyMap<string, File>,
  { name: packedName, files: own }: Packed,
  packed: readonly Packed[],
): Promise<void> {
  const contents = own.map((name) => `export * as ${exportOf(name)} from './${name}';`).join('\n');
  await build({
    ...asCommonJs(),
    stdin: { contents, resolveDir: folder, sourcefile: `${packedName}.js` },
    outfile: join(folder, `${packedName}.cjs`),
    plugins: [inMemory(({ name }) => (own.includes(name) ? files.get(name)?.text : fromPacked(name, packed)))],
  });
}

function fromPacked(name: string, packed: readonly Packed[]): string | undefined {
  const holder = packed.find(({ files }) => files.includes(name));
  return holder && `module.exports = require('./${holder.name}.cjs').${exportOf(name)};`;
}

/** The others, each by itself; what is packed they take from there. */
async function convert(folder: string, files: ReadonlyMap<string, File>, packed: readonly Packed[]): Promise<void> {
  const rest = [...files.keys()].filter((name) => fromPacked(name, packed) === undefined);
  await build({
    ...asCommonJs(),
    entryPoints: rest.map((name) => `./${name}`),
    outdir: folder,
    plugins: [
      inMemory(({ name, kind }) => {
        if (kind === 'entry-point') return files.get(name)?.text;
        return fromPacked(name, packed);
      }),
    ],
  });
}

function asCommonJs(): BuildOptions {
  return {
    ...SHARED,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    // By `require`, which is the entry's.
    supported: { 'dynamic-import': false },
    // Node's own modules, and what the first step left outside.
    packages: 'external',
    external: ['*.node', './*.cjs'],
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

/** The package of this platform holds nothing else. */
function findCodec(): string {
  const require = createRequire(import.meta.url);
  require('snappy');
  const found = Object.keys(require.cache).find((path) => /snappy[^/]*\.node$/.test(path));
  if (found === undefined) throw new Error('snappy has no native part for this platform');
  return found;
}

if (import.meta.main) {
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !BUNDLES.includes(name as BundleName));
  if (unknown !== undefined) throw new Error(`There is no bundle “${unknown}”. There are: ${BUNDLES.join(', ')}.`);
  for (const name of asked.length > 0 ? (asked as readonly BundleName[]) : BUNDLES) {
    process.stdout.write(`${await bundle(name, join(ROOT, 'dist', 'bundle', name))}\n`);
  }
}
