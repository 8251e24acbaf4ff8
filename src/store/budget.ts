import { type Database, defineStatement, first, run } from './database.ts';
import type { Budget } from './store.ts';
import type { BudgetRow } from './tables.ts';

/** A token in the unit of a level: what a rate of one token a minute gains in a minute, of one unit each millisecond. So all is whole numbers. */
const TOKEN = 60_000;

export function createBudget({ database }: { readonly database: Database }): Budget {
  const { builder, shared } = database;
  const find = defineStatement(builder, (db, p: BudgetRow) =>
    db.selectFrom('budgets').select(['level', 'at']).where('tenant', '=', p.tenant).where('bucket', '=', p.bucket),
  );
  /** Makes the row or touches it: either way it is ours until the commit, and no other process takes at the same time. */
  const hold = defineStatement(builder, (db, p: BudgetRow) =>
    db
      .insertInto('budgets')
      .values({ tenant: p.tenant, bucket: p.bucket, level: p.level, at: p.at })
      .onConflict((conflict) => conflict.columns(['tenant', 'bucket']).doUpdateSet({ bucket: p.bucket }))
      .returning(['level', 'at']),
  );
  const keep = defineStatement(builder, (db, p: BudgetRow) =>
    db
      .insertInto('budgets')
      .values({ tenant: p.tenant, bucket: p.bucket, level: p.level, at: p.at })
      .onConflict((conflict) => conflict.columns(['tenant', 'bucket']).doUpdateSet({ level: p.level, at: p.at })),
  );

  return {
    async take(tenant, bucket, { count, burst, perMinute, now }) {
      return database.write(function* () {
        const full = burst * TOKEN;
        const fresh = { tenant, bucket, level: full, at: now };
        const held = (yield* first(shared === undefined ? find : hold, fresh)) ?? fresh;
        // A clock that was set back gains nothing and loses nothing.
        const elapsed = Math.max(0, now - held.at);
        const level = Math.min(full, held.level + elapsed * perMinute);
        const granted = Math.min(count, Math.floor(level / TOKEN));
        const left = level - granted * TOKEN;
        yield* run(keep, { tenant, bucket, level: left, at: Math.max(now, held.at) });
        return { granted, waitMs: granted === count ? 0 : Math.ceil((TOKEN - left) / perMinute) };
      });
    },
  };
}
