import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Subscriber, Trigger } from '../../src/broker/broker.ts';
import { createEmbeddedBroker } from '../../src/broker/embedded.ts';
import type { Event } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { createMemoryOutbox, type MemoryOutbox } from '../support/memory-outbox.ts';
import { createQuietLog } from '../support/quiet.ts';
import { createSimulatedClock, type SimulatedClock } from '../support/simulated-clock.ts';

function event(id: string, tenant = '7', overrides: Partial<Event> = {}): Event {
  return { specversion: '1.0', id, source: '/test', type: 'test.happened', tenant, data: { id }, ...overrides };
}

function house(given: { outbox?: MemoryOutbox; clock?: SimulatedClock } = {}) {
  const outbox = given.outbox ?? createMemoryOutbox();
  const clock = given.clock ?? createSimulatedClock();
  const log = createQuietLog();
  const metrics = createMetrics();
  const broker = createEmbeddedBroker({ outbox, clock, log, metrics, random: () => 0 });
  return { outbox, clock, log, metrics, broker };
}

const ALL: Trigger = { name: 'all', filters: [] };
const never = new Promise<undefined>(() => undefined);
const recordInto =
  (ids: string[]): Subscriber =>
  async ({ id }) => {
    ids.push(id);
    return undefined;
  };

describe('retries', () => {
  it('come at the times of the policy, to the millisecond of a simulated clock', async () => {
    const { broker, clock, outbox } = house();
    const begun = clock.now();
    const times: number[] = [];
    broker.subscribe(
      { ...ALL, delivery: { retry: 4, backoffPolicy: 'exponential', backoffDelay: 'PT1S' } },
      async () => {
        times.push(clock.now() - begun);
        throw new Error('down');
      },
    );
    await broker.start();
    await broker.publish(event('1'));
    await clock.until(() => outbox.unsettled.length === 0);
    expect(times).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
    expect(await outbox.deadLetters({ limit: 9 })).toMatchObject([
      { trigger: 'all', attempts: 5, reason: 'Error: down', at: begun + 15_000 },
    ]);
  });

  it('wait as long as the subscriber asks', async () => {
    const { broker, clock } = house();
    const begun = clock.now();
    const times: number[] = [];
    broker.subscribe(ALL, async (_, { attempt }) => {
      times.push(clock.now() - begun);
      if (attempt === 1) throw new FairleadError('github.rate_limited', 'Wait.', { status: 429, retryAfter: 42_000 });
      return undefined;
    });
    await broker.start();
    await broker.publish(event('1'));
    await clock.until(() => times.length === 2);
    expect(times).toEqual([0, 42_000]);
  });

  it('follow a try that takes too long, whose signal is aborted', async () => {
    const { broker, clock } = house();
    const signals: AbortSignal[] = [];
    broker.subscribe(
      { ...ALL, delivery: { retry: 1, backoffPolicy: 'linear', backoffDelay: 'PT1S', timeout: 'PT3S' } },
      (_, given) => {
        signals.push(given.signal);
        return given.attempt === 1 ? never : Promise.resolve(undefined);
      },
    );
    await broker.start();
    const begun = clock.now();
    await broker.publish(event('1'));
    await clock.until(() => signals.length === 2);
    expect(clock.now() - begun).toBe(3_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]?.reason).toMatchObject({ code: 'delivery.failed', message: expect.stringContaining('3000 ms') });
  });

  it('start anew for a dead letter that a person redelivers', async () => {
    const { broker, clock, outbox } = house();
    const attempts: number[] = [];
    broker.subscribe(
      { ...ALL, delivery: { retry: 0, backoffPolicy: 'linear', backoffDelay: 'PT1S' } },
      async (_, { attempt }) => {
        attempts.push(attempt);
        if (attempts.length === 1) throw new Error('down');
        return undefined;
      },
    );
    await broker.start();
    await broker.publish(event('1'));
    await clock.until(() => outbox.unsettled.length === 0);
    const [letter] = await outbox.deadLetters({ limit: 1 });
    await outbox.redeliver(letter!.delivery, clock.now());
    await clock.until(() => attempts.length === 2, 10_000);
    expect(attempts).toEqual([1, 1]);
  });
});

