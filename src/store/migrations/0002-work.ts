import type { Kysely } from 'kysely';
import type { Ddl } from './ddl.ts';

/** What was done on pull requests and in chats, and what may still be done this minute. */
export async function createWorkTables(db: Kysely<unknown>, { clustered }: Ddl): Promise<void> {
  await db.schema
    .createTable('ledger')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name_key', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('ledger_key', ['tenant', 'subject', 'kind', 'name_key'])
    .modifyEnd(clustered)
    .execute();

  await db.schema
    .createTable('messages')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reference', 'text')
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('messages_key', ['tenant', 'channel', 'subject'])
    .modifyEnd(clustered)
    .execute();

  await db.schema
    .createTable('budgets')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('bucket', 'text', (column) => column.notNull())
    .addColumn('level', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('budgets_key', ['tenant', 'bucket'])
    .modifyEnd(clustered)
    .execute();
}
