/**
 * What Knative documents of deliveries, held against every broker: when a try is made again, what a filter lets pass, and
 * what a dead letter keeps. Time is the broker's own (`BrokerUnderTest.now`), so that the waits of minutes take none.
 *
 * @see https://knative.dev/docs/eventing/event-delivery/
 * @see https://knative.dev/docs/eventing/features/delivery-retryafter/
 * @see https://knative.dev/docs/eventing/triggers/#trigger-filtering
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { DeliveryPolicy } from '../../src/broker/broker.ts';
import { readEventing } from '../../src/broker/look-alike/manifests.ts';
import type { Event } from '../../src/events/event.ts';
import { FairleadError } from '../../src/events/fairlead-error.ts';
import type { BrokerUnderTest } from './broker-contract.ts';

/** No try of these takes as long. */
const PATIENT = { timeout: 'PT2H' } as const;

const EVENT: Event = {
  specversion: '1.0',
  id: '1',
  source: 'https://github.com/octo/hello',
  type: 'com.github.push',
  subject: 'refs/heads/main',
  tenant: '7',
  action: 'opened',
  // In binary mode, attributes of any type arrive as texts.
  number: '12',
  forced: 'true',
  datacontenttype: 'application/json',
  data: { n: 1 },
};

/** A broker may write down that a try failed before it makes the next one. */
const SETTLING_MS = 25;

type Waits = readonly [
  sentence: string,
  policy: Omit<DeliveryPolicy, 'timeout'>,
  waits: readonly number[],
  retryAfter?: number,
];

const exponential = (retry: number, backoffDelay: string) =>
  ({ retry, backoffPolicy: 'exponential', backoffDelay }) as const;
const linear = (retry: number, backoffDelay: string) => ({ retry, backoffPolicy: 'linear', backoffDelay }) as const;

const WAITS: readonly Waits[] = [
  ['exponential, twice as long each time', exponential(5, 'PT0.2S'), [200, 400, 800, 1600, 3200]],
  ['linear, by the same more each time, the first at once', linear(4, 'PT1S'), [0, 1000, 2000, 3000]],
  ['in minutes and seconds', exponential(2, 'PT1M30S'), [90_000, 180_000]],
  ['in fractions of a second', linear(3, 'PT0.25S'), [0, 250, 500]],
  ['none without a retry', exponential(0, 'PT1S'), []],
  [
    'as long as Retry-After where that is longer',
    { ...exponential(2, 'PT1S'), retryAfterMax: 'PT1H' },
    [5000, 5000],
    5000,
  ],
  [
    'as long as the back-off where that is',
    { ...exponential(3, 'PT1S'), retryAfterMax: 'PT1H' },
    [2000, 2000, 4000],
    2000,
  ],
  [
    'no longer than the most of Retry-After',
    { ...exponential(3, 'PT1S'), retryAfterMax: 'PT3S' },
    [3e3, 3e3, 4e3],
    9e3,
  ],
  [
    'without Retry-After where its most is nothing',
    { ...exponential(2, 'PT1S'), retryAfterMax: 'PT0S' },
    [1e3, 2e3],
    9e3,
  ],
];

type Filtering = readonly [sentence: string, spec: object, passes: boolean];

