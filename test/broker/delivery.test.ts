import { describe, expect, it } from 'vitest';
import type { DeliveryPolicy } from '../../src/broker/broker.ts';
import { DEFAULT_POLICY, isRetryableStatus, nextStep, toDeliveryPlan } from '../../src/broker/delivery.ts';
import { parseDuration } from '../../src/broker/duration.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';

const EXPONENTIAL = { retry: 3, backoffPolicy: 'exponential', backoffDelay: 'PT0.2S' } as const;

function waits(policy: DeliveryPolicy, error: unknown = new Error('no'), random = 0): number[] {
  const plan = toDeliveryPlan(policy, 'delivery');
  const found: number[] = [];
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    const step = nextStep(plan, { error, attempt, random });
    if (step.outcome === 'dead') return found;
    found.push(step.waitMs);
  }
  throw new Error('never given up');
}

describe('the waits between tries', () => {
  it('by default are ninety, each a second longer than the one before, of more than an hour together', () => {
    const found = waits(DEFAULT_POLICY);
    expect(found).toEqual(Array.from({ length: 90 }, (_, nth) => nth * 1000));
    expect(found.reduce((sum, ms) => sum + ms)).toBe((66 * 60 + 45) * 1000);
  });

  it('are twice as long each time when exponential', () => {
    expect(waits(EXPONENTIAL)).toEqual([200, 400, 800]);
  });

  it('grow by the same amount when linear', () => {
    expect(waits({ retry: 4, backoffPolicy: 'linear', backoffDelay: 'PT2S' })).toEqual([0, 2000, 4000, 6000]);
  });

  it('are a fifth longer at most, by chance', () => {
    expect(waits(EXPONENTIAL, undefined, 1)).toEqual([240, 480, 960]);
  });

  it('are a day at most', () => {
    expect(Math.max(...waits({ retry: 40, backoffPolicy: 'exponential', backoffDelay: 'PT1H' }))).toBe(86_400_000);
  });

  it('are none when there is no retry', () => {
    expect(waits({ ...DEFAULT_POLICY, retry: 0 })).toEqual([]);
  });

  it.each([
    ['a Retry-After longer than the backoff is respected', 5_000, undefined, [5000, 5000]],
    ['a Retry-After shorter than the backoff changes nothing', 100, undefined, [200, 400]],
    ['a Retry-After is respected up to its maximum', 5_000, 'PT0.3S', [300, 400]],
    ['a maximum of nothing ignores Retry-After', 5_000, 'PT0S', [200, 400]],
    ['a Retry-After of a year is an hour by default', 365 * 86_400_000, undefined, [3_600_000, 3_600_000]],
  ])('%s', (_, retryAfter, retryAfterMax, expected) => {
    const error = new FairleadError('chat.unavailable', 'Slow down.', { status: 429, retryAfter });
    expect(waits({ ...EXPONENTIAL, retry: 2, ...(retryAfterMax && { retryAfterMax }) }, error)).toEqual(expected);
  });
});

describe('what a failure leads to', () => {
  const plan = toDeliveryPlan(DEFAULT_POLICY, 'delivery');
  const httpError = (status: number) => Object.assign(new Error(`HTTP ${status}`), { status });

  it.each([
    ['an error of unknown kind', 'retry', new Error('socket hang up')],
    ['something thrown that is no error', 'retry', 'oops'],
    ['an error of ours that may pass', 'retry', new FairleadError('github.unavailable', 'GitHub is down.')],
    ['an error of ours that will not', 'dead', new FairleadError('github.not_found', 'No such repository.')],
    [
      'an error of ours that knows better than its status',
      'dead',
      new FairleadError('github.not_found', 'Not yet.', { status: 404, retryable: false }),
    ],
    ['404', 'retry', httpError(404)],
    ['408', 'retry', httpError(408)],
    ['409', 'retry', httpError(409)],
    ['429', 'retry', httpError(429)],
    ['500', 'retry', httpError(500)],
    ['503', 'retry', httpError(503)],
    ['400', 'dead', httpError(400)],
    ['401', 'dead', httpError(401)],
    ['403', 'dead', httpError(403)],
    ['422', 'dead', httpError(422)],
    ['301', 'dead', httpError(301)],
  ])('%s: %s', (_, outcome, error) => {
    expect(nextStep(plan, { error, attempt: 1, random: 0 }).outcome).toBe(outcome);
  });

  it('a dead letter keeps the reason, shortened, and the status', () => {
    const error = new FairleadError('chat.refused', 'x'.repeat(1_000), { status: 410 });
    const step = nextStep(plan, { error, attempt: 1, random: 0 });
    expect(step).toMatchObject({ outcome: 'dead', status: 410, reason: expect.stringMatching(/^chat\.refused: x+…$/) });
    expect(step.reason.length).toBeLessThan(600);
  });

  it('statuses tried again are those of Knative’s data plane', () => {
    const again = Array.from({ length: 500 }, (_, nth) => nth + 100).filter(isRetryableStatus);
    expect(again).toEqual([404, 408, 409, 429, ...Array.from({ length: 100 }, (_, nth) => nth + 500)]);
  });
});

describe('durations', () => {
  it.each([
    ['PT0.2S', 200],
    ['PT1M30S', 90_000],
    ['PT2H', 7_200_000],
    ['P1DT12H', 129_600_000],
    ['P2W', 1_209_600_000],
    ['PT0,5S', 500],
    ['PT0S', 0],
  ])('%s is %i ms', (text, expected) => {
    expect(parseDuration(text, 'x')).toBe(expected);
  });

  it.each(['', 'P', 'PT', 'P1DT', '5s', 'P1M', 'P1Y', 'PT1S1M', '-PT1S', 'PT.5S', 'pt1s'])(
    '"%s" is refused',
    (text) => {
      expect(() => parseDuration(text, 'delivery.timeout')).toThrow(`delivery.timeout is "${text}"`);
    },
  );

  it.each([
    [{ retry: -1 }, 'delivery.retry must be a whole number'],
    [{ retry: 1.5 }, 'delivery.retry must be a whole number'],
    [{ backoffPolicy: 'random' }, 'delivery.backoffPolicy must be "exponential" or "linear"'],
    [{ backoffDelay: '1s' }, 'delivery.backoffDelay is "1s"'],
    [{ timeout: 'soon' }, 'delivery.timeout is "soon"'],
  ])('a policy with %o is refused', (wrong, message) => {
    expect(() => toDeliveryPlan({ ...DEFAULT_POLICY, ...wrong } as DeliveryPolicy, 'delivery')).toThrow(message);
  });
});
