/**
 * What a bundle loads later than its modules say, or not at all: packages and schemas in files of their own, required when
 * something of them is first used, and of zod what is named.
 */
import { readFileSync } from 'node:fs';
import { findPackageJSON, isBuiltin } from 'node:module';
import { basename, join, relative } from 'node:path';
import type { Plugin } from 'esbuild';
import * as yaml from 'yaml';

const ROOT = join(import.meta.dirname, '..');
/** Each in a file of its own, loaded when an expression needs it (`src/rules/regex.ts`, `src/expression`). */
const REGEX_ENGINES = ['re2js', 'oniguruma-to-es'];
const IMPORT_OF_ZOD = `import { z } from 'zod';`;

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

export const later: Plugin = {
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

export const schemasLater: Plugin = {
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
export const named: Plugin = {
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
export const shaken: Plugin = {
  name: 'shaken',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes(IMPORT_OF_ZOD)) return undefined;
      return { contents: source.replace(IMPORT_OF_ZOD, `import * as z from 'zod';`), loader: 'ts' };
    });
  },
};

/** The contents of the files of their own, by name; a bundle needs those that something in it names. */
export function apart(): Readonly<Record<string, string>> {
  const schemas = ['zod', ...SCHEMAS].map((module) => {
    const path = module === 'zod' ? module : `./${module}`;
    return `get '${module}'() { return require('${path}'); }`;
  });
  return {
    ...Object.fromEntries(REGEX_ENGINES.map((name) => [name, `module.exports = require('${name}');`])),
    ...Object.fromEntries(
      Object.entries(LATER).map(([name, parts]) => [
        fileOf(name),
        `module.exports = {${Object.entries(parts).map((part) => part.join(': '))}};`,
      ]),
    ),
    [SCHEMAS_FILE]: `module.exports = {${schemas}};`,
  };
}
