/** Outages of hours in virtual time: a GitHub that goes on sending, a house that nothing gets into, and what is found after. */
import { describe, expect, test } from 'vitest';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import type { HookAttempt } from '../../src/source/hook-deliveries.ts';
import { createRecovery, type Recovery } from '../../src/source/recovery.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';
import { recordingLog, recordingMetrics } from './doubles.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const PER_PAGE = 100;
/** How long GitHub lists an attempt and delivers it again. */
const REMEMBERED = 72 * HOUR;
const GIVEN_UP = 'a missed delivery is given up';

interface World {
  /** A webhook each so many milliseconds: `w0`, `w1`, … */
  readonly every: number;
  /** The status of an attempt, `at` milliseconds after the start. */
  readonly answer: (at: number, guid: string) => number;
  /** Whether the store can be written. */
  readonly isWritable?: (at: number) => boolean;
}

function simulate({ every, answer, isWritable = () => true }: World) {
  const clock = createSimulatedClock();
  const began = clock.now();
  const attempts: HookAttempt[] = [];
  const inbox = new Set<string>();
  const asked: { readonly guid: string; readonly at: number }[] = [];
  const accepted: string[] = [];
  const calls: number[] = [];
  const notes = new Map<string, string>();
  const { log, lines } = recordingLog();
  let recovery: Recovery | undefined;

  function attempt(guid: string, redelivery: boolean): void {
    const statusCode = answer(clock.now() - began, guid);
    if (statusCode < 300) {
      inbox.add(guid);
      accepted.push(guid);
    }
    const id = attempts.length + 1;
    attempts.push({ id, guid, statusCode, redelivery, deliveredAt: clock.now(), installation: 1 });
  }

  function happen(number: number): void {
    attempt(`w${number}`, false);
    clock.after(every, () => happen(number + 1));
  }

  /** Another process over the same store, if there was one before. */
  async function start(): Promise<void> {
    await recovery?.stop();
    recovery = createRecovery({
      hookDeliveries: {
        async list(page) {
          calls.push(clock.now() - began);
          const end = page === undefined ? attempts.length : Number(page);
          const first = Math.max(end - PER_PAGE, 0);
          const listed = attempts.slice(first, end).filter((one) => one.deliveredAt > clock.now() - REMEMBERED);
          const isLast = first === 0 || listed.length < end - first;
          return { attempts: listed.toReversed(), next: isLast ? undefined : String(first) };
        },
        async redeliver(id) {
          calls.push(clock.now() - began);
          const { guid } = attempts[id - 1] as HookAttempt;
          asked.push({ guid, at: clock.now() - began });
          clock.after(5 * SECOND, () => attempt(guid, true));
        },
      },
      outbox: { unknown: async (_tenant, ids) => ids.filter((id) => !inbox.has(id)) },
      notes: {
        read: async (_tenant, name) => notes.get(name),
        async write(_tenant, name, value) {
          if (!isWritable(clock.now() - began)) throw new FairleadError('store.unavailable', 'The disk is full.');
          notes.set(name, value);
        },
      },
      clock,
      log,
      metrics: recordingMetrics().metrics,
    });
    recovery.start();
  }

  happen(0);
  return {
    clock,
    start,
    stop: async () => recovery?.stop(),
    asked,
    /** How often a webhook was asked for. */
    asksOf: (guid: string) => asked.filter((one) => one.guid === guid).length,
    /** The most calls to GitHub in an hour. */
    callsPerHour: () =>
      Math.max(
        ...Map.groupBy(calls, (at) => Math.floor(at / HOUR))
          .values()
          .map((of) => of.length),
      ),
    /** Each webhook as often as it got in. */
    accepted,
    missing: () => [...new Set(attempts.map(({ guid }) => guid))].filter((guid) => !inbox.has(guid)),
    told: (text = '') => lines.filter((line) => line.level !== 'debug' && line.text.includes(text)),
    errors: () => lines.filter(({ level }) => level === 'error'),
  };
}

