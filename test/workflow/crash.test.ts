import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/expression/json.ts';
import type { Entry, Journal } from '../../src/workflow/journal.ts';
import { CRASH_CASES, type CrashCase, define, FIRST_FAULT } from './crash-workflows.ts';
import {
  begin,
  createStage,
  drive,
  LEASE_MS,
  type Mutation,
  readRoots,
  type Stage,
  startProcess,
  TENANT,
} from './stage.ts';

/** What came of a run, in a form that does not depend on ids and times. */
interface Trace {
  readonly status: string;
  readonly output: Json | undefined;
  readonly fault: Json | undefined;
  readonly effects: readonly string[];
  readonly published: readonly string[];
  readonly violations: readonly string[];
}

async function play(
  test: CrashCase,
  kills: readonly number[],
  mutation: Mutation = {},
): Promise<{ readonly trace: Trace; readonly acts: readonly number[] }> {
  const stage = createStage([test.definition, ...test.others]);
  stage.events.push(...test.events);
  await begin(stage, test.definition, test.input);
  const acts: number[] = [];
  for (const [index, kill] of [...kills, 0].entries()) {
    const process = startProcess(stage, `process ${index}`, kill, mutation);
    await drive(stage, process);
    acts.push(process.acts());
    process.kill();
    stage.clock.skip(LEASE_MS + 1);
  }
  return { trace: await describeStage(stage), acts };
}

async function describeStage(stage: Stage): Promise<Trace> {
  const [record] = await readRoots(stage);
  const named = (text: string): string => stage.roots.reduce((all, id) => all.replaceAll(id, 'run'), text);
  return {
    status: record?.status ?? 'missing',
    output: withoutVolatile(record?.output),
    fault: record?.fault,
    effects: [...stage.effects].map(([key, input]) => named(`${key} ${JSON.stringify(input)}`)).sort(),
    published: [...stage.published.values()].map((event) => named(`${event.id} ${JSON.stringify(event.data)}`)).sort(),
    violations: stage.violations,
  };
}

/** An event handed on as output carries its time and the id of its run. */
function withoutVolatile(output: Json | undefined): Json | undefined {
  return output === undefined
    ? undefined
    : JSON.parse(JSON.stringify(output, (key, value) => (key === 'time' ? 0 : value)));
}

/** What is wrong, for every place to be killed at; with a mutation, the first thing only. */
async function findings(test: CrashCase, mutation?: Mutation): Promise<string[]> {
  const clean = await play(test, []);
  const found: string[] = [];
  for (let kill = 1; kill <= (clean.acts[0] as number); kill += 1) {
    for (const kills of [[kill], [kill, 1], [kill, 2], [kill, 3], [kill, 5]]) {
      try {
        const { trace } = await play(test, kills, mutation);
        if (JSON.stringify(trace) !== JSON.stringify(clean.trace)) {
          found.push(`killed at ${kills}: ${JSON.stringify(trace)} instead of ${JSON.stringify(clean.trace)}`);
        }
      } catch (error) {
        found.push(`killed at ${kills}: ${(error as Error).message}`);
      }
      if (mutation !== undefined && found.length > 0) return found;
    }
  }
  return found;
}

describe('a run that is killed between any two acts, and again while it recovers, ends as if it had not been', () => {
  it.each(CRASH_CASES.map((test) => [test.name, test] as const))('%s', async (name, test) => {
    const { trace } = await play(test, []);
    expect(trace.status).toBe(name === 'faulted' ? 'faulted' : 'completed');
    expect(trace.violations).toEqual([]);
    expect(await findings(test)).toEqual([]);
  });
});

/** An engine that does not write down facts of one kind. */
function forgetting(kind: string): Mutation {
  return withAppend((journal, [claim, entries, change, consumed]) =>
    journal.append(
      claim,
      entries.filter((entry: Entry) => entry.kind !== kind),
      change,
      consumed,
    ),
  );
}

function withAppend(append: (journal: Journal, args: Parameters<Journal['append']>) => Promise<void>): Mutation {
  return { journal: (journal) => ({ ...journal, append: (...args) => append(journal, args) }) };
}

/** Says that an append is durable when it is only in memory, until the next one. */
function acknowledgingEarly(): Mutation {
  let held: (() => Promise<void>) | undefined;
  return withAppend(async (journal, args) => {
    await held?.().catch(() => {});
    held = () => journal.append(...args);
    // The end of a claim is written through, or nothing would ever go on.
    if (args[2] !== undefined && args[2].status !== 'running') {
      await held();
      held = undefined;
    }
  });
}

const MUTATIONS: readonly (readonly [string, Mutation])[] = [
  ['outcomes are not recorded', forgetting('done')],
  ['deadlines are not recorded', forgetting('timer')],
  ['retries are counted in memory', forgetting('retry')],
  ['events taken are not recorded', forgetting('heard')],
  ['sub-flows are not recorded before they are created', forgetting('child')],
  ['the next task begins before the last one is durable', acknowledgingEarly()],
  [
    'a run is started again from its beginning',
    {
      journal: (journal) => ({
        ...journal,
        claim: async (...args) => (await journal.claim(...args)).map((run) => ({ ...run, entries: [] })),
      }),
    },
  ],
  [
    'events are taken off the run before they are made use of',
    {
      journal: (journal) => ({
        ...journal,
        async claim(...args) {
          const claimed = await journal.claim(...args);
          for (const { claim, events } of claimed) {
            await journal.append(
              claim,
              [],
              undefined,
              events.map((given) => given.sequence),
            );
          }
          return claimed;
        },
      }),
    },
  ],
  ['emitted events get a new id at each try', { event: (event) => ({ ...event, id: `${event.id} ${Math.random()}` }) }],
  ['effects get a new key at each try', { effectKey: (key, attempt) => `${key} ${attempt}` }],
  [
    'a parked run does not say what it waits for',
    withAppend((journal, [claim, entries, change, consumed]) =>
      journal.append(claim, entries, change?.status === 'waiting' ? { ...change, waits: [] } : change, consumed),
    ),
  ],
  [
    'a parked run is not woken when it is due',
    withAppend((journal, [claim, entries, change, consumed]) =>
      journal.append(claim, entries, change?.status === 'waiting' ? { ...change, dueAt: undefined } : change, consumed),
    ),
  ],
];

