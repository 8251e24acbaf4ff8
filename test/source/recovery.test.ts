import { describe, expect, test } from 'vitest';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import type { HookAttempt, HookAttemptPage } from '../../src/source/hook-deliveries.ts';
import { createRecovery, type RecoveryDependencies } from '../../src/source/recovery.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';
import { recordingLog, recordingMetrics } from './doubles.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const PER_PAGE = 3;

type Told = Partial<HookAttempt> & { readonly guid: string; readonly minutesAgo: number };

/** A GitHub with these attempts, an inbox with these ids, and a recovery between them. */
function house(
  told: readonly Told[],
  {
    inbox = [],
    cursor = 'an hour ago',
    ...bounds
  }: Partial<RecoveryDependencies> & {
    inbox?: readonly string[];
    cursor?: 'an hour ago' | 'none';
  } = {},
) {
  const clock = createSimulatedClock();
  const attempts: HookAttempt[] = told.map(({ minutesAgo, ...rest }, index) => ({
    id: 1000 + index,
    statusCode: 202,
    redelivery: false,
    installation: 1,
    deliveredAt: clock.now() - minutesAgo * MINUTE,
    ...rest,
  }));
  const known = new Set(inbox.map((id) => (id.includes('/') ? id : `1/${id}`)));
  const asked: string[] = [];
  const pages: (string | undefined)[] = [];
  const written: Record<string, string> =
    cursor === 'none' ? {} : { '0/source.recovery.cursor': String(clock.now() - 60 * MINUTE) };
  const notes = {
    read: async (tenant: string, name: string) => written[`${tenant}/${name}`],
    async write(tenant: string, name: string, value: string) {
      written[`${tenant}/${name}`] = value;
    },
  };
  const failures: Error[] = [];
  const refusals: Error[] = [];
  const { log, text } = recordingLog();
  const { metrics, counted } = recordingMetrics();
  const recovery = createRecovery({
    hookDeliveries: {
      async list(page): Promise<HookAttemptPage> {
        pages.push(page);
        const failure = failures.shift();
        if (failure) throw failure;
        const newestFirst = attempts.toSorted((one, other) => other.deliveredAt - one.deliveredAt);
        const start = Number(page ?? 0);
        const next = start + PER_PAGE < newestFirst.length ? String(start + PER_PAGE) : undefined;
        return { attempts: newestFirst.slice(start, start + PER_PAGE), next };
      },
      async redeliver(id) {
        const failure = refusals.shift();
        if (failure) throw failure;
        const attempt = attempts.find((candidate) => candidate.id === id) as HookAttempt;
        asked.push(attempt.guid);
      },
    },
    outbox: { unknown: async (tenant, ids) => ids.filter((id) => !known.has(`${tenant}/${id}`)) },
    notes,
    clock,
    log,
    metrics,
    ...bounds,
  });
  return {
    recovery,
    clock,
    notes,
    asked,
    pages,
    failures,
    refusals,
    counted,
    logged: text,
    attempts,
    arrive: (guid: string) => known.add(`1/${guid}`),
    cursorMinutesAgo: () => (clock.now() - Number(written['0/source.recovery.cursor'])) / MINUTE,
  };
}

/** A webhook that was sent and then asked for, in vain each time. */
function failing(first: number, ...asked: readonly number[]): readonly Told[] {
  const failed = { guid: 'a', statusCode: 500 };
  return [
    { ...failed, minutesAgo: first },
    ...asked.map((minutesAgo) => ({ ...failed, minutesAgo, redelivery: true })),
  ];
}

