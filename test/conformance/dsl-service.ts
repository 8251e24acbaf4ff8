import type { Event } from '../../src/events/event.ts';
import type { Json } from '../../src/expression/json.ts';
import { scheduledIn, toDefinitionTable, toStarter } from '../../src/house/definitions.ts';
import { createRunner } from '../../src/runner/runner.ts';
import { createScheduler } from '../../src/runner/scheduler.ts';
import { createEngine } from '../../src/workflow/engine.ts';
import { createMemoryJournal } from '../../src/workflow/memory-journal.ts';
import { createMemoryNotes } from '../support/memory-notes.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

/** A workflow that is offered for longer than one run: its schedule starts its runs. */
export interface Service {
  /** Is up from the one time to the other, epoch milliseconds; before and after it is away, and forgets what it had in memory. */
  isUp(from: number, to: number): Promise<void>;
  /** The events reach it one after the other, each twice, as brokers may deliver them. */
  hear(events: readonly Event[]): Promise<void>;
  /** Oldest first. */
  runs(): Promise<readonly { readonly createdAt: number; readonly input: Json }[]>;
}

export async function createService(text: string, start: number): Promise<Service> {
  const definitions = await toDefinitionTable([{ name: 'scenario.yaml', text }]);
  const clock = createSimulatedClock(start);
  const journal = createMemoryJournal();
  const notes = createMemoryNotes();
  const shared = { journal, clock, log: createQuietLog() };
  const engine = createEngine({ ...shared, definitions, bus: { publish: async () => {} } });

  async function work(): Promise<void> {
    for (const run of await journal.claim('service', clock.now(), clock.now() + 60_000, 100)) await engine.execute(run);
  }

  return {
    async isUp(from, to) {
      await clock.advance(from - clock.now());
      const scheduler = createScheduler({ ...shared, notes, wake: () => void work() }, await scheduledIn(definitions));
      scheduler.start();
      await clock.advance(to - clock.now());
      await scheduler.stop();
    },
    async hear(events) {
      for (const event of events) {
        // A runner of its own for each: what is gathered is not in memory.
        const runner = createRunner(
          { ...shared, engine, notes, laneOf: () => undefined, isOwn: () => false },
          { owner: 'service', starters: definitions.all.map(toStarter) },
        );
        for (const attempt of [1, 2]) await runner.handle(event, { attempt, signal: new AbortController().signal });
        await work();
        // What comes later has a later id.
        await clock.advance(1);
      }
    },
    async runs() {
      return (await journal.list({ limit: 100 })).toReversed();
    },
  };
}
