import { sql } from 'kysely';
import { all, type Database, defineStatement, run } from './database.ts';
import type { Ledger, LedgerEntry } from './store.ts';
import type { LedgerRow } from './tables.ts';

interface Rename extends Pick<LedgerRow, 'tenant' | 'kind'> {
  /** Of the subjects: `<repository id>/%`. */
  readonly subjects: string;
  readonly from: string;
  readonly to: string;
  readonly name: string;
}

type Key = Pick<LedgerRow, 'tenant' | 'subject' | 'kind' | 'name_key'>;

export function createLedger({ database }: { readonly database: Database }): Ledger {
  const select = defineStatement(database.builder, (db, p: { tenant: string; subject: string }) =>
    db
      .selectFrom('ledger')
      .select(['kind', 'name', 'state', 'reason', 'at', 'rule', 'reference'])
      .where('tenant', '=', p.tenant)
      .where('subject', '=', p.subject)
      .orderBy('kind')
      .orderBy('name_key'),
  );
  const upsert = defineStatement(database.builder, (db, p: LedgerRow) => {
    const { name, state, reason, at, rule, reference } = p;
    const told = { name, state, reason, at, rule, reference };
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
  const copy = defineStatement(database.builder, (db, p: Rename) =>
    db
      .insertInto('ledger')
      .columns(['tenant', 'subject', 'kind', 'name_key', 'name', 'state', 'reason', 'at', 'rule', 'reference'])
      .expression((eb) =>
        eb
          .selectFrom('ledger as l')
          .select([
            'l.tenant',
            'l.subject',
            'l.kind',
            sql<string>`${p.to}`.as('name_key'),
            sql<string>`${p.name}`.as('name'),
            'l.state',
            'l.reason',
            'l.at',
            'l.rule',
            'l.reference',
          ])
          .where('l.tenant', '=', p.tenant)
          .where('l.subject', 'like', p.subjects)
          .where('l.kind', '=', p.kind)
          .where('l.name_key', '=', p.from),
      )
      .onConflict((conflict) => conflict.doNothing()),
  );
  const removeAll = defineStatement(database.builder, (db, p: Rename) =>
    db
      .deleteFrom('ledger')
      .where('tenant', '=', p.tenant)
      .where('subject', 'like', p.subjects)
      .where('kind', '=', p.kind)
      .where('name_key', '=', p.from),
  );

  return {
    async rename(tenant, repositoryId, kind, from, name) {
      const keys = { from: from.toLowerCase(), to: name.toLowerCase() };
      if (keys.from === keys.to) return;
      const rename = { tenant, kind, subjects: `${repositoryId}/%`, name, ...keys };
      await database.write(function* () {
        yield* run(copy, rename);
        yield* run(removeAll, rename);
      });
    },
    async read(tenant, subject) {
      const rows = await database.read(() => all(select, { tenant, subject }));
      return rows.map(toEntry);
    },
    async write(tenant, subject, entries) {
      await database.write(function* () {
        for (const entry of entries) yield* run(upsert, toRow(tenant, subject, entry));
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

function toRow(tenant: string, subject: string, entry: LedgerEntry): LedgerRow {
  const { rule = null, reference = null } = entry;
  return { ...entry, rule, reference, ...toKey(tenant, subject, entry) };
}

function toEntry({ rule, reference, ...entry }: Omit<LedgerRow, 'tenant' | 'subject' | 'name_key'>): LedgerEntry {
  return {
    ...entry,
    ...(rule === null ? {} : { rule }),
    ...(reference === null ? {} : { reference }),
  };
}
