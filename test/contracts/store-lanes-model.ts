/**
 * Random histories of runs in lanes, each step done by the store and by a model that keeps everything in an array. Whatever
 * the store answers, the model must have answered too.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Claim, NewRun } from '../../src/workflow/journal.ts';
import { type OpenStore, runOf, type StoreUnderTest, withStore } from './store-under-test.ts';

const HISTORIES = 40;

type LaneStep =
  | {
      readonly do: 'create';
      readonly lane: string;
      readonly order: number;
      readonly revision: string | undefined;
      readonly joins: NewRun['joins'];
    }
  | { readonly do: 'claim'; readonly limit: number }
  | { readonly do: 'complete' | 'park' | 'fault'; readonly which: number }
  | { readonly do: 'retry' | 'cancel' | 'suspend' | 'resume'; readonly which: number };

const laneStep: fc.Arbitrary<LaneStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      lane: fc.constantFrom('A', 'B'),
      order: fc.nat(4),
      revision: fc.constantFrom('a', 'b', undefined),
      joins: fc.constantFrom(undefined, 'unbegun' as const, 'newer' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('claim' as const), limit: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('complete' as const, 'park' as const, 'fault' as const),
      which: fc.nat(9),
    }),
  },
  fc.record({
    do: fc.constantFrom('retry' as const, 'cancel' as const, 'suspend' as const, 'resume' as const),
    which: fc.nat(9),
  }),
);

interface ModelRun {
  readonly id: string;
  readonly lane: string;
  readonly order: number;
  readonly revision: string | undefined;
  status: 'pending' | 'running' | 'waiting' | 'suspended' | 'completed' | 'faulted' | 'cancelled';
  begun: boolean;
  cancel: boolean;
  claim: Claim | undefined;
}

const ENDED = ['completed', 'faulted', 'cancelled'];
const DOING = ['pending', 'running', 'waiting', 'completed'];

async function playLanes({ journal }: StoreUnderTest, steps: readonly LaneStep[]): Promise<void> {
  const runs: ModelRun[] = [];
  /** Who has begun in a lane holds it until the end; a retried run queues again. */
  const holders = new Map<string, ModelRun>();

  const isUnfinished = (run: ModelRun) => !ENDED.includes(run.status);
  const queue = (lane: string) =>
    runs
      .filter((run) => run.lane === lane && isUnfinished(run))
      .sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));

  /** The run of the lane whose turn it is. */
  function headOf(lane: string): ModelRun | undefined {
    const holder = holders.get(lane);
    if (holder !== undefined && isUnfinished(holder) && holder.status !== 'pending') return holder;
    const next = queue(lane)[0];
    if (next !== undefined) holders.set(lane, next);
    return next;
  }

  async function create(step: Extract<LaneStep, { do: 'create' }>, index: number): Promise<void> {
    const { lane, order, revision, joins } = step;
    const id = `r${String(index).padStart(3, '0')}`;
    const laneOfRun = { name: lane, order, ...(revision === undefined ? {} : { revision }) };
    const newRun: NewRun = runOf(id, { lane: laneOfRun, ...(joins === undefined ? {} : { joins }) });
    const others = runs.filter((run) => run.lane === lane && differs(run.revision, revision));
    const isOld = others.some((run) => run.order > order);
    const same = runs.filter((run) => joins !== undefined && !isOld && isOf(run, lane, revision) && !run.cancel);
    const queued = same.filter((run) => run.status === 'pending');
    const does = joins === 'newer' ? same.filter((run) => DOING.includes(run.status)) : queued;
    const isJoined = does.some((run) => run.order > order);
    const result = await journal.create(newRun);
    expect(result.outcome).toBe(isOld ? 'superseded' : isJoined ? 'joined' : 'created');
    const joined = isJoined ? [] : queued;
    expect('joined' in result ? [...(result.joined ?? [])].sort() : []).toEqual(joined.map((run) => run.id));
    for (const run of joined) run.status = 'cancelled';
    const overtaken = isOld || isJoined ? [] : others.filter((run) => run.order < order && isUnfinished(run));
    const unbegun = overtaken.filter((run) => run.status === 'pending').map((run) => run.id);
    expect('superseded' in result ? [...(result.superseded ?? [])].sort() : []).toEqual(unbegun);
    for (const older of overtaken) {
      if (older.status === 'pending') older.status = 'cancelled';
      else askToCancel(older);
    }
    const status = isOld || isJoined ? 'cancelled' : 'pending';
    runs.push({ id, lane, order, revision, status, begun: false, cancel: false, claim: undefined });
  }

  function isOf(run: ModelRun, lane: string, revision: string | undefined): boolean {
    return revision !== undefined && run.lane === lane && run.revision === revision;
  }

  function askToCancel(run: ModelRun): void {
    run.cancel = true;
    if (run.status === 'suspended') run.status = 'waiting';
  }

  async function claim(limit: number): Promise<void> {
    const heads = ['A', 'B'].map(headOf).filter((run) => run !== undefined);
    const ready = heads.filter(
      (run) => run.status === 'pending' || (run.status === 'waiting' && (run.cancel || !run.begun)),
    );
    const claimed = await journal.claim('one', 1000, 2000, limit);
    expect(claimed).toHaveLength(Math.min(limit, ready.length));
    for (const { record, claim: held, cancel } of claimed) {
      const run = ready.find(({ id }) => id === record.id);
      if (run === undefined) throw new Error(`${record.id} is claimed out of turn.`);
      expect(cancel !== undefined).toBe(run.cancel);
      Object.assign(run, { status: 'running', begun: true, claim: held });
    }
  }

  async function append(run: ModelRun, act: 'complete' | 'park' | 'fault'): Promise<void> {
    const change = {
      complete: { status: 'completed', output: null, at: 1 },
      park: { status: 'waiting', dueAt: undefined, waits: [] },
      fault: { status: 'faulted', fault: null, at: 1 },
    } as const;
    if (run.claim === undefined) return;
    const written = journal.append(run.claim, [], change[act]);
    if (run.status === 'running') {
      await written;
      run.status = change[act].status;
    } else {
      await expect(written).rejects.toMatchObject({ code: 'store.fenced' });
    }
  }

  async function control(run: ModelRun, act: 'retry' | 'cancel' | 'suspend' | 'resume'): Promise<void> {
    if (act === 'retry') {
      const isRetried = run.status === 'faulted';
      expect(await journal.retry('7', run.id)).toBe(isRetried);
      if (!isRetried) return;
      // It goes on at once when its turn has come, so for the model it has not begun.
      Object.assign(run, { status: 'waiting', begun: false, cancel: false });
      if (holders.get(run.lane) === run) holders.delete(run.lane);
    } else if (act === 'cancel') {
      expect(await journal.cancel('7', run.id, 'stop')).toBe(isUnfinished(run));
      if (isUnfinished(run)) askToCancel(run);
    } else if (act === 'suspend') {
      const isHeld = isUnfinished(run) && run.status !== 'suspended' && !run.cancel;
      expect(await journal.suspend('7', run.id, 1)).toBe(isHeld);
      if (!isHeld) return;
      if (run.status === 'running') run.begun = false;
      run.status = 'suspended';
    } else {
      const isResumed = run.status === 'suspended';
      expect(await journal.resume('7', run.id, 1)).toBe(isResumed);
      if (isResumed) run.status = run.claim === undefined ? 'pending' : 'waiting';
    }
  }

  for (const [index, step] of steps.entries()) {
    if (step.do === 'create') await create(step, index);
    else if (step.do === 'claim') await claim(step.limit);
    else {
      const run = runs[step.which % Math.max(1, runs.length)];
      if (run === undefined) continue;
      if (step.do === 'complete' || step.do === 'park' || step.do === 'fault') await append(run, step.do);
      else await control(run, step.do);
    }
    for (const lane of ['A', 'B']) headOf(lane);
    for (const run of runs) expect((await journal.read('7', run.id))?.record.status).toBe(run.status);
  }
}

function differs(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

export function describeLanesModel(open: OpenStore): void {
  test('any history of runs in lanes claims in turn, supersedes and fences as a plain list of runs does', async () => {
    const histories = fc.asyncProperty(fc.array(laneStep, { maxLength: 40 }), (steps) =>
      withStore(open, (store) => playLanes(store, steps)),
    );
    await fc.assert(histories, { numRuns: HISTORIES });
  });
}
