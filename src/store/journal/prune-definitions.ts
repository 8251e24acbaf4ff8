/**
 * Forgets definitions that nobody has used for long and that no run is pinned to. Runs have no index by their definition,
 * which each new one would pay for: where a definition may go, all runs are looked through, page by page. Nobody begins a
 * run meanwhile with a definition that may go: whoever has one says so now and then (`keepDefinition`). Those that a version
 * before has written have no age until then, and stay.
 */
import { NO_TENANT } from '../../events/event.ts';
import { all, type Database, defineStatement, run } from '../database.ts';

/** Runs looked at in one read. */
const PAGE = 2_000;

export function createPruneDefinitions({ database }: { readonly database: Database }) {
  const { builder } = database;
  const unused = defineStatement(builder, (db, p: { before: number }) =>
    db.selectFrom('definitions').select('digest').where('tenant', '=', NO_TENANT).where('at', '<', p.before),
  );
  const page = defineStatement(builder, (db, p: { after: string; limit: number }) =>
    db.selectFrom('runs').select(['id', 'digest']).where('id', '>', p.after).orderBy('id').limit(p.limit),
  );
  /** Looks again, for somebody may use it anew. */
  const drop = defineStatement(builder, (db, p: { digest: string; before: number }) =>
    db
      .deleteFrom('definitions')
      .where('tenant', '=', NO_TENANT)
      .where('digest', '=', p.digest)
      .where('at', '<', p.before),
  );

  return async (before: number, signal?: AbortSignal): Promise<number> => {
    const going = new Set((await database.read(() => all(unused, { before }))).map(({ digest }) => digest));
    for (let after = ''; going.size > 0; ) {
      if (signal?.aborted) return 0;
      const seen = await database.read(() => all(page, { after, limit: PAGE }));
      for (const { digest } of seen) going.delete(digest);
      if (seen.length < PAGE) break;
      after = seen.at(-1)?.id ?? '';
    }
    return database.write(function* () {
      let count = 0;
      for (const digest of going) count += yield* run(drop, { digest, before });
      return count;
    });
  };
}
