import type { Kysely } from 'kysely';

/** By which rule something is on a pull request, and what GitHub calls what was made for it. */
export async function addLedgerRule(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('ledger').addColumn('rule', 'text').execute();
  await db.schema.alterTable('ledger').addColumn('reference', 'text').execute();
}
