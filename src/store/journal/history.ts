/** A run as its reader sees it: the row, its bodies and its entries put together. */
import type { Kysely } from 'kysely';
import { ahead, all, type Database, defineStatement, first, tell, type Unit } from '../database.ts';
import type { RunBodyRow, RunRow, Tables } from '../tables.ts';
import { bodyOf, fromBody, type KeepBody } from './body.ts';
import { fromStoredInput, type InputBody, type StoredInput } from './input.ts';
import type { Entry, RunQuery, RunRecord, RunStatus } from './run.ts';

/** What lies in the store of one run, its JSON not parsed yet: that is done outside of transactions. */
export interface StoredRun {
  readonly row: RunRow;
  readonly parts: readonly (StoredInput & { readonly part: RunBodyRow['part'] })[];
}

export interface StoredEntry {
  readonly position: string;
  readonly kind: string;
  readonly at: number;
  readonly body: string | null;
}

/** Writes what a run was given or what came of it. */
export type KeepPart = (tenant: string, runId: string, part: RunBodyRow['part'], body: InputBody) => Unit<void>;

export interface History {
  readonly keepPart: KeepPart;
  /** Both are asked ahead. */
  readonly partsOf: (tenant: string, runId: string) => Unit<() => Unit<StoredRun['parts']>>;
  readonly entriesOf: (tenant: string, runId: string) => Unit<() => Unit<readonly StoredEntry[]>>;
  readonly read: (
    tenant: string,
    runId: string,
  ) => Promise<{ readonly record: RunRecord; readonly entries: readonly Entry[] } | undefined>;
  readonly list: (query: RunQuery) => Promise<readonly RunRecord[]>;
}

interface RunKey {
  readonly tenant: string;
  readonly id: string;
}

/** Sorts after every id. */
const LAST = '\uffff';

export function createHistory(dependencies: { readonly database: Database; readonly keepBody: KeepBody }): History {
  const { database, keepBody } = dependencies;
  const { builder } = database;
  const insertPart = defineStatement(builder, (db, p: RunBodyRow) =>
    db.insertInto('run_bodies').values({
      tenant: p.tenant,
      run_id: p.run_id,
      part: p.part,
      body: p.body,
      body_digest: p.body_digest,
      event_id: p.event_id,
      data_at: p.data_at,
    }),
  );
  const runOf = defineStatement(builder, (db, p: RunKey) =>
    db.selectFrom('runs').selectAll().where('tenant', '=', p.tenant).where('id', '=', p.id),
  );
  const parts = defineStatement(builder, (db, p: RunKey) =>
    db
      .selectFrom('run_bodies as b')
      .select((eb) => [
        'b.part',
        bodyOf('b'),
        'b.data_at',
        eb
          .selectFrom('events as e')
          .select('e.data')
          .whereRef('e.tenant', '=', 'b.tenant')
          .whereRef('e.id', '=', 'b.event_id')
          .as('data'),
      ])
      .where('b.tenant', '=', p.tenant)
      .where('b.run_id', '=', p.id),
  );
  const entries = defineStatement(builder, (db, p: RunKey) =>
    db
      .selectFrom('entries as e')
      .select(['e.position', 'e.kind', 'e.at', bodyOf('e')])
      .where('e.tenant', '=', p.tenant)
      .where('e.run_id', '=', p.id)
      .orderBy('e.sequence'),
  );
  const lists = {
    all: defineStatement(builder, (db, p: { before: string; limit: number }) => newest(db, p)),
    ofTenant: defineStatement(builder, (db, p: { before: string; limit: number; tenant: string }) =>
      newest(db, p).where('tenant', '=', p.tenant),
    ),
    ofStatus: defineStatement(builder, (db, p: { before: string; limit: number; status: RunStatus }) =>
      newest(db, p).where('status', '=', p.status),
    ),
    ofBoth: defineStatement(builder, (db, p: { before: string; limit: number; tenant: string; status: RunStatus }) =>
      newest(db, p).where('tenant', '=', p.tenant).where('status', '=', p.status),
    ),
  };

  const partsOf: History['partsOf'] = (tenant, id) => ahead(parts, { tenant, id });
  const entriesOf: History['entriesOf'] = (tenant, id) => ahead(entries, { tenant, id });

  function* listed({ tenant, status, before = LAST, limit }: RunQuery): Unit<readonly StoredRun[]> {
    const page = { before, limit };
    let rows: readonly RunRow[];
    if (tenant === undefined) {
      rows = yield* status === undefined ? all(lists.all, page) : all(lists.ofStatus, { ...page, status });
    } else {
      rows = yield* status === undefined
        ? all(lists.ofTenant, { ...page, tenant })
        : all(lists.ofBoth, { ...page, tenant, status });
    }
    const asked: (readonly [RunRow, () => Unit<StoredRun['parts']>])[] = [];
    for (const row of rows) asked.push([row, yield* partsOf(row.tenant, row.id)]);
    const runs: StoredRun[] = [];
    for (const [row, answer] of asked) runs.push({ row, parts: yield* answer() });
    return runs;
  }

  return {
    *keepPart(tenant, run_id, part, body) {
      yield* keepBody(tenant, body);
      const { id: event_id = null, at: data_at = null } = body.event ?? {};
      yield* tell(insertPart, {
        tenant,
        run_id,
        part,
        body: body.body,
        body_digest: body.body_digest,
        event_id,
        data_at,
      });
    },
    partsOf,
    entriesOf,
    async read(tenant, id) {
      const found = await database.read(function* () {
        const row = yield* first(runOf, { tenant, id });
        if (row === undefined) return undefined;
        const parts = yield* partsOf(tenant, id);
        const entries = yield* entriesOf(tenant, id);
        return { run: { row, parts: yield* parts() }, entries: yield* entries() };
      });
      return found && { record: toRecord(found.run), entries: found.entries.map(toEntry) };
    },
    async list(query) {
      const runs = await database.read(() => listed(query));
      return runs.map(toRecord);
    },
  };
}

function newest(db: Kysely<Tables>, page: { readonly before: string; readonly limit: number }) {
  return db.selectFrom('runs').selectAll().where('id', '<', page.before).orderBy('id', 'desc').limit(page.limit);
}

export function toEntry({ position, kind, body, at }: StoredEntry): Entry {
  return { position, kind, body: fromBody(body as string), at };
}

export function toRecord({ row, parts }: StoredRun): RunRecord {
  const bodies = new Map(parts.map((stored) => [stored.part, fromStoredInput(stored)]));
  return {
    tenant: row.tenant,
    id: row.id,
    definition: { namespace: row.namespace, name: row.name, version: row.version, digest: row.digest },
    key: row.key,
    status: row.status,
    lane: toLane(row),
    parent: row.parent_run === null ? undefined : { runId: row.parent_run, position: row.parent_position as string },
    input: bodies.get('input') ?? null,
    output: bodies.get('output'),
    fault: bodies.get('fault'),
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    dueAt: row.status === 'waiting' ? (row.due_at ?? undefined) : undefined,
    claims: row.claims,
  };
}

function toLane({ lane, lane_order, revision }: RunRow): RunRecord['lane'] {
  if (lane === null || lane_order === null) return undefined;
  return { name: lane, order: lane_order, ...(revision === null ? {} : { revision }) };
}