/** Of {@link EVENT}. */
const FILTERS: readonly Filtering[] = [
  ['no filter', {}, true],
  ['exact', { filters: [{ exact: { type: 'com.github.push' } }] }, true],
  ['exact, of another letter case', { filters: [{ exact: { type: 'com.github.Push' } }] }, false],
  ['exact, of an extension', { filters: [{ exact: { action: 'opened' } }] }, true],
  [
    'exact, of two of which one differs',
    { filters: [{ exact: { type: 'com.github.push', action: 'closed' } }] },
    false,
  ],
  ['exact, of an attribute that is not there', { filters: [{ exact: { nothing: 'x' } }] }, false],
  ['prefix', { filters: [{ prefix: { source: 'https://github.com/' } }] }, true],
  ['prefix of something else', { filters: [{ prefix: { source: 'github.com/' } }] }, false],
  ['suffix', { filters: [{ suffix: { subject: '/main' } }] }, true],
  ['suffix of something else', { filters: [{ suffix: { subject: 'main/' } }] }, false],
  ['all', { filters: [{ all: [{ exact: { action: 'opened' } }, { prefix: { type: 'com.' } }] }] }, true],
  [
    'all, of which one does not',
    { filters: [{ all: [{ exact: { action: 'opened' } }, { suffix: { type: 'x' } }] }] },
    false,
  ],
  ['any', { filters: [{ any: [{ exact: { action: 'closed' } }, { prefix: { type: 'com.' } }] }] }, true],
  [
    'any, of which none does',
    { filters: [{ any: [{ exact: { action: 'closed' } }, { suffix: { type: 'x' } }] }] },
    false,
  ],
  ['not', { filters: [{ not: { exact: { action: 'closed' } } }] }, true],
  ['not of what matches', { filters: [{ not: { exact: { action: 'opened' } } }] }, false],
  ['not of an attribute that is not there', { filters: [{ not: { exact: { nothing: 'x' } } }] }, true],
  ['cesql', { filters: [{ cesql: "source LIKE '%/hello' AND action IN ('opened', 'reopened')" }] }, true],
  ['cesql that is false', { filters: [{ cesql: "action = 'closed'" }] }, false],
  ['cesql that is no boolean', { filters: [{ cesql: 'subject' }] }, false],
  ['cesql of an attribute that is not there', { filters: [{ cesql: "nothing = 'x'" }] }, false],
  ['cesql that asks whether it is', { filters: [{ cesql: 'NOT EXISTS nothing' }] }, true],
  [
    'several, all of which match',
    { filters: [{ exact: { action: 'opened' } }, { suffix: { subject: 'main' } }] },
    true,
  ],
  ['several, of which one does not', { filters: [{ exact: { action: 'opened' } }, { suffix: { type: 'x' } }] }, false],
  ['the older filter', { filter: { attributes: { type: 'com.github.push', action: 'opened' } } }, true],
  ['the older filter of another value', { filter: { attributes: { type: 'com.github.pull' } } }, false],
  ['the older filter, where empty is any', { filter: { attributes: { type: '' } } }, true],
  [
    'filters before the older filter, letting pass',
    { filter: { attributes: { type: 'x' } }, filters: [{ exact: { type: 'com.github.push' } }] },
    true,
  ],
  [
    'filters before the older filter, refusing',
    { filter: { attributes: { type: 'com.github.push' } }, filters: [{ exact: { type: 'x' } }] },
    false,
  ],
  ['the older filter beside an empty list', { filter: { attributes: { type: 'x' } }, filters: [] }, false],
];

