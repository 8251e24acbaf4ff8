import { describe, expect, it } from 'vitest';
import { createScheduler } from '../../src/runner/scheduler.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { createTimetable } from '../../src/workflow/schedule.ts';
import type { Schedule } from '../../src/workflow/schema/workflow.ts';
import { createMemoryNotes } from '../support/memory-notes.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const MINUTE = 60_000;
const definition = { namespace: 'test', name: 'sweep', version: '1.0.0', digest: 'd' };

async function world(schedule: Schedule) {
  const clock = createSimulatedClock();
  const journal = createMemoryJournal();
  const notes = createMemoryNotes();
  const timetable = (await createTimetable(schedule))!;
  const begin = () => {
    const scheduler = createScheduler({ journal, notes, clock, log: createQuietLog(), wake: () => {} }, [
      { definition, timetable },
    ]);
    scheduler.start();
    return scheduler;
  };
  const runs = async () => (await journal.list({ limit: 100 })).toReversed();
  const startedAfter = async (begun: number) => (await runs()).map(({ createdAt }) => createdAt - begun);
  return { clock, journal, notes, begin, runs, startedAfter };
}

describe('a definition that starts by time', () => {
  it('starts every so often, without drift', async () => {
    const { clock, begin, startedAfter } = await world({ every: { minutes: 5 } });
    const begun = clock.now();
    begin();
    await clock.advance(16 * MINUTE);
    expect(await startedAfter(begun)).toEqual([5 * MINUTE, 10 * MINUTE, 15 * MINUTE]);
  });

  it('starts by cron, in its time zone', async () => {
    const { clock, begin, runs } = await world({ cron: '0 9 * * * Europe/Berlin' });
    begin();
    await clock.advance(25 * 60 * MINUTE);
    const [first] = await runs();
    const hour = new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone: 'Europe/Berlin' });
    expect(hour.format(first?.createdAt)).toBe('09');
  });

  it('makes up for all ticks missed while nothing ran by one start, and goes on from there', async () => {
    const { clock, begin, startedAfter } = await world({ every: { minutes: 5 } });
    const begun = clock.now();
    await (async () => {
      const first = begin();
      await clock.advance(6 * MINUTE);
      await first.stop();
    })();
    await clock.advance(60 * MINUTE);
    begin();
    await clock.advance(5 * MINUTE);
    expect(await startedAfter(begun)).toEqual([5 * MINUTE, 66 * MINUTE, 71 * MINUTE]);
  });

  it('starts once for a tick that two processes see', async () => {
    const { clock, begin, runs } = await world({ every: { minutes: 5 } });
    begin();
    begin();
    await clock.advance(5 * MINUTE);
    expect(await runs()).toHaveLength(1);
  });

  it('starts so long after the end of the run before, and not while that goes on', async () => {
    const { clock, journal, begin, runs, startedAfter } = await world({ after: { minutes: 5 } });
    const begun = clock.now();
    begin();
    await clock.advance(20 * MINUTE);
    expect(await runs()).toHaveLength(1);
    const [run] = await journal.claim('me', clock.now(), clock.now() + MINUTE, 1);
    await journal.append(run!.claim, [], { status: 'completed', output: null, at: clock.now() });
    await clock.advance(6 * MINUTE);
    expect(await startedAfter(begun)).toEqual([5 * MINUTE, 25 * MINUTE]);
  });

  it('starts nothing after it was stopped', async () => {
    const { clock, begin, runs } = await world({ every: { minutes: 5 } });
    await begin().stop();
    await clock.advance(60 * MINUTE);
    expect(await runs()).toEqual([]);
  });
});
