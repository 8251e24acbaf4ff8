import { describe, expect, it } from 'vitest';
import { createRedelivery } from '../../src/broker/redelivery.ts';
import type { Event } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { createMemoryOutbox } from '../support/memory-outbox.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const MINUTE = 60_000;
const event = (id: string): Event => ({ specversion: '1.0', id, source: '/test', type: 'test.happened', tenant: '7' });

describe('dead letters to be published again', () => {
  /** Letters of the trigger `mine`, unless the id says otherwise, all to be redelivered now. */
  async function house(ids: readonly string[], publish: (event: Event) => Promise<unknown>) {
    const [outbox, clock, log] = [createMemoryOutbox(), createSimulatedClock(), createQuietLog()];
    for (const id of ids) {
      await outbox.bury(event(id), 'It failed.', clock.now(), id.startsWith('other') ? 'other' : 'mine');
    }
    const redelivery = createRedelivery(
      { outbox, publish, clock, log },
      { takes: ({ trigger }) => trigger === 'mine' },
    );
    for (const { delivery } of await outbox.deadLetters({ limit: 1000 })) await outbox.redeliver(delivery, clock.now());
    return { outbox, clock, redelivery };
  }

  it('are those that it takes, however many of others lie before them', async () => {
    const others = Array.from({ length: 250 }, (_, index) => `other-${index}`);
    const published: string[] = [];
    const { outbox, redelivery } = await house([...others, 'mine'], async ({ id }) => published.push(id));
    await redelivery.pass();
    expect(published).toEqual(['mine']);
    expect(outbox.unsettled.length).toBe(250);
  });

  it('are looked for every minute until it is stopped', async () => {
    const times: number[] = [];
    const { outbox, clock, redelivery } = await house(['1'], async () => {
      times.push(clock.now() - begun);
      if (times.length < 3) throw new Error('away');
    });
    const begun = clock.now();
    redelivery.start();
    await clock.until(() => outbox.unsettled.length === 0);
    expect(times).toEqual([0, MINUTE, 2 * MINUTE]);
    await redelivery.stop();
    expect(clock.timers()).toEqual([]);
  });

  it('are dead again, for the reason given, where nobody is there to handle them', async () => {
    const { outbox, clock, redelivery } = await house(['1'], async () => {
      throw new FairleadError('event.unhandled', 'It is nobody’s.');
    });
    await redelivery.pass();
    expect(await outbox.deadLetters({ limit: 2 })).toMatchObject([
      { trigger: 'mine', reason: 'event.unhandled: It is nobody’s.', at: clock.now() },
    ]);
    expect(outbox.unsettled).toEqual([]);
  });
});
