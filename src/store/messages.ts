import { type Database, defineStatement, first, run } from './database.ts';
import type { Messages } from './store.ts';
import type { MessageRow } from './tables.ts';

export function createMessages({ database }: { readonly database: Database }): Messages {
  const select = defineStatement(database.builder, (db, p: Pick<MessageRow, 'tenant' | 'channel' | 'subject'>) =>
    db
      .selectFrom('messages')
      .select(['state', 'reference', 'digest', 'at'])
      .where('tenant', '=', p.tenant)
      .where('channel', '=', p.channel)
      .where('subject', '=', p.subject),
  );
  const upsert = defineStatement(database.builder, (db, p: MessageRow) => {
    const told = { state: p.state, reference: p.reference, digest: p.digest, at: p.at };
    return db
      .insertInto('messages')
      .values({ tenant: p.tenant, channel: p.channel, subject: p.subject, ...told })
      .onConflict((conflict) => conflict.columns(['tenant', 'channel', 'subject']).doUpdateSet(told));
  });

  return {
    async read(tenant, channel, subject) {
      const row = await database.read(() => first(select, { tenant, channel, subject }));
      return row && { ...row, reference: row.reference ?? undefined };
    },
    async write(tenant, channel, subject, { state, reference = null, digest, at }) {
      await database.write(() => run(upsert, { tenant, channel, subject, state, reference, digest, at }));
    },
  };
}