export function describeDelivery(name: string, open: () => Promise<BrokerUnderTest>): void {
  describe(`deliveries as Knative documents them: ${name}`, () => {
    let opened: BrokerUnderTest[] = [];

    afterEach(async () => {
      for (const each of opened) await each.close();
      opened = [];
    });

    async function openBroker(): Promise<BrokerUnderTest> {
      const under = await open();
      opened.push(under);
      return under;
    }

    it.each(WAITS.map((row) => [row[0], row] as const))(
      'are tried again after a wait that is %s',
      async (_, [, policy, waits, retryAfter]) => {
        const { broker, now, start, until, settle, deadLetters } = await openBroker();
        const tries: number[] = [];
        broker.subscribe({ name: 'all', filters: [], delivery: { ...policy, ...PATIENT } }, async () => {
          tries.push(now());
          throw new FairleadError('store.unavailable', 'Not now.', retryAfter === undefined ? {} : { retryAfter });
        });
        await start();
        await broker.publish(EVENT);
        await until(async () => (await deadLetters()).length === 1);
        await settle();
        const waited = tries.slice(1).map((at, nth) => at - (tries[nth] as number));
        const late = waited.map((ms, nth) => ms - (waits[nth] ?? Number.NaN));
        expect(waited).toHaveLength(waits.length);
        expect(late.filter((ms) => !(ms >= 0 && ms <= SETTLING_MS))).toEqual([]);
      },
    );

    it('are tried again when they take longer than they may', async () => {
      const { broker, start, until, settle } = await openBroker();
      let tries = 0;
      const delivery = { ...exponential(1, 'PT1S'), timeout: 'PT5M' };
      broker.subscribe({ name: 'all', filters: [], delivery }, () => {
        tries += 1;
        return tries === 1 ? new Promise(() => {}) : Promise.resolve(undefined);
      });
      await start();
      await broker.publish(EVENT);
      await until(() => tries === 2);
      await settle();
      expect(tries).toBe(2);
    });

    it('go to the triggers whose filters let the event pass', async () => {
      const { broker, start, settle, until } = await openBroker();
      // At least once: a delivery may come twice.
      const got = new Set<string>();
      for (const [nth, [sentence, spec]] of FILTERS.entries()) {
        broker.subscribe(
          { name: `t${nth}`, filters: filtersOf(spec) },
          async () => void got.add(sentence) as undefined,
        );
      }
      await start();
      await broker.publish(EVENT);
      const wanted = FILTERS.filter(([, , passes]) => passes).map(([sentence]) => sentence);
      await until(() => got.size >= wanted.length);
      await settle();
      expect([...got].sort()).toEqual(wanted.sort());
    });

    it('end as a dead letter that is the event, its trigger, and what its last try came to', async () => {
      const { broker, start, until, deadLetters } = await openBroker();
      let tries = 0;
      broker.subscribe(
        { name: 'first', filters: [], delivery: { ...exponential(1, 'PT1S'), ...PATIENT } },
        async () => {
          tries += 1;
          throw new FairleadError('store.unavailable', `Try ${tries}.`);
        },
      );
      broker.subscribe({ name: 'second', filters: [] }, async () => undefined);
      await start();
      await broker.publish(EVENT);
      await until(async () => (await deadLetters()).length === 1);
      expect(await deadLetters()).toEqual([
        { trigger: 'first', event: EVENT, reason: expect.stringMatching(/(?=.*store\.unavailable).*Try 2\./) },
      ]);
    });

    it('keep no order: what comes later overtakes what is waiting for its next try', async () => {
      const { broker, start, until } = await openBroker();
      const done: string[] = [];
      const tried = new Set<string>();
      const delivery = { ...exponential(3, 'PT30S'), ...PATIENT };
      broker.subscribe({ name: 'all', filters: [], concurrency: 1, delivery }, async ({ id }) => {
        if (id === '1' && !tried.has(id)) {
          tried.add(id);
          throw new FairleadError('store.unavailable', 'Not now.');
        }
        done.push(id);
        return undefined;
      });
      await start();
      await broker.publish(EVENT);
      await until(() => tried.has('1'));
      await broker.publish({ ...EVENT, id: '2' });
      await until(() => done.length === 2);
      expect(done).toEqual(['2', '1']);
    });

    it('answered with a reply by each trigger publish each reply, and one answered with none nothing', async () => {
      const { broker, start, until, settle } = await openBroker();
      const replies: string[] = [];
      const asked = { filters: [{ exact: { type: EVENT.type } }] };
      const replyOf = (id: string): Event => ({ specversion: '1.0', id, source: '/answers', type: 'test.answered' });
      for (const name of ['one', 'two']) broker.subscribe({ name, ...asked }, async () => replyOf(name));
      broker.subscribe({ name: 'silent', ...asked }, async () => undefined);
      broker.subscribe({ name: 'answers', filters: [{ exact: { type: 'test.answered' } }] }, async ({ id }) => {
        replies.push(id);
        return undefined;
      });
      await start();
      await broker.publish(EVENT);
      await until(() => replies.length === 2);
      await settle();
      expect(replies.sort()).toEqual(['one', 'two']);
    });

    it.each([
      ['with no hops left is refused', 1, 0],
      ['with some left is taken', 2, 1],
      ['that claims more than there are is taken as one that has all', 1_000, 1],
    ])('an event from outside %s', async (_, knativebrokerttl, delivered) => {
      const { broker, start, settle } = await openBroker();
      const got: Event[] = [];
      broker.subscribe({ name: 'all', filters: [] }, async (given) => void got.push(given) as undefined);
      await start();
      const outcome = await broker.publish({ ...EVENT, knativebrokerttl }).catch(() => 'refused');
      await settle();
      expect([outcome, got]).toEqual(delivered === 0 ? ['refused', []] : ['accepted', [EVENT]]);
    });
  });
}

/** What Knative makes of a Trigger's two ways to filter. */
function filtersOf(spec: object) {
  const trigger = { kind: 'Trigger', metadata: { name: 't' }, spec: { broker: 'b', subscriber: {}, ...spec } };
  return readEventing([JSON.stringify(trigger)]).triggers[0]?.filters ?? [];
}
