import { describe, expect, test } from 'vitest';
import { createHeldRuns } from '../../src/runner/held-runs.ts';
import type { Journal, NewRun } from '../../src/workflow/journal.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const RUN: NewRun = {
  tenant: '7',
  id: 'r1',
  definition: { namespace: 'test', name: 'w', version: '1.0.0', digest: 'd' },
  key: 'k',
  input: null,
  createdAt: 0,
};

/** Two runners over one journal: the second is heard of only where it is told. */
function stage() {
  const clock = createSimulatedClock();
  const shared = createMemoryJournal();
  let reads = 0;
  const journal: Journal = {
    ...shared,
    read: (...asked) => {
      reads += 1;
      return shared.read(...asked);
    },
  };
  const held = createHeldRuns({ journal, clock }, { holdMs: 60_000 });
  let isOver = false;
  const holding = held
    .hold(() => held.journal.create(RUN), new AbortController().signal)
    .then(() => {
      isOver = true;
    });
  async function end(by: Journal): Promise<void> {
    const [run] = await by.claim('somebody', 0, 1_000, 1);
    await by.append(run!.claim, [], { status: 'completed', output: null, at: 1 });
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, shared, held, holding, end, settle, isOver: () => isOver, reads: () => reads };
}

describe('a delivery is kept open', () => {
  test('until its run has ended here, which takes no look at the journal', async () => {
    const { held, holding, end, settle, isOver, reads } = stage();
    await settle();
    expect(isOver()).toBe(false);
    await end(held.journal);
    await holding;
    expect(reads()).toBe(0);
  });

  test('until its run has ended in another process, which is known at once where it tells', async () => {
    const { clock, shared, held, holding, end, settle, isOver, reads } = stage();
    await settle();
    held.look({ tenant: '7', id: 'another' });
    await settle();
    expect(reads()).toBe(0);
    await end(shared);
    await settle();
    expect(isOver()).toBe(false);
    held.look({ tenant: RUN.tenant, id: RUN.id });
    await holding;
    expect(clock.now()).toBe(createSimulatedClock().now());
  });

  test('until its run has ended in another process that tells nobody, a second later at most', async () => {
    const { clock, shared, holding, end, settle, isOver } = stage();
    await settle();
    await end(shared);
    await clock.advance(900);
    expect(isOver()).toBe(false);
    await clock.advance(100);
    await holding;
  });

  test('not at all for a run that was known and has ended', async () => {
    const { held, holding, end, shared } = stage();
    await end(shared);
    held.look();
    await holding;
    const again = held.hold(() => held.journal.create({ ...RUN, id: 'r2' }), new AbortController().signal);
    expect((await again).outcome).toBe('known');
  });
});
