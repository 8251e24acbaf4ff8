import { type Database, defineStatement, first, run } from './database.ts';
import type { Notes } from './store.ts';

export function createNotes({ database }: { readonly database: Database }): Notes {
  const select = defineStatement(database.builder, (db, p: { tenant: string; name: string }) =>
    db.selectFrom('notes').select('value').where('tenant', '=', p.tenant).where('name', '=', p.name),
  );
  const upsert = defineStatement(database.builder, (db, p: { tenant: string; name: string; value: string }) =>
    db
      .insertInto('notes')
      .values({ tenant: p.tenant, name: p.name, value: p.value })
      .onConflict((conflict) => conflict.columns(['tenant', 'name']).doUpdateSet({ value: p.value })),
  );
  return {
    async read(tenant, name) {
      const note = await database.read(() => first(select, { tenant, name }));
      return note?.value;
    },
    async write(tenant, name, value) {
      await database.write(() => run(upsert, { tenant, name, value }));
    },
  };
}