describe('turns among tenants', () => {
  it('a tenant with 100,000 deliveries due does not delay another tenant', async () => {
    const { broker, clock, outbox } = house();
    for (let nth = 0; nth < 100_000; nth += 1) outbox.seed(event(`big-${nth}`, 'big'), ['all'], clock.now());
    const handled: string[] = [];
    broker.subscribe({ ...ALL, concurrency: 8 }, async ({ id }) => {
      handled.push(id);
      await new Promise<void>((resolve) => clock.after(100, resolve));
      return undefined;
    });
    await broker.start();
    await clock.advance(1_000);
    const before = handled.length;
    await broker.publish(event('small', 'small'));
    const begun = clock.now();
    await clock.until(() => handled.includes('small'));
    expect(clock.now() - begun).toBeLessThanOrEqual(100);
    expect(handled.indexOf('small') - before).toBeLessThanOrEqual(8);
    await broker.drain(0);
  });

  it('two tenants with backlogs are served alternately', async () => {
    const { broker, clock, outbox } = house();
    for (let nth = 0; nth < 1_000; nth += 1) outbox.seed(event(`a-${nth}`, 'a'), ['all'], clock.now());
    for (let nth = 0; nth < 100; nth += 1) outbox.seed(event(`b-${nth}`, 'b'), ['all'], clock.now());
    const handled: string[] = [];
    broker.subscribe({ ...ALL, concurrency: 2 }, async ({ id }) => {
      handled.push(id);
      await new Promise<void>((resolve) => clock.after(10, resolve));
      return undefined;
    });
    await broker.start();
    await clock.until(() => handled.includes('b-99'));
    const ofA = handled.filter((id) => id.startsWith('a'));
    expect(ofA.length).toBeLessThanOrEqual(110);
    await clock.until(() => handled.length === 1_100);
    expect(new Set(handled).size).toBe(1_100);
  });

  it('a tenant whose deliveries hang leaves places for the others', async () => {
    const { broker, clock } = house();
    const handled: string[] = [];
    broker.subscribe({ ...ALL, concurrency: 4 }, ({ id, tenant }) => {
      handled.push(id);
      return tenant === 'slow' ? never : Promise.resolve(undefined);
    });
    await broker.start();
    for (let nth = 0; nth < 20; nth += 1) await broker.publish(event(`slow-${nth}`, 'slow'));
    for (let nth = 0; nth < 20; nth += 1) await broker.publish(event(`quick-${nth}`, 'quick'));
    await clock.settle();
    expect(handled.filter((id) => id.startsWith('slow'))).toHaveLength(3);
    expect(handled.filter((id) => id.startsWith('quick'))).toHaveLength(20);
    await broker.drain(0);
  });

  it('no more deliveries of a trigger are under way than its concurrency', async () => {
    const { broker, clock } = house();
    let active = 0;
    let most = 0;
    let done = 0;
    broker.subscribe({ ...ALL, concurrency: 3 }, async () => {
      active += 1;
      most = Math.max(most, active);
      await new Promise<void>((resolve) => clock.after(50, resolve));
      active -= 1;
      done += 1;
      return undefined;
    });
    await broker.start();
    await Promise.all(Array.from({ length: 30 }, (_, nth) => broker.publish(event(`${nth}`, `${nth % 5}`))));
    await clock.until(() => done === 30);
    expect(most).toBe(3);
  });
});