describe('After an outage while the bot runs, nothing is lost, nothing comes twice, little was asked for in vain, and the log is short:', () => {
  const disk = { status: 503, what: 'a full disk' };
  const proxy = { status: 502, what: 'a proxy without us' };
  test.each([proxy, disk].flatMap((of) => [2, 4, 8].map((hours) => ({ ...of, hours }))))(
    '$hours hours of $what',
    async ({ status, hours }) => {
      const isOut = (at: number) => at >= HOUR && at < (1 + hours) * HOUR;
      const house = simulate({
        every: MINUTE,
        answer: (at) => (isOut(at) ? status : 202),
        isWritable: (at) => status !== 503 || !isOut(at),
      });
      await house.start();

      await house.clock.advance((1 + hours) * HOUR - 1);
      const [missed, inVain] = [house.missing().length, house.asked.length];
      await house.clock.advance(2 * HOUR);
      await house.stop();

      expect(missed).toBe(hours * 60);
      expect(house.missing()).toEqual([]);
      expect(house.accepted.toSorted()).toEqual([...new Set(house.accepted)].sort());
      expect(inVain).toBeLessThanOrEqual(hours * 36 + 10);
      expect(house.asked.length - inVain).toBeLessThanOrEqual(missed + 10);
      expect(house.callsPerHour()).toBeLessThan(700);
      expect(house.errors()).toEqual([]);
      expect(house.told().length).toBeLessThan(30);
    },
  );

  test('hours of 401, until the operator adds the secret', async () => {
    const house = simulate({ every: 10 * MINUTE, answer: (at) => (at < 8 * HOUR ? 401 : 202) });
    await house.start();

    await house.clock.advance(9 * HOUR);
    await house.stop();

    expect(house.missing()).toEqual([]);
    expect(house.errors()).toEqual([]);
  });

  test('a night in a house where little happens, with a restart each hour', async () => {
    const house = simulate({ every: 24 * HOUR, answer: (at) => (at < 8 * HOUR ? 502 : 202) });

    for (let hour = 0; hour < 10; hour += 1) {
      await house.start();
      await house.clock.advance(HOUR);
    }
    await house.stop();

    expect(house.missing()).toEqual([]);
    expect(house.asksOf('w0')).toBeLessThanOrEqual(9);
  });
});

describe('A webhook that never gets in', () => {
  test('while others do is asked for ever more seldom, until GitHub forgets it, and given up once', async () => {
    const house = simulate({ every: 5 * MINUTE, answer: (_at, guid) => (guid === 'w12' ? 500 : 202) });
    await house.start();

    await house.clock.advance(150 * HOUR);
    await house.stop();

    const asks = house.asked.map(({ at }) => at - HOUR);
    const pauses = asks.slice(1).map((at, index) => (at - (asks[index] as number)) / MINUTE);
    expect(pauses.slice(0, 6)).toEqual([15, 25, 45, 85, 125, 125]);
    expect(asks.length).toBeLessThan(45);
    expect(asks.at(-1)).toBeLessThanOrEqual(REMEMBERED);
    expect(asks.at(-1)).toBeGreaterThan(REMEMBERED - 3 * HOUR);
    expect(house.told(GIVEN_UP)).toEqual([{ level: 'error', text: expect.stringContaining('remembers it no longer') }]);
  });

  test.each([400, 409])(
    'because we refuse it for good, with %i, is asked for once and given up once',
    async (status) => {
      const statuses: Readonly<Record<string, number>> = { w0: 500, w6: status };
      const house = simulate({ every: 10 * MINUTE, answer: (_at, guid) => statuses[guid] ?? 202 });
      await house.start();

      await house.clock.advance(24 * HOUR);
      await house.stop();

      expect(house.asksOf('w6')).toBe(1);
      expect(house.told(GIVEN_UP)).toEqual([{ level: 'error', text: expect.stringMatching(/w6.*refused for good/) }]);
    },
  );

  test('for longer than GitHub remembers is given up once, the others are not lost', async () => {
    const house = simulate({ every: HOUR, answer: (at) => (at < 79.5 * HOUR ? 502 : 202) });
    await house.start();

    await house.clock.advance(160 * HOUR);
    await house.stop();

    const lost = house.missing();
    expect(lost).toEqual(['w0', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7']);
    expect(house.errors().map(({ text }) => /"event":"(\w+)"/.exec(text)?.[1])).toEqual(lost);
    expect(house.told().length).toBeLessThan(30);
  });
});

test('once something gets in again, what failed while nothing did is not left alone for its failures', async () => {
  const answer = (at: number) => (at < 8 * HOUR ? 502 : 202);
  const house = simulate({ every: 110 * MINUTE, answer });
  await house.start();

  await house.clock.advance(8 * HOUR);
  expect(house.missing()).toEqual(['w0', 'w1', 'w2', 'w3', 'w4']);
  await house.clock.advance(HOUR + 20 * MINUTE);
  await house.stop();

  expect(house.missing()).toEqual([]);
});
