import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../src/expression/json.ts';
import type { RunRecord } from '../../src/workflow/journal.ts';
import { contradictions } from './contradictions.ts';
import { CRASH_CASES, type CrashCase } from './crash-workflows.ts';
import {
  type ActingProcess,
  begin,
  createStage,
  drive,
  LEASE_MS,
  type Mutation,
  readRoots,
  type Stage,
  seeded,
  startProcess,
  TENANT,
} from './stage.ts';

/**
 * Many runs, events, processes and crashes over one journal and one clock, in an order that a seed decides. What each run
 * comes to must be what it comes to alone.
 */
export async function simulate(seed: number, mutation: Mutation = {}): Promise<string[]> {
  const random = seeded(seed);
  // Drawn apart and for every second seed: those that failed once are odd, and what they tried is what it was.
  const orders = seeded(seed + 0x0dde5);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const cases = Array.from({ length: 2 + Math.floor(random() * 4) }, () => pick(CRASH_CASES));
  const stage = createStage(
    [...new Set(cases)].flatMap((test) => [test.definition, ...test.others]),
    undefined,
    seed,
    // Told or not, a run comes to the same.
    seed % 4 === 0 ? 'required' : 'off',
  );
  for (const test of cases) await begin(stage, test.definition, test.input);
  const inbox = cases.flatMap((test, index) =>
    test.events.map((event) => ({ event, runId: stage.roots[index] as string })),
  );
  let processes: ActingProcess[] = [];
  for (let rounds = 0; rounds < 20_000; rounds += 1) {
    const left = await unfinished(stage);
    if (left.length === 0) return compare(stage, cases);
    if (seed % 2 === 0) await giveOrders(stage, left, orders);
    if (processes.length < 1 + Math.floor(random() * 3)) {
      const lifetime = random() < 0.6 ? 1 + Math.floor(random() * 40) : 0;
      processes.push(startProcess(stage, `p${rounds}`, lifetime, mutation));
    }
    const claimed = await pick(processes).step();
    for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) await Promise.resolve();
    if (random() < 0.7) await new Promise((resolve) => setImmediate(resolve));
    if (random() < 0.02) pick(processes).kill();
    const alive = processes.filter((process) => !process.isDead());
    // A lease outlives the process that held it; its runs wait for that.
    if (alive.length < processes.length) stage.clock.skip(LEASE_MS + 1);
    processes = alive;
    if (claimed > 0 || random() < 0.3) continue;
    // Time moves when nobody has anything left to do.
    await new Promise((resolve) => setImmediate(resolve));
    // While nobody is alive, what could go on at once would be left lying for as long as the next timer takes.
    const survivors = processes.filter((process) => !process.isDead());
    if (survivors.length === 0 || (await pick(survivors).step()) > 0) continue;
    if (await deliver(stage, inbox)) continue;
    // Held for longer, a run would come to its deadlines.
    for (const id of left) await stage.journal.resume(TENANT, id, stage.clock.now());
    const isHeld = (await stage.journal.list({ status: 'running', limit: 1 })).length > 0;
    const due = await stage.journal.nextDue();
    // A run that is held may be held by the dead: it is free when the lease ends, before anything later is due.
    const leaseEnd = isHeld ? stage.clock.now() + LEASE_MS + 1 : Number.POSITIVE_INFINITY;
    stage.clock.advance(due === undefined && !isHeld ? undefined : Math.min(due ?? Number.POSITIVE_INFINITY, leaseEnd));
  }
  return [`the runs ${await unfinished(stage)} do not end`];
}

/** Somebody holds a run now and then, wherever it is, and lets it go on a while later. */
async function giveOrders(stage: Stage, left: readonly string[], random: () => number): Promise<void> {
  const id = left[Math.floor(random() * left.length)] as string;
  const chance = random();
  if (chance < 0.02) await stage.journal.suspend(TENANT, id, stage.clock.now());
  else if (chance < 0.4) await stage.journal.resume(TENANT, id, stage.clock.now());
}

async function unfinished(stage: Stage): Promise<string[]> {
  const records = await readRoots(stage);
  return records.filter((record) => record.endedAt === undefined).map((record) => record.id);
}

/** Each run hears its own events in their order; another that waits for the same type may hear them too. */
async function deliver(
  stage: Stage,
  inbox: { readonly event: { readonly type: string; readonly id: string }; readonly runId: string }[],
): Promise<boolean> {
  const next = inbox.find((one, index) => inbox.findIndex((other) => other.runId === one.runId) === index);
  for (const one of next === undefined ? [] : inbox) {
    if (inbox.find((other) => other.runId === one.runId) !== one) continue;
    const reached = await stage.journal.give(
      TENANT,
      one.event.type,
      `${one.runId} ${one.event.id}`,
      one.event as unknown as Json,
    );
    if (!reached.includes(one.runId)) continue;
    inbox.splice(inbox.indexOf(one), 1);
    return true;
  }
  return false;
}

async function compare(stage: Stage, cases: readonly CrashCase[]): Promise<string[]> {
  const records = await readRoots(stage);
  const found = [...stage.violations];
  const ofRoots = [...stage.published.values()].filter(({ subject }) => stage.roots.includes(String(subject)));
  found.push(...contradictions(ofRoots.filter(({ type }) => type.startsWith('io.serverlessworkflow.'))));
  for (const [index, record] of records.entries()) {
    const test = cases[index] as CrashCase;
    // Runs that listen side by side share events, so what each hears is not its own alone.
    if (test.events.length > 0 && cases.filter((other) => other.events.length > 0).length > 1) continue;
    const alone = await expected(test);
    if (record.status !== alone.status || !isDeepStrictEqual(stable(record.output), stable(alone.output)))
      found.push(
        `${test.name} came to ${JSON.stringify(record.output ?? record.fault)} instead of ${JSON.stringify(alone.output)}`,
      );
  }
  return found;
}

const known = new Map<string, RunRecord>();

/** What the run comes to when nothing disturbs it. */
async function expected(test: CrashCase): Promise<RunRecord> {
  const before = known.get(test.name);
  if (before !== undefined) return before;
  const stage = createStage([test.definition, ...test.others]);
  stage.events.push(...test.events);
  await begin(stage, test.definition, test.input);
  await drive(stage, startProcess(stage, 'alone', 0));
  const [record] = await readRoots(stage);
  known.set(test.name, record as RunRecord);
  return record as RunRecord;
}

function stable(output: Json | undefined): Json | undefined {
  return output === undefined
    ? undefined
    : JSON.parse(JSON.stringify(output, (key, value) => (key === 'time' || key === 'id' ? 0 : value)));
}