describe('A pass asks GitHub again for', () => {
  const table: [sentence: string, told: readonly Told[], inbox: readonly string[], asked: readonly string[]][] = [
    ['a delivery that nobody answered', [{ guid: 'a', minutesAgo: 10, statusCode: 0 }], [], ['a']],
    ['a delivery that was answered 503', [{ guid: 'a', minutesAgo: 10, statusCode: 503 }], [], ['a']],
    ['a delivery that succeeded and is not in the inbox', [{ guid: 'a', minutesAgo: 10 }], [], ['a']],
    [
      'a delivery whose every attempt failed, once',
      [
        { guid: 'a', minutesAgo: 40, statusCode: 500 },
        { guid: 'a', minutesAgo: 20, statusCode: 502, redelivery: true },
      ],
      [],
      ['a'],
    ],
    [
      'the oldest first',
      [
        { guid: 'b', minutesAgo: 5 },
        { guid: 'a', minutesAgo: 30 },
      ],
      [],
      ['a', 'b'],
    ],
    [
      'one of no installation, which is kept apart',
      [{ guid: 'a', minutesAgo: 9, installation: undefined }],
      ['1/a'],
      ['a'],
    ],
    ['nothing that is in the inbox', [{ guid: 'a', minutesAgo: 10 }], ['a'], []],
    [
      'nothing that failed on the way back but is in the inbox',
      [{ guid: 'a', minutesAgo: 9, statusCode: 0 }],
      ['a'],
      [],
    ],
    ['nothing that may still be on its way', [{ guid: 'a', minutesAgo: 0.5, statusCode: 0 }], [], []],
    [
      'nothing that somebody asked for just now',
      [
        { guid: 'a', minutesAgo: 30, statusCode: 500 },
        { guid: 'a', minutesAgo: 5, statusCode: 500, redelivery: true },
      ],
      [],
      [],
    ],
    ['nothing from before the cursor', [{ guid: 'a', minutesAgo: 70, statusCode: 500 }], [], []],
    ['one that failed three times, when it has been left alone for forty minutes', failing(59, 57, 52, 41), [], ['a']],
    ['nothing that failed three times and was left alone for less', failing(59, 57, 52, 39), [], []],
    [
      'one that failed as often while nothing got in, after ten minutes, once something has',
      [...failing(59, 57, 52, 39), { guid: 'b', minutesAgo: 12 }],
      ['b'],
      ['a'],
    ],
    [
      'nothing that failed as often while others got in',
      [...failing(59, 57, 52, 39), ...['b', 'c', 'd', 'e'].map((guid, nth) => ({ guid, minutesAgo: 58 - 9 * nth }))],
      ['b', 'c', 'd', 'e'],
      [],
    ],
    [
      'nothing of which GitHub remembers only that it was asked for',
      [{ guid: 'a', minutesAgo: 30, statusCode: 500, redelivery: true }],
      [],
      [],
    ],
    [
      'one that was refused for good, for a proxy may have spoiled it',
      [{ guid: 'a', minutesAgo: 10, statusCode: 400 }],
      [],
      ['a'],
    ],
    [
      'nothing that was refused for good twice',
      [
        { guid: 'a', minutesAgo: 40, statusCode: 400 },
        { guid: 'a', minutesAgo: 20, statusCode: 400, redelivery: true },
      ],
      [],
      [],
    ],
    [
      'one that was not let in, whatever the reason that can be mended',
      [401, 403, 404, 408, 413, 415].flatMap((statusCode) => [
        { guid: `${statusCode}`, minutesAgo: 40, statusCode },
        { guid: `${statusCode}`, minutesAgo: 20, statusCode, redelivery: true },
      ]),
      [],
      ['401', '403', '404', '408', '413', '415'],
    ],
  ];
  test.each(table)('%s', async (_sentence, told, inbox, expected) => {
    const { recovery, asked } = house(told, { inbox });

    await recovery.pass();

    expect(asked).toEqual(expected);
  });

  test('both kinds apart in the metric and in the log', async () => {
    const { recovery, counted, logged } = house([
      { guid: 'a', minutesAgo: 10, statusCode: 0 },
      { guid: 'b', minutesAgo: 10 },
      { guid: 'c', minutesAgo: 10 },
    ]);

    await recovery.pass();

    expect(counted).toEqual({ 'recovered_deliveries_total failed': 1, 'recovered_deliveries_total unknown': 2 });
    expect(logged()).toContain('missed deliveries were asked for again');
  });
});

