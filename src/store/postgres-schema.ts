/**
 * The schema of a shared database. Of several processes that start at once, one migrates and the others wait for it. A
 * schema says which versions of the code can work with it, so that old and new processes may share it during an upgrade:
 * a migration only adds, and what it makes needless goes in a later release.
 */
import type { KyselyPlugin, OperationNode } from 'kysely';
import { FairleadError } from '../events/fairlead-error.ts';
import type { Question } from './database.ts';
import { OLDEST_COMPATIBLE, SCHEMA_VERSION } from './migrations/schema-version.ts';
import { codeOf } from './postgres-error.ts';
import type { Session } from './postgres-session.ts';

interface SchemaRow {
  readonly version: number;
  /** The oldest schema version whose code can work with this one. */
  readonly oldest: number;
}

const UNDEFINED_TABLE = '42P01';
/** Any number that no other program of the database is likely to lock. */
const MIGRATION_LOCK = '7238109455021';
/** How long a start waits for another process that migrates. */
const MIGRATION_MS = 60_000;

const READ_SCHEMA: Question = {
  statement: { compile: () => ({ sql: 'select version, oldest from fairlead_schema', bind: () => [] }) },
  params: {},
};

/** Brings the schema up to date where that is needed. @throws FairleadError `store.schema`, `config.invalid` */
export async function ensurePostgresSchema(session: Session, url: string): Promise<void> {
  if (isCurrent(await readSchema(session))) return;
  const [{ Kysely, PostgresDialect, sql }, { migrate }, { default: pg }] = await Promise.all([
    import('kysely'),
    import('./migrations/migrate.ts'),
    import('pg'),
  ]);
  const pool = new pg.Pool({ connectionString: url, max: 1, idleTimeoutMillis: 0, lock_timeout: MIGRATION_MS });
  pool.on('error', () => {});
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }), plugins: [await collateByBytes()] });
  try {
    // Held by the pool's one connection, and gone with it however this process ends.
    await sql`select pg_advisory_lock(${sql.lit(MIGRATION_LOCK)}::bigint)`.execute(db);
    if (isCurrent(await readSchema(session))) return;
    const encoding = await sql<{ server_encoding: string }>`show server_encoding`.execute(db);
    refuseEncoding(encoding.rows[0]?.server_encoding);
    await migrate(db, { clustered: sql`` });
    await sql`create sequence if not exists delivery_numbers`.execute(db);
    await sql`create table if not exists fairlead_schema (
      one boolean primary key default true check (one), version integer not null, oldest integer not null
    )`.execute(db);
    await sql`insert into fairlead_schema (version, oldest) values (${SCHEMA_VERSION}, ${OLDEST_COMPATIBLE})
      on conflict (one) do update set version = excluded.version, oldest = excluded.oldest`.execute(db);
  } finally {
    await db.destroy();
  }
}

async function readSchema(session: Session): Promise<SchemaRow | undefined> {
  try {
    return ((await session.ask(READ_SCHEMA)) as readonly SchemaRow[])[0];
  } catch (error) {
    if (codeOf(error) === UNDEFINED_TABLE) return undefined;
    throw error;
  }
}

function isCurrent(schema: SchemaRow | undefined): boolean {
  if (schema === undefined || schema.version < SCHEMA_VERSION) return false;
  if (SCHEMA_VERSION >= schema.oldest) return true;
  throw new FairleadError(
    'store.schema',
    `The database has schema ${schema.version}, which works with Fairlead of schema ${schema.oldest} or newer; ` +
      `this version is of schema ${SCHEMA_VERSION}. Use the version that wrote it, or a newer one.`,
  );
}

function refuseEncoding(encoding: string | undefined): void {
  if (encoding === 'UTF8') return;
  throw new FairleadError(
    'config.invalid',
    `The database keeps text as ${encoding}. Create one with the encoding UTF8 and name it in DATABASE_URL.`,
  );
}

/** Ids are compared as bytes, as SQLite does, whatever language the database was created for. */
async function collateByBytes(): Promise<KyselyPlugin> {
  const { OperationNodeTransformer, RawNode } = await import('kysely');
  class Collating extends OperationNodeTransformer {
    protected override transformNodeImpl<Node extends OperationNode>(node: Node): Node {
      const isText = node.kind === 'DataTypeNode' && (node as { dataType?: unknown }).dataType === 'text';
      return isText
        ? (RawNode.createWithSql('text collate "C"') as OperationNode as Node)
        : super.transformNodeImpl(node);
    }
  }
  const transformer = new Collating();
  return {
    transformQuery: ({ node }) => transformer.transformNode(node),
    transformResult: async ({ result }) => result,
  };
}
