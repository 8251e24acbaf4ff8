/**
 * Our side of `bench/workflow.ts` where it asks how cost grows: with the steps of a run, and with the runs that a store
 * keeps. One process, one store file; each question is a message.
 */
import { burst, serve } from './burst.ts';
import { median } from './report.ts';
import { CONCURRENCY, define, defineFiveSteps, FUNCTIONS, openRuntime } from './workflow-runtime.ts';

export type GrowthRequest =
  | { readonly ask: 'steps'; readonly steps: number; readonly runs: number }
  | { readonly ask: 'runs'; readonly ms: number }
  | { readonly ask: 'park'; readonly runs: number }
  | { readonly ask: 'resident' }
  | { readonly ask: 'wake'; readonly runs: number };

export interface GrowthAnswer {
  /** CPU time, microseconds: of a step, or of a workflow of five. */
  readonly cpu?: number;
  /** Resident bytes of the process. */
  readonly resident?: number;
  /** From an event to the run's next step, the middle one, milliseconds. */
  readonly wake?: number;
  /** The time of one commit meanwhile. */
  readonly commit?: number;
  /** Of one wake. */
  readonly commits?: number;
}

/** Event types; with the tenants, enough that an event is for one run. */
const TYPES = 100;
/** Steps at once, whatever the number of steps of each run. */
const AT_ONCE = 8;

const [path] = process.argv.slice(2) as [string];
const fiveSteps = defineFiveSteps();
const countTo = define(
  'count-to',
  `do:
  - each:
      for: { in: '\${ [range(.)] }' }
      do:
        - step: { call: addOne, with: { number: '\${ $index }' } }
`,
  ['addOne'],
);
const rest = define('rest', `do:\n  - rest: { wait: { days: 30 } }\n`, []);
const listeners = Array.from({ length: TYPES }, (_, nth) =>
  define(
    `listen-${nth}`,
    `do:
  - listen: { listen: { to: { one: { with: { type: ${typeOf(nth)} } } } } }
  - heard: { call: heard }
`,
    ['heard'],
  ),
);
let onHeard = () => {};
const functions = {
  ...FUNCTIONS,
  heard: async () => {
    onHeard();
    return null;
  },
};
const runtime = await openRuntime(path, [fiveSteps, countTo, rest, ...listeners], functions);
let parked = 0;
let woken = 0;

function typeOf(nth: number): string {
  return `bench.event-${nth}`;
}

function tenantOf(nth: number): string {
  return `tenant-${Math.floor(nth / TYPES)}`;
}

async function costOf(work: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage();
  const count = await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

async function inTurns(count: number, concurrency: number, work: (nth: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  async function goOn(): Promise<void> {
    while (next < count) {
      const nth = next;
      next += 1;
      await work(nth);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, goOn));
}

async function steps(steps: number, runs: number): Promise<GrowthAnswer> {
  const cpu = await costOf(async () => {
    await inTurns(runs, AT_ONCE, () => runtime.run(countTo, steps));
    return steps * runs;
  });
  return { cpu };
}

async function runs(ms: number): Promise<GrowthAnswer> {
  const cpu = await costOf(async () => {
    const { count } = await burst(
      { concurrency: CONCURRENCY, ms },
      (number) => runtime.run(fiveSteps, number),
      (number) => number + 5,
    );
    return count;
  });
  return { cpu };
}

/** Every other one listens. */
async function park(more: number): Promise<GrowthAnswer> {
  const first = parked;
  parked += more;
  await inTurns(more, CONCURRENCY, (offset) => {
    const nth = Math.floor((first + offset) / 2);
    const definition = (first + offset) % 2 === 0 ? rest : listeners[nth % TYPES]!;
    return runtime.park(definition, { nth }, tenantOf(nth));
  });
  return {};
}

async function resident(): Promise<GrowthAnswer> {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { resident: process.memoryUsage.rss() };
}

/** Wakes one after the other, from all over the store; before each, one small commit is timed. */
async function wake(count: number): Promise<GrowthAnswer> {
  const [wakes, alone]: [number[], number[]] = [[], []];
  let commits = 0;
  for (let round = 0; round < count; round += 1) {
    const before = performance.now();
    await runtime.store.check();
    const start = performance.now();
    alone.push(start - before);
    const committed = runtime.store.commits();
    const heard = new Promise<void>((resolve) => {
      onHeard = resolve;
    });
    const nth = (woken * 7919) % Math.floor(parked / 2);
    woken += 1;
    await runtime.give(tenantOf(nth), typeOf(nth % TYPES));
    await heard;
    wakes.push(performance.now() - start);
    commits += runtime.store.commits() - committed;
    await runtime.settled();
  }
  return { wake: median(wakes), commit: median(alone), commits: commits / count };
}

serve((request: GrowthRequest): Promise<GrowthAnswer> => {
  switch (request.ask) {
    case 'steps':
      return steps(request.steps, request.runs);
    case 'runs':
      return runs(request.ms);
    case 'park':
      return park(request.runs);
    case 'resident':
      return resident();
    case 'wake':
      return wake(request.runs);
  }
});
