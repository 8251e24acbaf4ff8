/**
 * The bot as a few files of JavaScript, for images that start often: one bundle for each role and one for the whole bot, each
 * with only what it needs. Nothing outside its folder is needed but Node; `npm run bundle:prove` holds it to that.
 * `npm run bundle [-- role …]` writes `dist/bundle/<role>`:
 *
 *     bin/serve.cjs   the entry, with all that a start needs before its first answer; the rest is beside it
 *     workflows/      where the role runs them
 *     package.json    the version, and a digest of the code
 *
 * Start it with NODE_COMPILE_CACHE set to a folder that a first start has filled.
 *
 * It is built twice. As ES modules esbuild can tell apart what is loaded when; but Node loads CommonJS faster, and one file
 * faster than the ten that the first answer came to. So what the first step found to be on its way is then packed together
 * (docs/decisions/0008-cold-start.md).
 */
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, findPackageJSON, isBuiltin } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import * as yaml from 'yaml';
import { checked } from './check-definitions.ts';
import { type CompiledStatements, compileStatements, withStatements } from './compile-statements.ts';

/** What can be bundled: the whole bot in one process, or one role of a cluster. */
export const BUNDLES = ['embedded', 'source', 'runner', 'functions', 'notifier'] as const;
export type BundleName = (typeof BUNDLES)[number];

const ROOT = join(import.meta.dirname, '..');
const ENTRY = 'serve';
/** Those that run workflows. */
const WITH_WORKFLOWS: readonly BundleName[] = ['embedded', 'runner'];
const NATIVE = 'better_sqlite3.node';

/** What packages look for and do without. */
const OPTIONAL = ['supports-color', 'pg-native'];
/** Each in a file of its own, loaded when an expression needs it (`src/rules/regex.ts`, `src/expression`). */
const REGEX_ENGINES = ['re2js', 'oniguruma-to-es'];

const IMPORT_OF_ZOD = `import { z } from 'zod';`;

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

/**
 * Packages that are loaded when they are first used, each from a file of its own. Of prom-client only the parts that count:
 * its index loads Node's cluster, HTTP and profiling modules among the rest.
 */
const LATER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  yaml: Object.fromEntries(namesIn(yaml).map((name) => [name, `require('yaml').${name}`])),
  '@octokit/rest': { Octokit: `require('@octokit/rest').Octokit` },
  '@octokit/auth-app': { createAppAuth: `require('@octokit/auth-app').createAppAuth` },
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
      contents: `module.exports = {${Object.keys(LATER[path] ?? {})
        .map((name) => `get ${name}() { return require('./${fileOf(path)}.cjs').${name}; }`)
        .join(',')}};`,
      resolveDir: ROOT,
    }));
  },
};

/**
 * Schemas, and zod of which they are made: most of what a runner would load, although it checks nothing of what it runs as
 * long as it knows the definitions. One file holds them all, and of it each module is run when something of it is first used.
 */
const SCHEMAS = ['src/workflow/schema/values.ts', 'src/workflow/schema/events.ts', 'src/events/catalogue.ts'];
const SCHEMAS_FILE = 'schemas';

const schemasLater: Plugin = {
  name: 'schemas-later',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^zod$/ }, () => ({ path: 'zod', namespace: 'schemas-later' }));
    onLoad({ filter: /^zod$/, namespace: 'schemas-later' }, () => ({ contents: toGetters('zod', ['z']) }));
    // In a namespace, for what lies in the package is taken for an ES module.
    onResolve(
      { filter: new RegExp(`(?:${SCHEMAS.map((path) => basename(path)).join('|')})$`) },
      ({ path, resolveDir }) => {
        const module = relative(ROOT, join(resolveDir, path));
        return SCHEMAS.includes(module) ? { path: module, namespace: 'schemas-later' } : undefined;
      },
    );
    onLoad({ filter: /\.ts$/, namespace: 'schemas-later' }, async ({ path }) => ({
      contents: toGetters(path, Object.keys(await import(join(ROOT, path)))),
    }));
  },
};

function toGetters(module: string, names: readonly string[]): string {
  const getters = names.map(
    (name) => `get ${name}() { return require('./${SCHEMAS_FILE}.cjs')['${module}'].${name}; }`,
  );
  return `module.exports = {${getters.join(',')}};`;
}

/** What Node sees that a CommonJS package exports. */
function namesIn(module: object): readonly string[] {
  return Object.keys(module).filter((name) => /^\w+$/.test(name) && name !== 'default');
}

/** The name of a package's own file. */
function fileOf(name: string): string {
  return name.replace('@', '').replace('/', '-');
}

