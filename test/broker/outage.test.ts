/** How long what a subscriber needs may be away before events are given up: by the policy that goes into the manifests. */
import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/broker/delivery.ts';
import type { Event } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { createHurriedClock } from './hurried-clock.ts';
import { openStage, type Stage, untilTrue } from './knative-stage.ts';

const MINUTE = 60_000;
/** No try of these takes as long. */
const delivery = { ...DEFAULT_POLICY, timeout: 'PT2H' } as const;
const EVENT: Event = { specversion: '1.0', id: '1', source: '/test', type: 'test.happened', tenant: '7' };

let stage: Stage;
afterEach(() => stage.close());

/** The database is away for so long from the first try on, and then no more; each try is told by when it came. */
async function deliverDuring(
  outageMs: number,
): Promise<{ readonly tries: readonly number[]; readonly done: number[] }> {
  const clock = createHurriedClock();
  stage = await openStage({ brokerClock: clock });
  const [tries, done]: [number[], number[]] = [[], []];
  let began = Number.NaN;
  stage.broker.subscribe({ name: 'all', filters: [], delivery }, async () => {
    began = Number.isNaN(began) ? clock.now() : began;
    const at = clock.now() - began;
    tries.push(at);
    if (at < outageMs) throw new FairleadError('store.unavailable', 'The database is away.');
    done.push(at);
    return undefined;
  });
  await stage.start();
  await stage.broker.publish(EVENT);
  await untilTrue(() => tries.length > 0 && stage.lookAlike.isIdle(), 60_000);
  return { tries, done };
}

describe('a database that is away', () => {
  test.each([
    [5, 300],
    [30, 1830],
    [60, 3655],
  ])('for %i minutes costs no event: it is handled after %i seconds', async (minutes, seconds) => {
    const { done } = await deliverDuring(minutes * MINUTE);
    expect(done).toEqual([seconds * 1000]);
    expect(stage.letters).toEqual([]);
  });

  test('for longer than the tries last makes the event a dead letter, after 66 minutes and 45 seconds', async () => {
    const { tries, done } = await deliverDuring(Number.POSITIVE_INFINITY);
    expect([tries.length, tries.at(-1)]).toEqual([91, 66 * MINUTE + 45_000]);
    expect(done).toEqual([]);
    expect(stage.letters.map(({ id }) => id)).toEqual(['1']);
  });
});