describe('the store', () => {
  it('is not asked for what was just published, and settlements share commits', async () => {
    const { broker, clock, outbox } = house();
    const handled: string[] = [];
    broker.subscribe(ALL, recordInto(handled));
    await broker.start();
    await Promise.all(Array.from({ length: 50 }, (_, nth) => broker.publish(event(`${nth}`))));
    await clock.settle();
    expect(handled).toHaveLength(50);
    expect(outbox.pages).toBe(0);
    expect(outbox.unsettled).toEqual([]);
    expect(outbox.commits.length).toBeLessThanOrEqual(2);
  });

  it('is read for what memory had no room for', async () => {
    const { broker, clock, outbox } = house();
    const handled: string[] = [];
    broker.subscribe({ ...ALL, concurrency: 1 }, async ({ id }) => {
      await new Promise<void>((resolve) => clock.after(1, resolve));
      handled.push(id);
      return undefined;
    });
    await broker.start();
    await Promise.all(Array.from({ length: 1_000 }, (_, nth) => broker.publish(event(`${nth}`))));
    await clock.until(() => outbox.unsettled.length === 0);
    expect(new Set(handled).size).toBe(1_000);
    expect(handled).toHaveLength(1_000);
    expect(outbox.pages).toBeGreaterThan(0);
  });

  it('when down makes publish reject, and the dispatcher goes on when it is back', async () => {
    const { broker, clock, outbox, log } = house();
    const handled: string[] = [];
    broker.subscribe(ALL, recordInto(handled));
    await broker.start();
    outbox.isDown = true;
    await expect(broker.publish(event('lost'))).rejects.toMatchObject({ code: 'store.unavailable' });
    outbox.seed(event('waiting'), ['all'], clock.now());
    await clock.advance(60_000);
    expect(handled).toEqual([]);
    const complaints = log.lines.filter(({ level }) => level === 'error').length;
    expect(complaints).toBe(1);
    outbox.isDown = false;
    await clock.until(() => handled.length === 1, 31_000);
    await broker.publish(event('after'));
    await clock.settle();
    expect(handled).toEqual(['waiting', 'after']);
  });

  it('when it cannot take an outcome is given it later, and the delivery is not repeated meanwhile', async () => {
    const { broker, clock, outbox } = house();
    let tries = 0;
    broker.subscribe(ALL, async () => {
      tries += 1;
      outbox.isDown = true;
      return undefined;
    });
    await broker.start();
    await broker.publish(event('1'));
    await clock.advance(20_000);
    expect(outbox.unsettled).toHaveLength(1);
    outbox.isDown = false;
    await clock.until(() => outbox.unsettled.length === 0);
    await clock.advance(20_000);
    expect(tries).toBe(1);
  });

  it('keeps a reply and its question apart from harm: no reply published, no delivery settled', async () => {
    const { broker, clock, outbox } = house();
    const seen: number[] = [];
    const question = { name: 'question', filters: [{ exact: { type: 'test.happened' } }] };
    broker.subscribe(question, async (given, { attempt }) => {
      seen.push(attempt);
      outbox.isDown = attempt === 1;
      if (attempt === 1) clock.after(5_000, () => Object.assign(outbox, { isDown: false }));
      return { ...given, id: 'reply', type: 'test.answered' };
    });
    const answers: string[] = [];
    broker.subscribe({ name: 'answer', filters: [{ exact: { type: 'test.answered' } }] }, recordInto(answers));
    await broker.start();
    await broker.publish(event('1'));
    await clock.until(() => answers.length === 1);
    await clock.advance(60_000);
    expect(seen).toEqual([1, 2]);
    expect(answers).toEqual(['reply']);
  });
});

