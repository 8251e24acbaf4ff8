/** Events reach the runs that wait for their type, once each, in one commit for all of them. */
import { sql } from 'kysely';
import { all, type Database, defineStatement, first, tell, type Unit } from '../database.ts';
import type { GivenRow } from '../tables.ts';
import { ANY_TYPE } from './append.ts';
import { type Body, type KeepBody, toBody } from './body.ts';
import type { Json } from './run.ts';

interface GiveDependencies {
  readonly database: Database;
  readonly keepBody: KeepBody;
}

interface RunKey {
  readonly tenant: string;
  readonly id: string;
}

export type Give = (tenant: string, type: string, key: string, event: Json) => Promise<readonly string[]>;

export function createGive({ database, keepBody }: GiveDependencies): Give {
  const { builder, shared } = database;
  const waiting = defineStatement(builder, (db, p: { tenant: string; type: string }) =>
    db
      .selectFrom('waits')
      .select('run_id')
      .distinct()
      .where('tenant', '=', p.tenant)
      .where('type', 'in', [p.type, ANY_TYPE])
      .orderBy('run_id'),
  );
  const isGiven = defineStatement(builder, (db, p: RunKey & { key: string }) =>
    db
      .selectFrom('given')
      .select('sequence')
      .where('tenant', '=', p.tenant)
      .where('run_id', '=', p.id)
      .where('key', '=', p.key),
  );
  const wake = defineStatement(builder, (db, p: RunKey) =>
    db
      .updateTable('runs')
      .set((eb) => ({
        events: eb('events', '+', 1),
        ready_at: sql`case when status = 'waiting' and blocked = 0 then 0 else ready_at end`,
      }))
      .where('tenant', '=', p.tenant)
      .where('id', '=', p.id)
      .returning('events'),
  );
  const insert = defineStatement(builder, (db, p: GivenRow) =>
    db.insertInto('given').values({
      tenant: p.tenant,
      run_id: p.run_id,
      sequence: p.sequence,
      key: p.key,
      consumed: 0,
      body: p.body,
      body_digest: p.body_digest,
    }),
  );

  function* giveTo(tenant: string, id: string, key: string, event: Body): Unit<void> {
    if ((yield* first(isGiven, { tenant, id, key })) !== undefined) return;
    const woken = yield* first(wake, { tenant, id });
    if (woken === undefined) return;
    yield* tell(insert, {
      tenant,
      run_id: id,
      sequence: woken.events,
      key,
      consumed: 0,
      body: event.body,
      body_digest: event.body_digest,
    });
  }

  return (tenant, type, key, event) => {
    const body = toBody(event);
    return database.write(function* () {
      const runs = yield* all(waiting, { tenant, type });
      if (runs.length > 0) yield* keepBody(tenant, body);
      for (const { run_id: id } of runs) yield* giveTo(tenant, id, key, body);
      if (shared !== undefined && runs.length > 0) yield* shared.announce('runs');
      return runs.map(({ run_id: id }) => id);
    });
  };
}
