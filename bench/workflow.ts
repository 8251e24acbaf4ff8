/**
 * Durable workflows per second and their latency, beside DBOS and Restate on the same disk in the same run, every contender
 * with its fsync on; commits for each workflow; how cost grows with steps and with stored runs; what a waiting run weighs
 * and how fast an event wakes it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Burst, type BurstResult, type Contender, startContender } from './burst.ts';
import { installPeers, startDbos, startRestate } from './peers.ts';
import { median, type Report } from './report.ts';
import type { GrowthAnswer, GrowthRequest } from './workflow-growth.ts';

const MANY: Burst = { concurrency: 64, ms: 2000 };
const ONE: Burst = { concurrency: 1, ms: 1500 };
const ROUNDS = 5;

type Racer = Contender<Burst, BurstResult>;
type Growth = Contender<GrowthRequest, GrowthAnswer>;

export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-bench-'));
  try {
    await race(report, folder);
    await grow(report, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function race(report: Report, folder: string): Promise<void> {
  installPeers();
  const racers = new Map<string, Racer>();
  try {
    const file = join(import.meta.dirname, 'workflow-five-steps.ts');
    racers.set('ours', await startContender<Burst, BurstResult>(file, [join(folder, 'race.db')]));
    racers.set('DBOS', await startDbos());
    const restate = await startRestate();
    if (restate === undefined) report.note('npm has no Restate server for this platform: figures without it');
    else racers.set('Restate', restate);
    const many = await measure(racers, MANY);
    const one = await measure(racers, ONE);
    report.note(`workflows of five no-op steps, fsync on everywhere, medians of ${ROUNDS} interleaved rounds`);
    addRates(report, many);
    addLatencies(report, one);
    const commits = median(many.get('ours')!.map((result) => result.commits ?? Number.NaN));
    report.add({
      figure: 'commits (one fsync each) for a workflow, 64 at once',
      unit: 'commits',
      ours: commits,
      peers: {},
      ratio: commits,
      goal: '<= 1',
    });
  } finally {
    for (const racer of racers.values()) await racer.stop();
  }
}

/** In turns, so that whatever else the machine does is shared; the first round warms up and is not counted. */
async function measure(racers: ReadonlyMap<string, Racer>, request: Burst): Promise<Map<string, BurstResult[]>> {
  const results = new Map([...racers.keys()].map((name) => [name, [] as BurstResult[]]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, racer] of racers) {
      const result = await racer.ask(request);
      if (round > 0) results.get(name)!.push(result);
    }
  }
  return results;
}

/** The middle of each contender's rounds: ours, then the peers'. */
function middles(results: ReadonlyMap<string, readonly BurstResult[]>, of: (result: BurstResult) => number) {
  const { ours, ...peers } = Object.fromEntries([...results].map(([name, each]) => [name, median(each.map(of))]));
  return { ours: ours!, peers };
}

function addRates(report: Report, results: ReadonlyMap<string, readonly BurstResult[]>): void {
  const { ours, peers } = middles(results, ({ perSecond }) => perSecond);
  for (const [name, rate] of Object.entries(peers)) {
    report.add({
      figure: `5-step workflows, ${MANY.concurrency} at once, beside ${name}`,
      unit: 'per second',
      ours,
      peers: { [name]: rate },
      ratio: ours / rate,
      goal: name === 'DBOS' ? '>= 10' : '>= 5',
    });
  }
}

function addLatencies(report: Report, results: ReadonlyMap<string, readonly BurstResult[]>): void {
  const { ours, peers } = middles(results, ({ p50 }) => p50);
  for (const [name, p50] of Object.entries(peers)) {
    report.add({
      figure: `a 5-step workflow, one after the other, beside ${name}`,
      unit: 'ms, p50',
      ours,
      peers: { [name]: p50 },
      ratio: ours / p50,
      goal: '<= 0.333',
    });
  }
}