describe('restart and drain', () => {
  it('a restart resumes whatever was not settled, and nothing that was', async () => {
    const first = house();
    const before: string[] = [];
    first.broker.subscribe({ ...ALL, concurrency: 4 }, ({ id }) => {
      before.push(id);
      return Number(id) < 3 ? Promise.resolve(undefined) : never;
    });
    await first.broker.start();
    for (let nth = 0; nth < 10; nth += 1) await first.broker.publish(event(`${nth}`));
    await first.clock.settle();

    const second = house({ outbox: first.outbox, clock: createSimulatedClock(first.clock.now()) });
    const after: string[] = [];
    second.broker.subscribe(ALL, recordInto(after));
    await second.broker.start();
    await second.clock.until(() => second.outbox.unsettled.length === 0);
    expect(after).toEqual(['3', '4', '5', '6', '7', '8', '9']);
  });

  it('what was published before the start is delivered after it', async () => {
    const { broker, clock } = house();
    const handled: string[] = [];
    broker.subscribe(ALL, recordInto(handled));
    await broker.publish(event('early'));
    await clock.advance(10_000);
    expect(handled).toEqual([]);
    await broker.start();
    await clock.settle();
    expect(handled).toEqual(['early']);
  });

  it('drain waits for what is under way, begins nothing more, and settles it', async () => {
    const { broker, clock, outbox } = house();
    const handled: string[] = [];
    broker.subscribe({ ...ALL, concurrency: 1 }, async ({ id }) => {
      await new Promise<void>((resolve) => clock.after(1_000, resolve));
      handled.push(id);
      return undefined;
    });
    await broker.start();
    await broker.publish(event('under way'));
    await broker.publish(event('waiting'));
    let isDrained = false;
    const drained = broker.drain(5_000).then(() => {
      isDrained = true;
    });
    await clock.advance(999);
    expect(isDrained).toBe(false);
    await clock.advance(1);
    await drained;
    expect(handled).toEqual(['under way']);
    expect(outbox.unsettled.map(({ event: { id } }) => id)).toEqual(['waiting']);
    expect(await broker.publish(event('late'))).toBe('accepted');
    await clock.advance(60_000);
    expect(handled).toEqual(['under way']);
  });

  it('drain aborts at the deadline what is not done, which then counts as never tried', async () => {
    const { broker, clock, outbox } = house();
    let signal: AbortSignal | undefined;
    broker.subscribe(ALL, (_, delivery) => {
      signal = delivery.signal;
      return never;
    });
    await broker.start();
    await broker.publish(event('1'));
    const drained = broker.drain(5_000);
    await clock.advance(5_000);
    await drained;
    expect(signal?.aborted).toBe(true);
    expect(outbox.unsettled).toMatchObject([{ attempts: 0 }]);
    expect(outbox.commits).toEqual([]);
  });

  it('a subscriber that rejects because its signal was aborted is not taken for one that failed', async () => {
    const { broker, clock, outbox } = house();
    broker.subscribe(
      ALL,
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('The operation was aborted.')));
        }),
    );
    await broker.start();
    await broker.publish(event('1'));
    await broker.drain(0);
    await clock.settle();
    expect(outbox.unsettled).toMatchObject([{ attempts: 0 }]);
    expect(outbox.commits).toEqual([]);
  });

  it('a dead letter that no trigger was found for goes to who adopts it, and is one again where that refuses it', async () => {
    const { broker, clock, outbox } = house();
    const adopted: string[] = [];
    broker.subscribe(ALL, async () => undefined);
    broker.adopt(async ({ id }) => {
      adopted.push(id);
      if (adopted.length === 1) throw new FairleadError('event.unhandled', 'It is nobody’s.');
      return undefined;
    });
    await outbox.bury(event('1'), 'It is nobody’s.', clock.now());
    await broker.start();
    const [letter] = await outbox.deadLetters({ limit: 1 });

    await outbox.redeliver(letter!.delivery, clock.now());
    await clock.until(() => outbox.unsettled.length === 0);
    expect(await outbox.deadLetters({ limit: 2 })).toMatchObject([
      { delivery: letter!.delivery, trigger: '', reason: 'event.unhandled: It is nobody’s.' },
    ]);

    await outbox.redeliver(letter!.delivery, clock.now());
    await clock.until(() => outbox.unsettled.length === 0);
    expect(adopted).toEqual(['1', '1']);
    expect(await outbox.deadLetters({ limit: 1 })).toEqual([]);
  });

  it('a delivery for a subscriber that exists no more becomes a dead letter that says so', async () => {
    const { broker, clock, outbox } = house();
    outbox.seed(event('1'), ['removed'], clock.now());
    broker.subscribe(ALL, async () => undefined);
    await broker.start();
    await clock.until(() => outbox.unsettled.length === 0);
    expect(await outbox.deadLetters({ limit: 1 })).toMatchObject([
      { trigger: 'removed', reason: expect.stringContaining('No subscriber is declared under the name "removed"') },
    ]);
  });
});