/** SQLite's native part lies beside the bundle, so that it is not looked for. */
const native: Plugin = {
  name: 'native',
  setup({ onLoad }) {
    onLoad({ filter: /better-sqlite3\/lib\/binding\.js$/ }, () => ({
      contents: `exports.getBinding = () => require('./${NATIVE}');`,
    }));
  },
};

/** Has the engines of regular expressions required as `toCall` says, for they are loaded in a way that no bundler follows. */
export function withEngines(toCall: (name: string) => string): Plugin {
  return {
    name: 'engines',
    setup({ onLoad }) {
      onLoad({ filter: /regex(?:-engine)?\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8');
        const contents = source.replaceAll(/\bload\('([\w-]+)'\)/g, (_, name: string) => toCall(name));
        return { contents, loader: 'ts' };
      });
    },
  };
}

/**
 * Packages that are CommonJS and imported when needed: as ES modules of their own they would export `default` and nothing
 * else. Their names are those that Node sees.
 */
const named: Plugin = {
  name: 'named',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/, namespace: 'file' }, ({ path, kind }) => {
      if (kind !== 'dynamic-import' || isBuiltin(path) || isModule(path)) return undefined;
      return { path, namespace: 'named' };
    });
    onLoad({ filter: /^/, namespace: 'named' }, async ({ path }) => {
      const names = namesIn(await import(path));
      const contents = `const whole = require('${path}'); export const { ${names} } = whole; export default whole;`;
      return { contents, resolveDir: ROOT };
    });
  },
};

function isModule(name: string): boolean {
  const manifest = findPackageJSON(name, import.meta.filename) as string;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly type?: string }).type === 'module';
}

/**
 * `z` as the namespace that it is: esbuild then keeps what is named of it, where `import { z }` keeps all of zod, which is half
 * of a role's bundle, languages and all.
 */
const shaken: Plugin = {
  name: 'shaken',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes(IMPORT_OF_ZOD)) return undefined;
      return { contents: source.replace(IMPORT_OF_ZOD, `import * as z from 'zod';`), loader: 'ts' };
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
  if (name === 'embedded') copyFileSync(findNative(), join(bin, NATIVE));
  if (WITH_WORKFLOWS.includes(name)) {
    const isMeant = (path: string) => !path.endsWith('.test.yaml');
    cpSync(join(ROOT, 'workflows'), join(folder, 'workflows'), { recursive: true, filter: isMeant });
  }
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'package.json'), describe(name, bin));
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

/** What has a file of its own, as far as something in the bundle names it. */
async function bundleApart(bin: string, files: ReadonlyMap<string, File>): Promise<void> {
  const sources: Readonly<Record<string, string>> = {
    ...Object.fromEntries(REGEX_ENGINES.map((name) => [name, `module.exports = require('${name}');`])),
    ...Object.fromEntries(
      Object.entries(LATER).map(([name, parts]) => [
        fileOf(name),
        `module.exports = {${Object.entries(parts).map((part) => part.join(': '))}};`,
      ]),
    ),
    [SCHEMAS_FILE]: `module.exports = {${['zod', ...SCHEMAS].map((module) => {
      const path = module === 'zod' ? module : `./${module}`;
      return `get '${module}'() { return require('${path}'); }`;
    })}};`,
  };
  const isNamed = (name: string) => [...files.values()].some(({ text }) => text.includes(`./${name}.cjs`));
  await Promise.all(
    Object.entries(sources)
      .filter(([name]) => isNamed(name))
      .map(([name, contents]) =>
        build({
          ...SHARED,
          stdin: { contents, resolveDir: ROOT, sourcefile: `${name}.js` },
          outfile: join(bin, `${name}.cjs`),
          format: 'cjs',
          legalComments: 'external',
          ...(name === SCHEMAS_FILE ? { plugins: [shaken] } : {}),
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
    entryPoints: { [ENTRY]: entryOf(name) },
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
  if (name === 'embedded') return [{ name: ENTRY, files: reachedFrom('src/store/sqlite.ts', entryOf(name)) }];
  return [
    { name: ENTRY, files: reachedFrom(entryOf(name)) },
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
    // By `require`, which reads the compile cache as well.
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

if (import.meta.main) {
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !BUNDLES.includes(name as BundleName));
  if (unknown !== undefined) throw new Error(`There is no bundle “${unknown}”. There are: ${BUNDLES.join(', ')}.`);
  for (const name of asked.length > 0 ? (asked as readonly BundleName[]) : BUNDLES) {
    process.stdout.write(`${await bundle(name, join(ROOT, 'dist', 'bundle', name))}\n`);
  }
}
