/**
 * The SQL of every question of the store, compiled when a bundle is built: Kysely, which compiles them, is most of what a
 * start would otherwise load, and then not one of its queries would run. Questions are known by dialect and by the order of
 * their definition, which is the order in which a store is put together.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { PostgresDatabase } from '../src/store/postgres-database.ts';
import type { CompiledStatement } from '../src/store/prepare-compile.ts';
import type { SqliteDatabase } from '../src/store/sqlite-database.ts';

const ROOT = join(import.meta.dirname, '..');
const MODULE = /src\/store\/prepare-compile\.ts$/;

type Dialect = 'sqlite' | 'postgres';
export type CompiledStatements = Readonly<Record<Dialect, readonly CompiledStatement[]>>;

/** What the recording build exports. */
interface Recording {
  readonly defined: (() => CompiledStatement)[];
  createSqliteDatabase(connection: unknown): SqliteDatabase;
  assembleSqliteStore(database: SqliteDatabase, release: () => void): unknown;
  createPostgresDatabase(dependencies: unknown, options: unknown): PostgresDatabase;
  assemblePostgresStore(database: PostgresDatabase, listener: unknown): unknown;
}

/** Puts both stores together without a database behind them, with a compiler that remembers what it was asked for. */
export async function compileStatements(): Promise<CompiledStatements> {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  // Within the project, so that its packages are found.
  const folder = mkdtempSync(join(ROOT, 'dist', 'statements-'));
  try {
    const file = join(folder, 'record.mjs');
    const { outputFiles } = await build({
      absWorkingDir: ROOT,
      stdin: {
        contents: `
          export { defined } from './src/store/prepare-compile.ts';
          export { createSqliteDatabase } from './src/store/sqlite-database.ts';
          export { assembleSqliteStore } from './src/store/sqlite.ts';
          export { createPostgresDatabase } from './src/store/postgres-database.ts';
          export { assemblePostgresStore } from './src/store/postgres.ts';
        `,
        resolveDir: ROOT,
      },
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      write: false,
      plugins: [recorder],
    });
    writeFileSync(file, outputFiles[0]?.contents ?? '');
    const record = (await import(pathToFileURL(file).href)) as Recording;
    const { defined } = record;
    const collect = (assemble: () => unknown): readonly CompiledStatement[] => {
      defined.length = 0;
      assemble();
      return defined.map((compile) => compile());
    };
    const nothing = { prepare: () => undefined, open: true };
    return {
      sqlite: collect(() => record.assembleSqliteStore(record.createSqliteDatabase(nothing), () => {})),
      postgres: collect(() => {
        const options = { channel: 'fairlead', sender: 'build', readers: 1 };
        const database = record.createPostgresDatabase({ connect: () => new Promise(() => {}) }, options);
        return record.assemblePostgresStore(database, { onWork: () => () => {} });
      }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The module as it is, which also remembers. */
const recorder: Plugin = {
  name: 'recorder',
  setup({ onLoad }) {
    onLoad({ filter: MODULE }, ({ path, suffix }) => {
      if (suffix !== '') return undefined;
      const contents = `
        import { prepareCompile as prepare } from '${path}?';
        export const defined = [];
        export function prepareCompile(builder, build) {
          const compile = prepare(builder, build);
          defined.push(compile);
          return compile;
        }
      `;
      return { contents, resolveDir: ROOT };
    });
  },
};

/** What the store names of Kysely, as far as it is not called any more. */
const WITHOUT_KYSELY = `
  export class SqliteAdapter { dialect = 'sqlite'; }
  export class PostgresAdapter { dialect = 'postgres'; }
  export class Kysely {
    defined = 0;
    constructor({ dialect }) { this.dialect = dialect.createAdapter().dialect; }
  }
  export class OrActionNode {}
  export class DummyDriver {}
  export class SqliteIntrospector {}
  export class PostgresIntrospector {}
  export class SqliteQueryCompiler {}
  export class PostgresQueryCompiler {}
  export const sql = Object.assign(() => ({ as() {} }), { lit() {}, ref() {} });
`;

/** Has a bundle hold the SQL of these dialects in place of what compiles it. The migrations, loaded when there is something to migrate, keep it. */
export function withStatements(statements: CompiledStatements, dialects: readonly Dialect[]): Plugin {
  const held = Object.fromEntries(dialects.map((dialect) => [dialect, statements[dialect]]));
  return {
    name: 'statements',
    setup({ onLoad, onResolve }) {
      onLoad({ filter: MODULE }, () => ({
        contents: `
          const COMPILED = ${JSON.stringify(held)};
          export function prepareCompile(builder) {
            const nth = builder.defined++;
            return () => COMPILED[builder.dialect][nth];
          }
        `,
      }));
      onResolve({ filter: /^kysely$/ }, ({ importer, kind }) =>
        kind === 'import-statement' && /src\/store\/(?!migrations)/.test(importer)
          ? { path: 'kysely', namespace: 'without-kysely', sideEffects: false }
          : undefined,
      );
      onLoad({ filter: /^/, namespace: 'without-kysely' }, () => ({ contents: WITHOUT_KYSELY }));
    },
  };
}