describe('At a first start, before which the inbox knew nothing,', () => {
  const elsewhere = [
    { guid: 'failed', minutesAgo: 2 * 24 * 60, statusCode: 500 },
    { guid: 'old', minutesAgo: 24 * 60 },
    { guid: 'mended', minutesAgo: 60, statusCode: 500 },
    { guid: 'mended', minutesAgo: 30, redelivery: true },
  ];

  test('a delivery that succeeded elsewhere is not asked for, one that failed is', async () => {
    const { recovery, asked } = house(elsewhere, { cursor: 'none' });

    await recovery.pass();

    expect(asked).toEqual(['failed']);
  });

  test.each([2, 3])('and neither is it in pass %i, though one that failed still holds the cursor', async (passes) => {
    const { recovery, asked, clock, cursorMinutesAgo } = house(elsewhere, { cursor: 'none' });

    for (let pass = 0; pass < passes; pass += 1) {
      await recovery.pass();
      await clock.advance(5 * MINUTE);
    }

    expect(cursorMinutesAgo()).toBeGreaterThan(2 * 24 * 60);
    expect(new Set(asked)).toEqual(new Set(['failed']));
  });

  test('nor by the next process, nor after a first pass that GitHub failed', async () => {
    const first = house(elsewhere, { cursor: 'none' });
    first.failures.push(new FairleadError('github.unavailable', 'down'));
    await expect(first.recovery.pass()).rejects.toThrow('down');
    await first.recovery.pass();
    const next = house(elsewhere, { notes: first.notes });

    await next.recovery.pass();

    expect([first.asked, next.asked]).toEqual([['failed'], ['failed']]);
  });

  test('what succeeds later and is not in the inbox is asked for even so', async () => {
    const { recovery, asked, clock, attempts } = house(elsewhere, { cursor: 'none' });
    await recovery.pass();
    await clock.advance(5 * MINUTE);
    attempts.push({ ...(attempts[1] as HookAttempt), id: 2000, guid: 'new', deliveredAt: clock.now() - 2 * MINUTE });

    await recovery.pass();

    expect(asked).toEqual(['failed', 'new']);
  });

  test('the list is read no further than GitHub remembers', async () => {
    const told = Array.from({ length: 12 }, (_, day) => ({
      guid: `${day}`,
      minutesAgo: day * 24 * 60 + 5,
      statusCode: 0,
    }));
    const { recovery, asked, pages } = house(told, { cursor: 'none' });

    await recovery.pass();

    expect(asked).toEqual(['2', '1', '0']);
    expect(pages).toHaveLength(2);
  });
});

describe('The cursor', () => {
  test('moves up to a minute ago when nothing is missing', async () => {
    const { recovery, cursorMinutesAgo } = house([{ guid: 'a', minutesAgo: 30 }], { inbox: ['a'] });

    await recovery.pass();

    expect(cursorMinutesAgo()).toBe(1);
  });

  test('waits at the oldest delivery that was asked for and is not here', async () => {
    const { recovery, cursorMinutesAgo, arrive } = house([
      { guid: 'a', minutesAgo: 30, statusCode: 500 },
      { guid: 'b', minutesAgo: 20, statusCode: 500 },
    ]);

    await recovery.pass();
    expect(cursorMinutesAgo()).toBe(30);
    arrive('a');
    await recovery.pass();
    expect(cursorMinutesAgo()).toBe(20);
    arrive('b');
    await recovery.pass();
    expect(cursorMinutesAgo()).toBe(1);
  });

  test.each(['github.not_found', 'github.invalid'] as const)(
    'moves past what GitHub will not deliver again: %s',
    async (code) => {
      const { recovery, refusals, cursorMinutesAgo, logged } = house([{ guid: 'a', minutesAgo: 30, statusCode: 500 }]);
      refusals.push(new FairleadError(code, 'no'));

      await recovery.pass();

      expect(cursorMinutesAgo()).toBe(1);
      expect(logged()).toMatch(/GitHub will not deliver it again.*a missed delivery is given up/);
    },
  );

  test('stays where it is when GitHub fails while it is asked', async () => {
    const { recovery, refusals, cursorMinutesAgo, asked } = house([{ guid: 'a', minutesAgo: 30, statusCode: 500 }]);
    refusals.push(new FairleadError('github.unavailable', 'down'));

    await expect(recovery.pass()).rejects.toThrow('down');
    expect(cursorMinutesAgo()).toBe(60);
    await recovery.pass();

    expect(asked).toEqual(['a']);
  });
});

