/**
 * Forgets runs that ended long ago, with their histories and the long bodies that nobody else refers to. It goes through
 * the runs from the oldest on, page by page, and deletes few in one commit, so that nobody waits for it.
 */
import { sql } from 'kysely';
import { all, type Database, defineStatement, run, tell, type Unit } from '../database.ts';

interface RunKey {
  readonly tenant: string;
  readonly id: string;
}

type Prune = (before: number, signal?: AbortSignal) => Promise<number>;

/** Runs looked at in one read, and deleted in one commit. */
const PAGE = 500;
const AT_ONCE = 50;
const BELONGING = ['run_bodies', 'entries', 'given', 'waits'] as const;
const WITH_BODIES = ['run_bodies', 'entries', 'given'] as const;

export function createPrune({ database }: { readonly database: Database }): Prune {
  const { builder, shared } = database;
  const page = defineStatement(builder, (db, p: { after: string; limit: number }) =>
    db
      .selectFrom('runs')
      .select(['tenant', 'id', 'created_at', 'ended_at'])
      .where('id', '>', p.after)
      .orderBy('id')
      .limit(p.limit),
  );
  /** Looks again, for a person may have let it go on; and a run stays as long as the one that it is a part of. */
  const forget = defineStatement(builder, (db, p: RunKey & { before: number }) =>
    db
      .deleteFrom('runs')
      .where('runs.tenant', '=', p.tenant)
      .where('runs.id', '=', p.id)
      .where('runs.ended_at', '<', p.before)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('runs as parent')
              .select('parent.id')
              .whereRef('parent.tenant', '=', 'runs.tenant')
              .whereRef('parent.id', '=', 'runs.parent_run')
              .where((eb) => eb.or([eb('parent.ended_at', 'is', null), eb('parent.ended_at', '>=', p.before)])),
          ),
        ),
      ),
  );
  const digests = WITH_BODIES.map((table) =>
    defineStatement(builder, (db, p: RunKey) =>
      db
        .selectFrom(table)
        .select('body_digest')
        .where('tenant', '=', p.tenant)
        .where('run_id', '=', p.id)
        .where('body_digest', 'is not', null),
    ),
  );
  const leave = BELONGING.map((table) =>
    defineStatement(builder, (db, p: RunKey) =>
      db.deleteFrom(table).where('tenant', '=', p.tenant).where('run_id', '=', p.id),
    ),
  );
  /** Whoever would refer to a payload that is there already waits until it is known whether it stays. */
  const holdPayloads = defineStatement(builder, (db, _: object) => ({
    compile: () => sql`lock table payloads in share row exclusive mode`.compile(db),
  }));
  const drop = defineStatement(builder, (db, p: { tenant: string; digest: string }) =>
    db
      .deleteFrom('payloads')
      .where('payloads.tenant', '=', p.tenant)
      .where('payloads.digest', '=', p.digest)
      .where(({ and, not, exists, selectFrom }) =>
        and(
          WITH_BODIES.map((table) =>
            not(
              exists(
                selectFrom(table).select('run_id').where('tenant', '=', p.tenant).where('body_digest', '=', p.digest),
              ),
            ),
          ),
        ),
      ),
  );

  function* forgetAll(runs: readonly RunKey[], before: number): Unit<number> {
    const freed = new Map<string, { readonly tenant: string; readonly digest: string }>();
    let count = 0;
    for (const { tenant, id } of runs) {
      if ((yield* run(forget, { tenant, id, before })) === 0) continue;
      count += 1;
      for (const statement of digests) {
        for (const { body_digest: digest } of yield* all(statement, { tenant, id })) {
          if (digest !== null) freed.set(JSON.stringify([tenant, digest]), { tenant, digest });
        }
      }
      for (const statement of leave) yield* tell(statement, { tenant, id });
    }
    if (freed.size > 0 && shared !== undefined) yield* tell(holdPayloads, {});
    for (const payload of freed.values()) yield* tell(drop, payload);
    return count;
  }

  return async (before, signal) => {
    const isStopped = () => signal?.aborted === true;
    let total = 0;
    for (let after = ''; !isStopped(); ) {
      const seen = await database.read(() => all(page, { after, limit: PAGE }));
      const old = seen.filter(({ ended_at: endedAt }) => endedAt !== null && endedAt < before);
      for (let nth = 0; nth < old.length && !isStopped(); nth += AT_ONCE) {
        const some = old.slice(nth, nth + AT_ONCE);
        total += await database.write(() => forgetAll(some, before));
      }
      // Ids begin with the time of creation, and what began later did not end before.
      if (seen.length < PAGE || seen.every(({ created_at: createdAt }) => createdAt >= before)) return total;
      after = seen.at(-1)?.id ?? '';
    }
    return total;
  };
}