describe('declaring subscribers', () => {
  const declare = (trigger: Partial<Trigger>) => () =>
    house().broker.subscribe({ ...ALL, ...trigger }, async () => undefined);

  it.each([
    ['a name with a capital', { name: 'All' }, 'trigger "All" must be named in lower-case letters'],
    ['a concurrency of none', { concurrency: 0 }, 'trigger "all" must have a concurrency of 1 or more'],
    [
      'filters with a mistake',
      { filters: [{ exact: { type: '' } }] },
      'trigger "all".filters[0].exact.type must not be empty',
    ],
    [
      'a delivery policy with a mistake',
      { delivery: { retry: 1, backoffPolicy: 'linear', backoffDelay: '1s' } as const },
      'trigger "all".delivery.backoffDelay is "1s"',
    ],
  ])('refuses %s', (_, trigger, message) => {
    expect(declare(trigger)).toThrow(message);
  });

  it('refuses a second one of the same name, and any after the start', async () => {
    const { broker } = house();
    broker.subscribe(ALL, async () => undefined);
    expect(() => broker.subscribe(ALL, async () => undefined)).toThrow('trigger "all" is declared twice');
    await broker.start();
    expect(() => broker.subscribe({ ...ALL, name: 'late' }, async () => undefined)).toThrow(
      'after the broker has started',
    );
    await broker.drain(0);
  });

  it('counts events and deliveries', async () => {
    const { broker, clock, metrics } = house();
    broker.subscribe(ALL, async () => undefined);
    await broker.start();
    await broker.publish(event('1'));
    await broker.publish(event('1'));
    await clock.settle();
    const { text } = await metrics.expose();
    expect(text).toContain('fairlead_events_total{type="test.happened",outcome="accepted"} 1');
    expect(text).toContain('fairlead_events_total{type="test.happened",outcome="duplicate"} 1');
    expect(text).toContain('fairlead_deliveries_total{trigger="all",outcome="done"} 1');
  });
});

describe('whatever fails', () => {
  const FATES = ['ok', 'fail', 'hang', 'refuse', 'store down', 'restart'] as const;
  const scripts = fc.array(fc.constantFrom(...FATES), { maxLength: 60 });
  const counts = fc.record({ events: fc.integer({ min: 1, max: 25 }), concurrency: fc.integer({ min: 1, max: 4 }) });

  /** Publishes events while the tries meet the fates of the script, one after the other, over processes that come and go. */
  async function play(
    script: readonly (typeof FATES)[number][],
    { events, concurrency }: { events: number; concurrency: number },
  ) {
    const outbox = createMemoryOutbox();
    const clock = createSimulatedClock();
    const fates = [...script];
    const resolved = new Set<string>();
    const delivery = { retry: 100, backoffPolicy: 'linear', backoffDelay: 'PT0.05S', timeout: 'PT1S' } as const;
    let current = open();

    function open() {
      const process = { isGone: false };
      // What a process that is gone had still wanted to write is never written.
      const settle: MemoryOutbox['settle'] = (batch) => (process.isGone ? never.then() : outbox.settle(batch));
      const { broker } = house({ outbox: Object.assign(Object.create(outbox), { settle }), clock });
      broker.subscribe({ ...ALL, concurrency, delivery }, async ({ id }) => {
        const fate = fates.shift();
        if (fate === 'hang') return never;
        if (fate === 'fail') throw new Error('failed');
        if (fate === 'refuse') throw new FairleadError('delivery.refused', 'No.');
        if (fate === 'restart') await restart();
        if (fate === 'store down') {
          outbox.isDown = true;
          clock.after(3_000, () => Object.assign(outbox, { isDown: false }));
        }
        resolved.add(id);
        return undefined;
      });
      return { ...broker, process };
    }

    async function restart(): Promise<void> {
      current.process.isGone = true;
      void current.drain(0);
      current = open();
      await current.start();
    }

    async function isPublished(id: number): Promise<boolean> {
      const receipt = await current.publish(event(`${id}`, `${id % 3}`)).catch(() => undefined);
      return receipt !== undefined;
    }

    await current.start();
    for (let id = 1; id <= events; id += 1) await clock.until(() => isPublished(id));
    await clock.until(() => outbox.unsettled.length === 0);
    await clock.advance(60_000);
    await current.drain(0);
    return { settlements: outbox.commits.flat().filter(({ outcome }) => outcome !== 'retry'), resolved };
  }

  it('every delivery is settled exactly once, and as done only when its subscriber resolved', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, counts, async (script, given) => {
        const { settlements, resolved } = await play(script, given);
        const expected = Array.from({ length: given.events }, (_, nth) => nth + 1);
        expect(settlements.map(({ delivery }) => delivery).sort((a, b) => a - b)).toEqual(expected);
        const done = settlements.filter(({ outcome }) => outcome === 'done').map(({ delivery }) => `${delivery}`);
        expect(done.filter((id) => !resolved.has(id))).toEqual([]);
        const refusals = script.filter((fate) => fate === 'refuse').length;
        expect(settlements.length - done.length).toBeLessThanOrEqual(refusals);
      }),
      { numRuns: 100 },
    );
  });
});
