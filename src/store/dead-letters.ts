/** Deliveries that were given up, kept with the reason until a person makes them due again. */
import { all, type Database, first, run } from './database.ts';
import { toEvent } from './event-text.ts';
import type { OutboxStatements } from './outbox-statements.ts';
import type { Packed } from './packed-data.ts';
import type { DeadLetter, Outbox } from './store.ts';

interface DeadLetterDependencies {
  readonly database: Database;
  readonly statements: OutboxStatements;
}

interface DeadLetterRow {
  readonly number: number;
  readonly tenant: string;
  readonly trigger: string;
  readonly attempts: number;
  readonly dead_at: number | null;
  readonly reason: string | null;
  readonly status: number | null;
  readonly attributes: string;
  readonly data: Packed | null;
}

export function createDeadLetters({
  database,
  statements,
}: DeadLetterDependencies): Pick<Outbox, 'deadLetters' | 'deadLetter' | 'redeliver'> {
  return {
    async deadLetters({ tenant, before = Number.MAX_SAFE_INTEGER, limit }) {
      const rows = await database.read(() =>
        tenant === undefined
          ? all(statements.deadLetters, { before, limit })
          : all(statements.deadLettersOf, { tenant, before, limit }),
      );
      return rows.map(toDeadLetter);
    },
    async deadLetter(number) {
      const row = await database.read(() => first(statements.deadLetter, { number }));
      return row && toDeadLetter(row);
    },
    async redeliver(number, now) {
      return database.write(function* () {
        const isRevived = (yield* run(statements.revive, { number, now })) === 1;
        if (isRevived && database.shared !== undefined) yield* database.shared.announce('deliveries');
        return isRevived;
      });
    },
  };
}

function toDeadLetter(row: DeadLetterRow): DeadLetter {
  return {
    delivery: row.number,
    tenant: row.tenant,
    trigger: row.trigger,
    event: toEvent(row.attributes, row.data),
    attempts: row.attempts,
    reason: row.reason ?? '',
    status: row.status ?? undefined,
    at: row.dead_at ?? 0,
  };
}