const STEPS = [10, 100, 1_000, 10_000] as const;
/** Steps asked for at least, and runs at least: as many as are under way at once, so that commits are shared alike. */
const TOTAL_STEPS = 8_000;
const RUNS = 8;
const FEW = 100;
const STORED = 100_000;
const WAKES = 200;

async function grow(report: Report, folder: string): Promise<void> {
  const file = join(import.meta.dirname, 'workflow-growth.ts');
  const stores: Growth[] = [];
  try {
    for (const name of ['many.db', 'few.db'])
      stores.push(await startContender(file, [join(folder, name)], ['--expose-gc']));
    const [many, few] = stores as [Growth, Growth];
    await growWithRuns(report, many, few);
    await growWithSteps(report, few);
  } finally {
    for (const store of stores) await store.stop();
  }
}

async function growWithSteps(report: Report, growth: Growth): Promise<void> {
  // Each shorter run before and after the longest one, which takes long enough to be asked for once.
  const order = [0, 1, 2, 3, 2, 1, 0] as const;
  const costs = STEPS.map((): number[] => []);
  for (const nth of order) {
    const steps = STEPS[nth];
    const { cpu } = await growth.ask({ ask: 'steps', steps, runs: Math.max(RUNS, TOTAL_STEPS / steps) });
    costs[nth]!.push(cpu!);
  }
  const cost = costs.map(median) as [number, number, number, number];
  report.note(
    `CPU time of a step, commits included: ${STEPS.map((steps, nth) => `${steps} steps ${cost[nth]!.toFixed(0)} µs`).join(', ')}`,
  );
  report.add({
    figure: 'a step in a run of 10,000 steps, beside one in a run of 100',
    unit: 'µs of CPU',
    ours: cost[3],
    peers: { 'of 100': cost[1] },
    ratio: cost[3] / cost[1],
    goal: '<= 1.5',
  });
}

async function growWithRuns(report: Report, many: Growth, few: Growth): Promise<void> {
  for (const store of [many, few]) {
    await store.ask({ ask: 'runs', ms: 3000 });
    await store.ask({ ask: 'park', runs: FEW });
  }
  // What the process loads, and what its heap and page cache grow to under load, is no weight of the runs that wait:
  // weighed are those that come after the first tenth.
  await many.ask({ ask: 'park', runs: STORED / 10 - FEW });
  const before = await many.ask({ ask: 'resident' });
  for (let tenth = 1; tenth < 10; tenth += 1) await many.ask({ ask: 'park', runs: STORED / 10 });
  const after = await many.ask({ ask: 'resident' });
  const costs: [number[], number[]] = [[], []];
  for (let round = 0; round < 3; round += 1) {
    for (const [nth, store] of [many, few].entries()) {
      const { cpu } = await store.ask({ ask: 'runs', ms: 1000 });
      costs[nth]!.push(cpu!);
    }
  }
  const [besideMany, besideFew] = costs.map(median) as [number, number];
  report.add({
    figure: `a 5-step workflow beside 100,000 stored runs, and beside ${FEW}`,
    unit: 'µs of CPU',
    ours: besideMany,
    peers: { [`beside ${FEW}`]: besideFew },
    ratio: besideMany / besideFew,
    goal: '<= 1.5',
  });
  const bytes = (after.resident! - before.resident!) / (STORED * 0.9);
  report.add({
    figure: 'a run that waits, one of 100,000',
    unit: 'bytes resident',
    ours: bytes,
    peers: {},
    ratio: bytes,
    goal: '<= 1024',
  });
  const { wake, commit, commits } = await many.ask({ ask: 'wake', runs: WAKES });
  report.note(
    'half of them wait for a time and half for an event, each the only one of its tenant that waits for its type',
  );
  report.add({
    figure: 'from an event to the next step of the run it wakes',
    unit: 'ms, p50',
    ours: wake!,
    peers: { 'one commit': commit! },
    ratio: wake! / commit!,
    goal: '<= 4',
  });
  report.add({
    figure: 'commits until then',
    unit: 'commits',
    ours: commits!,
    peers: {},
    ratio: commits!,
    goal: '<= 3',
  });
}