describe('A pass is bounded', () => {
  const many = Array.from({ length: 10 }, (_, index) => ({
    guid: `${index}`,
    minutesAgo: 50 - index,
    statusCode: 500,
  }));

  test('in what it asks for; the next asks for the rest, and for nothing twice', async () => {
    const { recovery, asked, clock } = house(many, { redeliveriesPerPass: 4 });

    await recovery.pass();
    expect(asked).toEqual(['0', '1', '2', '3']);
    await clock.advance(MINUTE);
    await recovery.pass();
    expect(asked).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  test('in the pages it reads; the next reads on, and only then is anything decided', async () => {
    const { recovery, asked, pages } = house(many, { pagesPerPass: 2 });

    await recovery.pass();
    expect(asked).toEqual([]);
    await recovery.pass();

    expect(pages).toEqual([undefined, '3', '6', '9']);
    expect(asked).toHaveLength(10);
  });

  test('while nothing gets in, a few are asked for, each time others', async () => {
    const { recovery, asked, clock, attempts, logged } = house(many);
    await clock.advance(MINUTE);
    attempts.push(
      ...['x', 'y', 'z'].map((guid, nth) => ({
        ...(attempts[0] as HookAttempt),
        id: 2000 + nth,
        guid,
        deliveredAt: clock.now(),
      })),
    );

    await recovery.pass();
    await clock.advance(5 * MINUTE);
    await recovery.pass();

    expect(asked).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(logged().split('webhooks do not get in')).toHaveLength(2);
  });

  test('in what it says: what is given up is said once, though an older webhook has it looked at in each pass', async () => {
    const { recovery, refusals, clock, logged } = house([
      { guid: 'old', minutesAgo: 40, statusCode: 500 },
      { guid: 'old', minutesAgo: 2, statusCode: 500, redelivery: true },
      { guid: 'gone', minutesAgo: 30, statusCode: 500 },
    ]);
    refusals.push(new FairleadError('github.not_found', 'no'));

    for (let pass = 0; pass < 3; pass += 1) {
      await recovery.pass();
      await clock.advance(MINUTE);
    }

    expect(logged().split('a missed delivery is given up')).toHaveLength(2);
  });

  test('what did not arrive is asked for again after ten minutes', async () => {
    const { recovery, asked, clock } = house([{ guid: 'a', minutesAgo: 30, statusCode: 500 }]);

    await recovery.pass();
    await clock.advance(9 * MINUTE);
    await recovery.pass();
    expect(asked).toEqual(['a']);
    await clock.advance(2 * MINUTE);
    await recovery.pass();
    expect(asked).toEqual(['a', 'a']);
  });
});

describe('When GitHub fails', () => {
  test('a pass rejects, keeps the cursor and begins anew next time', async () => {
    const { recovery, asked, failures, cursorMinutesAgo } = house([{ guid: 'a', minutesAgo: 30, statusCode: 500 }]);
    failures.push(new FairleadError('github.unavailable', 'down'));

    await expect(recovery.pass()).rejects.toThrow('down');
    expect(cursorMinutesAgo()).toBe(60);
    await recovery.pass();

    expect(asked).toEqual(['a']);
  });

  test('passes pause for a minute, then two, then four, and go back to five once it works', async () => {
    const { recovery, clock, failures, pages } = house([]);
    failures.push(...[1, 2, 3].map(() => new FairleadError('github.unavailable', 'down')));
    const at: number[] = [];

    recovery.start();
    await clock.settle();
    for (let pass = 0; pass < 4; pass += 1) {
      at.push((clock.timers()[0] as number) - clock.now());
      await clock.advance(at.at(-1) as number);
    }
    await recovery.stop();

    expect(at.map((pause) => pause / MINUTE)).toEqual([1, 2, 4, 5]);
    expect(pages).toHaveLength(5);
  });

  test('it is left alone as long as it asks', async () => {
    const { recovery, clock, failures } = house([]);
    failures.push(new FairleadError('github.rate_limited', 'wait', { retryAfter: 30 * MINUTE }));

    recovery.start();
    await clock.settle();

    expect((clock.timers()[0] as number) - clock.now()).toBe(30 * MINUTE);
    await recovery.stop();
  });
});

test('a pass is made at the start and every five minutes, and none after the stop', async () => {
  const { recovery, clock, pages } = house([]);

  recovery.start();
  await clock.advance(11 * MINUTE);
  expect(pages).toHaveLength(3);
  await recovery.stop();
  await clock.advance(DAY);

  expect(pages).toHaveLength(3);
});