describe('a broken engine is noticed: one in which', () => {
  it.each(MUTATIONS)('%s', async (_name, mutation) => {
    const found: string[] = [];
    for (const test of CRASH_CASES) {
      if (found.length === 0) found.push(...(await findings(test, mutation)));
    }
    expect(found).not.toEqual([]);
  });
});

describe('a fault that was handled stays handled, although the task would work the second time', () => {
  async function contradictions(mutation?: Mutation): Promise<string[]> {
    const { acts } = await play(FIRST_FAULT, []);
    const found: string[] = [];
    for (let kill = 1; kill <= (acts[0] as number); kill += 1) {
      const { trace } = await play(FIRST_FAULT, [kill], mutation);
      const wasHandled = trace.effects.length > 0;
      const { way } = trace.output as { readonly way: string };
      if (wasHandled !== (way === 'handled')) found.push(`killed at ${kill}: ${JSON.stringify(trace)}`);
    }
    return found;
  }

  it('with the engine as it is', async () => {
    expect(await contradictions()).toEqual([]);
  });

  it('and an engine that does not record what it caught is noticed', async () => {
    expect(await contradictions(forgetting('caught'))).not.toEqual([]);
  });
});

describe('a sub-flow that nobody awaits any more is cancelled, wherever its parent was killed', () => {
  const child = `
do:
  - nap: { wait: PT1H }
  - never: { call: record, with: { n: never } }
`;
  const awaiting = '{ run: { workflow: { namespace: crash, name: NAME-child, version: latest } } }';
  const CASES = [
    [
      'raced',
      `do: [ { race: { fork: { compete: true, branches: [ { slow: ${awaiting} }, { fast: { wait: PT1M } } ] } } } ]`,
    ],
    [
      'timed-out',
      `do: [ { guarded: { try: [ { slow: { do: [ { sub: ${awaiting} } ], timeout: { after: PT1M } } } ], catch: { then: end } } } ]`,
    ],
    [
      'beside-a-fault',
      `do: [ { both: { fork: { branches: [ { slow: ${awaiting} }, { bad: { do: [ { nap: { wait: PT1M } }, { fail: { call: fail } } ] } } ] } } } ]`,
    ],
  ] as const;

  it.each(CASES)('%s', async (name, body) => {
    const test = define(name, body.replaceAll('NAME', name), { child });
    const clean = await childrenOf(test, []);
    expect(clean).toMatchObject({ children: ['cancelled'], effects: 0 });
    for (let kill = 1; kill <= clean.acts; kill += 1) {
      for (const kills of [[kill], [kill, 1], [kill, 3]]) {
        const { children, effects } = await childrenOf(test, kills);
        expect({ children, effects }, `killed at ${kills}`).toEqual({ children: ['cancelled'], effects: 0 });
      }
    }
  });

  /** What came of the sub-flows once everything has ended. */
  async function childrenOf(test: CrashCase, kills: readonly number[]) {
    const stage = createStage([test.definition, ...test.others]);
    const root = await begin(stage, test.definition, test.input);
    let acts = 0;
    for (const [index, kill] of [...kills, 0].entries()) {
      const process = startProcess(stage, `process ${index}`, kill);
      await drive(stage, process);
      acts = Math.max(acts, process.acts());
      process.kill();
      stage.clock.skip(LEASE_MS + 1);
    }
    const others = (await stage.journal.list({ limit: 10 })).filter(({ id }) => id !== root);
    stage.roots.push(...others.map(({ id }) => id));
    await drive(stage, startProcess(stage, 'last', 0));
    const children = (await readRoots(stage)).filter(({ id }) => id !== root).map(({ status }) => status);
    return { children, effects: stage.effects.size, acts };
  }
});

describe('a process that was paused and wakes after its lease', () => {
  it.each(CRASH_CASES.map((test) => [test.name, test] as const))('writes nothing any more: %s', async (_name, test) => {
    const { acts } = await play(test, []);
    for (let pause = 1; pause < (acts[0] as number); pause += 1) {
      const stage = createStage([test.definition, ...test.others]);
      stage.events.push(...test.events);
      const id = await begin(stage, test.definition, test.input);
      const sleeper = startProcess(stage, 'sleeper', pause, { pauses: true });
      await drive(stage, sleeper);
      stage.clock.skip(LEASE_MS + 1);
      await drive(stage, startProcess(stage, 'successor', 0));
      const before = await stage.journal.read(TENANT, id);
      const acted = [...stage.effects.keys(), ...stage.published.keys()];
      sleeper.wake();
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(await stage.journal.read(TENANT, id)).toEqual(before);
      // The one act it was paused in may reach the world again, under the key that it has already.
      expect([...stage.effects.keys(), ...stage.published.keys()]).toEqual(acted);
    }
  });
});
