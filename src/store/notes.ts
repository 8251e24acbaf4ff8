import { type Database, defineStatement, first, run, tell } from './database.ts';
import type { Notes } from './store.ts';
import type { NoteRow } from './tables.ts';

/** Notes deleted in one commit. */
const PRUNED_AT_ONCE = 500;

export function createNotes({ database }: { readonly database: Database }): Notes {
  const { builder, shared } = database;
  const select = defineStatement(builder, (db, p: { tenant: string; name: string }) =>
    db.selectFrom('notes').select('value').where('tenant', '=', p.tenant).where('name', '=', p.name),
  );
  const upsert = defineStatement(builder, (db, p: { tenant: string; name: string; value: string }) =>
    db
      .insertInto('notes')
      .values({ tenant: p.tenant, name: p.name, value: p.value, at: null })
      .onConflict((conflict) => conflict.columns(['tenant', 'name']).doUpdateSet({ value: p.value })),
  );
  const upsertAged = defineStatement(builder, (db, p: NoteRow) =>
    db
      .insertInto('notes')
      .values({ tenant: p.tenant, name: p.name, value: p.value, at: p.at })
      .onConflict((conflict) => conflict.columns(['tenant', 'name']).doUpdateSet({ value: p.value, at: p.at })),
  );
  const prune = defineStatement(builder, (db, p: { before: number; limit: number }) =>
    db
      .deleteFrom('notes')
      .where((eb) =>
        eb(
          eb.refTuple('tenant', 'name'),
          'in',
          eb
            .selectFrom('notes as old')
            .select(['old.tenant', 'old.name'])
            .where('old.at', '<', p.before)
            .limit(p.limit)
            .$asTuple('tenant', 'name'),
        ),
      ),
  );
  return {
    async read(tenant, name) {
      const note = await database.read(() => first(select, { tenant, name }));
      return note?.value;
    },
    async write(tenant, name, value) {
      await database.write(() => run(upsert, { tenant, name, value }));
    },
    change(tenant, name, at, decide) {
      const subject = JSON.stringify(['note', tenant, name]);
      return database.write(function* () {
        if (shared !== undefined) yield* shared.lock(subject);
        const note = yield* first(select, { tenant, name });
        const { value, result } = decide(note?.value);
        if (value !== undefined) yield* tell(upsertAged, { tenant, name, value, at });
        return result;
      }, subject);
    },
    async prune(before, signal) {
      let total = 0;
      while (!signal?.aborted) {
        const pruned = await database.write(() => run(prune, { before, limit: PRUNED_AT_ONCE }));
        total += pruned;
        if (pruned < PRUNED_AT_ONCE) break;
      }
      return total;
    },
  };
}
