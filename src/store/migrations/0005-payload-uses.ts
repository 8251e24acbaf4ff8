import { type Kysely, sql } from 'kysely';

/** Who refers to a long body that is kept apart, so that it can go with the last of them. Few rows refer to one. */
export async function indexPayloadUses(db: Kysely<unknown>): Promise<void> {
  for (const table of ['run_bodies', 'entries', 'given']) {
    await db.schema
      .createIndex(`${table}_by_payload`)
      .on(table)
      .columns(['tenant', 'body_digest'])
      .where(sql.ref('body_digest'), 'is not', null)
      .execute();
  }
}
