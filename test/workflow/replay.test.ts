import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/expression/json.ts';
import type { ClaimedRun, Entry, Journal, RunChange, RunRecord } from '../../src/workflow/journal.ts';
import type { LifecycleMode } from '../../src/workflow/lifecycle.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { CRASH_CASES, type CrashCase } from './crash-workflows.ts';
import { begin, createStage, drive, startProcess, TENANT } from './stage.ts';

/**
 * Journals as an earlier version wrote them. This version must take them for its own: claimed with any of its histories, a
 * run ends as it ended then and writes no entry that it did not write then. A new case writes its fixture
 * the first time; one that is there is never written over.
 */
const FIXTURES = join(import.meta.dirname, 'fixtures');

interface Fixture {
  readonly case: string;
  readonly record: RunRecord;
  readonly entries: readonly Entry[];
}

async function record(test: CrashCase, mode: LifecycleMode): Promise<Fixture> {
  const stage = createStage([test.definition, ...test.others], createMemoryJournal(), 1, mode);
  stage.events.push(...test.events);
  const id = await begin(stage, test.definition, test.input);
  await drive(stage, startProcess(stage, 'recorder', 0));
  const read = await stage.journal.read(TENANT, id);
  return { case: test.name, record: read?.record as RunRecord, entries: read?.entries ?? [] };
}

/** Claims the finished run with all of its history but its end, and lets this version go on with it. */
async function replay(test: CrashCase, fixture: Fixture, mode: LifecycleMode) {
  const stage = createStage([test.definition, ...test.others], createMemoryJournal(), 1, mode);
  const written: Entry[] = [];
  let change: RunChange | undefined;
  let isClaimed = false;
  const claimed: ClaimedRun = {
    claim: { tenant: TENANT, runId: fixture.record.id, fence: 1 },
    record: { ...fixture.record, status: 'running', output: undefined, fault: undefined, endedAt: undefined },
    entries: fixture.entries.filter(({ kind }) => !ENDS.has(kind)),
    events: [],
    cancel: undefined,
  };
  const journal: Journal = {
    ...createMemoryJournal(),
    append: async (_claim, entries, end) => {
      written.push(...entries);
      change = end ?? change;
    },
    claim: async () => {
      const first = isClaimed ? [] : [claimed];
      isClaimed = true;
      return first;
    },
  };
  const process = startProcess(stage, 'replayer', 0, { journal: () => journal });
  await process.step();
  for (let turn = 0; turn < 20 && process.executing() > 0; turn += 1)
    await new Promise((resolve) => setImmediate(resolve));
  return { written, change, told: [...stage.published.values()] };
}

/** Entries that a run's end is written with. */
const ENDS: ReadonlySet<string> = new Set(['ending', 'faulted']);

describe('a journal of an earlier version is taken up as its own', () => {
  it.each(CRASH_CASES.map((test) => [test.name, test] as const))('%s', async (name, test) => {
    const file = join(FIXTURES, `${name}.json`);
    const fixture = await readOrRecord(file, test, 'off');
    const { written, change } = await replay(test, fixture, 'off');
    expect(written.filter(({ kind }) => !ENDS.has(kind))).toEqual([]);
    const { status, output, fault } = fixture.record;
    const expected: Record<string, Json | undefined> = status === 'completed' ? { status, output } : { status, fault };
    expect(change).toMatchObject(expected as object);
  });
});

/** Their journals have between them every kind of entry that lifecycle events are kept by. */
const TOLD = CRASH_CASES.filter(({ name }) => ['race', 'timeout', 'retry', 'nested', 'faulted'].includes(name));

describe('a journal of an earlier version with what lifecycle events follow from', () => {
  it.each(TOLD.map((test) => [test.name, test] as const))('is taken up and told alike: %s', async (name, test) => {
    const file = join(FIXTURES, `${name}.told.json`);
    const fixture = await readOrRecord(file, test, 'required');
    const { written, change, told } = await replay(test, fixture, 'required');
    expect(written.filter(({ kind }) => !ENDS.has(kind))).toEqual([]);
    expect(change?.status).toBe(fixture.record.status);
    const last = told.at(-1);
    expect(`${last?.id} ${last?.type}`).toBe(
      `${fixture.record.id}#${change?.status} io.serverlessworkflow.workflow.${change?.status}.v1`,
    );
  });
});

async function readOrRecord(file: string, test: CrashCase, mode: LifecycleMode): Promise<Fixture> {
  if (!existsSync(file)) writeFileSync(file, `${JSON.stringify(await record(test, mode), null, 1)}\n`);
  const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;
  expect(fixture.record.definition.digest).toBe(test.definition.ref.digest);
  return fixture;
}
