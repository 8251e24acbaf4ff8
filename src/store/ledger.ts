import { all, type Database, defineStatement, run } from './database.ts';
import type { Ledger, LedgerEntry } from './store.ts';
import type { LedgerRow } from './tables.ts';

type Key = Pick<LedgerRow, 'tenant' | 'subject' | 'kind' | 'name_key'>;

export function createLedger({ database }: { readonly database: Database }): Ledger {
  const select = defineStatement(database.builder, (db, p: { tenant: string; subject: string }) =>
    db
      .selectFrom('ledger')
      .select(['kind', 'name', 'state', 'reason', 'at'])
      .where('tenant', '=', p.tenant)
      .where('subject', '=', p.subject)
      .orderBy('kind')
      .orderBy('name_key'),
  );
  const upsert = defineStatement(database.builder, (db, p: LedgerRow) => {
    const told = { name: p.name, state: p.state, reason: p.reason, at: p.at };
    return db
      .insertInto('ledger')
      .values({ tenant: p.tenant, subject: p.subject, kind: p.kind, name_key: p.name_key, ...told })
      .onConflict((conflict) => conflict.columns(['tenant', 'subject', 'kind', 'name_key']).doUpdateSet(told));
  });
  const remove = defineStatement(database.builder, (db, p: Key) =>
    db
      .deleteFrom('ledger')
      .where('tenant', '=', p.tenant)
      .where('subject', '=', p.subject)
      .where('kind', '=', p.kind)
      .where('name_key', '=', p.name_key),
  );

  return {
    async read(tenant, subject) {
      return database.read(() => all(select, { tenant, subject }));
    },
    async write(tenant, subject, entries) {
      await database.write(function* () {
        for (const entry of entries) yield* run(upsert, { ...entry, ...toKey(tenant, subject, entry) });
      });
    },
    async forget(tenant, subject, entries) {
      await database.write(function* () {
        for (const entry of entries) yield* run(remove, toKey(tenant, subject, entry));
      });
    },
  };
}

function toKey(tenant: string, subject: string, { kind, name }: Pick<LedgerEntry, 'kind' | 'name'>): Key {
  return { tenant, subject, kind, name_key: name.toLowerCase() };
}
