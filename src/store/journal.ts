/**
 * The durable memory of workflow runs. It has the shape that the workflow runtime declares (`workflow/journal.ts`) without
 * importing it. What a call costs depends on what it touches, not on how many runs or entries are stored.
 */
import { sql } from 'kysely';
import { NO_TENANT } from '../events/event.ts';
import { type Database, defineStatement, first, tell } from './database.ts';
import { createAppend } from './journal/append.ts';
import { createKeepBody } from './journal/body.ts';
import { createClaims } from './journal/claim.ts';
import { createControl } from './journal/control.ts';
import { createCreate } from './journal/create.ts';
import { createFreshInputs } from './journal/fresh-inputs.ts';
import { createGive } from './journal/give.ts';
import { createHistory } from './journal/history.ts';
import { createArrangeLane, createHoldLane } from './journal/lane.ts';
import { createPrune } from './journal/prune.ts';
import { createPruneDefinitions } from './journal/prune-definitions.ts';
import type { DefinitionRef } from './journal/run.ts';
import type { KeptEvents } from './kept-events.ts';

interface NewDefinition extends DefinitionRef {
  readonly tenant: string;
  readonly text: string;
  readonly at: number;
  readonly stale: number;
}

const HOUR = 60 * 60 * 1000;

export type Journal = ReturnType<typeof createJournal>;

interface JournalDependencies {
  readonly database: Database;
  readonly keptEvents?: KeptEvents;
}

export function createJournal({ database, keptEvents }: JournalDependencies) {
  const { builder } = database;
  const keepBody = createKeepBody({ database });
  const arrangeLane = createArrangeLane({ database });
  const holdLane = createHoldLane({ database });
  const history = createHistory({ database, keepBody });
  const { keepPart } = history;
  const freshInputs = createFreshInputs();
  const { askToCancel, ...control } = createControl({ database, arrangeLane, holdLane });
  const nextDue = defineStatement(builder, (db, _: object) =>
    db
      .selectFrom('runs')
      .select((eb) => eb.fn.min<number | null>('ready_at').as('at'))
      .where('status', '=', sql.lit('waiting' as const)),
  );
  const insertDefinition = defineStatement(builder, (db, p: NewDefinition) =>
    db
      .insertInto('definitions')
      .values({
        tenant: p.tenant,
        digest: p.digest,
        namespace: p.namespace,
        name: p.name,
        version: p.version,
        text: p.text,
        at: p.at,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['tenant', 'digest'])
          .doUpdateSet({ at: p.at })
          // Said often, written now and then.
          .where((eb) => eb.or([eb('definitions.at', 'is', null), eb('definitions.at', '<', p.stale)])),
      ),
  );
  const definitionText = defineStatement(builder, (db, p: { tenant: string; digest: string }) =>
    db.selectFrom('definitions').select('text').where('tenant', '=', p.tenant).where('digest', '=', p.digest),
  );

  return {
    ...control,
    ...createClaims({ database, history, freshInputs }),
    create: createCreate({ database, arrangeLane, holdLane, keepPart, askToCancel, freshInputs, keptEvents }),
    append: createAppend({ database, arrangeLane, holdLane, keepBody, keepPart }),
    give: createGive({ database, keepBody }),
    prune: createPrune({ database }),
    pruneDefinitions: createPruneDefinitions({ database }),
    read: history.read,
    list: history.list,
    async nextDue(): Promise<number | undefined> {
      const row = await database.read(() => first(nextDue, {}));
      return row?.at ?? undefined;
    },
    /** A definition belongs to the operator, not to an installation. */
    async keepDefinition(ref: DefinitionRef, text: string, at: number): Promise<void> {
      await database.write(() => tell(insertDefinition, { ...ref, tenant: NO_TENANT, text, at, stale: at - HOUR }));
    },
    async readDefinition(digest: string): Promise<string | undefined> {
      const row = await database.read(() => first(definitionText, { tenant: NO_TENANT, digest }));
      return row?.text;
    },
  };
}
